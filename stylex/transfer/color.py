"""Whose colours the result has: the painting's, or the photograph's in one of three ways."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from stylex.images.load import resize, sides
from stylex.images.oklab import from_oklab, into_gamut, to_oklab
from stylex.transfer.style import Painting

Color = Literal["style", "keep", "match", "luminance"]
COLORS = ("style", "keep", "match", "luminance")
FINISHED = ("keep", "luminance")
"""Those for which the photograph's colours are put into what was painted, by `keep`."""

AT_ONCE = 2**20  # pixels of which the colours are exchanged together: the memory that it takes
# A painting that varies by less than a grey level in some direction has no colours there but its
# file's rounding, and stretched to the photograph's that would be noise.
LEAST_SPREAD = 1 / 255


def seen(
    color: Color, content: Tensor, paintings: Sequence[Painting]
) -> tuple[Tensor, list[Painting]]:
    """The photograph (1, 3, ·, ·) and the paintings as the losses are to see them, in [0, 1].

    Each painting is fitted on its own; with masks its own part to the part that it is for.
    """
    if color == "match":
        moved = [match(p.image, content, p.source, p.where).clamp(0, 1) for p in paintings]
    elif color == "luminance":
        moved = [grey(match_lightness(p.image, content, p.source, p.where)) for p in paintings]
        content = grey(_lightness(content))
    else:
        return content, [*paintings]
    fitted = [replace(p, image=image) for p, image in zip(paintings, moved, strict=True)]
    return content, fitted


def keep(image: Tensor, photograph: Tensor) -> Tensor:
    """The picture in the photograph's colours, (B, 3, H, W) in [0, 1]: its L, the other's a and b.

    image: (B, 3, H, W), photograph: (1, 3, ·, ·), both in [0, 1]. Where sRGB has no colour of that
    lightness, hue and chroma, the chroma is lowered.
    """
    photograph = resize(photograph.to(image), *sides(image)).clamp(0, 1)
    rows = max(1, AT_ONCE // image.shape[-1])
    parts = zip(image.split(rows, 2), photograph.split(rows, 2), strict=True)
    return torch.cat([_keep(*part) for part in parts], 2)


def _keep(image: Tensor, photograph: Tensor) -> Tensor:
    colours = to_oklab(photograph)[:, 1:].expand(len(image), -1, -1, -1)
    return from_oklab(into_gamut(torch.cat([_lightness(image), colours], 1))).clamp(0, 1)


def match(
    painting: Tensor, photograph: Tensor, source: Tensor | None = None, where: Tensor | None = None
) -> Tensor:
    """The painting with the photograph's mean and covariance of colours, not always in [0, 1].

    x ↦ A(x − μ_painting) + μ_photograph with A Σ_painting Aᵀ = Σ_photograph (Gatys, Bethge,
    Hertzmann & Shechtman 2016, "Preserving color in neural artistic style transfer", §4). Of all
    such A the symmetric one, which moves the colours least (Pitié & Kokaram 2007, "The linear
    Monge–Kantorovitch linear colour mapping"): what was redder than the rest still is. Cholesky's
    factors would depend on the order of red, green and blue, and those of Image Analogies can turn
    hues further.

    painting, photograph: (1, 3, ·, ·) in [0, 1]. source, where: (1, 1, ·, ·) of their shapes, in
    [0, 1], which parts of them count; None for all.
    """
    mean, covariance = _moments(painting, source)
    wanted_mean, wanted = _moments(photograph, where)
    moved = _monge_kantorovich(covariance, wanted) @ (painting.double().flatten(2) - mean)
    return (moved + wanted_mean).view_as(painting).to(painting)


def match_lightness(
    painting: Tensor, photograph: Tensor, source: Tensor | None = None, where: Tensor | None = None
) -> Tensor:
    """The painting's lightness with the photograph's mean and spread, (1, 1, H, W), not clamped.

    `match` in one dimension: L ↦ σ_photograph/σ_painting · (L − μ_painting) + μ_photograph (Gatys
    et al. 2016, §5).
    """
    return match(_lightness(painting), _lightness(photograph), source, where)


def grey(lightness: Tensor) -> Tensor:
    """OKLab's L (B, 1, H, W), clamped to [0, 1], as a grey picture (B, 3, H, W)."""
    no_colours = lightness.new_zeros(len(lightness), 2, *sides(lightness))
    return from_oklab(torch.cat([lightness.clamp(0, 1), no_colours], 1)).clamp(0, 1)


def _lightness(image: Tensor) -> Tensor:
    return to_oklab(image)[:, :1]


def _moments(image: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
    """The mean (C, 1) and covariance (C, C) of the channels of (1, C, H, W)."""
    colours = image[0].double().flatten(1)
    weights = colours.new_ones(1, colours.shape[1]) if mask is None else mask.double().flatten(2)[0]
    weights = weights / weights.sum()
    mean = (weights * colours).sum(1, keepdim=True)
    return mean, (weights * (colours - mean)) @ (colours - mean).mT


def _monge_kantorovich(before: Tensor, after: Tensor) -> Tensor:
    """The symmetric A with A · before · Aᵀ = after, of covariances (C, C).

    before^-½ (before^½ · after · before^½)^½ before^-½ (Pitié & Kokaram 2007).
    """
    variances, directions = torch.linalg.eigh(before)
    spreads = variances.clamp(0).sqrt()
    inverse = torch.where(spreads < LEAST_SPREAD, 0, 1 / spreads)
    root, inverse_root = (directions * s @ directions.mT for s in (spreads, inverse))
    found: Tensor = inverse_root @ _root(root @ after @ root) @ inverse_root
    return found


def _root(matrix: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    root: Tensor = vectors * values.clamp(0).sqrt() @ vectors.mT
    return root
