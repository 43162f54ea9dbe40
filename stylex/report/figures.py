"""What runs are measured by: single figures, sums of them, and how they are printed."""

import math
import re
from collections.abc import Mapping

from stylex.errors import UserError, did_you_mean, quoted
from stylex.runs.record import FIGURES

TO_STYLE = {
    "style_error": "distance to the painting's texture",
    "style_distance": "distance to the painting's features, the photograph's being 1",
}
TO_CONTENT = {
    "content_error": "distance to the photograph",
    "structure_error": "distance to the photograph's arrangement",
}
"""{figure: what it is} towards either picture; the first of both go together, and the second."""

CHOICES = "choices"
"""What people chose by eye: a run's strength in log-odds, of which more is better."""

Plane = tuple[str, str]
"""Two figures that runs are compared in, the one towards the painting first."""


def weights_of(by: str) -> dict[str, float]:
    """`style_error+0.3*content_error` -> {figure: weight}, lower sums being better.

    `choices` stands alone and has the weight -1. Raises UserError for anything else than that or a
    sum of FIGURES.
    """
    if by == CHOICES:
        return {CHOICES: -1.0}
    weights: dict[str, float] = {}
    for term in by.replace(" ", "").split("+"):
        match = re.fullmatch(r"(?:(\d+\.?\d*|\.\d+)\*)?(\w+)", term)
        if not match or match[2] not in FIGURES:
            name = match[2] if match else term
            near = did_you_mean(name, (*FIGURES, CHOICES)) if name != CHOICES else ""
            alone = ": choices are in no sum" if name == CHOICES else ""
            raise UserError(f"cannot rank by '{quoted(by)}'{alone}{near}")
        weights[match[2]] = weights.get(match[2], 0) + float(match[1] or 1)
    if not all(map(math.isfinite, weights.values())):
        raise UserError(f"cannot rank by '{quoted(by)}': its weights are too large")
    return weights


def figure(figures: Mapping[str, float], by: str) -> float | None:
    """The figure, or weighted sum, of one run; None where it was not measured or is infinite."""
    weights = weights_of(by)
    if not weights.keys() <= figures.keys():
        return None
    value = sum(weight * figures[name] for name, weight in weights.items())
    return value if math.isfinite(value) else None


def plane_of(by: str) -> Plane:
    """The two figures that go with a ranking: those that it names, or belong to what it names.

    Raises UserError for an unknown figure.
    """
    named, kinds = weights_of(by), (TO_STYLE, TO_CONTENT)
    family = next((at for kind in kinds for at, name in enumerate(kind) if name in named), 0)
    style, content = (
        next((name for name in kind if name in named), [*kind][family]) for kind in kinds
    )
    return style, content


def to_plane(names: str) -> Plane:
    """`style_distance,structure_error`, in either order. Raises UserError for anything else."""
    found = [name.strip() for name in names.split(",")]
    for name in found:
        if name not in (*TO_STYLE, *TO_CONTENT):
            near = did_you_mean(name, (*TO_STYLE, *TO_CONTENT))
            raise UserError(f"no figure towards a picture: '{quoted(name)}'{near}")
    style, content = ([name for name in found if name in kind] for kind in (TO_STYLE, TO_CONTENT))
    if len(style) != 1 or len(content) != 1:
        one, other = ("|".join(kind) for kind in (TO_STYLE, TO_CONTENT))
        raise UserError(f"figures '{quoted(names)}' are not one of {one} and one of {other}")
    return style[0], content[0]


def printed(value: float, name: str = "") -> str:
    """A figure as every table, sheet and plot prints it: `0.218`, `12.3`, `4567`, `2.1e-05`."""
    size = abs(value)
    if name == CHOICES:
        return f"{value:+.2f}"
    if size >= 1e5 or 0 < size < 0.001:
        return f"{value:.1e}"
    decimals = 3 if size < 10 and name != "seconds" else 1 if size < 1000 else 0
    return f"{value:.{decimals}f}"


def with_spread(value: float, spread: float | None, name: str = "") -> str:
    """`0.218 ± 0.012`, the spread to as many decimals as the figure; without one the figure."""
    text = printed(value, name)
    if spread is None:
        return text
    exact = "e" in text or spread >= 1e5
    decimals = len(text.partition(".")[2])
    return f"{text} ± {printed(spread, name) if exact else f'{spread:.{decimals}f}'}"


def rounded(value: float, name: str = "") -> float:
    """The number that is printed: figures are compared by it."""
    number = float(printed(value, name))
    return number if math.isfinite(number) else value  # the largest floats round up to infinity
