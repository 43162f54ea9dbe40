"""Text on a sheet: fonts that need no installation, and lines that fit a width in px."""

import re
import unicodedata
from bisect import bisect
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import ImageFont

MOST = 2000  # characters, of which the middle is lost anyway
MISSING = "\uffff"  # no font has it: it looks like any character that a font lacks


@lru_cache(maxsize=1 << 14)
def font(size: int, text: str) -> ImageFont.FreeTypeFont:
    """The font that draws all of `text`: Pillow's own, or the broader one that comes with the plot.

    Pillow's has no accents, no Greek, no arrows; but it is the more beautiful one.
    """
    return _load(size, not all(_covers(char, False) for char in text))


@lru_cache(maxsize=1 << 14)
def readable(text: str) -> str:
    """One line of characters that can be drawn; others as `\\u4eac`: names stay distinct."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(
        char
        if _covers(char, False) or _covers(char, True)
        else char.encode("unicode_escape").decode()
        for char in text
    )


@lru_cache(maxsize=1 << 16)  # a layout is tried at several sizes, with the same words each time
def width(text: str, size: int) -> int:
    """px, rounded up, of readable `text` on one line."""
    return int(font(size, text).getlength(text) + 0.999)


def shortened(text: str, most: int) -> str:
    """At most `most` characters, the middle left out: names that begin alike often end apart."""
    end = (most - 1) // 2
    return text if len(text) <= most else f"{text[: most - end - 1]}…{text[len(text) - end :]}"


def wrap(text: str, size: int, room: int, lines: int) -> list[str]:
    """`text`, made readable, in at most `lines` lines of `room` px; its middle left out if need be.

    Pillow's ImageText wraps, too, but neither within a long word nor to a number of lines.
    """
    text = readable(shortened(text, MOST))
    wrapped = _wrapped(text, size, room)
    if len(wrapped) <= lines:
        return wrapped

    def needed(kept: int) -> int:
        return len(_wrapped(shortened(text, kept), size, room))

    kept = bisect(range(1, len(text)), lines, key=needed)
    return _wrapped(shortened(text, max(kept, 1)), size, room)


def _wrapped(text: str, size: int, room: int) -> list[str]:
    lines = [""]
    for part in _parts(text, size, room):
        if lines[-1] and width((lines[-1] + part).rstrip(), size) > room:
            lines.append("")
        lines[-1] += part
    return [line.strip() for line in lines]


def _parts(text: str, size: int, room: int) -> list[str]:
    """Words; of a word longer than a line its parts after marks, or in the end its letters."""
    parts = []
    for word in re.findall(r"\S+\s*", text):
        if width(word.rstrip(), size) <= room:
            parts.append(word)
            continue
        for part in re.findall(r"[^,=/_.:-]*[,=/_.:-]?", word):
            parts += [part] if width(part.rstrip(), size) <= room else list(part)
    return parts


@cache
def _load(size: int, broad: bool) -> ImageFont.FreeTypeFont:
    if broad:
        package = find_spec("matplotlib")  # to import it takes half a second
        assert package and package.origin  # stylex requires it
        file = Path(package.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
        # Its letters are larger than their size says.
        return ImageFont.truetype(file, round(size * 0.92), layout_engine=ImageFont.Layout.BASIC)
    loaded = ImageFont.load_default(size)
    assert isinstance(loaded, ImageFont.FreeTypeFont)  # as it is wherever a size is given
    return loaded


@cache
def _covers(char: str, broad: bool) -> bool:
    return char == " " or _shape(char, broad) != _shape(MISSING, broad)


def _shape(char: str, broad: bool) -> tuple[tuple[int, int], bytes]:
    mask = _load(20, broad).getmask(char)
    return mask.size, bytes(mask)
