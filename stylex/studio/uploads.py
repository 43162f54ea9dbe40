"""Uploaded pictures: checked, and kept under names that the program chooses; parts of them."""

import hashlib
import io
import os
import tempfile
from pathlib import Path

from stylex.config.pictures import option_name
from stylex.errors import UserError, on_one_line
from stylex.images.colours import to_8_bits, to_srgb
from stylex.images.decode import opened, read
from stylex.images.formats import HEAD, format_of
from stylex.images.orientation import upright

MOST_MEGABYTES = 64
MOST_PIXELS = 80 * 10**6
LEAST_SIDE = 16  # px of a part, as of a run's size
KEPT_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")  # of those that a PNG can have
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
                most = f"{MOST_PIXELS / 10**6:g} megapixels"
                raise UserError(f"{called} is too large: {size}, at most {most}")
        read(file, called)
        path.parent.mkdir(exist_ok=True)
        os.replace(file, path)
    return path


def cropped(path: Path, box: tuple[float, float, float, float]) -> bytes:
    """A part of the picture, upright, as a file: a JPEG of one, of others a PNG.

    box: left, top, right and bottom in fractions of the upright width and height.

    Raises UserError for a box outside 0 to 1 or with a side of less than LEAST_SIDE px, and where
    the picture cannot be read.
    """
    image = upright(whole := read(path))
    left, top, right, bottom = box
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise UserError("there is no such part of the picture")
    wide, high = image.size
    pixels = (round(left * wide), round(top * high), round(right * wide), round(bottom * high))
    if min(pixels[2] - pixels[0], pixels[3] - pixels[1]) < LEAST_SIDE:
        raise UserError(f"the part is too small: at least {LEAST_SIDE} px a side")
    part = image.crop(pixels)
    file, profile = io.BytesIO(), whole.info.get("icc_profile")
    if part.mode not in KEPT_MODES:
        part, profile = to_8_bits(to_srgb(part)), None
    if whole.format == "JPEG":
        part.save(file, "JPEG", quality=95, subsampling=0, icc_profile=profile)
    else:
        part.save(file, "PNG", icc_profile=profile)
    return file.getvalue()
