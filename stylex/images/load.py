"""Pictures in: a file, a PIL picture, a tensor or an array becomes (1, 3, H, W), sRGB in [0, 1]."""

import logging
import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from stylex.errors import UserError, on_one_line
from stylex.images import decode
from stylex.images.colours import alpha_channel, to_srgb
from stylex.images.orientation import upright
from stylex.paths import expand

log = logging.getLogger(__name__)

Array = np.ndarray[Any, np.dtype[Any]]
Picture = str | Path | Image.Image | Tensor | Array
"""What a picture may be given as; see `load`."""
KINDS = "a path, a PIL picture, a tensor (3, H, W) or an array (H, W, 3)"


@torch.inference_mode(False)
def load(picture: Picture) -> Tensor:
    """A picture -> (1, 3, H, W), RGB in [0, 1], float32, on the CPU.

    A path or a PIL picture: a file is known by its content, whatever it is called. EXIF orientation
    and an embedded colour profile are honoured, transparency is laid over white, an animation gives
    its first frame; grey, palette, CMYK and 16-bit pictures are converted. What of it the user may
    not expect is logged.

    A tensor: (3, H, W) or (1, 3, H, W), of floats in [0, 1].

    An array: (H, W, 3), (H, W) grey or (H, W, 4) with alpha, uint8 or of floats in [0, 1].

    Raises UserError, naming the file, for what is none of these or no whole picture.
    """
    if isinstance(picture, Tensor):
        return _from_tensor(picture)
    if isinstance(picture, np.ndarray):
        return _from_array(picture)
    if isinstance(picture, Image.Image):
        return _from_pil(picture, "the picture")
    _check_path(picture)
    name = on_one_line(expand(picture))
    return _from_pil(decode.read(picture, name), name)


@torch.inference_mode(False)
def load_brightness(picture: Picture) -> Tensor:
    """A picture as `load` takes it -> (1, 1, H, W) in [0, 1], the mean of R, G and B.

    Transparency is laid over black. Raises UserError as `load` does.
    """
    if isinstance(picture, Tensor):
        return load(picture).mean(1, keepdim=True)
    name = "the picture"
    if not isinstance(picture, np.ndarray | Image.Image):
        _check_path(picture)
        name = on_one_line(expand(picture))
        picture = decode.read(picture, name)
    over_white = (
        _from_array(picture)
        if isinstance(picture, np.ndarray)
        else _from_pil(picture, name, remarks=False)
    )
    brightness, alpha = over_white.mean(1, keepdim=True), alpha_of(picture)
    return brightness if alpha is None else (brightness - (1 - alpha)).clamp(0, 1)


def alpha_of(picture: Picture) -> Tensor | None:
    """The alpha channel of what `load` takes, (1, 1, H, W) in [0, 1]; None where all is opaque.

    Raises UserError as `load` does.
    """
    if isinstance(picture, Tensor):
        return None
    if isinstance(picture, np.ndarray):
        if picture.ndim != 3 or picture.shape[2] != 4:
            return None
        scale = 255 if picture.dtype == np.uint8 else 1
        return torch.from_numpy(picture[None, None, :, :, 3].astype(np.float32) / scale)
    if not isinstance(picture, Image.Image):
        _check_path(picture)
        picture = decode.read(picture)
    with decode.decoding("the picture"):
        decode.decode(picture)
        alpha = alpha_channel(upright(picture))
    if alpha is None:
        return None
    return torch.from_numpy(np.array(alpha))[None, None].float().div_(255)


def size_of(picture: Picture) -> tuple[int, int]:
    """(height, width) of what `load` makes of it; of a file, only the header is read.

    Raises UserError as `load` does, but for damage behind the header.
    """
    if isinstance(picture, Tensor | np.ndarray):
        return sides(load(picture))
    if not isinstance(picture, Image.Image):
        _check_path(picture)
    return decode.size_of(picture)


