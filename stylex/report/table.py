"""All runs as a table, best first: CSV files for programs, aligned text for a terminal."""

import csv
import io
import os
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from textwrap import wrap

from stylex.report.axes import number, place
from stylex.report.chosen import Standing
from stylex.report.figures import CHOICES, weights_of
from stylex.report.ranking import Ranking
from stylex.runs.record import PICTURES, Record

SUMMARY, FOLDED = "summary.csv", "folded.csv"  # a row for each run, or for each group
BEST, REST = 20, 6  # rows printed of a long sweep: its best, and those that were not measured
WIDEST, NARROWEST = 24, 6  # characters of a printed setting
FRONT = "◆"


def to_csv(ranking: Ranking, root: Path) -> str:
    """One row per run in the order of the ranking; paths relative to `root`.

    Runs that were not measured have no rank. With several pairs of content and style, `mean_rank`
    is that of a run's settings.

    Of folded runs one row per group: how many `runs` it has and how many are `done`, the mean of
    each figure with its standard deviation (`_sd`), the path of the median run.

    Where runs were chosen by eye their strength in log-odds comes last of the figures, with its
    standard error and the number of answers.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    keys = [axis.key for axis in ranking.axes]
    mean = ["mean_rank"] if ranking.mean_ranks else []
    counts = ["runs", "done"] if ranking.fold else []
    names = [
        part
        for name in ranking.measured
        for part in ([name, f"{name}_sd"] if ranking.fold else [name])
    ]
    if ranking.choices.answers and not ranking.fold:
        names += [f"{CHOICES}_se", "answers"]
    last = ["pareto_front", "reason", "path"]
    writer.writerow(["rank", *mean, *keys, "status", *counts, *names, *last])
    for record in ranking.order:
        group = ranking.groups.get(record.folder)
        means = [ranking.mean_ranks.get(place(record, ranking.setting_axes), "")] if mean else []
        writer.writerow(
            [
                ranking.ranks.get(record.folder, ""),
                *means,
                *map(_inert, place(record, ranking.axes)),
                _inert(record.status),
                *([len(group.runs), group.done] if group else []),
                *_figures(record, ranking),
                "true" if record.folder in ranking.on_front else "false",
                _inert(record.reason),
                _relative(record.folder, root),
            ]
        )
    return text.getvalue()


def _figures(record: Record, ranking: Ranking) -> Iterator[float | str]:
    for name in ranking.measured:
        mean = record.done or not ranking.fold
        yield record.figures.get(name, "") if mean else ""
        if ranking.fold:
            spread = ranking.spread(record, name)
            yield "" if spread is None else spread
    if ranking.choices.answers and not ranking.fold:
        standing = ranking.choices.standings.get(record.folder, Standing())
        yield from (standing.error, standing.answers) if record.done else ("", "")


def to_text(ranking: Ranking, width: int = 80) -> str:
    """The table for a terminal of `width` columns; of a long one the best and what went wrong."""
    count = len(ranking.ranks)
    rest = [*ranking.rest]
    best, failed = ranking.top(_cut(count, BEST)), rest[: _cut(len(rest), REST)]
    margin = len(str(max(ranking.ranks.values(), default=1))) + 2  # a rank and its mark
    every = _settings(best + failed, ranking)
    measured = [
        _Column(name, ("", name), [ranking.text(run, name) for run in best + failed], True)
        for name in ranking.figures
    ]
    if ranking.fold:
        sizes = [ranking.groups[run.folder].size for run in best + failed]
        every = [*every, _Column("runs", ("", "runs"), sizes, True)]
    settings, figures = _fitted(every, measured, weights_of(ranking.by), width - margin)
    columns = [*settings, *figures]

    verdict = wrap(_plain(ranking.verdict()), width) if ranking.several else []
    lines = [_plain(f"{ranking.counts()} · {ranking.sorting}"), *verdict]
    if ranking.by == CHOICES and not ranking.choices.answers:
        lines.append('nothing was chosen yet: in report.html, "Choose" asks which of two')
    lines += [_plain(ranking.folding), ""] if ranking.fold else [""]
    for headings in zip(*(column.heading for column in columns), strict=True):
        lines += [" " * margin + _row(columns, headings)] if any(headings) else []
    for i, record in enumerate(best):
        mark = FRONT if record.folder in ranking.on_front else " "
        start = f"{ranking.ranks[record.folder]:>{margin - 2}} {mark}"
        lines.append(start + _row(columns, [column.cells[i] for column in columns]))
    file = FOLDED if ranking.fold else SUMMARY
    lines += _more(count - len(best), margin, file)
    for i, record in enumerate(failed, len(best)):
        start = f"{'-':>{margin - 2}}  " + _row(settings, [column.cells[i] for column in settings])
        reason = f": {_plain(record.reason)}" if record.reason else ""
        lines.append(f"{start}  {_plain(record.status)}{reason}")
    lines += _more(len(rest) - len(failed), margin, file)
    lines += ["", f"{FRONT} {ranking.unbeaten}"] if ranking.on_front else []
    others = [column.key for column in every[len(settings) :]]
    shown = [column.key for column in figures]
    others += [name for name in ranking.measured if name not in shown and _any(name, best)]
    if others:
        lines += wrap(f"also in {file}: {', '.join(others)}", width, subsequent_indent="  ")
    return "\n".join(_shortened(line, width).rstrip() for line in lines) + "\n"


@dataclass(frozen=True)
class _Column:
    """heading: two lines, the first often empty. width: in characters."""

    key: str
    heading: tuple[str, str]
    cells: Sequence[str]
    right: bool
    width: int = 0

    def sized(self, most: int, *, split: bool) -> "_Column":
        """As wide as it takes, but at most `most`; `split`: with the heading on two lines."""
        heading = _halves(self.heading[1]) if split else self.heading
        needed = max(map(_width, [*heading, *self.cells]))
        return replace(self, heading=heading, width=min(needed, most))


def _settings(records: Sequence[Record], ranking: Ranking) -> list[_Column]:
    """A column for each axis, and one with the folder where these do not tell the runs apart."""
    ends = Counter(axis.key.rpartition(".")[2] for axis in ranking.axes)
    ends.update(PICTURES)  # `layers.style` is not `style`
    columns = []
    for axis in ranking.axes:
        end = axis.key.rpartition(".")[2]
        cells = [_plain(record.value(axis.key)) for record in records]
        right = all(not cell or number(cell) is not None for cell in cells)
        heading = _plain(end if ends[end] <= 1 else axis.key)
        columns.append(_Column(_plain(axis.key), ("", heading), cells, right))
    if len({place(record, ranking.axes) for record in records}) < max(len(records), 2):
        sweeps = bool(columns) and len({record.folder.parent for record in records}) > 1
        folders = [record.folder.parent if sweeps else record.folder for record in records]
        names = [_plain(folder.name) for folder in folders]
        columns.append(_Column("path", ("", "in" if sweeps else "run"), names, False))
    return columns


def _fitted(
    settings: Sequence[_Column], figures: Sequence[_Column], by: Collection[str], room: int
) -> tuple[list[_Column], list[_Column]]:
    """The columns narrowed to `room`; where that is not enough, without the last figures, and then
    without the last settings, which tell the rows apart. by: the figures that stay.
    """
    fewer = [figures]
    for further in reversed([column for column in figures if column.key not in by]):
        fewer.append([column for column in fewer[-1] if column is not further])
    kept = [(settings, shown) for shown in fewer]
    kept += [(settings[:count], fewer[-1]) for count in range(len(settings) - 1, 0, -1)]
    narrower = range(WIDEST, NARROWEST - 1, -1)
    # Headings on two lines leave more room for the values.
    for (some, shown), most, split in [
        (kept[0], WIDEST, False),
        *product(kept, narrower, [True]),
    ]:
        columns = [column.sized(most, split=split) for column in some]
        last = [column.sized(room, split=split) for column in shown]
        if sum(column.width + 2 for column in columns + last) <= room:
            break
    return columns, last


def _halves(heading: str) -> tuple[str, str]:
    """`style_weight` -> `style_`, `weight`: as even as can be."""
    breaks = [at + 1 for at, character in enumerate(heading) if character in "_." and at]
    at = min(breaks, key=lambda at: max(at, len(heading) - at), default=0)
    return heading[:at], heading[at:]


def _row(columns: Sequence[_Column], cells: Sequence[str]) -> str:
    parts = []
    for column, cell in zip(columns, cells, strict=True):
        text = _shortened(cell, column.width)
        padding = " " * (column.width - _width(text))
        parts.append("  " + (padding + text if column.right else text + padding))
    return "".join(parts)


def _more(hidden: int, margin: int, file: str) -> list[str]:
    return [f"{'':{margin}}  … and {hidden} more in {file}"] if hidden else []


def _cut(count: int, most: int) -> int:
    # Not for the sake of two: a line has to say how many are left out.
    return count if count <= most + 2 else most


def _any(name: str, runs: Sequence[Record]) -> bool:
    return any(name in run.figures for run in runs)


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
