"""A picture as its Laplacian pyramid (Burt & Adelson 1983), and back."""

import torch.nn.functional as F
from torch import Tensor


def finest(image: Tensor) -> Tensor:
    """The finest band of a picture (B, C, H, W): what half the size does not show of it."""
    return pyramid(image, 1)[0]


def pyramid(image: Tensor, bands: int) -> list[Tensor]:
    """Of a picture (B, C, H, W), fine to coarse: `bands` of differences, and what is left.

    The next coarser picture has half the sides, at least 1, and is interpolated bilinearly.
    """
    found = []
    for _ in range(bands):
        height, width = image.shape[-2:]
        coarser = _scaled(image, max(1, height // 2), max(1, width // 2))
        found.append(image - _scaled(coarser, height, width))
        image = coarser
    return [*found, image]


def collapse(bands: list[Tensor]) -> Tensor:
    """The picture of which these are the `pyramid`."""
    image = bands[-1]
    for band in reversed(bands[:-1]):
        image = band + _scaled(image, *band.shape[-2:])
    return image


def _scaled(image: Tensor, height: int, width: int) -> Tensor:
    return F.interpolate(image, (height, width), mode="bilinear", align_corners=False)
