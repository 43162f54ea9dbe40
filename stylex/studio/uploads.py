"""Uploaded pictures: checked, and kept under names that the program chooses."""

import hashlib
import os
import tempfile
from pathlib import Path

from stylex.config.pictures import option_name
from stylex.errors import UserError, on_one_line
from stylex.images.decode import opened, read
from stylex.images.formats import HEAD, format_of

MOST_MEGABYTES = 64
MOST_PIXELS = 80 * 10**6
SUFFIXES = {"JPEG": ".jpg", "TIFF": ".tif"}


def keep(data: bytes, name: str, folder: Path) -> Path:
    """Saves an uploaded picture below `folder`, byte for byte, and returns its path.

    name: the file's own, of which letters and digits are kept.

    Raises UserError, naming it, unless it is an undamaged picture of at most MOST_MEGABYTES and
    MOST_PIXELS; OSError where it cannot be saved.
    """
    called = on_one_line(Path(name).name) or "the picture"
    if len(data) > MOST_MEGABYTES * 2**20:
        raise UserError(f"{called} has {len(data) >> 20} MB, at most {MOST_MEGABYTES} allowed")
    form = format_of(data[:HEAD], called)
    plain = option_name(Path(name)) + SUFFIXES.get(form, f".{form.lower()}")
    path = folder / hashlib.sha256(data).hexdigest()[:12] / plain
    if path.is_file():
        os.utime(path)  # the latest again
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as trial:
        file = Path(trial, plain)
        file.write_bytes(data)
        with opened(file, called) as image:
            if image.width * image.height > MOST_PIXELS:
                size = f"{image.width}×{image.height} px"
                raise UserError(f"{called} is too large: {size}, at most {MOST_PIXELS} px in all")
        read(file, called)
        path.parent.mkdir(exist_ok=True)
        os.replace(file, path)
    return path
