"""Which run stands where on a sheet: a strip, a grid, grids of grids, or best first."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from stylex.report.axes import Axis
from stylex.report.ranking import ranked
from stylex.runs.record import PICTURES, Record

SPARSE = 2  # a grid with more places than this for each run would be mostly empty


@dataclass(frozen=True)
class Label:
    """`key` is `value` here; `picture`: the file, where the value is a picture's name."""

    key: str
    value: str
    picture: Path | None = None


@dataclass(frozen=True)
class Flow:
    """Runs one after the other, each with labels of its own. `key`: the one axis of a strip."""

    cells: Sequence[tuple[Sequence[Label], Record]]
    key: str = ""

    @property
    def size(self) -> int:
        """How many runs it shows."""
        return len(self.cells)


@dataclass(frozen=True)
class Block:
    """One grid: a row of runs for each row label; None where there is no such run."""

    labels: Sequence[Label]
    rows: Sequence[Label]
    columns: Sequence[Label]
    cells: Sequence[Sequence[Record | None]]


@dataclass(frozen=True)
class Grid:
    """Blocks of the same rows and columns, one for each combination of the further axes.

    repeats: how many runs are left out because a later one had the same place.
    """

    blocks: Sequence[Block]
    repeats: int = 0

    @property
    def size(self) -> int:
        """How many runs it shows."""
        return sum(1 for block in self.blocks for row in block.cells for run in row if run)


def arrange(records: Sequence[Record], axes: Sequence[Axis], by: str) -> Flow | Grid:
    """A strip along one axis, a grid of two, blocks for more; where that leaves too many holes, or
    nothing differs, a flow, best first by the figure `by`.
    """
    axes = [axis for axis in _present(records, axes) if len(axis.values) > 1]
    if len(axes) == 1:
        key, values = axes[0].key, axes[0].values
        order = sorted(records, key=lambda record: values.index(record.value(key)))
        labels = _labels(records, axes)[key]
        return Flow([([labels[record.value(key)]], record) for record in order], key)
    at = {}
    for record in sorted(records, key=lambda record: (record.done, record.started)):
        at[_place(record, axes)] = record  # of repeats the last that was done
    if not axes or math.prod(len(axis.values) for axis in axes) > SPARSE * len(at):
        of = _labels(records, axes)
        return Flow(
            [
                ([of[axis.key][record.value(axis.key)] for axis in axes], record)
                for record in ranked(records, by)
            ]
        )
    return _grid(axes, at, _labels(records, axes), len(records) - len(at))


def source(records: Sequence[Record], key: str, value: str) -> Path | None:
    """The file of the content or style picture called `value`, as a run remembers it."""
    if key not in PICTURES:
        return None
    found = (record.pictures.get(key) for record in records if record.value(key) == value)
    return next((path for path in found if path), None)


def _grid(
    axes: Sequence[Axis],
    at: Mapping[tuple[str, ...], Record],
    labels: Mapping[str, Mapping[str, Label]],
    repeats: int,
) -> Grid:
    row, column = _rows_and_columns(axes)
    further = [axis for axis in axes if axis not in (row, column)]
    blocks = []
    for values in product(*(axis.values for axis in further)):
        outer = dict(zip((axis.key for axis in further), values, strict=True))
        cells = [
            [
                at.get(tuple(({**outer, row.key: down, column.key: across})[a.key] for a in axes))
                for across in column.values
            ]
            for down in row.values
        ]
        if any(record for line in cells for record in line):
            blocks.append(
                Block(
                    [labels[key][value] for key, value in outer.items()],
                    [labels[row.key][value] for value in row.values],
                    [labels[column.key][value] for value in column.values],
                    cells,
                )
            )
    return Grid(blocks, repeats)


def _rows_and_columns(axes: Sequence[Axis]) -> tuple[Axis, Axis]:
    """Photographs down and paintings across, as everybody draws it; else the longest axes."""
    named = {axis.key: axis for axis in axes}
    if {*PICTURES} <= named.keys():
        row, column = (named[key] for key in PICTURES)
        upright = len(row.values) > max(8, 3 * len(column.values))
        return (column, row) if upright else (row, column)
    row, column = sorted(axes, key=lambda axis: len(axis.values))[-2:]
    alike = len(row.values) == len(column.values)
    return (
        (column, row)
        if alike and (row.key == "style" or column.key == "content")
        else (row, column)
    )


def _present(records: Sequence[Record], axes: Sequence[Axis]) -> list[Axis]:
    """The axes with the values that these records have, in the axes' order."""
    found = []
    for axis in axes:
        values = dict.fromkeys(record.value(axis.key) for record in records)
        known = [value for value in axis.values if value in values]
        found.append(Axis(axis.key, [*known, *(v for v in values if v not in axis.values)]))
    return found


def _labels(records: Sequence[Record], axes: Sequence[Axis]) -> dict[str, dict[str, Label]]:
    return {
        axis.key: {
            value: Label(axis.key, value or "unset", source(records, axis.key, value))
            for value in axis.values
        }
        for axis in axes
    }


def _place(record: Record, axes: Sequence[Axis]) -> tuple[str, ...]:
    return tuple(record.value(axis.key) for axis in axes)
