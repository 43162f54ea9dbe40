"""Pictures of runs, read small. Any may be missing, broken or odd: then there is a reason."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageOps

from stylex.runs.record import Record

THUMBNAIL = 320  # px, the long side of a run's own thumbnail


class UnreadableError(Exception):
    """No picture is to be had; the message says why, in a few words."""


def sources(record: Record, side: int) -> list[Path]:
    """The files to take a run's picture from, the best first, for a long side of `side` px."""
    result, thumbnail = record.result, record.thumbnail
    try:
        fresh = thumbnail.stat().st_mtime_ns >= result.stat().st_mtime_ns
    except OSError:  # one of them is missing, and the other will do
        fresh = True
    return [thumbnail, result] if fresh and side <= THUMBNAIL else [result, thumbnail]


def size(paths: Sequence[Path]) -> tuple[int, int] | None:
    """(width, height) in px of the first file that has any, upright; only headers are read."""
    for path in paths:
        try:
            return _size(path, path.stat().st_mtime_ns)
        except Exception:  # broken files raise nearly anything
            continue
    return None


def read(paths: Sequence[Path], box: tuple[int, int]) -> Image.Image:
    """The first of the files that can be read, RGB, at the size `box`, transparency over white.

    Raises UnreadableError where there is none.
    """
    reason = "no picture"
    for path in paths:
        try:
            return _read(path, box)
        except FileNotFoundError:
            continue
        except Exception as error:  # broken files raise nearly anything
            reason = f"{path.name}: {str(error) or type(error).__name__}"
    raise UnreadableError(reason)


@lru_cache(maxsize=64)
def read_once(path: Path, _changed: int, box: tuple[int, int]) -> Image.Image:
    """`read` for a picture that stands in many places, as a source does; not to be drawn on.

    _changed: the file's time of change in ns.
    """
    return read([path], box)


@lru_cache(maxsize=4096)
def _size(path: Path, _changed: int) -> tuple[int, int]:
    with _open(path) as image:
        # Phones turn their pictures by a note in the file. To look for one in a PNG that does not
        # begin with it, Pillow would decode all of it.
        noted = image.format != "PNG" or "exif" in image.info
        turned = noted and image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
        width, height = image.size
        return (height, width) if turned else (width, height)


def _read(path: Path, box: tuple[int, int]) -> Image.Image:
    with _open(path) as image:
        image.draft("RGB", (max(box), max(box)))  # JPEG: decoded at a half, a quarter, …
        upright = _over_white(ImageOps.exif_transpose(image))
    return upright.resize(box, Image.Resampling.LANCZOS, reducing_gap=2)


@contextmanager
def _open(path: Path) -> Iterator[Image.Image]:
    with warnings.catch_warnings():
        # Pillow warns of damage that it reads past, and of sizes that it still allows.
        warnings.simplefilter("ignore")
        with Image.open(path) as image:
            yield image


def _over_white(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        image = image.convert("I").point(lambda value: value / 257).convert("L")
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(white, clear).convert("RGB")
    return image.convert("RGB")
