"""A picture file decoded by Pillow: all of it, or a UserError that says what is wrong with it."""

import contextlib
import errno
import logging
import os
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

# Imported to be registered: Image.open would import all of its 40 formats to find these.
from PIL import AvifImagePlugin, Image, UnidentifiedImageError, WebPImagePlugin  # noqa: F401
from PIL.ImageFile import ImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile

from stylex.errors import UserError, on_one_line
from stylex.images.damage import (
    check_header,
    check_whole,
    read_late_metadata,
    scale_transparent_colour,
)
from stylex.images.formats import CONVERT, HEAD, format_of
from stylex.images.orientation import SIDEWAYS, TAG, orientation
from stylex.paths import existing_file, expand

log = logging.getLogger(__name__)
# Pillow raises what it logs here as an error.
logging.getLogger("PIL.TiffImagePlugin").setLevel(logging.CRITICAL)

_stderr = threading.Lock()  # held while file descriptor 2 is redirected


def read(path: str | Path, name: str | None = None) -> Image.Image:
    """The first picture of a regular file, whole and decoded, as it is stored: not turned upright.

    name: what messages call it, by default its path.

    Raises UserError, naming it, where it is missing, in none of formats.FORMATS, damaged, cut off,
    or larger than Pillow's limit (2 · PIL.Image.MAX_IMAGE_PIXELS).
    """
    name = name or on_one_line(expand(path))
    with opened(path, name) as image:
        check_whole(image, name)
        if getattr(image, "is_animated", False):
            log.warning("%s holds several pictures: taking the first", name)
        decode(image)
    return image


def size_of(picture: str | Path | Image.Image) -> tuple[int, int]:
    """(height, width) in px of the upright picture.

    Of a file only the header and metadata are read, no pixels: it may still prove damaged. Raises
    UserError as `read` does.
    """
    if isinstance(picture, Image.Image):
        with decoding("the picture"):
            decode(picture)
        return _upright_size(picture)
    with opened(picture) as image:
        if isinstance(image, PngImageFile):
            read_late_metadata(image)
        return _upright_size(image)


@contextlib.contextmanager
def opened(path: str | Path, name: str | None = None) -> Iterator[ImageFile]:
    """The first picture of a file, its header read and no pixel decoded.

    Raises UserError as `read` does; what Pillow raises within the `with` block becomes one, too.
    """
    file = existing_file(path)
    name = name or on_one_line(file)
    with decoding(name), file.open("rb") as stream:
        form = format_of(stream.read(HEAD), name)
        try:
            image = Image.open(stream, formats=[form])
        except UnidentifiedImageError as error:
            raise UserError(f"{name} is a damaged or unusual {form}: {CONVERT}") from error
        check_header(image, os.fstat(stream.fileno()).st_size, name)
        if isinstance(image, PngImageFile):
            scale_transparent_colour(image)
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
        # The system's errors have a number, Pillow's have none; EINVAL is a seek to nowhere.
        number = error.errno if isinstance(error, OSError) else None
        if number not in (None, errno.EINVAL):
            raise UserError(f"cannot read {name}: {os.strerror(number)}") from error
        # Pillow's own messages are of these three kinds; others are about its code.
        own = number is None and isinstance(error, OSError | SyntaxError | ValueError)
        reason = f": {error}" if own and error.args else ""
        raise UserError(f"{name} is damaged{reason}") from error


def decode(image: Image.Image) -> None:
    """Decodes a picture that Pillow has only opened so far.

    Raises UserError for one without pixels, and whatever Pillow's decoders raise.
    """
    if 0 in image.size:
        raise UserError(f"a picture of {image.width}×{image.height} px has no pixels")
    if image.format not in ("TIFF", "AVIF"):
        image.load()
        return
    # libtiff and dav1d print to the terminal, past Python, what Pillow then raises.
    with _stderr, contextlib.ExitStack() as after:
        with contextlib.suppress(OSError):  # a process without stderr
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
