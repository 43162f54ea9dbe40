"""Coarse to fine: large strokes settle while the picture is small, details when it is large."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from stylex.errors import UserError, check_range, check_whole, choose

Size = tuple[int, int]  # (height, width), px
Fit = Literal["long", "short", "square"]
FITS = ("long", "short", "square")


SURFACE_STEPS = 0.35  # of `steps`, on a level that is for the surface alone
MOST_PIXELS = 65536  # of a side
MOST_AREA = 2**27  # of a picture: its features fill 300 GB


@dataclass(frozen=True)
class Pyramid:
    """How the levels are chosen; see `plan_levels`."""

    levels: int | None = None
    min_size: int = 128
    factor: float = 2.0
    first: float = 1.25
    repeat: int = 0
    surface_above: int | None = 1024

    def __post_init__(self) -> None:
        if self.levels is not None:
            check_whole("pyramid.levels", self.levels, 1, 32)
        check_whole("pyramid.min_size", self.min_size, 16, MOST_PIXELS)
        check_range("pyramid.factor", self.factor, 1.05, 16)
        check_range("pyramid.first", self.first, 0.01, 1000)
        check_whole("pyramid.repeat", self.repeat, 0, 32)
        if self.surface_above is not None:
            check_whole("pyramid.surface_above", self.surface_above, 16, MOST_PIXELS)


@dataclass(frozen=True)
class Level:
    """One size of the picture, in pixels, and how many steps the optimiser takes at it.

    tile: px, where it is evaluated in tiles. history: the most pairs that L-BFGS may keep.
    surface: whether it is for the surface alone, see `surface_levels`.
    number: from 0, coarse to fine. cost: of a pixel's evaluation, 1 with all layers of the losses.
    """

    height: int
    width: int
    steps: int
    tile: int | None = None
    history: int | None = None
    surface: bool = False
    number: int = field(default=0, compare=False)
    cost: float = field(default=1.0, compare=False)

    @property
    def work(self) -> float:
        """Of one step, in pixels evaluated with all layers."""
        return self.height * self.width * self.cost


def fit_size(
    height: int, width: int, size: int, *, fit: Fit = "long", enlarge: bool = False
) -> tuple[int, int]:
    """The (height, width) of a picture whose long or short side is to be `size` px.

    The aspect ratio is kept, but for `square`. A picture smaller than asked for keeps its size
    unless `enlarge`.

    Raises UserError when these are more pixels than any machine has the memory for.
    """
    choose(fit, FITS, "fit")
    if fit == "square":
        side = size if enlarge else min(size, height, width)
        sides = side, side
    else:
        ratio = size / (max if fit == "long" else min)(height, width)
        sides = scale_size(height, width, ratio if enlarge else min(ratio, 1))
    if sides[0] * sides[1] > MOST_AREA:
        raise UserError(
            f"size={size} makes {sides[1]}×{sides[0]} px, "
            f"but {MOST_AREA // 10**6} million pixels are the most"
        )
    return sides


def scale_size(height: int, width: int, ratio: float) -> tuple[int, int]:
    """Both sides times `ratio`, rounded, at least one pixel."""
    return max(1, round(height * ratio)), max(1, round(width * ratio))


def to_multiples(height: int, width: int, multiple: int) -> tuple[int, int]:
    """Both sides as the nearest multiples, at least one."""
    rows, columns = (max(1, round(side / multiple)) for side in (height, width))
    return rows * multiple, columns * multiple


def plan_levels(
    height: int,
    width: int,
    *,
    steps: int | Sequence[int] = 28,
    levels: int | None = None,
    min_size: int = 128,
    factor: float = 2.0,
    first: float = 1.25,
    repeat: int = 0,
    surface_above: int | None = 1024,
    smallest_side: int = 1,
    multiple: int = 1,
) -> list[Level]:
    """The levels for a picture of (height, width), coarse to fine; the last is the picture itself.

    steps: per level; one number, or one for each level from coarse to fine.
    levels: how many; by default as many as keep the long side at `min_size` px or more.
    factor: between one level's sides and the next's, above 1.
    first: the coarsest of several levels takes this many times `steps` (when that is one number).
    repeat: how many more levels there are at the last one's size, each with its own optimiser.
    surface_above: px, see `surface_levels`; None: no level is for the surface alone.
    smallest_side: what the short side has to keep, so that the deepest layer has a position.
    multiple: px, of which all sides of the smaller levels are multiples.

    Raises UserError when `steps` does not fit the number of levels, or the coarsest is too small.
    """
    long, short = max(height, width), min(height, width)
    rounding = 1 + 1e-6  # √2 four times over is a little more than 4
    if levels is None:
        levels = 1
        while min(long / min_size, short / smallest_side) * rounding >= factor**levels:
            levels += 1
    elif levels > 1 and short / smallest_side * rounding < factor ** (levels - 1):
        raise UserError(
            f"pyramid.levels={levels} would begin with less than the {smallest_side} px that the "
            f"layers need on each side of {width}×{height} px"
        )
    scales = [factor**-k for k in reversed(range(levels))]
    sizes = [to_multiples(*scale_size(height, width, scale), multiple) for scale in scales]
    sizes += [sizes[-1]] * repeat
    surfaces = surface_levels(sizes, surface_above)
    counts = level_steps(steps, len(sizes), first, surfaces)
    if len(counts) != len(sizes):
        raise UserError(
            f"steps has {len(counts)} numbers, but {width}×{height} px makes {len(sizes)} levels "
            "(pyramid.levels sets how many)"
        )
    return [
        Level(*size, count, surface=number + surfaces >= len(sizes), number=number)
        for number, (size, count) in enumerate(zip(sizes, counts, strict=True))
    ]


def surface_levels(sizes: Sequence[tuple[int, int]], above: int | None) -> int:
    """How many levels of these sizes, coarse to fine, are for the surface alone: the last ones.

    They are those after the first whose long side is above so many px. What is where was settled
    below; they refine the brushwork alone: by the style's shallow layers, in SURFACE_STEPS.
    """
    return sum(above is not None and max(size) > above for size in sizes[1:])


def level_steps(
    steps: int | Sequence[int], levels: int, first: float, surfaces: int = 0
) -> list[int]:
    """How many steps each of `levels` takes, see `plan_levels`; a list stays what it is.

    surfaces: how many, the last ones, are for the surface alone.
    """
    if isinstance(steps, Sequence):
        return [int(count) for count in steps]
    steps = int(steps)
    coarsest = max(1, round(steps * first)) if levels > 1 else steps
    few = max(1, round(steps * SURFACE_STEPS))
    return [coarsest] + [steps] * (levels - 1 - surfaces) + [few] * surfaces


def work_of(levels: Sequence[Level], steps: int) -> float:
    """Of the first so many steps, in pixels: what a run's time is in proportion to."""
    total = 0.0
    for level in levels:
        total += level.work * min(steps, level.steps)
        steps -= min(steps, level.steps)
    return total
