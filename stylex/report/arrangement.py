"""Which run stands where on a sheet: a strip, a grid, grids of grids, or one after the other."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from stylex.report.axes import Axis, place, tied
from stylex.runs.record import PICTURES, Record

SPARSE = 2  # a grid with more places than this for each run would be mostly empty


@dataclass(frozen=True)
class Flow:
    """Runs one after the other; `axes` tell them apart, and a single one makes a strip."""

    runs: Sequence[Record]
    axes: Sequence[Axis]

    @property
    def strip(self) -> bool:
        """Whether it runs along the values of a single axis."""
        return len(self.axes) == 1

    @property
    def size(self) -> int:
        """How many runs it shows."""
        return len(self.runs)


@dataclass(frozen=True)
class Block:
    """One grid. title: {further axis: its value here}. runs: by rows and columns; None: no such."""

    title: Mapping[str, str]
    runs: Sequence[Sequence[Record | None]]


@dataclass(frozen=True)
class Grid:
    """Blocks of the same rows and columns, one for each combination of the further axes.

    repeats: how many runs are left out because a later one had the same place.
    """

    row: Axis
    column: Axis
    blocks: Sequence[Block]
    repeats: int = 0

    @property
    def size(self) -> int:
        """How many runs it shows."""
        return sum(run is not None for block in self.blocks for row in block.runs for run in row)


def arrange(runs: Sequence[Record], axes: Sequence[Axis]) -> Flow | Grid:
    """A strip along one axis, a grid of two, blocks for more; where that leaves too many holes, or
    nothing differs, the runs one after the other as they come.
    """
    axes = [axis for axis in (_shown(axis, runs) for axis in axes) if len(axis.values) > 1]
    axes = tied(axes, runs)
    if len(axes) == 1:
        key, values = axes[0].key, axes[0].values
        return Flow(sorted(runs, key=lambda run: values.index(run.value(key))), axes)
    at = {}
    for run in sorted(runs, key=lambda run: (run.done, run.started)):
        at[place(run, axes)] = run  # of repeats the last that was done
    if not axes or math.prod(len(axis.values) for axis in axes) > SPARSE * len(at):
        return Flow(runs, axes)
    row, column = _row_and_column(axes)
    further = [axis for axis in axes if axis not in (row, column)]
    blocks = []
    for values in product(*(axis.values for axis in further)):
        there = {axis.key: value for axis, value in zip(further, values, strict=True)}
        title = {k: v for axis in further for k, v in axis.of(there[axis.key]).items()}
        cells = []
        for down in row.values:
            here = [{**there, row.key: down, column.key: across} for across in column.values]
            cells.append([at.get(tuple(where[axis.key] for axis in axes)) for where in here])
        if any(run for line in cells for run in line):
            blocks.append(Block(title, cells))
    return Grid(row, column, blocks, len(runs) - len(at))


def _row_and_column(axes: Sequence[Axis]) -> tuple[Axis, Axis]:
    """Photographs down and paintings across, as everybody draws it; else the longest axes."""
    named = {axis.key: axis for axis in axes}
    if {*PICTURES} <= named.keys():
        row, column = (named[key] for key in PICTURES)
        upright = len(row.values) > max(8, 3 * len(column.values))
        return (column, row) if upright else (row, column)
    order = {"content": -1, "style": 1}
    *_, row, column = sorted(axes, key=lambda axis: (len(axis.values), order.get(axis.key, 0)))
    return row, column


def _shown(axis: Axis, runs: Sequence[Record]) -> Axis:
    """The axis with the values that these runs have."""
    values = {run.value(axis.key) for run in runs}
    return Axis(axis.key, [value for value in axis.values if value in values])
