"""A picture's file read: all of it, or one line on what is wrong with it."""

import contextlib
import errno
import logging
import os
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import PLANAR_CONFIGURATION, SAMPLESPERPIXEL, TiffImageFile

from stylex.errors import UserError
from stylex.images.kinds import DEVELOP, FORMATS, kind_of

_STDERR = threading.Lock()  # held while stderr is another

# Its one message above a warning comes as an exception, too.
logging.getLogger("PIL.TiffImagePlugin").setLevel(logging.CRITICAL)

SPARSE_FROM = 2**24
SPARSE = 4096
"""So many px to a byte, and a picture of more than SPARSE_FROM px is refused. Photographs and scans
stay below 100: only one flat colour, or a bomb, is packed so densely."""

SLIPS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    SystemError,
    TypeError,
    struct.error,
)
DAMAGE = (*SLIPS, EOFError, OSError, RuntimeError, SyntaxError, ValueError, zlib.error)
"""What Pillow's decoders raise on damaged files: on purpose, or slipping on a value they did not
expect (SLIPS)."""


def read(path: Path, *, most: int | None = None) -> tuple[Image.Image, bool]:
    """The first picture of a regular file, decoded as it lies; whether it holds more of them.

    most: px in all; None for what Pillow allows.

    Raises UserError, naming the file, unless it is a whole picture of one of FORMATS and of a size
    that is allowed.
    """
    name = printable(path)
    with decoding(name), path.open("rb") as file:
        kind = kind_of(file.read(4096), name)
        file.seek(0)
        try:
            image = FORMATS[kind].open(file)
        except SyntaxError as error:  # Pillow's word for a header that makes no sense to it
            raise UserError(f"{name} is a damaged or unusual {kind}{_reason(error)}") from error
        _check_size(image, os.fstat(file.fileno()).st_size, name, most)
        if image.format == "JPEG" and b"\xff\xd9" not in file.read():
            # A download broken off may end in zeros, which Pillow takes for pixels.
            raise UserError(f"{name} is damaged: it has no end")
        if kind == "PNG":
            _check_rows(file, name)
            _mend_transparency(image)
        if isinstance(image, TiffImageFile):
            _check_tiff(image, name)
        several = bool(getattr(image, "is_animated", False))
        decode(image)
    return image, several


@contextlib.contextmanager
def decoding(name: str) -> Iterator[None]:
    """While Pillow reads the picture called `name`: what it trips over becomes a UserError.

    Its warnings are dropped: they are about damage that it reads past and sizes that it allows.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UserError:
        raise
    except Image.DecompressionBombError as error:
        raise UserError(f"{name} is too large{_reason(error)}") from error
    except MemoryError as error:
        raise UserError(f"{name} is too large for this machine's memory") from error
    except DAMAGE as error:
        # The system's own, unless of a position that cannot be; Pillow's have no number.
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise UserError(f"cannot read {name}: {error.strerror}") from error
        raise UserError(f"{name} is damaged{_reason(error)}") from error


def decode(image: Image.Image) -> None:
    """Has Pillow decode what it only opened so far. Raises whatever its decoders do."""
    if image.format not in ("TIFF", "AVIF"):
        image.load()
        return
    # libtiff and dav1d write to the terminal, past Python, what Pillow raises in any case.
    with _STDERR, contextlib.ExitStack() as after:
        with contextlib.suppress(OSError):  # of a process without stderr
            terminal = os.dup(2)
            after.callback(os.close, terminal)
            with open(os.devnull, "wb") as nowhere:
                os.dup2(nowhere.fileno(), 2)
            after.callback(os.dup2, terminal, 2)
        image.load()


def printable(text: object) -> str:
    """In one line: line breaks, control characters and undecodable bytes written as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))


def _reason(error: Exception) -> str:
    """`: …`, what Pillow says on purpose; of a slip over a value that it did not expect nothing."""
    inner = error.args[0] if error.args else error
    slip = isinstance(error, SLIPS) or isinstance(inner, Exception)
    lines = str(error).splitlines()
    return f": {printable(lines[0])}" if lines and not slip else ""


