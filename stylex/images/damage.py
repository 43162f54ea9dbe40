"""What Pillow misses in files: damage that it reads past, and notes that it reads late."""

import struct
import zlib
from collections.abc import Iterator
from typing import IO

from PIL.ImageFile import ImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import PLANAR_CONFIGURATION, SAMPLESPERPIXEL, TiffImageFile

from stylex.errors import UserError
from stylex.images.formats import DEVELOP

SPARSE_FROM = 2**24  # px
SPARSE = 4096  # px to a byte
"""A larger picture than SPARSE_FROM needs a byte for every SPARSE px. Photographs and scans have
one for 100 at most; a GIF or JPEG with a damaged size may have one for a million, and Pillow would
fill gigabytes with a flat colour."""


def check_header(image: ImageFile, size: int, name: str) -> None:
    """Raises UserError, before any pixel is decoded, where the header cannot be the picture's.

    size: of the file, in bytes. name: what the message calls it.
    """
    if image.width * image.height > max(SPARSE_FROM, SPARSE * size):
        raise UserError(
            f"{name} is damaged: it has {size} bytes for {image.width}×{image.height} px"
        )
    # NewSubfileType: a smaller version of another picture in the file
    if isinstance(image, TiffImageFile) and image.tag_v2.get(254, 0) & 1:
        raise UserError(f"{name} begins with a small preview, as raw files do: {DEVELOP}")


def check_whole(image: ImageFile, name: str) -> None:
    """Raises UserError for missing or damaged pixels, of an opened picture not decoded yet."""
    file = image.fp
    assert file is not None
    if image.format == "JPEG" and b"\xff\xd9" not in file.read():
        # A download broken off may end in zeros, which libjpeg takes for pixels.
        raise UserError(f"{name} is damaged: it has no end")
    if isinstance(image, PngImageFile):
        _check_png(file, name)
    if isinstance(image, TiffImageFile) and not image.use_load_libtiff:  # which checks by itself
        _check_strips(image, name)


def read_late_metadata(image: PngImageFile) -> None:
    """Makes Pillow read what follows a PNG's pixels, as EXIF data may, without decoding them."""
    assert image.fp is not None and image.png is not None
    for kind, length in _chunks(image.fp, image.tile[0].offset - 8):
        if kind in (b"eXIf", b"tEXt", b"zTXt", b"iTXt"):
            image.png.call(kind, image.fp.tell(), length)


def scale_transparent_colour(image: PngImageFile) -> None:
    """Pillow gives the pixels of a PNG in 8 bits, but its transparent colour in the file's."""
    key = image.info.get("transparency")
    form = image.tile[0].args
    if isinstance(key, int) and form in ("1", "L;2", "L;4"):
        step = {"1": 255, "L;2": 85, "L;4": 17}[form]
        image.info["transparency"] = min(255, key * step)  # Pillow 13 has scaled "1" already
    if isinstance(key, tuple) and form == "RGB;16B":
        image.info["transparency"] = tuple(part >> 8 for part in key)


def _chunks(file: IO[bytes], at: int = 8) -> Iterator[tuple[bytes, int]]:
    """(kind, bytes of data) of a PNG's chunks from position `at`; `file` is then at the data."""
    while file.seek(at) and len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        yield kind, length
        at += 12 + length


def _check_png(file: IO[bytes], name: str) -> None:
    """Pillow skips the checksums of pixels, and leaves black what a too short stream lacks."""
    file.seek(16)
    width, height, depth, colour = struct.unpack(">IIBB", file.read(10))
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    # A byte begins each row (PNG, 7.2); an interlaced picture has some bytes more.
    missing = height * (1 + -(-width * bits // 8))
    pixels = zlib.decompressobj()
    for kind, length in _chunks(file):
        if kind != b"IDAT":
            continue
        crc = zlib.crc32(kind)
        while length and (data := file.read(min(length, 2**16))):
            crc, length = zlib.crc32(data, crc), length - len(data)
            if missing > 0:
                missing -= len(pixels.decompress(data))
        if file.read(4) != struct.pack(">I", crc):
            raise UserError(f"{name} is damaged: a wrong checksum, or cut off")
    if missing > 0:
        raise UserError(f"{name} is damaged: {missing} bytes of its pixels are missing")


def _check_strips(image: TiffImageFile, name: str) -> None:
    """Pillow leaves missing strips black."""
    separate = image.tag_v2.get(PLANAR_CONFIGURATION) == 2
    planes = image.tag_v2.get(SAMPLESPERPIXEL, 1) if separate else 1
    covered = 0
    for tile in image.tile:
        x0, y0, x1, y1 = tile.extents or (0, 0, 0, 0)
        covered += (x1 - x0) * (y1 - y0)
    if covered < image.width * image.height * planes:
        raise UserError(f"{name} is damaged: strips are missing")
