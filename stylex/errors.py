"""What a user can put right: one line that names the value, the place and the nearest right one."""

import difflib
import math
import sys
from collections.abc import Iterable
from numbers import Integral, Real

LONGEST = 400  # characters of a message
LONGEST_VALUE = 100  # of what it quotes


def on_one_line(value: object, most: int = LONGEST) -> str:
    """`value` as printable text on one line, its middle left out where it is longer than `most`.

    What a message quotes may come from a file of somebody else's: a line break or a terminal's
    control characters in it are written as Python writes them.
    """
    try:
        text = str(value)
    except ValueError:  # a whole number of thousands of digits
        text = "a huge number"
    printable = (c if c.isprintable() else ascii(c)[1:-1] for c in _shortened(text, most))
    return _shortened("".join(printable), most)


def _shortened(text: str, most: int) -> str:
    end = most // 3
    return text if len(text) <= most else f"{text[: most - end - 1]}…{text[-end:]}"


def quoted(value: object) -> str:
    """`value` as a message quotes it: recognisable, however long and strange it is."""
    return on_one_line(value, LONGEST_VALUE)


class UserError(ValueError):
    """A mistake in the input. Its message is one line; the command prints it and exits with 2."""

    def __init__(self, message: str) -> None:
        super().__init__(on_one_line(message))


def did_you_mean(value: str, options: Iterable[str]) -> str:
    """`, did you mean 'relu4_2'?` if an option is near, else the options if they are few."""
    options = sorted(options)
    near = difflib.get_close_matches(value.lower(), [o.lower() for o in options], 1, cutoff=0.5)
    if near:
        return f", did you mean '{next(o for o in options if o.lower() == near[0])}'?"
    return f" (there are: {', '.join(options)})" if 0 < len(options) <= 16 else ""


def choose(value: str, options: Iterable[str], place: str) -> str:
    """`value` if it is one of `options`, else a UserError that names the nearest one."""
    options = list(options)
    if value in options:
        return value
    raise UserError(f"unknown {place} '{quoted(value)}'{did_you_mean(str(value), options)}")


def check_range(key: str, value: float, least: float = 0, most: float = math.inf) -> None:
    """Raises UserError unless `value` is a number, least ≤ value ≤ most; nan and inf never are."""
    number = isinstance(value, Real) and not isinstance(value, bool)  # numpy's, too
    plain = int if isinstance(value, Integral) else float
    # nan is not, nor a gigantic whole number.
    finite = number and abs(plain(value)) <= sys.float_info.max
    if not (finite and least <= value <= most):
        lower, upper = _said(least), _said(most)
        bounds = f"at least {lower}" if most == math.inf else f"from {lower} to {upper}"
        wanted = bounds if number else f"a number {bounds}"
        raise UserError(f"{key} must be {wanted}, not {quoted(value)}")


def _said(bound: float) -> str:
    return str(bound) if isinstance(bound, int) else f"{bound:g}"


def check_whole(key: str, value: int, least: int, most: int) -> None:
    """The same for a whole number."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise UserError(f"{key} must be a whole number, not {quoted(value)}")
    check_range(key, value, least, most)


class RunError(RuntimeError):
    """A run that began and cannot go on. Its message is one line; the command exits with 1."""

    def __init__(self, message: str) -> None:
        super().__init__(on_one_line(message))


class Terminated(KeyboardInterrupt):
    """SIGTERM, a cluster's or a container's notice: a run ends as with Ctrl-C."""
