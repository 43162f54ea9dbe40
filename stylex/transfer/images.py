"""Pictures in: any file Pillow reads becomes a tensor (1, 3, H, W), RGB in [0, 1], sRGB."""

import io
import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from torch import Tensor

from stylex.errors import UserError
from stylex.paths import existing_file

log = logging.getLogger(__name__)

Picture = str | Path | Image.Image | Tensor
"""What a picture may be given as."""

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def load(picture: Picture) -> Tensor:
    """A path, a PIL picture or a tensor -> (1, 3, H, W), RGB in [0, 1], float32.

    Of a file: EXIF orientation and an embedded colour profile are honoured, transparency is laid
    over white (and said), an animation gives its first frame (and says so); grey, palette, CMYK
    and 16-bit pictures are converted. A tensor is (3, H, W) or (1, 3, H, W) in [0, 1] already.

    Raises UserError, naming the file, when there is no picture to be had from it.
    """
    if isinstance(picture, Tensor):
        return _from_tensor(picture)
    if isinstance(picture, Image.Image):
        return _from_pil(picture, "the picture")
    path = existing_file(picture)
    try:
        with warnings.catch_warnings():
            # Pillow warns of damage that it reads past, and of sizes that it still allows.
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                if getattr(image, "is_animated", False):
                    log.info("%s holds several pictures: taking the first", path)
                image.load()
                return _from_pil(image, str(path))
    except UnidentifiedImageError as error:
        raise UserError(f"{path} is not a picture that can be read") from error
    except Image.DecompressionBombError as error:
        raise UserError(f"{path} is too large: {error}") from error
    except PermissionError as error:
        raise UserError(f"{path} may not be read: permission denied") from error
    except UserError:
        raise
    except Exception as error:
        # On a damaged file Pillow's decoders raise nearly anything.
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(f"{path} is damaged: {reason}") from error


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
    image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        deep = _from_deep_grey(image)
        profile = image.info.get("icc_profile")
        if not profile:
            return deep
        image = to_pil(deep).convert("L")  # all that the colour engine takes
        image.info["icc_profile"] = profile
    alpha = _alpha(image)
    colours = _to_srgb(image, name)
    if alpha is not None:
        log.info("%s is partly transparent: laid over white", name)
        colours = Image.composite(colours, Image.new("RGB", colours.size, "white"), alpha)
    return _scaled(np.asarray(colours), 255)


def _scaled(array: "np.ndarray[Any, Any]", white: float) -> Tensor:
    """(H, W, 3), 0 to `white` -> (1, 3, H, W), 0 to 1."""
    return (
        torch.from_numpy(array.astype(np.float32) / white)
        .permute(2, 0, 1)
        .unsqueeze(0)
        .contiguous()
    )


def _from_deep_grey(image: Image.Image) -> Tensor:
    """Grey of 16 bits, or of Pillow's 32-bit and float modes (which hold 16-bit files, too)."""
    array = np.nan_to_num(np.asarray(image).astype(np.float32), posinf=0, neginf=0).clip(0)
    top = array.max(initial=0.0)
    # A float file states no white: the usual ones are 1, 255 and 65535.
    white = next((w for w in (1.0, 255.0, 65535.0) if top <= w), float(top))
    white = white if image.mode == "F" else max(white, 65535.0)
    return _scaled(np.repeat(array[:, :, None], 3, axis=2), white)


def _alpha(image: Image.Image) -> Image.Image | None:
    """The transparency as an 8-bit mask, None where the picture is opaque throughout."""
    if not image.has_transparency_data:
        return None
    alpha = image.convert("RGBA").getchannel("A")
    return None if alpha.getextrema() == (255, 255) else alpha


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
        log.info("%s has a colour profile that cannot be used (%s): taken as sRGB", name, error)
        return image.convert("RGB")
    return converted if converted is not None else image.convert("RGB")
