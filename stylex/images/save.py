"""Pictures out: PNG, JPEG, WebP or TIFF by the file's name, tagged as sRGB.

`.png`, `.jpg`, `.jpeg` and `.webp` are 8-bit; `.tif` and `.tiff` are 16-bit, and so is `.16.png`.
"""

import io
import math
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo, putchunk
from torch import Tensor

from stylex.atomic import write_atomically
from stylex.errors import UserError, did_you_mean
from stylex.images.colours import SRGB
from stylex.images.load import sides, to_array, to_pil
from stylex.paths import expand

Texts = Mapping[str, str]

_LONGEST = {".webp": 16383, ".jpg": 65500, ".jpeg": 65500}  # px


def _srgb_profile() -> bytes:
    """The profile with a fixed date, so that equal pictures are equal files."""
    profile = bytearray(SRGB.tobytes())
    profile[24:36] = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    return bytes(profile)


ICC_PROFILE = _srgb_profile()


def encode(image: Tensor, name: str | Path, texts: Texts | None = None) -> bytes:
    """(1, 3, H, W) in [0, 1] -> the bytes of a file of the format that `name` ends in.

    texts: {keyword: text}, stored in a PNG; of other formats only `Software`, in their metadata.

    Raises UserError for a format that does not exist here, or has no pictures of this size.
    """
    check_size(name, *sides(image))
    return _encoder(name)(image, texts or {})


def write(image: Tensor, path: str | Path, texts: Texts | None = None) -> None:
    """Encodes the picture, as `encode` does, into the file `path`, whole or not at all.

    `~` is expanded, and folders that are missing are made. Raises UserError as `encode` does,
    OSError where the file cannot be written.
    """
    write_atomically(expand(path), encode(image, path, texts))


def check_format(name: str | Path) -> None:
    """Raises UserError unless `encode` knows the format that `name` ends in."""
    _encoder(name)


def check_size(name: str | Path, height: int, width: int) -> None:
    """Raises UserError for sides in px that the format of `name` does not have."""
    longest = _LONGEST.get(Path(name).suffix.lower(), math.inf)
    if max(height, width) > longest:
        raise UserError(
            f"output '{name}': pictures of this format have sides of at most {longest} px, "
            f"not {max(height, width)}: choose .png or .tif"
        )


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
    return _by_pillow(image, "PNG", pnginfo=_png_info(texts))


def _jpeg(image: Tensor, texts: Texts) -> bytes:
    # Full chroma resolution: painted edges are where halved chroma shows.
    return _by_pillow(image, "JPEG", quality=95, subsampling=0, exif=_exif(texts))


def _webp(image: Tensor, texts: Texts) -> bytes:
    return _by_pillow(image, "WEBP", quality=95, method=4, exif=_exif(texts))


def _png_info(texts: Texts) -> PngInfo:
    info = PngInfo()
    for keyword, text in texts.items():
        info.add_itxt(keyword, text)
    return info


def _exif(texts: Texts) -> bytes:
    exif = Image.Exif()
    if software := texts.get("Software"):
        exif[ExifTags.Base.Software] = software
    return exif.tobytes() if exif else b""


def _by_pillow(image: Tensor, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    to_pil(image).save(file, form, icc_profile=ICC_PROFILE, **options)
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
    file = io.BytesIO()
    file.write(b"\x89PNG\r\n\x1a\n")
    putchunk(file, b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0))
    putchunk(file, b"iCCP", b"sRGB\0\0" + zlib.compress(ICC_PROFILE))
    for kind, data, *_ in _png_info(texts).chunks:
        putchunk(file, kind, data)
    putchunk(file, b"IDAT", zlib.compress(filtered.tobytes(), 6))
    putchunk(file, b"IEND")
    return file.getvalue()


def _tiff16(image: Tensor, texts: Texts) -> bytes:
    """RGB of 16 bits, which Pillow does not write, deflated."""
    import tifffile  # late: few results are TIFFs

    file = io.BytesIO()
    tifffile.imwrite(
        file,
        to_array(image, 65535).astype(np.uint16),
        photometric="rgb",
        planarconfig="contig",
        compression="zlib",
        predictor=True,
        iccprofile=ICC_PROFILE,
        metadata=None,
        software=texts.get("Software", False),
    )
    return file.getvalue()


_ENCODERS: dict[str, Callable[[Tensor, Texts], bytes]] = {
    ".png": _png,
    ".jpg": _jpeg,
    ".jpeg": _jpeg,
    ".webp": _webp,
    ".tif": _tiff16,
    ".tiff": _tiff16,
}
