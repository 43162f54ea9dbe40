"""How far a sweep is, and its runs laid out as on its sheet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stylex.errors import UserError
from stylex.report.arrangement import Grid, arrange
from stylex.report.ranking import rank
from stylex.runs.record import Record
from stylex.runs.sweep_record import Plan

OPEN = ("pending", "running")  # status of jobs that are still to end


@dataclass(frozen=True)
class Table:
    """Runs by two settings, or in one row. title: what sets it apart from other tables.

    corner: the settings of rows and of columns, on a line each.
    rows: (value of the row's setting, its runs); None where there is no run.
    """

    title: str
    corner: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Record | None]]]


def seconds_left(
    plan: Plan, records: Sequence[Record], fractions: Mapping[Path, float], now: float
) -> float | None:
    """At the pace since the sweep's last start; None before there is one.

    fractions: {folder: 0 to 1} of jobs under way. now: seconds since 1970.
    """
    still = [record for record in records if record.status in OPEN]
    begun = sum(min(1.0, max(0.0, fractions.get(record.folder, 0.0))) for record in still)
    ended = plan.todo - len(still) + begun  # jobs, or parts of one, since that start
    elapsed = now - plan.started
    if ended <= 0 or elapsed <= 0:
        return None
    return (len(still) - begun) * elapsed / ended


def at_work(record: Record) -> Record:
    """A job of a sweep that is under way: one made along with another has no lock of its own."""
    if record.status != "interrupted":
        return record
    return replace(record, status="running", reason="")


def tables(records: Sequence[Record], rank_by: str) -> list[Table]:
    """The runs as a sheet arranges them: a table for each combination of further settings."""
    try:
        ranking = rank(records, rank_by)
    except UserError:  # a plan that was written by hand
        ranking = rank(records)
    arranged = arrange(ranking.order, ranking.axes)
    if isinstance(arranged, Grid):
        row, column = arranged.row, arranged.column
        names = [row.shown(value) for value in row.values]
        return [
            Table(
                ", ".join(f"{key}={value}" for key, value in block.title.items()),
                f"{row.name} ↓\n{column.name} →",
                [column.shown(value) for value in column.values],
                [*zip(names, block.runs, strict=True)],
            )
            for block in arranged.blocks
        ]
    names = [
        ", ".join(axis.shown(run.value(axis.key)) for axis in arranged.axes) or run.folder.name
        for run in arranged.runs
    ]
    corner = ", ".join(axis.name for axis in arranged.axes)
    return [Table("", corner, names, [("", arranged.runs)])]
