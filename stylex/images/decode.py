"""A picture's file decoded by Pillow: all of it, or one line that says what is wrong with it."""

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

# Imported to be registered: Image.open would import all 40 formats to find these.
from PIL import AvifImagePlugin, Image, UnidentifiedImageError, WebPImagePlugin  # noqa: F401
from PIL.ImageFile import ImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import PLANAR_CONFIGURATION, SAMPLESPERPIXEL, TiffImageFile

from stylex.errors import UserError, on_one_line
from stylex.images.formats import CONVERT, DEVELOP, HEAD, format_of
from stylex.images.orientation import SIDEWAYS, TAG, orientation
from stylex.paths import existing_file, expand

log = logging.getLogger(__name__)
# Pillow logs as an error what it also raises.
logging.getLogger("PIL.TiffImagePlugin").setLevel(logging.CRITICAL)

SPARSE_FROM = 2**24  # px
SPARSE = 4096  # px to a byte
"""A picture of more than SPARSE_FROM px has at least a byte for every SPARSE of them, or is refused
before memory is taken for it. Photographs and scans have one for every 100; an animated GIF with a
damaged size has not, and Pillow fills gigabytes with it."""

_stderr = threading.Lock()  # held while file descriptor 2 is another


def read(path: str | Path, name: str | None = None) -> Image.Image:
    """The first picture of a regular file, whole and decoded, as it is stored: not turned upright.

    name: what messages call it, by default its path.

    Raises UserError, naming it, where it is missing, in none of formats.FORMATS, damaged, cut off,
    or larger than Pillow's limit (2 · PIL.Image.MAX_IMAGE_PIXELS).
    """
    name = name or on_one_line(expand(path))
    with opened(path, name) as image:
        _check_whole(image, name)
        if getattr(image, "is_animated", False):
            log.warning("%s holds several pictures: taking the first", name)
        decode(image)
    return image


def size_of(picture: str | Path | Image.Image) -> tuple[int, int]:
    """(height, width) in px of the upright picture.

    Of a file, only the header is read, so that it may still turn out to be damaged. Raises
    UserError as `read` does.
    """
    if isinstance(picture, Image.Image):
        with decoding("the picture"):
            decode(picture)
        return _upright_size(picture)
    with opened(picture) as image:
        if isinstance(image, PngImageFile):
            _read_late_notes(image)
        return _upright_size(image)


@contextlib.contextmanager
def opened(path: str | Path, name: str | None = None) -> Iterator[ImageFile]:
    """The first picture of a file, its header read and no pixel decoded.

    Raises UserError, naming the file, for what is wrong with it, also within the `with` block.
    """
    file = existing_file(path)
    name = name or on_one_line(file)
    with decoding(name), file.open("rb") as stream:
        form = format_of(stream.read(HEAD), name)
        try:
            image = Image.open(stream, formats=[form])
        except UnidentifiedImageError as error:
            raise UserError(f"{name} is a damaged or unusual {form}: {CONVERT}") from error
        _check_header(image, os.fstat(stream.fileno()).st_size, name)
        yield image


