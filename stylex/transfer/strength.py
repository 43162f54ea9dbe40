"""One dial in place of the three weights. Needs no torch."""

from collections.abc import Iterable
from itertools import pairwise

from stylex.errors import UserError, check_range

WEIGHTS = ("content_weight", "style_weight", "tv_weight")

MIDDLE = 0.5
"""The strength that the default weights are."""

_TV = 5.0  # times the style's weight
# The style's weights at 0, 0.1, … 1, between which structure_error rises by even steps: from the
# photograph to the default, and from there to where more weight changes nothing. Averages over the
# sample pairs, from benchmarks/strength.py.
_STYLE_WEIGHTS = (0.0, 0.4, 0.83, 1.7, 3.0, 5.0, 7.3, 11.0, 19.0, 35.0, 200.0)


def weights_of(strength: float) -> dict[str, float]:
    """{weight: value}: 0 keeps the photograph, one half is the default, 1 paints all things anew.

    Raises UserError for a strength out of [0, 1].
    """
    check_range("strength", strength, 0, 1)
    style = _style_weight(strength)
    return dict(zip(WEIGHTS, (1.0, style, _TV * style), strict=True))


def _style_weight(strength: float) -> float:
    """Between two of the table in an even ratio; below the first of them evenly."""
    last = len(_STYLE_WEIGHTS) - 1
    at, part = divmod(strength * last, 1)
    if part < 1e-9 or part > 1 - 1e-9:  # 0.3 · 10 is not quite 3
        return _STYLE_WEIGHTS[round(strength * last)]
    low, high = [*pairwise(_STYLE_WEIGHTS)][int(at)]
    return low * (high / low) ** part if low else high * part


def check_alone(given: Iterable[str], where: str = "") -> None:
    """Raises UserError where a weight is among the settings `given`, next to a strength.

    where: that the weight comes from, as ` of experiment=notebook`.
    """
    for key in given:
        if key in WEIGHTS:
            raise UserError(f"strength stands for the three weights: leave it out, or {key}{where}")
