"""Values from a config or from Python that must not get past the door."""

import pytest

from stylex import errors
from stylex.errors import RunError, UserError, check_range, check_whole, choose, on_one_line
from stylex.transfer.device import choose_device
from stylex.transfer.losses.tv import TotalVariation
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.pyramid import MOST_AREA, fit_size


@pytest.mark.parametrize("power", ["1", "2", 1.0, True, 3, None, [1]])
def test_a_power_is_one_or_two_and_no_text(power):
    with pytest.raises(UserError, match="unknown power"):
        TotalVariation(power=power)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), True, None, "1", 10**400, 10**5000], ids=list("abcdefg")
)
def test_a_range_holds_finite_numbers_only(value):
    with pytest.raises(UserError, match="weight must be") as caught:
        check_range("weight", value)
    assert len(str(caught.value)) < 200
    with pytest.raises(UserError, match="size must be"):
        check_whole("size", value, 1, 9)


@pytest.mark.parametrize("averaging", [True, 1, 1.0, -0.1, float("nan"), "0.5", None, 10**400])
def test_an_average_decays(averaging):
    with pytest.raises(UserError, match=r"optimizer\.averaging must be from 0 to below 1"):
        Optimizer(averaging=averaging)
    assert Optimizer(averaging=0).averaging == 0


@pytest.mark.parametrize("name", ["cuda:" + "9" * 5000, "GPU", "cuda:-1", "cuda:٣", "", "a\nb"])
def test_a_device_is_named_as_it_was_given(name):
    with pytest.raises(UserError, match="device") as caught:
        choose_device(name)
    assert name in str(caught.value) or len(name) > 10 or "\\n" in str(caught.value)


def test_a_picture_beyond_any_memory_is_refused():
    side = int(MOST_AREA**0.5)
    assert fit_size(32, 32, side, enlarge=True) == (side, side)
    for fit in ("long", "short", "square"):
        with pytest.raises(UserError, match=f"size={side + 9} makes"):
            fit_size(32, 32, side + 9, fit=fit, enlarge=True)
    with pytest.raises(UserError, match="size=65536"):
        fit_size(32, 3200, 65536, fit="short", enlarge=True)
    assert fit_size(32, 32, 65536) == (32, 32)


@pytest.mark.parametrize("kind", [UserError, RunError])
def test_a_message_is_one_printable_line_whatever_it_quotes(kind):
    for text in ("a\nb", "\x1b[31m", "\x00" * 1000, "x" * 10**6, "\ud800", "\u2028\u202e", "猫 ☕"):
        message = str(kind(f"no such file: {text}"))
        assert message.isprintable() and len(message) <= errors.LONGEST
        assert message.startswith("no such file: ")
    assert str(kind("naïve — 猫")) == "naïve — 猫"


def test_a_message_is_shortened_in_its_middle():
    assert on_one_line("a" * 500 + "z" * 500, 12) == "aaaaaaa…zzzz"
    with pytest.raises(UserError, match=r"unknown layer 'x{66}…x{33}' \(there are: a\)"):
        choose("x" * 300, ["a"], "layer")