def _check_size(image: Image.Image, size: int, name: str, most: int | None) -> None:
    """Raises UserError, before anything is decoded, for more pixels than there can be.

    size: of the file, in bytes.
    """
    pixels, sides = image.width * image.height, f"{image.width}×{image.height} px"
    if most is None and Image.MAX_IMAGE_PIXELS is not None:
        most = 2 * Image.MAX_IMAGE_PIXELS  # where Image.open draws the line, too
    if most is not None and pixels > most:
        raise UserError(f"{name} is too large: {sides}, and {most} px in all is the limit")
    if pixels > max(SPARSE_FROM, SPARSE * size):
        raise UserError(f"{name} is damaged: it has {size} bytes for {sides}")


def _check_rows(file: IO[bytes], name: str) -> None:
    """Raises UserError where a PNG's pixels are damaged or some are missing.

    Pillow does not look at their checksums, and leaves black what a too short stream has no data
    for. The position in the file is kept.
    """
    here, needed, inflated = file.tell(), 0, 0
    stream = zlib.decompressobj()
    file.seek(8)
    while len(head := file.read(8)) == 8:
        length, chunk = struct.unpack(">I4s", head)
        if chunk not in (b"IHDR", b"IDAT"):
            file.seek(length + 4, os.SEEK_CUR)
            continue
        crc = zlib.crc32(chunk)
        while length and (data := file.read(min(length, 2**16))):
            crc, length = zlib.crc32(data, crc), length - len(data)
            if chunk == b"IHDR":
                needed = _bytes_of_rows(*struct.unpack(">IIBBxxB", data))
            elif inflated < needed:
                inflated += len(stream.decompress(data))
        if file.read(4) != struct.pack(">I", crc):
            raise UserError(f"{name} is damaged: a wrong checksum, or cut off")
    # An animation may do without IDAT: there Pillow has to find the pixels.
    if 0 < inflated < needed:
        raise UserError(f"{name} is damaged: {needed - inflated} bytes of its pixels are missing")
    file.seek(here)


def _bytes_of_rows(width: int, height: int, depth: int, colour: int, interlaced: int) -> int:
    """How many bytes a PNG inflates to, with the one that begins each row (PNG, 7.2 and 8.2)."""
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    passes = [(0, 0, 1, 1)]  # the first column and row, and every how manieth
    if interlaced:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)]
        passes += [(0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    total = 0
    for x, y, dx, dy in passes:
        columns, rows = len(range(x, width, dx)), len(range(y, height, dy))
        total += rows * (1 + -(-columns * bits // 8)) if columns else 0
    return total


def _mend_transparency(image: ImageFile) -> None:
    """Pillow gives a PNG's transparent colour in the file's bits, the pixels in 8 of them."""
    key = image.info.get("transparency")
    form = image.tile[0].args if image.tile else None
    if isinstance(key, int) and form in ("1", "L;2", "L;4"):
        step = {"1": 255, "L;2": 85, "L;4": 17}[form]
        image.info["transparency"] = min(255, key * step)  # Pillow 13 has taken "1" that far
    if isinstance(key, tuple) and form == "RGB;16B":
        image.info["transparency"] = tuple(part >> 8 for part in key)


def _check_tiff(image: TiffImageFile, name: str) -> None:
    """Raises UserError for a raw file, and where strips are missing, which Pillow leaves black."""
    tags = image.tag_v2
    if tags.get(254, 0) & 1:  # NewSubfileType: a smaller version of another picture in the file
        raise UserError(f"{name} begins with a mere preview, as a camera's raw file: {DEVELOP}")
    if image.use_load_libtiff:  # which looks for itself
        return
    planes = tags.get(SAMPLESPERPIXEL, 1) if tags.get(PLANAR_CONFIGURATION) == 2 else 1
    covered = 0
    for tile in image.tile:
        x0, y0, x1, y1 = tile.extents or (0, 0, 0, 0)
        covered += (x1 - x0) * (y1 - y0)
    if covered < image.width * image.height * planes:
        raise UserError(f"{name} is damaged: strips are missing")