def resize(
    image: Tensor, height: int, width: int, *, mode: str = "bicubic", tileable: bool = False
) -> Tensor:
    """(B, C, h, w) -> (B, C, height, width), antialiased; a copy also when the size is the same.

    tileable: beyond an edge comes the opposite one, not the edge itself.
    Bicubic may overshoot [0, 1] a little; clamp where that matters.
    """
    if image.shape[-2:] == (height, width):
        return image.detach().clone(memory_format=torch.contiguous_format)
    image = image.detach()
    if tileable:  # the middle one of 3×3, which no edge reaches
        image = image.repeat(1, 1, 3, 3)
        tiles = F.interpolate(image, (3 * height, 3 * width), mode=mode, antialias=True)
        return tiles[..., height : 2 * height, width : 2 * width].contiguous()
    return F.interpolate(image, (height, width), mode=mode, antialias=True)


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


def _check_path(picture: object) -> None:
    if isinstance(picture, str | os.PathLike):
        return
    kind = type(picture).__name__
    advice = ""
    if isinstance(picture, bytes | bytearray | memoryview):
        advice = ": PIL.Image.open(io.BytesIO(…)) makes a PIL picture of them"
    elif hasattr(picture, "read"):
        advice = ": PIL.Image.open(…) makes a PIL picture of it"
    raise UserError(f"a picture is {KINDS}, not {kind}{advice}")


def _from_tensor(tensor: Tensor) -> Tensor:
    if not tensor.is_floating_point():
        raise UserError(f"a picture's tensor is of floats in [0, 1], not of {tensor.dtype}")
    image = tensor.detach().float()
    image = image.unsqueeze(0) if image.ndim == 3 else image
    if image.ndim != 4 or image.shape[:2] != (1, 3) or 0 in image.shape:
        shape = tuple(tensor.shape)
        raise UserError(f"a picture's tensor is (3, H, W) or (1, 3, H, W), not {shape}")
    _check_range(image, "tensor")
    image = image.cpu()
    return image.clone() if image.is_inference() else image  # which autograd would refuse


def _from_array(array: Array) -> Tensor:
    if not (array.dtype == np.uint8 or np.issubdtype(array.dtype, np.floating)):
        raise UserError(f"a picture's array is uint8 or of floats in [0, 1], not of {array.dtype}")
    values = np.array(array, np.float32, order="C")  # a copy, because torch wants to write
    values = values[..., None] if values.ndim == 2 else values
    if values.ndim != 3 or values.shape[2] not in (1, 3, 4) or 0 in values.shape:
        raise UserError(f"a picture's array is (H, W, 3), (H, W) or (H, W, 4), not {array.shape}")
    pixels = torch.from_numpy(values).permute(2, 0, 1).unsqueeze(0).contiguous()
    if array.dtype == np.uint8:
        pixels.div_(255)
    _check_range(pixels, "array")
    if values.shape[2] == 4:
        alpha = pixels[:, 3:]
        pixels = pixels[:, :3] * alpha + (1 - alpha)  # over white
    return pixels.expand(1, 3, -1, -1).contiguous()


def _check_range(image: Tensor, kind: str) -> None:
    if not bool(((image >= 0) & (image <= 1)).all()):  # nan is neither
        raise UserError(f"a picture's {kind} holds values outside [0, 1]")


def _from_pil(image: Image.Image, name: str, *, remarks: bool = True) -> Tensor:
    def warn(remark: str) -> None:
        if remarks:
            log.warning("%s %s", name, remark)

    with decode.decoding(name):
        decode.decode(image)
        pixels = torch.from_numpy(np.array(to_srgb(upright(image, warn), warn)))
    if pixels.ndim == 2:  # deep grey, in [0, 1]
        return pixels.expand(1, 3, -1, -1).contiguous()
    return pixels.permute(2, 0, 1).unsqueeze(0).contiguous().float().div_(255)
