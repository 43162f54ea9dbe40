"""logspace and linspace on the command line."""

import math

import pytest

from stylex.errors import UserError
from stylex.sweeps.ranges import expand


def values(word):
    return [float(value) for value in expand(word).partition("=")[2].split(",")]


def test_logspace_is_even_in_the_logarithm():
    found = values("style_weight=logspace(0,3,7)")
    assert (found[0], found[-1], len(found)) == (1, 1000, 7)
    for value, exponent in zip(found, (0, 0.5, 1, 1.5, 2, 2.5, 3), strict=True):
        assert math.log10(value) == pytest.approx(exponent, abs=1e-3)


def test_linspace_is_even():
    assert values("tv_weight=linspace(-1,2,4)") == [-1, 0, 1, 2]
    assert values("tv_weight=linspace(2,1,3)") == [2, 1.5, 1]


def test_far_from_0_both_ends_and_every_step_are_told_apart():
    assert values("style_weight=linspace(100000,100040,5)") == [1e5 + 10 * n for n in range(5)]
    found = values("+optimizer.lr=linspace(0.99991,0.99999,5)")
    assert found == pytest.approx([0.99991, 0.99993, 0.99995, 0.99997, 0.99999], abs=1e-8)
    found = values("style_weight=linspace(12345,23456,3)")
    assert (found[0], found[-1]) == (12345, 23456)
    assert found[1] == pytest.approx((12345 + 23456) / 2, rel=1e-3)


@pytest.mark.parametrize("key", ["size", "steps", "seed", "style_size", "pyramid.min_size"])
def test_whole_numbers_stay_whole(key):
    assert expand(f"{key}=logspace(1,2,3)") == f"{key}=10,32,100"
    assert expand(f"{key}=linspace(1,2,5)") == f"{key}=1,2"  # each once


def test_one_value_is_the_lowest_and_still_a_range_to_hydra():
    assert expand("lr=linspace(3,4,1)") == "lr=choice(3)"
    assert expand("lr=linspace(3,4,1),5") == "lr=3,5"


def test_among_other_values():
    assert expand("tv_weight=0,logspace(0,1,2),50") == "tv_weight=0,1,10,50"
    assert expand("++layers.style.relu1_1=linspace(0,1,2)") == "++layers.style.relu1_1=0,1"


@pytest.mark.parametrize(
    "word",
    [
        *("style_weight=3", "content=a_logspace(1,2,3).png", "content='linspace(0,1,2)'"),
        *("style=glob(s*)", "size=range(1,4)", "--multirun", "x=shuffle(linspace(0,1,2))"),
    ],
)
def test_other_words_stay(word):
    assert expand(word) == word


@pytest.mark.parametrize(
    "call",
    [
        *("logspace(1,2)", "logspace(a,2,3)", "linspace(1,2,3,4)", "linspace()"),
        "linspace(1,2,2.5)",
        *("linspace(1,2,0)", "linspace(1,2,10001)", "logspace(1,999,3)", "linspace(nan,1,2)"),
        *("linspace(0,inf,2)", "logspace(-inf,inf,3)"),
    ],
)
def test_a_wrong_call_names_itself(call):
    with pytest.raises(UserError) as error:
        expand(f"style_weight={call}")
    assert call in str(error.value)
    assert "\n" not in str(error.value)
