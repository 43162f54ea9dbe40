"""Pictures as the page shows them: JPEGs of the files as they are now, made once."""

import io
import os
from functools import lru_cache
from pathlib import Path

from PIL import ImageOps

from stylex.images import thumbnails

LONGEST = 1600  # px


def displayed(path: Path) -> bytes:
    """The picture, its long side at most LONGEST px. Raises UserError, OSError."""
    return _large(os.fsencode(path), path.stat().st_mtime_ns, LONGEST, square=False)


def thumbnail(path: Path, side: int = 240, *, square: bool = False) -> bytes:
    """The picture, its long side at most `side` px; `square`: its centre, cropped.

    Raises UserError, OSError.
    """
    return _small(os.fsencode(path), path.stat().st_mtime_ns, side, square=square)


def _jpeg(path: bytes, modified: int, side: int, *, square: bool) -> bytes:
    """path: in bytes, for not every name is text. modified: ns; a later one is another picture."""
    picture = thumbnails.thumbnail(Path(os.fsdecode(path)), 2 * side if square else side)
    file = io.BytesIO()
    (ImageOps.fit(picture, (side, side)) if square else picture).save(file, "JPEG", quality=90)
    return file.getvalue()


# Half a megabyte each, and a few kilobytes.
_large, _small = lru_cache(maxsize=32)(_jpeg), lru_cache(maxsize=500)(_jpeg)
