"""All runs as a table, best first: summary.csv for programs, aligned text for a terminal."""

import csv
import io
import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stylex.report.axes import Axis, number, place
from stylex.report.ranking import figure, pareto_front, ranked
from stylex.runs.record import FIGURES, PICTURES, Record

BEST, REST = 20, 6  # rows printed of a long sweep: its best, and those that were not measured
WIDEST, NARROWEST = 24, 6  # characters of a printed setting
FRONT = "◆"


def to_csv(records: Sequence[Record], axes: Sequence[Axis], by: str, root: Path) -> str:
    """One row per run, best first by `by`; paths relative to `root`.

    Runs that were not measured have no rank. Raises UserError for an unknown figure.
    """
    front = {id(record) for record in pareto_front(records)}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    keys = [axis.key for axis in axes]
    writer.writerow(["rank", *keys, "status", *FIGURES, "pareto_front", "reason", "path"])
    for rank, record in enumerate(ranked(records, by), 1):
        writer.writerow(
            [
                rank if _measured(record, by) else "",
                *(_inert(record.value(key)) for key in keys),
                _inert(record.status),
                *(record.figures.get(name, "") for name in FIGURES),
                "true" if id(record) in front else "false",
                _inert(record.reason),
                _relative(record.folder, root),
            ]
        )
    return text.getvalue()


def to_text(records: Sequence[Record], axes: Sequence[Axis], by: str, width: int = 80) -> str:
    """The table for a terminal of `width` columns; of a long one the best and what went wrong.

    Raises UserError for an unknown figure.
    """
    order = ranked(records, by)
    best = [record for record in order if _measured(record, by)]
    rest = order[len(best) :]
    front = {id(record) for record in pareto_front(records)}
    margin = len(str(len(best))) + 2  # a run's rank and its mark
    settings, figures = _columns(_cut(best, BEST) + _cut(rest, REST), axes)
    settings, figures, left_out = _fitted(settings, figures, width - margin)

    lines = [_heading(order, by), ""]
    for line in (0, 1):
        headings = [column.heading[line] for column in settings + figures]
        lines += [_row("", margin, settings + figures, headings)] if any(headings) else []
    for index, record in enumerate(_cut(best, BEST)):
        start = f"{index + 1:>{margin - 2}} {FRONT if id(record) in front else ''}"
        cells = [column.cells[index] for column in settings + figures]
        lines.append(_row(start, margin, settings + figures, cells))
    lines += _more(best, BEST, margin)
    for index, record in enumerate(_cut(rest, REST), len(_cut(best, BEST))):
        start = _row(
            "-".rjust(margin - 2), margin, settings, [column.cells[index] for column in settings]
        )
        reason = f": {_plain(record.reason)}" if record.reason else ""
        lines.append(f"{start}  {_plain(record.status)}{reason}")
    lines += _more(rest, REST, margin)
    lines += (
        ["", f"{FRONT} no other run is better in both style_error and content_error"]
        if front
        else []
    )
    lines += [f"also in summary.csv: {', '.join(left_out)}"] if left_out else []
    return "\n".join(_shortened(line, width).rstrip() for line in lines) + "\n"


@dataclass(frozen=True)
class _Column:
    key: str
    heading: tuple[str, str]  # two lines, the first often empty
    cells: Sequence[str]
    right: bool
    size: int = 0  # characters; 0: as many as it takes

    @property
    def width(self) -> int:
        return self.size or max(map(_width, [*self.heading, *self.cells]))


def _columns(
    records: Sequence[Record], axes: Sequence[Axis]
) -> tuple[list[_Column], list[_Column]]:
    """The settings and the figures; runs that are alike are told apart by their folders."""
    ends = Counter(axis.key.rpartition(".")[2] for axis in axes)
    ends.update(PICTURES)  # `layers.style` is not `style`
    settings = []
    for axis in axes:
        end = axis.key.rpartition(".")[2]
        cells = [_plain(record.value(axis.key)) for record in records]
        right = all(not cell or number(cell) is not None for cell in cells)
        heading = _plain(end if ends[end] <= 1 else axis.key)
        settings.append(_Column(axis.key, ("", heading), cells, right))
    if not axes:
        settings = [_Column("", ("", "run"), [_plain(r.folder.name) for r in records], False)]
    elif len({tuple(place(record, axes).values()) for record in records}) < len(records):
        several = len({record.folder.parent for record in records}) > 1
        heading = "in" if several else "run"
        folders = [record.folder.parent if several else record.folder for record in records]
        names = [_plain(folder.name) for folder in folders]
        settings.append(_Column("path", ("", heading), names, False))
    figures = [
        _Column(name, ("", name), [_figure(record, name) for record in records], True)
        for name in FIGURES
    ]
    return settings, figures


