"""What a search chooses from, as typed."""

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from stylex.errors import UserError
from stylex.sweeps.space import Choices, Numbers, space_of


def space(*words):
    return space_of(OverridesParser.create().parse_overrides([*words]))


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("style_weight=interval(1,30)", Numbers(1, 30)),
        ("style_weight=tag(log,interval(0.5,30))", Numbers(0.5, 30, log=True)),
        ("seed=interval(0.5,7.5)", Numbers(1, 7, whole=True)),  # a whole setting
        ("size=tag(log,interval(64,512))", Numbers(64, 512, log=True, whole=True)),
        ("pyramid.levels=interval(1,3)", Numbers(1, 3, whole=True)),
        ("steps=interval(10,20)", Numbers(10, 20, whole=True)),
        ("steps=range(10,41,10)", Numbers(10, 40, 10, whole=True)),  # its end is not in it
        ("steps=range(10,40,10)", Numbers(10, 30, 10, whole=True)),
        ("steps=range(9,0,-3)", Numbers(3, 9, 3, whole=True)),
        ("tv_weight=range(0,0.5,0.2)", Numbers(0, 0.4, 0.2)),
        ("optimizer=lbfgs,adam", Choices(["lbfgs", "adam"])),
        ("tv_weight=0,10,0", Choices(["0", "10"])),
        ("tv_weight=choice(5)", Choices(["5"])),
    ],
)
def test_ranges(word, found):
    assert space(word).ranges == {word.partition("=")[0]: found}


def test_other_words_are_shared_and_of_one_key_the_last_counts():
    found = space("size=64", "seed=1,2", "tv_weight=interval(0,1)", "seed=3", "+style_weight=1,2")
    assert [*found.fixed] == ["size=64", "seed=3"]
    assert found.ranges == {"tv_weight": Numbers(0, 1), "+style_weight": Choices(["1", "2"])}


@pytest.mark.parametrize(
    ("numbers", "value", "text"),
    [
        (Numbers(1, 30), 7.123456, "7.123"),
        (Numbers(0, 0.01), 0.00123456, "0.001235"),
        (Numbers(1, 30), 1.0, "1.0"),
        (Numbers(10000, 10010), 10003.14159, "10003.14"),  # a thousand steps of the interval
        (Numbers(0, 2 / 3), 0.66666, "0.66666"),  # not 0.6667, which is beyond it
        (Numbers(0, 1, 0.1), 0.1 + 2 * 0.1, "0.3"),
        (Numbers(1, 9, whole=True), 3, "3"),
        (Numbers(5, 5), 5.0, "5.0"),
    ],
)
def test_numbers_are_short_and_never_beyond_the_interval(numbers, value, text):
    assert numbers.text(value) == text
    assert numbers.low <= float(numbers.text(value)) <= numbers.high


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("style_weight=interval(3,1)", "the lower one first"),
        ("style_weight=interval(1,inf)", "is no interval"),
        ("style_weight=tag(log,interval(0,1))", "has to begin above 0"),
        ("seed=interval(1.2,1.8)", "holds no whole number"),
        ("seed=tag(log,range(1,9))", "log is for an interval"),
        ("seed=range(5,1)", "nothing that fits"),
        ("seed=range(0,9,0)", "is no range"),
        ("seed=range(0,1000000000)", "more than 10000 values"),
        ("seed=3", "a search needs a setting to choose"),
    ],
)
def test_what_cannot_be_searched(word, said):
    with pytest.raises(UserError, match=said):
        space(word)
