"""Picture files written out for the tests, and what loading them says."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from stylex.errors import UserError
from stylex.images.load import load

# 2 rows of 3 different colours.
COLOURS = np.array(
    [[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[255, 255, 0], [10, 20, 30], [200, 100, 50]]],
    np.uint8,
)


def close(a, b, tolerance=1e-2) -> None:
    np.testing.assert_allclose(a, b, atol=tolerance)


def pixels(picture) -> np.ndarray:
    """(H, W, 3) from 0 to 255 of a loaded picture."""
    return load(picture)[0].permute(1, 2, 0).numpy() * 255


def refused(picture, function=load) -> str:
    """The one line that says why `function` does not take the picture."""
    with pytest.raises(UserError) as caught:
        function(picture)
    assert str(caught.value).isprintable()
    return str(caught.value)


def noise(height: int, width: int, channels: int = 3) -> np.ndarray:
    shape = (height, width, channels)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def encoded(image: Image.Image, form: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, depth, colour, rows: bytes, *between: bytes, interlaced=0) -> bytes:
    """A PNG written out (PNG specification, 11.2); `rows` with their filter bytes."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    parts = [chunk(b"IHDR", head), *between, chunk(b"IDAT", zlib.compress(rows))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


UPRIGHT = {  # what undoes each EXIF orientation, for an array (rows, columns, …)
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, 1),
}


def turned(orientation: int) -> bytes:
    """EXIF data that say so."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()
