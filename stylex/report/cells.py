"""One run on a sheet: its picture, or why there is none, and its figures below."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path

from PIL import Image, ImageDraw

from stylex.report import images
from stylex.report.lettering import width
from stylex.report.pieces import (
    GREY,
    INK,
    PALE,
    PAPER,
    Canvas,
    Piece,
    below,
    blank,
    fit,
    line,
    paragraph,
    words,
)
from stylex.report.ranking import weights_of
from stylex.runs.console import duration
from stylex.runs.record import FIGURES, Record

LEAST = 150  # px, the least width of a cell: its figures need it
BEST, STOPPED, FAILED, FAILED_PAPER = (200, 44, 40), (168, 104, 0), (150, 62, 50), (252, 247, 245)


@dataclass(frozen=True)
class Look:
    """How the cells of a sheet look; lengths in px.

    shapes: {run folder: (width, height)} of the pictures that there are.
    marks: {run folder: `best` or `front`}.
    side: a picture's long side. width: a cell's. text, small: letters of labels, of captions.
    empty: the height of a place without a picture. counts: the figures that runs are ranked by.
    tabs: where each figure begins. worded: figures with their names, where there is room.
    """

    shapes: Mapping[Path, tuple[int, int]]
    marks: Mapping[Path, str]
    counts: Collection[str]
    side: int
    width: int
    text: int
    small: int
    empty: int
    tabs: Sequence[int]
    worded: bool

    @property
    def gap(self) -> int:
        """Between cells."""
        return max(12, self.side // 14)

    def box(self, record: Record) -> tuple[int, int] | None:
        """(width, height) of a run's picture, if it has one."""
        shape = self.shapes.get(record.folder)
        return fit(shape, (self.side, self.side)) if shape else None


def shapes(records: Sequence[Record]) -> dict[Path, tuple[int, int]]:
    """{run folder: (width, height)} in px of the pictures that can be shown."""
    found = {
        record.folder: images.size(images.sources(record, images.THUMBNAIL))
        for record in records
        if record.status in ("done", "interrupted")
    }
    return {folder: size for folder, size in found.items() if size}


