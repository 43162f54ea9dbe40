"""What stands above and below the pictures of a sheet: what it shows, and how to read it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from stylex.report.arrangement import Flow, Grid, source
from stylex.report.axes import Axis
from stylex.report.cells import marked, number
from stylex.report.pieces import (
    GREY,
    INK,
    Piece,
    at_least,
    below,
    beside,
    blank,
    paragraph,
    picture,
    words,
)
from stylex.report.ranking import figure, ranked
from stylex.runs.record import PICTURES, Record

ORDER = ("done", "failed", "interrupted", "running", "pending")
MARKS = {
    "best": "best by {}",
    "front": "no other run is better in both style_error and content_error",
}


def head(
    title: str,
    records: Sequence[Record],
    axes: Sequence[Axis],
    arrangement: Flow | Grid,
    by: str,
    width: int,
) -> Piece:
    """The title, what became of the runs, the best one, and the pictures common to all."""
    size = _letters(width)
    pictures = beside(_common(records, size), size, low=True)
    room = width - pictures.width - (2 * size if pictures.width else 0)
    texts = [paragraph(title, size * 15 // 8, room, INK, 3), blank(0, size // 3)]
    texts += [
        paragraph(text, size, room, GREY, 3)
        for text in (_counts(records, arrangement, by), _best(records, axes, by))
        if text
    ]
    text = below(texts)
    return at_least(beside([at_least(text, width - pictures.width), pictures], 0), width)


def foot(marks: Mapping[Path, str], by: str, width: int, page: str) -> Piece:
    """How to read the captions and the marks; `page`: which page of how many, or empty."""
    size = _letters(width) * 9 // 10
    explained = (
        "Below each picture: style_error, its distance to the painting's texture; content_error, "
        "its distance to the photograph; and the seconds it took. Lower is closer."
    )
    lines = [paragraph(explained, size, width, GREY, 4)]
    for kind, meaning in MARKS.items():
        if kind in marks.values():
            text = paragraph(meaning.format(by), size, width - 2 * size, GREY, 2)
            lines.append(beside([marked(kind, size), text], size // 3))
    if page:
        lines += [blank(0, size // 2), words([(page, INK)], size)]
    return below(lines)


def _letters(width: int) -> int:
    """px: a wide sheet is looked at from further away."""
    return min(28, max(15, width // 105))


def _counts(records: Sequence[Record], arrangement: Flow | Grid, by: str) -> str:
    counted = Counter(record.status or "unknown" for record in records)
    order = sorted(counted, key=lambda s: (ORDER.index(s) if s in ORDER else len(ORDER), s))
    runs = "1 run" if len(records) == 1 else f"{len(records)} runs"
    each = ", ".join(f"{counted[status]} {status}" for status in order)
    told = [
        f"{runs}, {'all ' * (len(records) > 1)}{order[0]}" if len(order) == 1 else f"{runs}: {each}"
    ]
    repeats = arrangement.repeats if isinstance(arrangement, Grid) else 0
    if isinstance(arrangement, Flow) and not arrangement.key and len(records) > 1:
        told.append(f"best first by {by}")
    if (kept := arrangement.size + repeats) < len(records):
        told.append(f"the best {kept} shown, by {by}")
    if repeats:
        told.append(f"{repeats} left out, repeated later with the same settings")
    return " · ".join(told)


def _best(records: Sequence[Record], axes: Sequence[Axis], by: str) -> str:
    best = ranked(records, by)[:1]
    value = figure(best[0].figures, by) if best and best[0].done else None
    if value is None or len(records) < 2:
        return ""
    where = ", ".join(f"{axis.key} {best[0].value(axis.key) or 'unset'}" for axis in axes)
    return f"Best {by} {number(value)}" + (f": {where}" if where else "")


def _common(records: Sequence[Record], size: int) -> list[Piece]:
    """The content and the style picture, where all runs have the same."""
    pieces = []
    for key in PICTURES:
        values = {record.value(key) for record in records}
        if len(values) != 1 or not (value := values.pop()):
            continue
        path = source(records, key, value)
        art = path and picture(path, (9 * size, 6 * size))
        room = max(art.width if art else 0, 6 * size)
        name = below(
            [
                paragraph(key, size * 4 // 5, room, GREY, 1),
                paragraph(value, size * 4 // 5, room, INK, 1),
            ]
        )
        pieces.append(below([*([art] if art else []), blank(0, size // 4), name]))
    return pieces
