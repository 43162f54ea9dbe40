"""What the colours of the plot's dots mean."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stylex.report.axes import Axis, number, place
from stylex.report.ranking import Ranking
from stylex.runs.record import PICTURES, Record

if TYPE_CHECKING:  # half a second to import
    from matplotlib.cm import ScalarMappable

FEW = 8  # values that colours tell apart
# Okabe & Ito's, which the colour-blind can tell apart, too.
WORDS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#222222", "#999999")
NUMBERS, LIGHTEST = "viridis", 0.9  # its end is too light on white


@dataclass(frozen=True)
class Tint:
    """What the colours of the dots mean: {values of the axes, joined: colour}.

    pairs: whether these are the pairs of content and style. bar: the scale of many numbers.
    """

    axes: Sequence[Axis]
    colours: Mapping[str, Any]
    pairs: bool = False
    bar: "ScalarMappable | None" = None

    def colour(self, runs: Iterable[Record]) -> Any:
        """Of a dot that stands for these runs; white where they differ."""
        colours = {self.colours[", ".join(place(run, self.axes))] for run in runs}
        return colours.pop() if len(colours) == 1 else "white"


def tint_of(ranking: Ranking) -> Tint:
    """By the pairs if they are several but few, else by the first axis of few values or numbers."""
    if 1 < len(ranking.pairs) <= FEW:
        axes = [axis for axis in ranking.axes if axis.key in PICTURES]
        # A picture may have several names.
        named = {
            ", ".join(place(run, axes)): colour
            for runs, colour in zip(ranking.pairs, WORDS, strict=False)
            for run in runs
        }
        return Tint(axes, named, pairs=True)
    for axis in ranking.axes:
        numbers = [value for text in axis.values if math.isfinite(value := number(text) or 0)]
        if all(number(text) is not None for text in axis.values) and len(numbers) == len(
            axis.values
        ):
            return _gradient(axis, numbers)
        if len(axis.values) <= FEW:
            return Tint([axis], dict(zip(axis.values, WORDS, strict=False)))
    return Tint([], {"": WORDS[0]})


def _gradient(axis: Axis, numbers: Sequence[float]) -> Tint:
    """A few numbers evenly from dark to light, many by their (log of) size."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, LogNorm, Normalize

    least, most = min(numbers), max(numbers)
    shades = ListedColormap(colormaps[NUMBERS]([LIGHTEST * i / 255 for i in range(256)]))
    if len(numbers) <= FEW:
        even = [i / (len(numbers) - 1) for i in range(len(numbers))]
        return Tint([axis], dict(zip(axis.values, map(shades, even), strict=True)))
    norm = (LogNorm if 0 < least < most / 10 else Normalize)(least, most)
    colours = [shades(norm(value)) for value in numbers]
    bar = ScalarMappable(norm, shades)
    return Tint([axis], dict(zip(axis.values, colours, strict=True)), bar=bar)
