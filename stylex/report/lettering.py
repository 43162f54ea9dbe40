"""Text on a sheet: fonts that need no installation, and lines that fit a width in px."""

import importlib.util
import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

from PIL import ImageFont

LINE = 1.32  # from one line's baseline to the next, in font sizes
RISE = 0.95  # from a line's top to its baseline
MOST = 2000  # letters, of which the middle is lost anyway
NOBODY = "\uffff"  # no font draws it: what stands in its place stands for every missing letter


@lru_cache(maxsize=1 << 14)
def font(size: int, text: str) -> ImageFont.FreeTypeFont:
    """The font that draws all of `text`: Pillow's own, or the broader one that comes with the plot.

    Pillow's has no accents, no Greek, no arrows; but it is the more beautiful one.
    """
    plain = all(_covers(char, False) for char in text) or _broad_file() is None
    return _load(size, not plain)


@lru_cache(maxsize=1 << 14)
def readable(text: str) -> str:
    """One line of letters that can be drawn; others as `\\u4eac`, so that names stay distinct."""
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


def wrap(text: str, size: int, room: int, lines: int) -> list[str]:
    """`text` in at most `lines` lines of `room` px; what is too long loses its middle.

    The middle, because names that begin alike often end differently.
    """
    text = readable(text if len(text) <= MOST else _without_middle(text, MOST))
    wrapped = _wrapped(text, size, room)
    if len(wrapped) <= lines:
        return wrapped
    least, most = 0, len(text)  # letters that fit, and letters that do not
    while most - least > 1:
        kept = (least + most) // 2
        fits = len(_wrapped(_without_middle(text, kept), size, room)) <= lines
        least, most = (kept, most) if fits else (least, kept)
    return _wrapped(_without_middle(text, least), size, room)


def shorten(text: str, size: int, room: int) -> str:
    """`text` on one line of `room` px."""
    return wrap(text, size, room, 1)[0] if text else ""


def _without_middle(text: str, kept: int) -> str:
    return f"{text[: kept - kept // 2]}…{text[len(text) - kept // 2 :]}"


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
    file = _broad_file() if broad else None
    if file:
        # Its letters are larger than their size says.
        return ImageFont.truetype(str(file), round(size * 0.92), layout_engine=_BASIC)
    loaded = ImageFont.load_default(size)
    assert isinstance(loaded, ImageFont.FreeTypeFont)  # as it is wherever a size is given
    return loaded


_BASIC = ImageFont.Layout.BASIC


@cache
def _broad_file() -> Path | None:
    # Where the package lies, without half a second of importing it.
    found = importlib.util.find_spec("matplotlib")
    places = (found and found.submodule_search_locations) or ()
    files = [Path(place) / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf" for place in places]
    return next((file for file in files if file.is_file()), None)


@cache
def _covers(char: str, broad: bool) -> bool:
    if broad and _broad_file() is None:
        return False
    return char == " " or _shape(char, broad) != _shape(NOBODY, broad)


def _shape(char: str, broad: bool) -> tuple[tuple[int, int], bytes]:
    mask = _load(20, broad).getmask(char)
    return mask.size, bytes(mask)
