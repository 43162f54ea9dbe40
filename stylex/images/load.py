"""Pictures in: a file, a PIL picture or a tensor becomes (1, 3, H, W), RGB in [0, 1], sRGB."""

import io
import logging
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageCms
from PIL.TiffImagePlugin import BITSPERSAMPLE, PHOTOMETRIC_INTERPRETATION, SAMPLEFORMAT
from torch import Tensor

from stylex.errors import UserError
from stylex.images.formats import DAMAGE, decode, decoding, printable, read
from stylex.paths import existing_file

log = logging.getLogger(__name__)

Picture = str | Path | Image.Image | Tensor
"""What a picture may be given as."""

ORIENTATION = 0x0112  # the EXIF tag, and what undoes each of its values
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def load(picture: Picture) -> Tensor:
    """A path, a PIL picture or a tensor -> (1, 3, H, W), RGB in [0, 1], float32.

    Of a file, known by its content whatever it is called: EXIF orientation and an embedded colour
    profile are honoured, transparency is laid over white, an animation gives its first frame; grey,
    palette, CMYK and 16-bit pictures are converted. What of it the user may not expect is logged.
    A tensor is (3, H, W) or (1, 3, H, W) in [0, 1] already.

    Raises UserError, naming the file, when there is no whole picture to be had from it.
    """
    if isinstance(picture, Tensor):
        return _from_tensor(picture)
    if isinstance(picture, Image.Image):
        return _from_pil(picture, "the picture")
    try:
        path = existing_file(picture)
    except UserError as error:
        raise UserError(printable(error)) from error
    name = printable(path)
    image, several = read(path)
    if several:
        log.warning("%s holds several pictures: taking the first", name)
    return _from_pil(image, name)


def size_of(picture: Picture) -> tuple[int, int]:
    """(height, width) of what `load` gives, without decoding where the header tells."""
    if not isinstance(picture, str | Path):
        return sides(load(picture))
    try:
        with Image.open(existing_file(picture)) as image:
            width, height = image.size
            turned = image.getexif().get(ORIENTATION, 1) >= 5
    except Exception:  # which load says in words
        return sides(load(picture))
    return (width, height) if turned else (height, width)


def resize(image: Tensor, height: int, width: int, *, mode: str = "bicubic") -> Tensor:
    """(B, C, h, w) -> (B, C, height, width), antialiased; a copy also when the size is the same.

    Bicubic may overshoot [0, 1] a little; clamp where that matters.
    """
    if image.shape[-2:] == (height, width):
        return image.detach().clone(memory_format=torch.contiguous_format)
    return F.interpolate(image.detach(), (height, width), mode=mode, antialias=True)


def sides(image: Tensor) -> tuple[int, int]:
    """(height, width)."""
    return image.shape[-2], image.shape[-1]


def to_pil(image: Tensor) -> Image.Image:
    """(1, 3, H, W) or (3, H, W) in [0, 1] -> 8-bit RGB, rounded."""
    return Image.fromarray(to_array(image, 255).astype(np.uint8))


def to_array(image: Tensor, white: int) -> "np.ndarray[Any, np.dtype[np.float32]]":
    """(1, 3, H, W) or (3, H, W) in [0, 1] -> (H, W, 3), whole numbers from 0 to `white`."""
    pixels = image.detach().reshape(3, *image.shape[-2:]).float().clamp(0, 1).cpu()
    array: np.ndarray[Any, np.dtype[np.float32]] = (
        pixels.permute(1, 2, 0).mul(white).round().numpy()
    )
    return array


def _from_tensor(tensor: Tensor) -> Tensor:
    image = tensor.detach().float()
    image = image.unsqueeze(0) if image.ndim == 3 else image
    if image.ndim != 4 or image.shape[:2] != (1, 3) or 0 in image.shape:
        shape = tuple(tensor.shape)
        raise UserError(f"a picture's tensor is (3, H, W) or (1, 3, H, W), not {shape}")
    if not bool(((image >= 0) & (image <= 1)).all()):
        raise UserError("a picture's tensor holds values outside [0, 1]")
    return image.cpu()


