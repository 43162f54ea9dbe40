"""Parts of a sheet that know their size in px and how to draw themselves, and ways to join them."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw

from stylex.errors import UserError
from stylex.images.decode import size_of
from stylex.images.thumbnails import at_size
from stylex.report.text import font, width, wrap

Size = tuple[int, int]  # (width, height)
Colour = tuple[int, int, int]
PAPER, INK, GREY, PALE = (255, 255, 255), (32, 32, 34), (118, 118, 122), (226, 226, 228)
LINE = 1.32  # from one line's baseline to the next, in font sizes
RISE = 0.95  # from a line's top to its baseline


@dataclass(frozen=True)
class Widget:
    """`draw(image, x, y)` fills at most width × height px from there on."""

    width: int
    height: int
    draw: Callable[[Image.Image, int, int], None]


def blank(width: int = 0, height: int = 0) -> Widget:
    """Nothing, of a size."""
    return Widget(width, height, lambda image, x, y: None)


def beside(widgets: Sequence[Widget], gap: int, *, low: bool = False) -> Widget:
    """From left to right, their tops in line, or their bottoms where `low`.

    No gap stands beside what has no width; nor, in `below`, around what has no height.
    """
    widgets = [widget for widget in widgets if widget.width]
    height = max((widget.height for widget in widgets), default=0)

    def draw(image: Image.Image, x: int, y: int) -> None:
        for widget in widgets:
            widget.draw(image, x, y + (height - widget.height if low else 0))
            x += widget.width + gap

    wide = sum(widget.width for widget in widgets) + gap * max(len(widgets) - 1, 0)
    return Widget(wide, height, draw)


def below(widgets: Sequence[Widget], gap: int = 0) -> Widget:
    """From top to bottom, flush left."""
    widgets = [widget for widget in widgets if widget.height]

    def draw(image: Image.Image, x: int, y: int) -> None:
        for widget in widgets:
            widget.draw(image, x, y)
            y += widget.height + gap

    high = sum(widget.height for widget in widgets) + gap * max(len(widgets) - 1, 0)
    return Widget(max((widget.width for widget in widgets), default=0), high, draw)


def at_least(widget: Widget, width: int) -> Widget:
    """The widget with empty space on its right."""
    return Widget(max(widget.width, width), widget.height, widget.draw)


def line_height(size: int) -> int:
    """px that one line of text takes."""
    return round(LINE * size)


def words(parts: Sequence[tuple[str, Colour]], size: int) -> Widget:
    """One line of readable text in several colours, with a space between them."""
    space = width(" ", size)
    widths = [width(text, size) for text, _ in parts]

    def draw(image: Image.Image, x: int, y: int) -> None:
        pen = ImageDraw.Draw(image)
        for (text, colour), wide in zip(parts, widths, strict=True):
            base = (x, y + round(RISE * size))
            pen.text(base, text, fill=colour, font=font(size, text), anchor="ls")
            x += wide + space

    return Widget(sum(widths) + space * max(len(parts) - 1, 0), line_height(size), draw)


def paragraph(text: str, size: int, room: int, colour: Colour = INK, lines: int = 3) -> Widget:
    """Text in at most `lines` lines of `room` px."""
    wrapped = wrap(text, size, room, lines) if text and lines > 0 else []
    return below([words([(line, colour)], size) for line in wrapped])


def pairs(values: Mapping[str, str], size: int, room: int, lines: int) -> Widget:
    """`key value` after `key value`, never broken within one, in at most `lines` lines."""
    gap = width("m", size)
    rows: list[list[Widget]] = [[]]
    for key, value in values.items():
        (key,) = wrap(key, size, room * 3 // 5, 1)
        (value,) = wrap(value or "unset", size, room - width(f"{key} ", size), 1)
        pair = words([(key, GREY), (value, INK)], size)
        if rows[-1] and sum(w.width + gap for w in rows[-1]) + pair.width > room:
            rows.append([])
        rows[-1].append(pair)
    if len(rows) > lines:
        rows = [*rows[: lines - 1], [words([("…", GREY)], size)]]
    return below([beside(row, gap) for row in rows])


def pictures(paths: Sequence[Path] | None, box: Size) -> Widget:
    """Content or style pictures, side by side and as large as fits into `box`.

    Blank where there are none, or none that can be read.
    """
    gap = 2
    each = (box[0] - gap * (len(paths) - 1)) // len(paths) if paths else 0
    return beside([picture(path, (max(1, each), box[1])) for path in paths or ()], gap)


def picture(path: Path, box: Size) -> Widget:
    """One of them."""
    try:
        size = fit(size_of(path)[::-1], box)
    except UserError:
        return blank()

    def draw(image: Image.Image, x: int, y: int) -> None:
        with contextlib.suppress(UserError):  # damaged behind its header
            image.paste(_source(path, size), (x, y))

    return Widget(*size, draw)


@lru_cache(maxsize=64)  # it stands in many places
def _source(path: Path, size: Size) -> Image.Image:
    return at_size(path, size[1], size[0])


def fit(size: Size, box: Size) -> Size:
    """`size` scaled, up or down, to touch the sides of `box`; at least 1 px."""
    scale = min(box[0] / size[0], box[1] / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
