"""Pictures out: PNG, JPEG, WebP or TIFF by the name asked for, tagged as sRGB.

`.png`, `.jpg`, `.jpeg` and `.webp` are 8-bit; `.tif` and `.tiff` are 16-bit, and so is `.16.png`.
"""

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from stylex.errors import UserError, did_you_mean
from stylex.images.load import SRGB, to_array, to_pil

Texts = Mapping[str, str]


def _srgb_profile() -> bytes:
    """The profile without its date of making, so that equal pictures are equal files."""
    profile = bytearray(SRGB.tobytes())
    profile[24:36] = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    return bytes(profile)


ICC_PROFILE = _srgb_profile()


def encode(image: Tensor, name: str | Path, texts: Texts | None = None) -> bytes:
    """(1, 3, H, W) in [0, 1] -> the bytes of a file of the format that `name` ends in.

    texts: {keyword: text} to travel inside a PNG; other formats leave it out.

    Raises UserError for a format that does not exist here.
    """
    return _encoder(name)(image, texts or {})


def check_format(name: str | Path) -> None:
    """Raises UserError unless `encode` knows the format that `name` ends in."""
    _encoder(name)


def _encoder(name: str | Path) -> Callable[[Tensor, Texts], bytes]:
    suffixes = [suffix.lower() for suffix in Path(name).suffixes]
    if suffixes[-2:] == [".16", ".png"]:
        return _png16
    suffix = suffixes[-1] if suffixes else ""
    if suffix not in _ENCODERS:
        raise UserError(
            f"output '{name}': no format '{suffix}'{did_you_mean(suffix, _ENCODERS)}"
            if suffix
            else f"output '{name}' names no format (one of {', '.join(_ENCODERS)})"
        )
    return _ENCODERS[suffix]


def _png(image: Tensor, texts: Texts) -> bytes:
    info = PngInfo()
    for keyword, text in texts.items():
        info.add_itxt(keyword, text)
    file = io.BytesIO()
    to_pil(image).save(file, "PNG", pnginfo=info, icc_profile=ICC_PROFILE, optimize=False)
    return file.getvalue()


def _jpeg(image: Tensor, texts: Texts) -> bytes:
    file = io.BytesIO()
    # Full chroma resolution: painted edges are where halved chroma shows.
    to_pil(image).save(file, "JPEG", quality=95, subsampling=0, icc_profile=ICC_PROFILE)
    return file.getvalue()


def _webp(image: Tensor, texts: Texts) -> bytes:
    file = io.BytesIO()
    to_pil(image).save(file, "WEBP", quality=95, method=4, icc_profile=ICC_PROFILE)
    return file.getvalue()


def _png16(image: Tensor, texts: Texts) -> bytes:
    """RGB of 16 bits, which Pillow does not write (PNG specification, 3rd edition, chapter 11)."""
    array = np.ascontiguousarray(to_array(image, 65535), ">u2")
    height, width, _ = array.shape
    rows = array.reshape(height, -1).view(np.uint8).astype(np.int16)
    # Filter 1 (Sub): each byte less the one a pixel, six bytes, before it; it packs far better.
    rows[:, 6:] -= rows[:, :-6].copy()
    filtered = np.empty((height, rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = 1
    filtered[:, 1:] = rows & 255
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)),
        (b"iCCP", b"sRGB\0\0" + zlib.compress(ICC_PROFILE)),
        *(
            (b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode())
            for keyword, text in texts.items()
        ),
        (b"IDAT", zlib.compress(filtered.tobytes(), 6)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _tiff16(image: Tensor, texts: Texts) -> bytes:
    """RGB of 16 bits, one deflated strip (TIFF 6.0, sections 2 and 6; compression 8), no extras."""
    array = to_array(image, 65535).astype("<u2")
    height, width, _ = array.shape
    strip = zlib.compress(array.tobytes(), 6)
    # (tag, type 3 = 16-bit, 4 = 32-bit, 7 = bytes, values), by rising tag.
    entries: list[tuple[int, int, bytes]] = [
        (256, 4, struct.pack("<I", width)),
        (257, 4, struct.pack("<I", height)),
        (258, 3, struct.pack("<3H", 16, 16, 16)),  # bits per sample
        (259, 3, struct.pack("<H", 8)),  # deflate
        (262, 3, struct.pack("<H", 2)),  # RGB
        (273, 4, struct.pack("<I", 8)),  # the strip follows the 8-byte header
        (277, 3, struct.pack("<H", 3)),  # samples per pixel
        (278, 4, struct.pack("<I", height)),  # rows per strip
        (279, 4, struct.pack("<I", len(strip))),
        (284, 3, struct.pack("<H", 1)),  # samples side by side
        (34675, 7, ICC_PROFILE),
    ]
    strip += b"\0" * (len(strip) % 2)
    directory = 8 + len(strip)
    extra_at = directory + 2 + 12 * len(entries) + 4
    records, extra = b"", b""
    for tag, kind, data in entries:
        count = len(data) // {3: 2, 4: 4, 7: 1}[kind]
        if len(data) <= 4:
            value = data.ljust(4, b"\0")
        else:
            value = struct.pack("<I", extra_at + len(extra))
            extra += data + b"\0" * (len(data) % 2)
        records += struct.pack("<HHI", tag, kind, count) + value
    header = b"II*\0" + struct.pack("<I", directory)
    return header + strip + struct.pack("<H", len(entries)) + records + b"\0\0\0\0" + extra


_ENCODERS: dict[str, Callable[[Tensor, Texts], bytes]] = {
    ".png": _png,
    ".jpg": _jpeg,
    ".jpeg": _jpeg,
    ".webp": _webp,
    ".tif": _tiff16,
    ".tiff": _tiff16,
}
