"""Parts of a sheet that know their size in px and how to draw themselves, and ways to join them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from stylex.report import images
from stylex.report.arrangement import Label
from stylex.report.lettering import LINE, RISE, font, readable, shorten, width, wrap

Colour = tuple[int, int, int]
PAPER, INK, GREY, PALE = (255, 255, 255), (32, 32, 34), (118, 118, 122), (226, 226, 228)


@dataclass(frozen=True)
class Canvas:
    """A page in the making."""

    image: Image.Image
    pen: ImageDraw.ImageDraw


@dataclass(frozen=True)
class Piece:
    """`draw(canvas, x, y)` fills at most width × height px from there on."""

    width: int
    height: int
    draw: Callable[[Canvas, int, int], None]


def blank(width: int, height: int) -> Piece:
    """Nothing, of a size."""
    return Piece(width, height, lambda canvas, x, y: None)


def beside(pieces: Sequence[Piece], gap: int, *, low: bool = False) -> Piece:
    """From left to right, their tops in line, or their bottoms where `low`."""
    height = max((piece.height for piece in pieces), default=0)

    def draw(canvas: Canvas, x: int, y: int) -> None:
        for piece in pieces:
            piece.draw(canvas, x, y + (height - piece.height if low else 0))
            x += piece.width + gap

    wide = sum(piece.width for piece in pieces) + gap * max(len(pieces) - 1, 0)
    return Piece(wide, height, draw)


def below(pieces: Sequence[Piece], gap: int = 0) -> Piece:
    """From top to bottom, flush left."""

    def draw(canvas: Canvas, x: int, y: int) -> None:
        for piece in pieces:
            piece.draw(canvas, x, y)
            y += piece.height + gap

    high = sum(piece.height for piece in pieces) + gap * max(len(pieces) - 1, 0)
    return Piece(max((piece.width for piece in pieces), default=0), high, draw)


def at_least(piece: Piece, width: int = 0, height: int = 0) -> Piece:
    """The piece with empty space on its right and below."""
    return Piece(max(piece.width, width), max(piece.height, height), piece.draw)


def words(parts: Sequence[tuple[str, Colour]], size: int) -> Piece:
    """One line of readable text in several colours, with a space between them."""
    space = width(" ", size)
    widths = [width(text, size) for text, _ in parts]

    def draw(canvas: Canvas, x: int, y: int) -> None:
        for (text, colour), wide in zip(parts, widths, strict=True):
            base = (x, y + round(RISE * size))
            canvas.pen.text(base, text, fill=colour, font=font(size, text), anchor="ls")
            x += wide + space

    return Piece(sum(widths) + space * max(len(parts) - 1, 0), line(size), draw)


def line(size: int) -> int:
    """px that one line of text takes."""
    return round(LINE * size)


def paragraph(text: str, size: int, room: int, colour: Colour = INK, lines: int = 3) -> Piece:
    """Text in at most `lines` lines of `room` px."""
    return below([words([(part, colour)], size) for part in wrap(text, size, room, lines)])


def pairs(labels: Sequence[Label], size: int, room: int, lines: int) -> Piece:
    """`key value` after `key value`, never broken within one, in at most `lines` lines."""
    gap = width("m", size)
    rows: list[list[Piece]] = [[]]
    for label in labels:
        key = shorten(readable(label.key), size, room * 3 // 5)
        value = shorten(readable(label.value), size, room - width(f"{key} ", size))
        piece = words([(key, GREY), (value, INK)], size)
        if rows[-1] and sum(p.width + gap for p in rows[-1]) + piece.width > room:
            rows.append([])
        rows[-1].append(piece)
    if len(rows) > lines:
        rows = [*rows[: lines - 1], [words([("…", GREY)], size)]]
    return below([beside(row, gap) for row in rows])


def picture(path: Path, box: tuple[int, int]) -> Piece | None:
    """A content or style picture as large as fits into `box`; None where it is gone."""
    found = images.size([path])
    if not found:
        return None
    fitted = fit(found, box)

    def draw(canvas: Canvas, x: int, y: int) -> None:
        try:
            image = images.read_once(path, path.stat().st_mtime_ns, fitted)
        except (OSError, images.UnreadableError):
            canvas.pen.rectangle((x, y, x + fitted[0] - 1, y + fitted[1] - 1), outline=PALE)
        else:
            canvas.image.paste(image, (x, y))

    return Piece(*fitted, draw)


def fit(size: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    """`size` scaled, up or down, to touch the sides of `box`; at least 1 px."""
    scale = min(box[0] / size[0], box[1] / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