def _fitted(
    settings: list[_Column], figures: list[_Column], room: int
) -> tuple[list[_Column], list[_Column], list[str]]:
    """The columns narrowed to fit, and the keys of those for which there is no room at all."""
    settings = [replace(column, size=min(column.width, WIDEST)) for column in settings]
    if _total(settings + figures) > room:
        # Headings on two lines leave more room for the values.
        settings, figures = (
            [replace(c, size=0, heading=_halves(c.heading[1])) for c in columns]
            for columns in (settings, figures)
        )
        settings = [replace(column, size=min(column.width, WIDEST)) for column in settings]
    whole, kept = settings, len(settings)
    while _total(settings + figures) > room:
        widest = max(settings, key=lambda column: column.size)
        if widest.size > NARROWEST:
            at = settings.index(widest)
            settings = [*settings]
            settings[at] = replace(widest, size=widest.size - 1)
        elif kept > 1:
            kept -= 1
            settings = whole[:kept]
        else:
            break
    return settings, figures, [column.key for column in whole[kept:]]


def _total(columns: Iterable[_Column]) -> int:
    return sum(column.width + 2 for column in columns)


def _halves(heading: str) -> tuple[str, str]:
    """`style_weight` -> `style_`, `weight`: as even as can be."""
    breaks = [at + 1 for at, character in enumerate(heading) if character in "_." and at]
    if not breaks:
        return "", heading
    at = min(breaks, key=lambda at: max(at, len(heading) - at))
    return heading[:at], heading[at:]


def _row(start: str, margin: int, columns: Sequence[_Column], cells: Sequence[str]) -> str:
    parts = [start.ljust(margin)]
    for column, cell in zip(columns, cells, strict=True):
        text = _shortened(cell, column.width)
        padding = " " * (column.width - _width(text))
        parts.append(padding + text if column.right else text + padding)
    return "  ".join(parts)


def _more(records: Sequence[Record], count: int, margin: int) -> list[str]:
    hidden = len(records) - len(_cut(records, count))
    return [f"{'':{margin}}  … and {hidden} more in summary.csv"] if hidden else []


def _cut(records: Sequence[Record], count: int) -> list[Record]:
    # Not for the sake of two: a line has to say how many are left out.
    return list(records if len(records) <= count + 2 else records[:count])


def _heading(records: Sequence[Record], by: str) -> str:
    counts = Counter(record.status for record in records)
    states = ", ".join(f"{count} {_plain(status)}" for status, count in counts.items())
    runs = "1 run" if len(records) == 1 else f"{len(records)} runs"
    return f"{runs}, best {by} first: {states}"


def _measured(record: Record, by: str) -> bool:
    return record.done and figure(record.figures, by) is not None


def _figure(record: Record, name: str) -> str:
    value = record.figures.get(name)
    return "" if value is None else f"{value:.1f}" if name == "seconds" else f"{value:.3f}"


def _inert(value: str) -> str:
    """The value, with a quote before what a spreadsheet would take for a formula."""
    return f"'{value}" if value[:1] in tuple("=+-@\t\r") and number(value) is None else value


def _relative(path: Path, root: Path) -> str:
    try:
        relative = os.path.relpath(path, root)
    except ValueError:  # another drive
        return str(path)
    return relative if _inert(relative) == relative else os.path.join(".", relative)


def _plain(text: str) -> str:
    """On one line, and without the control characters that a terminal would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _width(text: str) -> int:
    """Columns on a terminal: two for an East Asian wide character, none for a combining one."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)


def _shortened(text: str, width: int) -> str:
    if _width(text) <= width:
        return text
    text = text[: 2 * width]  # a reason may be pages long
    while _width(text) > width - 1:
        text = text[:-1]
    return text + "…"
