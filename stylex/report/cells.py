"""One run on a sheet: its picture, or the reason why it has none, and its figures below."""

import contextlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from statistics import median_low

from PIL import Image, ImageDraw

from stylex.errors import UserError
from stylex.images.decode import size_of
from stylex.images.thumbnails import LONGEST, at_size
from stylex.report.axes import Axis
from stylex.report.figures import CHOICES, printed, weights_of
from stylex.report.ranking import Ranking
from stylex.report.text import width
from stylex.report.widgets import (
    GREY,
    INK,
    PALE,
    PAPER,
    Size,
    Widget,
    at_least,
    below,
    beside,
    blank,
    fit,
    line_height,
    paragraph,
    pictures,
    words,
)
from stylex.runs.console import duration
from stylex.runs.record import PICTURES, RESULT, Record

LEAST = 150  # px, the least width of a cell: its figures need it
WORDED = {
    **{"style_error": "style", "style_distance": "distance"},
    **{"content_error": "content", "structure_error": "structure"},
    CHOICES: "chosen",
}
SHOWN = ("done", "interrupted", "pruned")  # with the picture that they have
UNREADABLE = "its picture cannot be read"
BEST, STOPPED, FAILED, FAILED_PAPER = (200, 44, 40), (168, 104, 0), (150, 62, 50), (252, 247, 245)