@contextlib.contextmanager
def decoding(name: str) -> Iterator[None]:
    """While Pillow reads the picture called `name`: whatever it raises becomes a UserError.

    Its warnings are dropped: they are of damage that it reads past and of sizes that it allows.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UserError:
        raise
    except Image.DecompressionBombError as error:
        sizes, _, _ = str(error).partition(",")  # "Image size (… pixels) exceeds limit of … pixels"
        raise UserError(f"{name} is too large: {sizes}") from error
    except MemoryError as error:
        raise UserError(f"{name} is too large for this machine's memory") from error
    except Exception as error:  # decoders raise nearly anything on values they do not expect
        # The system's own has a number, Pillow's has none; EINVAL is a position that cannot be.
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise UserError(f"cannot read {name}: {error.strerror}") from error
        # What Pillow raises deliberately says something; other errors speak of its inside.
        deliberate = isinstance(error, OSError | SyntaxError | ValueError)
        reason = f": {error}" if deliberate and str(error) else ""
        raise UserError(f"{name} is damaged{reason}") from error


def decode(image: Image.Image) -> None:
    """Has Pillow decode what it only opened so far. Raises whatever its decoders do."""
    if image.format not in ("TIFF", "AVIF"):
        image.load()
        return
    # libtiff and dav1d write to the terminal, past Python, what Pillow raises in any case.
    with _stderr, contextlib.ExitStack() as after:
        with contextlib.suppress(OSError):  # of a process without stderr
            terminal = os.dup(2)
            after.callback(os.close, terminal)
            with open(os.devnull, "wb") as nowhere:
                os.dup2(nowhere.fileno(), 2)
            after.callback(os.dup2, terminal, 2)
        image.load()


def _upright_size(image: Image.Image) -> tuple[int, int]:
    """(height, width)."""
    width, height = image.size
    with contextlib.suppress(Exception):  # broken EXIF data: as it is stored
        sideways = orientation(image) in SIDEWAYS
        # Pillow gives a TIFF's size upright, by its tag, before it has turned the picture.
        turned = isinstance(image, TiffImageFile) and image.tag_v2.get(TAG) in SIDEWAYS
        if sideways != turned:
            return width, height
    return height, width


def _check_header(image: ImageFile, size: int, name: str) -> None:
    """Raises UserError, before anything is decoded, for what cannot be the picture.

    size: of the file, in bytes.
    """
    if image.width * image.height > max(SPARSE_FROM, SPARSE * size):
        raise UserError(
            f"{name} is damaged: it has {size} bytes for {image.width}×{image.height} px"
        )
    # NewSubfileType: a smaller version of another picture in the file
    if isinstance(image, TiffImageFile) and image.tag_v2.get(254, 0) & 1:
        raise UserError(f"{name} begins with a mere preview, as a camera's raw file: {DEVELOP}")


def _check_whole(image: ImageFile, name: str) -> None:
    """Raises UserError for damage that Pillow reads past, and mends what it gets wrong."""
    stream = image.fp
    assert stream is not None
    if image.format == "JPEG" and b"\xff\xd9" not in stream.read():
        # A download broken off may end in zeros, which Pillow takes for pixels.
        raise UserError(f"{name} is damaged: it has no end")
    if isinstance(image, PngImageFile):
        _check_png(stream, name)
        _scale_transparent_colour(image)
    if isinstance(image, TiffImageFile) and not image.use_load_libtiff:  # which checks by itself
        _check_strips(image, name)


def _chunks(file: IO[bytes], at: int = 8) -> Iterator[tuple[bytes, int]]:
    """(kind, bytes of data) of a PNG's chunks from position `at`; the file stands at the data."""
    while file.seek(at) and len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        yield kind, length
        at += 12 + length


def _read_late_notes(image: PngImageFile) -> None:
    """Lets Pillow read EXIF data behind the pixels, where it looks only after decoding them."""
    assert image.fp is not None and image.png is not None
    for kind, length in _chunks(image.fp, image.tile[0].offset - 8):
        if kind in (b"eXIf", b"tEXt", b"zTXt", b"iTXt"):
            image.png.call(kind, image.fp.tell(), length)


def _check_png(file: IO[bytes], name: str) -> None:
    """Raises UserError where pixels are damaged or missing.

    Pillow does not look at their checksums, and leaves black what a sound but too short stream has
    no data for.
    """
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


def _scale_transparent_colour(image: PngImageFile) -> None:
    """Pillow gives a PNG's transparent colour in the file's bits, but its pixels in 8 bits."""
    key = image.info.get("transparency")
    form = image.tile[0].args
    if isinstance(key, int) and form in ("1", "L;2", "L;4"):
        step = {"1": 255, "L;2": 85, "L;4": 17}[form]
        image.info["transparency"] = min(255, key * step)  # Pillow 13 has scaled "1" already
    if isinstance(key, tuple) and form == "RGB;16B":
        image.info["transparency"] = tuple(part >> 8 for part in key)


def _check_strips(image: TiffImageFile, name: str) -> None:
    """Raises UserError where strips are missing, which Pillow leaves black."""
    separate = image.tag_v2.get(PLANAR_CONFIGURATION) == 2
    planes = image.tag_v2.get(SAMPLESPERPIXEL, 1) if separate else 1
    covered = 0
    for tile in image.tile:
        x0, y0, x1, y1 = tile.extents or (0, 0, 0, 0)
        covered += (x1 - x0) * (y1 - y0)
    if covered < image.width * image.height * planes:
        raise UserError(f"{name} is damaged: strips are missing")
