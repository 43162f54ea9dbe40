"""Pictures that come through the page: small enough, whole, and under a name of our own making."""

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
    """Keeps an uploaded picture below `folder` and gives its path.

    name: what it is called where it came from; of that only plain letters are taken over.
    Raises UserError, naming it, unless it is a whole picture of at most MOST_MEGABYTES and
    MOST_PIXELS.
    """
    called = on_one_line(Path(name).name) or "the picture"
    if len(data) > MOST_MEGABYTES * 2**20:
        raise UserError(f"{called} has {len(data) >> 20} MB, and {MOST_MEGABYTES} are the most")
    form = format_of(data[:HEAD], called)
    plain = option_name(Path(name)) + SUFFIXES.get(form, f".{form.lower()}")
    path = folder / hashlib.sha256(data).hexdigest()[:12] / plain
    if path.is_file():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as trial:
        file = Path(trial, plain)
        file.write_bytes(data)
        with opened(file, called) as image:
            if image.width * image.height > MOST_PIXELS:
                size = f"{image.width}×{image.height} px"
                raise UserError(
                    f"{called} is too large: {size}, and {MOST_PIXELS} in all are the most"
                )
        read(file, called)
        path.parent.mkdir(exist_ok=True)
        os.replace(file, path)
    return path