def look(
    records: Sequence[Record],
    shapes: Mapping[Path, tuple[int, int]],
    marks: Mapping[Path, str],
    by: str,
    side: int,
) -> Look:
    """The look of a sheet of these runs whose pictures have a long side of `side` px."""
    small = min(20, max(13, side // 20))
    boxes = [fit(shape, (side, side)) for shape in shapes.values()] or [fit((3, 2), (side, side))]
    wide = max(LEAST, 12 * small, *(box[0] for box in boxes))
    empty = sorted(box[1] for box in boxes)[len(boxes) // 2]
    done = [record for record in records if record.done]
    for worded in (True, False):
        figures = [
            max((width(_figure(record, name, worded), small) for record in done), default=0)
            for name in FIGURES
        ]
        gap = min((wide - sum(figures) - small) // len(FIGURES), 2 * small)
        if gap >= small * 3 // 4:  # with room for the mark
            break
    tabs = [0, *accumulate(figure + max(gap, 4) for figure in figures)]
    letters = round(small * 1.3)
    return Look(shapes, marks, weights_of(by), side, wide, letters, small, empty, tabs, worded)


def cell(record: Record | None, high: int, look: Look) -> Piece:
    """A run's picture standing on the lower edge of `high` px, and its caption.

    A place without a run stays empty.
    """
    if record is None:
        return blank(look.width, high + look.small // 2 + line(look.small))
    if record.status in ("done", "interrupted"):
        art, caption = _art(record, high, look), _caption(record, look)
    else:
        art, caption = _absence(record, high, look), blank(look.width, line(look.small))
    return below([art, caption], look.small // 2)


def marked(kind: str, small: int) -> Piece:
    """The dot of the `best`, the ring of the `front`; beside text of size `small`."""

    across = round(small * 0.65)

    def draw(canvas: Canvas, x: int, y: int) -> None:
        top = y + round(small * 0.62) - across // 2
        canvas.image.paste(BEST, (x, top), _disc(across, 0 if kind == "best" else small // 7))

    return Piece(small, line(small), draw)


@cache
def _disc(across: int, rim: int) -> Image.Image:
    """A smooth mask: full, or a ring where `rim` says how thick it is."""
    fine = 8  # times
    mask = Image.new("L", (across * fine, across * fine))
    edge = across * fine - 1
    ImageDraw.Draw(mask).ellipse((0, 0, edge, edge), 0 if rim else 255, 255, rim * fine)
    return mask.resize((across, across), Image.Resampling.BOX)


def number(figure: float) -> str:
    """As short as it tells something: `0.218`, `12.3`, `4567`, `2e-05`."""
    size = abs(figure)
    if size >= 1e5 or 0 < size < 0.001:
        return f"{figure:.0e}"
    return f"{figure:.{3 if size < 10 else 1 if size < 1000 else 0}f}"


def _figure(record: Record, name: str, worded: bool) -> str:
    if name not in record.figures:
        return "n/a"
    value = record.figures[name]
    if name == "seconds":
        return duration(value)
    return f"{name.removesuffix('_error')} {number(value)}" if worded else number(value)


def _caption(record: Record, look: Look) -> Piece:
    if not record.done:
        after = f" after {_figure(record, 'seconds', False)}" if "seconds" in record.figures else ""
        return paragraph(f"{record.status}{after}", look.small, look.width, STOPPED, 1)
    mark = look.marks.get(record.folder)

    def draw(canvas: Canvas, x: int, y: int) -> None:
        for name, tab in zip(FIGURES, look.tabs, strict=False):
            colour = INK if name in look.counts else GREY
            text = _figure(record, name, look.worded)
            words([(text, colour)], look.small).draw(canvas, x + tab, y)
        if mark:
            marked(mark, look.small).draw(canvas, x + look.tabs[-1], y)

    return Piece(look.width, line(look.small), draw)


def _art(record: Record, high: int, look: Look) -> Piece:
    box = look.box(record)
    if box is None:
        found = [file.name for file in images.sources(record, look.side) if file.exists()]
        if not found:
            return _panel("no picture", "", high, look)
        return _panel("its picture cannot be read", f"{found[-1]}: no picture", high, look)

    def draw(canvas: Canvas, x: int, y: int) -> None:
        try:
            image = images.read(images.sources(record, look.side), box)
        except images.UnreadableError as error:
            _panel("its picture cannot be read", str(error), high, look).draw(canvas, x, y)
            return
        top = y + high - box[1]
        canvas.image.paste(image, (x, top))
        if not record.done:
            corner, right = max(10, look.side // 12), x + box[0]
            points = [(right - corner, top), (right, top), (right, top + corner)]
            canvas.pen.polygon(points, fill=STOPPED)

    return Piece(look.width, high, draw)


def _absence(record: Record, high: int, look: Look) -> Piece:
    failed = record.status == "failed"
    reason = (record.reason or "no reason given") if failed else ""
    return _panel(record.status or "unknown", reason, high, look)


def _panel(title: str, text: str, high: int, look: Look) -> Piece:
    """A box that says something in a picture's place."""
    pad, small = look.small * 3 // 4, look.small
    room = look.width - 2 * pad
    heading = paragraph(title, small, room, FAILED if text else GREY, 2)
    lines = (high - 2 * pad - heading.height) // line(small)
    told = [heading, *([paragraph(text, small, room, GREY, lines)] if text and lines > 0 else [])]

    def draw(canvas: Canvas, x: int, y: int) -> None:
        canvas.pen.rectangle(
            (x, y, x + look.width - 1, y + high - 1),
            fill=FAILED_PAPER if text else PAPER,
            outline=PALE,
        )
        below(told).draw(canvas, x + pad, y + pad)

    return Piece(look.width, high, draw)
