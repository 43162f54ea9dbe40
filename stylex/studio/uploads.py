"""Pictures that come through the page: small enough, whole, and under a name of our own making."""

import hashlib
import os
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from stylex.config.pictures import option_name
from stylex.errors import UserError
from stylex.images.formats import decoding, printable, read
from stylex.images.kinds import kind_of

MOST_MEGABYTES = 64
MOST_PIXELS = 80 * 10**6
SUFFIXES = {"JPEG": ".jpg", "TIFF": ".tif"}


def keep(data: bytes, name: str, folder: Path) -> Path:
    """Keeps an uploaded picture below `folder` and gives its path.

    name: what it is called where it came from; of that only plain letters are taken over.
    Raises UserError, naming it, unless it is a whole picture of at most MOST_MEGABYTES and
    MOST_PIXELS.
    """
    called = printable(Path(name).name) or "the picture"
    if len(data) > MOST_MEGABYTES * 2**20:
        raise UserError(f"{called} has {len(data) >> 20} MB, and {MOST_MEGABYTES} are the most")
    kind = kind_of(data[:4096], called)
    plain = option_name(Path(name)) + SUFFIXES.get(kind, f".{kind.lower()}")
    path = folder / hashlib.sha256(data).hexdigest()[:12] / plain
    if path.is_file():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as trial:
        file = Path(trial, plain)
        file.write_bytes(data)
        try:
            read(file, most=MOST_PIXELS)
        except UserError as error:
            raise UserError(str(error).replace(str(file), called)) from error
        path.parent.mkdir(exist_ok=True)
        os.replace(file, path)
    return path


def small(path: Path, side: int) -> Image.Image:
    """The picture in RGB, upright, its long side at most `side` px. Raises UserError."""
    image, _ = read(path)
    with decoding(printable(path)):
        if image.mode[0] in "IF":  # deep grey, which Pillow would cut off at 255
            deep = np.asarray(image, np.float32)
            image = Image.fromarray((deep * (255 / max(1.0, deep.max()))).clip(0, 255).astype("u1"))
        image.thumbnail((2 * side, 2 * side))
        upright = ImageOps.exif_transpose(image).convert("RGBA")
        upright.thumbnail((side, side), Image.Resampling.LANCZOS)
        white = Image.new("RGBA", upright.size, "white")
        return Image.alpha_composite(white, upright).convert("RGB")