def _from_pil(image: Image.Image, name: str) -> Tensor:
    if 0 in image.size:
        raise UserError(f"{name} has no pixels: {image.width}×{image.height} px")
    with decoding(name):
        pixels = _pixels(image, name)
    if pixels.ndim == 2:
        return pixels.expand(1, 3, -1, -1).contiguous()
    return pixels.permute(2, 0, 1).unsqueeze(0).contiguous().float().div_(255)


def _pixels(image: Image.Image, name: str) -> Tensor:
    """Upright and in sRGB: colours (H, W, 3) as bytes, deep grey (H, W) in [0, 1]."""
    decode(image)
    image = _upright(image, name)
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        grey = _deep_grey(image, name)
        profile = image.info.get("icc_profile")
        if not profile:
            return grey
        # 8 bits are all that the colour engine takes.
        image = Image.fromarray(grey.mul(255).round().byte().numpy())
        image.info["icc_profile"] = profile
    alpha = _alpha(image)
    colours = _to_srgb(image, name)
    if alpha is not None:
        _say_transparent(name)
        colours = Image.composite(colours, Image.new("RGB", colours.size, "white"), alpha)
    return torch.from_numpy(np.array(colours))  # a copy, because torch wants to write


def _upright(image: Image.Image, name: str) -> Image.Image:
    """Turned as EXIF says, as far as it can be read."""
    try:
        if data := image.info.get("exif"):
            Image.Exif().load(data)  # getexif hides what Pillow failed at when opening the file
        orientation = image.getexif().get(ORIENTATION)
    except DAMAGE as error:
        reason = printable(error)
        log.warning("%s has EXIF data that cannot be read (%s): taken as it lies", name, reason)
        return image
    turn = TURNS.get(orientation) if isinstance(orientation, int) else None
    return image if turn is None else image.transpose(turn)


def _deep_grey(image: Image.Image, name: str) -> Tensor:
    """(H, W) in [0, 1] of 16 bits, or of Pillow's 32-bit and float modes, which 16 bits may be in.

    Of float pixels, what is no number is black, and infinity white.
    """
    array = np.asarray(image)
    tags = getattr(image, "tag_v2", {})  # of a TIFF
    if image.mode == "I" and tags and tags.get(SAMPLEFORMAT, (1,))[0] == 1:
        array = array.view(np.uint32)  # Pillow knows signed ones only
    grey: np.ndarray[Any, np.dtype[np.float32]] = array.astype(np.float32)
    top = float(grey.max(initial=0, where=np.isfinite(grey)))
    if image.mode == "F":
        # A float file states no white: the usual ones are 1, 255 and 65535.
        white = next((w for w in (1.0, 255.0, 65535.0) if top <= w), top)
    elif image.mode == "I":
        white = max(top, 65535.0)
    else:
        white = 2.0 ** tags.get(BITSPERSAMPLE, (16,))[0] - 1  # 12 bits come as they are
    np.nan_to_num(grey, copy=False, posinf=white, neginf=0)
    np.clip(grey, 0, white, out=grey)
    grey /= white
    if tags.get(PHOTOMETRIC_INTERPRETATION) == 0:  # white is zero: Pillow turns 8 bits only
        grey = 1 - grey
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        _say_transparent(name)
        grey[array == transparent] = 1
    return torch.from_numpy(grey)


def _alpha(image: Image.Image) -> Image.Image | None:
    """The transparency as an 8-bit mask, None where the picture is opaque throughout."""
    if not image.has_transparency_data:
        return None
    alpha = image.convert("RGBA").getchannel("A")
    return None if alpha.getextrema() == (255, 255) else alpha


def _say_transparent(name: str) -> None:
    log.warning("%s is partly transparent: laid over white", name)


def _to_srgb(image: Image.Image, name: str) -> Image.Image:
    """8-bit RGB in sRGB, through the embedded profile when there is a sound one."""
    profile = image.info.get("icc_profile")
    if not profile:
        return image.convert("RGB")
    if image.mode in ("P", "PA", "1", "LA", "RGBA", "RGBX", "RGBa", "La"):
        # Profiles speak of plain colours: L stays L, everything else becomes RGB.
        image = image.convert("L" if image.mode in ("1", "LA", "La") else "RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        reason = printable(error)
        log.warning("%s has a colour profile that cannot be used (%s): taken as sRGB", name, reason)
        return image.convert("RGB")
    return converted if converted is not None else image.convert("RGB")
