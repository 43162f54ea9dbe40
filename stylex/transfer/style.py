"""What "the style" is: one painting, a mixture of several, each in its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor

from stylex.errors import UserError, check_range
from stylex.images.load import Picture, load, resize, sides
from stylex.transfer.evaluation.tiles import look
from stylex.transfer.losses.style import Aim
from stylex.transfer.losses.view import Region
from stylex.transfer.pyramid import Level, scale_size
from stylex.transfer.vgg.network import VGG19


@dataclass(frozen=True)
class StyleSource:
    """A painting, how much of it, for which part of the picture, and which part of the painting.

    weight: among the sources of the same place, of which the styles are mixed in proportion.
    where: a mask of the photograph's shape, white where this style goes; None for everywhere.
    source: a mask of the painting's shape, white where its style is taken from; None for all of it.
    Masks are pictures, of which the brightness counts; grey is in between.
    """

    picture: Picture
    weight: float = 1.0
    where: Picture | None = None
    source: Picture | None = None


Style = Picture | StyleSource | Sequence[StyleSource | Picture]


def sources_of(style: Style) -> list[StyleSource]:
    """The sources of a weight. Raises UserError where there are none."""
    if isinstance(style, StyleSource):
        sources = [style]
    elif isinstance(style, list | tuple):
        sources = [one if isinstance(one, StyleSource) else StyleSource(one) for one in style]
    else:
        sources = [StyleSource(style)]  # type: ignore[arg-type]
    for source in sources:
        check_range("the weight of a style", source.weight)
    used = [source for source in sources if source.weight]
    if not used:
        raise UserError("no style has a weight above 0")
    return used


@dataclass(frozen=True)
class Painting:
    """A `StyleSource` as tensors.

    image: (1, 3, H, W) in [0, 1]. where: (1, 1, ·, ·) of the result's size, source: (1, 1, H, W),
    both in [0, 1]; None for all of it.
    """

    image: Tensor
    weight: float = 1.0
    where: Tensor | None = None
    source: Tensor | None = None


def load_mask(picture: Picture, size: tuple[int, int], place: str) -> Tensor | None:
    """(1, 1, *size) in [0, 1], the mean of the picture's channels; None for white all over.

    Raises UserError for a mask that is black all over, and for what is not a picture.
    """
    mask = resize(load(picture).mean(1, keepdim=True), *size, mode="bilinear").clamp(0, 1)
    if not mask.max() > 0:
        raise UserError(f"the mask of {place} is black all over")
    return None if mask.min() == 1 else mask


def aims_at(
    level: Level,
    paintings: Sequence[Painting],
    vgg: VGG19,
    *,
    ratio: float = 1.0,
    seed: int = 0,
    tile: int | None = None,
    device: torch.device | None = None,
) -> list[Aim]:
    """The regions of the picture at a level's size, each with its paintings.

    Paintings of the same place are one mixture: the shares of their weights. A region's losses
    weigh what part of the picture it is, so that each of its pixels is painted as strongly as if
    the style were everywhere.
    ratio: of the paintings' sides to those that they have. seed: of sampled positions.
    """
    device = device or paintings[0].image.device
    aims = []
    for where, together in _places(paintings):
        mask = _mask_at(where, (level.height, level.width), device)
        region = Region(level.height, level.width, mask, seed=seed)
        shares = _shares([painting.weight for painting in together])
        looks = []
        for painting, share in zip(together, shares, strict=True):
            size = scale_size(*sides(painting.image), ratio)
            image = resize(painting.image, *size).clamp(0, 1).to(device)
            own = Region(*size, _mask_at(painting.source, size, device), share, seed)
            looks.append((partial(look, vgg, image, tile=tile), own))
        aims.append(Aim(region, looks, 1.0 if mask is None else float(mask.mean())))
    return aims


def _places(paintings: Sequence[Painting]) -> list[tuple[Tensor | None, list[Painting]]]:
    """The paintings by where they go."""
    places: list[tuple[Tensor | None, list[Painting]]] = []
    for painting in paintings:
        for where, together in places:
            if _same(where, painting.where):
                together.append(painting)
                break
        else:
            places.append((painting.where, [painting]))
    return places


def _same(one: Tensor | None, other: Tensor | None) -> bool:
    if one is None or other is None:
        return one is other
    return torch.equal(one, other)


def _shares(weights: Sequence[float]) -> list[tuple[float, float]]:
    """[0, 1) cut in proportion to the weights: [2, 1, 1] -> (0, ½), (½, ¾), (¾, 1)."""
    total, edges = sum(weights), [0.0]
    for weight in weights:
        edges.append(edges[-1] + weight / total)
    edges[-1] = 1.0  # whatever rounding made of it
    return list(pairwise(edges))


def _mask_at(mask: Tensor | None, size: tuple[int, int], device: torch.device) -> Tensor | None:
    if mask is None:
        return None
    return resize(mask, *size, mode="bilinear").clamp(0, 1).to(device)
