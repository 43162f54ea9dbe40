"""OKLab (Ottosson 2020, "A perceptual color space for image processing"): lightness apart from hue.

Equal distances look equally far, so that one picture's lightness can be put together with another's
colours and neither shows in the other.
"""

import torch
from torch import Tensor

# As published, in the version of 2021-01-25 for linear-light sRGB: to cone responses, and of their
# cube roots to lightness L, green–red a and blue–yellow b; and both back.
TO_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
FROM_LAB = (
    (1.0, 0.3963377774, 0.2158037573),
    (1.0, -0.1055613458, -0.0638541728),
    (1.0, -0.0894841775, -1.2914855480),
)
FROM_CONES = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)
Matrix = tuple[tuple[float, float, float], ...]

OUTSIDE = 1e-5  # of linear light: what is farther from [0, 1] is no rounding
HALVINGS = 16  # of chroma, to less than a grey level of 16 bits


def to_oklab(image: Tensor) -> Tensor:
    """sRGB in [0, 1] -> L in [0, 1], a and b within ±0.4; both (B, 3, H, W)."""
    cones = _times(TO_CONES, to_linear(image))
    return _times(TO_LAB, cones.sign() * cones.abs() ** (1 / 3))


def from_oklab(lab: Tensor) -> Tensor:
    """Back to sRGB, both (B, 3, H, W); outside [0, 1] where sRGB has no such colour."""
    return from_linear(_linear(lab))


def into_gamut(lab: Tensor) -> Tensor:
    """(B, 3, H, W), the chroma lowered where sRGB has no such colour, until it has.

    Lightness and hue stay. Clamping red, green and blue instead would change both, and with the
    lightness whatever is drawn in it.
    """
    lab = torch.cat([lab[:, :1].clamp(0, 1), lab[:, 1:]], 1)
    outside = ~_in_gamut(lab)[:, 0]  # (B, H, W)
    colours = lab.movedim(1, -1)[outside].mT[None, :, None]  # (1, 3, 1, n)
    low = colours.new_zeros(1, 1, 1, colours.shape[-1])
    high = torch.ones_like(low)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        inside = _in_gamut(_with_chroma(colours, middle))
        low, high = torch.where(inside, middle, low), torch.where(inside, high, middle)
    found = lab.movedim(1, -1).contiguous()
    found[outside] = _with_chroma(colours, low)[0, :, 0].mT
    return found.movedim(-1, 1)


def to_linear(image: Tensor) -> Tensor:
    """sRGB -> linear light (IEC 61966-2-1)."""
    return torch.where(image <= 0.04045, image / 12.92, ((image + 0.055) / 1.055).clamp(0) ** 2.4)


def from_linear(light: Tensor) -> Tensor:
    """Linear light -> sRGB (IEC 61966-2-1)."""
    curved = 1.055 * light.clamp(0) ** (1 / 2.4) - 0.055
    return torch.where(light <= 0.0031308, 12.92 * light, curved)


def _linear(lab: Tensor) -> Tensor:
    return _times(FROM_CONES, _times(FROM_LAB, lab) ** 3)


def _in_gamut(lab: Tensor) -> Tensor:
    """(B, 1, H, W)."""
    return ((_linear(lab) - 0.5).abs() <= 0.5 + OUTSIDE).all(1, keepdim=True)


def _with_chroma(lab: Tensor, part: Tensor) -> Tensor:
    return torch.cat([lab[:, :1], part * lab[:, 1:]], 1)


def _times(matrix: Matrix, image: Tensor) -> Tensor:
    return torch.einsum("oc,bchw->bohw", image.new_tensor(matrix), image)