class Look:
    """How the cells of a sheet look with pictures of one size; lengths in px."""

    def __init__(
        self,
        side: int,
        runs: Sequence[Record],
        shapes: Mapping[Path, Size],
        marks: Mapping[Path, str],
        ranking: Ranking,
    ) -> None:
        """side: a picture's long side. shapes: {run folder: size of the picture that it has}.

        marks: {run folder: `best` or `front`}. ranking: of the runs, with their figures.
        """
        self.ranking, self.figures = ranking, ranking.figures
        self.side, self.marks, self.counts = side, marks, weights_of(ranking.by)
        self.gap = max(12, side // 14)  # between cells
        self.small = min(20, max(13, side // 20))  # font size of captions
        self.text = round(self.small * 1.3)  # and of headings
        self.boxes = {folder: fit(shape, (side, side)) for folder, shape in shapes.items()}
        sizes = [*self.boxes.values()] or [(side, side * 2 // 3)]
        self.width = max(LEAST, 12 * self.small, *(wide for wide, _ in sizes))
        self.empty = median_low(high for _, high in sizes)  # height of a place without a picture
        self.sources = {  # the content and style pictures by their names
            (key, run.value(key)): files
            for run in reversed(runs)
            for key in PICTURES
            if (files := run.files(key))
        }
        done = [run for run in runs if run.done]
        self.lines = len(self.figures) if ranking.fold else 1  # of a caption
        if ranking.fold:
            widths = [line.width for run in done for line in _means(run, self)]
            self.width = max(self.width, max(widths, default=0) + 2 * self.small)  # with the mark
        else:
            self._measure(done)

    def _measure(self, done: Sequence[Record]) -> None:
        """How the figures of a caption share its one line."""
        for worded in (True, False):  # figures with their names, where they fit
            self.worded = worded
            self.columns = [
                max((width(_figure(run, name, self), self.small) for run in done), default=0)
                for name in self.figures
            ]
            if CHOICES in self.figures and not worded:  # with their errors they are long
                self.width = max(
                    self.width, sum(self.columns) + (len(self.figures) + 1) * self.small
                )
            room = self.width - sum(self.columns) - self.small  # with the mark
            self.apart = max(4, min(room // len(self.figures), 2 * self.small))
            if self.apart >= self.small * 3 // 4:
                break

    def height(self, runs: Sequence[Record | None]) -> int:
        """Of the pictures of these runs in one row."""
        boxes = [self.boxes[run.folder] for run in runs if run and run.folder in self.boxes]
        return max((high for _, high in boxes), default=self.empty)


def shapes(runs: Sequence[Record]) -> dict[Path, Size]:
    """{run folder: (width, height) in px} of the pictures that can be shown, from their headers."""
    found: dict[Path, Size] = {}
    for run in runs:
        for file in (run.thumbnail, run.result):
            if run.folder not in found and run.status in SHOWN:
                with contextlib.suppress(UserError):
                    found[run.folder] = size_of(file)[::-1]
    return found


def cell(run: Record | None, high: int, look: Look) -> Widget:
    """A run's picture standing on the lower edge of `high` px, and its caption.

    A place without a run stays empty.
    """
    if run is None:
        return blank(look.width, high + look.small // 2 + look.lines * line_height(look.small))
    return below([_picture(run, high, look), _caption(run, look)], look.small // 2)


def heading(axis: Axis, value: str, look: Look, wide: int) -> Widget:
    """A value of an axis in `wide` px, below the picture of that name."""
    art = pictures(
        look.sources.get((axis.key, value)), (max(wide, look.side) // 2, look.side * 2 // 5)
    )
    return below([art, paragraph(axis.shown(value), look.text, wide, lines=4)], look.small // 3)


def strip_heading(axis: Axis, value: str, look: Look) -> Widget:
    """The same for a single run, as wide as its cell: beside a smaller picture."""
    art = pictures(look.sources.get((axis.key, value)), (look.side // 3, look.side // 4))
    gap = look.small // 2
    room = look.width - (art.width + gap) * bool(art.width)
    text = paragraph(axis.shown(value), look.text, room)
    return below([beside([art, text], gap, low=True), blank(1, gap)])


def mark(kind: str, small: int) -> Widget:
    """The dot of the `best`, the ring of the `front`; beside text of size `small`."""
    across = round(small * 0.65)

    def draw(image: Image.Image, x: int, y: int) -> None:
        top = y + round(small * 0.62) - across // 2
        image.paste(BEST, (x, top), _disc(across, 0 if kind == "best" else small // 7))

    return Widget(small, line_height(small), draw)


@cache
def _disc(across: int, ring: int) -> Image.Image:
    """A smooth mask: full, or a ring of so many px."""
    fine = 8  # times
    mask = Image.new("L", (across * fine, across * fine))
    edge = across * fine - 1
    ImageDraw.Draw(mask).ellipse((0, 0, edge, edge), 0 if ring else 255, 255, ring * fine)
    return mask.resize((across, across), Image.Resampling.BOX)


def _figure(run: Record, name: str, look: Look) -> str:
    if name not in run.figures:
        return "n/a"
    value = run.figures[name]
    if name == "seconds":
        return duration(value) if value < 1e7 else f"{printed(value)} s"
    text = look.ranking.text(run, name)
    return f"{WORDED[name]} {text}" if look.worded else text


def _means(run: Record, look: Look) -> list[Widget]:
    """The lines below the picture of folded runs: each figure's mean and spread, and their number.

    The last figure is the seconds.
    """
    lines = []
    for name in look.figures:
        text, colour = look.ranking.text(run, name) or "n/a", INK if name in look.counts else GREY
        parts = [(f"{WORDED[name]} {text}" if name in WORDED else f"{text} s", colour)]
        if name == look.figures[-1]:
            parts.append((f"· {_size(run, look)}", GREY))
        lines.append(words(parts, look.small))
    return lines


def _size(run: Record, look: Look) -> str:
    group = look.ranking.groups[run.folder]
    return f"{group.size} run{'s' * (len(group.runs) != 1)}"


def _caption(run: Record, look: Look) -> Widget:
    if run.done and look.ranking.fold:
        first, *others = _means(run, look)
        kind = look.marks.get(run.folder)
        marked = beside([first, mark(kind, look.small)], look.small // 2) if kind else first
        return below([marked, *others])
    if run.status in ("interrupted", "pruned"):
        after = " after " + _figure(run, "seconds", look) if "seconds" in run.figures else ""
        size = f" · {_size(run, look)}" if look.ranking.fold else ""
        return paragraph(f"{run.status}{after}{size}", look.small, look.width, STOPPED, 1)
    if not run.done:
        text = _size(run, look) if look.ranking.fold else ""
        return at_least(words([(text, GREY)], look.small), look.width)
    parts = []
    for name, wide in zip(look.figures, look.columns, strict=True):
        colour = INK if name in look.counts else GREY
        parts.append(at_least(words([(_figure(run, name, look), colour)], look.small), wide))
    if run.folder in look.marks:
        parts.append(mark(look.marks[run.folder], look.small))
    return beside(parts, look.apart)


def _picture(run: Record, high: int, look: Look) -> Widget:
    if run.status == "failed":
        return _panel("failed", run.reason or "no reason given", high, look)
    if run.status not in SHOWN:
        return _panel(run.status or "unknown", "", high, look)
    if run.folder not in look.boxes:
        broken = run.result.exists()
        return _panel(UNREADABLE if broken else "no picture", RESULT * broken, high, look)
    wide, tall = look.boxes[run.folder]

    def draw(image: Image.Image, x: int, y: int) -> None:
        try:
            art = _art(run, (tall, wide), thumbnail=look.side <= LONGEST)
        except UserError as error:
            _panel(UNREADABLE, str(error), high, look).draw(image, x, y)
            return
        top, right = y + high - tall, x + wide
        image.paste(art, (x, top))
        if not run.done:
            corner = max(10, look.side // 12)
            points = [(right - corner, top), (right, top), (right, top + corner)]
            ImageDraw.Draw(image).polygon(points, fill=STOPPED)

    return Widget(look.width, high, draw)


def _art(run: Record, size: tuple[int, int], *, thumbnail: bool) -> Image.Image:
    """The run's picture at (height, width) px. Raises UserError."""
    first, second = (run.thumbnail, run.result) if thumbnail else (run.result, run.thumbnail)
    try:
        return at_size(first, *size)
    except UserError:
        return at_size(second, *size)


def _panel(title: str, text: str, high: int, look: Look) -> Widget:
    """A box that says something in a picture's place."""
    pad, small = look.small * 3 // 4, look.small
    room = look.width - 2 * pad
    top = paragraph(title, small, room, FAILED if text else GREY, 2)
    lines = (high - 2 * pad - top.height) // line_height(small)
    inside = below([top, paragraph(text, small, room, GREY, lines)])

    def draw(image: Image.Image, x: int, y: int) -> None:
        box = (x, y, x + look.width - 1, y + high - 1)
        ImageDraw.Draw(image).rectangle(box, FAILED_PAPER if text else PAPER, PALE)
        inside.draw(image, x + pad, y + pad)

    return Widget(look.width, high, draw)
