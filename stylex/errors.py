"""What a user can put right: one line that names the value, the place and the nearest right one."""

import difflib
import math
from collections.abc import Iterable


class UserError(ValueError):
    """A mistake in the input. Its message is one line; the command prints it and exits with 2."""


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
    raise UserError(f"unknown {place} '{value}'{did_you_mean(str(value), options)}")


def check_range(key: str, value: float, least: float = 0, most: float = math.inf) -> None:
    """Raises UserError unless `value` is a number, least ≤ value ≤ most; nan and inf never are."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (number and math.isfinite(value) and least <= value <= most):
        bounds = f"at least {least:g}" if most == math.inf else f"from {least:g} to {most:g}"
        raise UserError(f"{key} must be {bounds}, not {value}")


def check_whole(key: str, value: int, least: int, most: int) -> None:
    """The same for a whole number."""
    if type(value) is not int:
        raise UserError(f"{key} must be a whole number, not {value}")
    check_range(key, value, least, most)


class RunError(RuntimeError):
    """A run that began and cannot go on. Its message is one line; the command exits with 1."""
