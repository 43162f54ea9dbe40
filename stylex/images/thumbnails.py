"""Small pictures of many runs, encoded to be put into a page."""

import base64
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

LARGEST, SMALLEST = 320, 96  # px, long side; a run's own thumbnail has 320
AT_LARGEST = 300  # runs; with more of them each is smaller, so that the page stays in some 30 MB
QUALITY = 75
AT_ONCE = 128  # pictures in memory, a few kB each


def side(count: int) -> int:
    """The long side in px of each thumbnail of `count`: about the same pixels for all together."""
    return round(min(LARGEST, max(SMALLEST, LARGEST * math.sqrt(AT_LARGEST / max(count, 1)))))


def encoded(files: Sequence[Iterable[Path]], side: int) -> Iterator[tuple[str, float]]:
    """A JPEG in base64 and width / height for each; empty and 0 where there is no picture.

    files: for each the files that hold it, of which the first that can be read is taken.
    """
    # Threads are enough: Pillow lets go of the interpreter while it decodes and encodes.
    with ThreadPoolExecutor(4) as pool:
        for start in range(0, len(files), AT_ONCE):
            yield from pool.map(lambda paths: _encode(paths, side), files[start : start + AT_ONCE])


def _encode(paths: Iterable[Path], side: int) -> tuple[str, float]:
    for path in paths:
        try:
            with Image.open(path) as image:
                # The gap lets JPEG decode at a half or a quarter, hardly larger than asked for.
                image.thumbnail((side, side), reducing_gap=1.5)
                data = io.BytesIO()
                image.convert("RGB").save(data, "JPEG", quality=QUALITY, optimize=True)
                return base64.b64encode(data.getvalue()).decode(), image.width / image.height
        except Exception:  # what a broken file raises depends on where it is broken
            continue
    return "", 0.0
