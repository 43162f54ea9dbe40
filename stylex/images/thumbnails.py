"""Pictures read small, for sheets and pages. Needs no torch."""

import base64
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from stylex.errors import UserError
from stylex.images.colours import to_8_bits, to_srgb
from stylex.images.decode import decode, opened
from stylex.images.orientation import upright

LONGEST = 320  # px, the long side of a run's own thumbnail
SMALLEST = 96  # px, of one on a page of very many
AT_LARGEST = 300  # runs; with more of them each is smaller, so that the page stays in some 30 MB
QUALITY = 75
AT_ONCE = 128  # pictures in memory, a few kB each
LANCZOS = Image.Resampling.LANCZOS


def thumbnail(path: str | Path, longest: int) -> Image.Image:
    """The picture upright in 8-bit sRGB, its long side at most `longest` px; never enlarged.

    Quicker than a full `read`, and not as strict about damage. Raises UserError, naming the file,
    for what cannot be read.
    """
    image = _read_small(path, longest)
    image.thumbnail((longest, longest), LANCZOS, reducing_gap=2)
    return image


def at_size(path: str | Path, height: int, width: int) -> Image.Image:
    """The same at exactly this size, enlarged where need be."""
    return _read_small(path, max(height, width)).resize((width, height), LANCZOS, reducing_gap=2)


def side(count: int) -> int:
    """The long side in px of each thumbnail of `count`: about the same pixels for all together."""
    return round(min(LONGEST, max(SMALLEST, LONGEST * math.sqrt(AT_LARGEST / max(count, 1)))))


def encoded(files: Sequence[Iterable[Path]], side: int) -> Iterator[tuple[str, float]]:
    """A JPEG in base64 and width / height for each; empty and 0 where there is no picture.

    files: for each the files that hold it, of which the first that can be read is taken.
    """
    # Threads are enough: Pillow frees the interpreter while it decodes and encodes.
    with ThreadPoolExecutor(4) as pool:
        for start in range(0, len(files), AT_ONCE):
            yield from pool.map(lambda paths: _encode(paths, side), files[start : start + AT_ONCE])


def _encode(paths: Iterable[Path], side: int) -> tuple[str, float]:
    for path in paths:
        try:
            image = thumbnail(path, side)
        except UserError:
            continue
        data = io.BytesIO()
        image.save(data, "JPEG", quality=QUALITY, optimize=True)
        return base64.b64encode(data.getvalue()).decode(), image.width / image.height
    return "", 0.0


def _read_small(path: str | Path, longest: int) -> Image.Image:
    """Mode RGB, upright, in sRGB; its long side at least `longest` px if the picture's is."""
    with opened(path) as image:
        image.draft(None, (longest, longest))  # a JPEG is decoded at a half, a quarter or an eighth
        decode(image)
        if image.mode in ("L", "RGB", "CMYK"):
            # Colours are converted faster at twice the size than at full size.
            image.thumbnail((2 * longest, 2 * longest), reducing_gap=1)
        return to_8_bits(to_srgb(upright(image))).convert("RGB")
