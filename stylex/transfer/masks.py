"""Masks: what of the photograph is painted, where a style goes, and where it is taken from.

A mask is a picture, of which the brightness counts: white is in, black is out, grey is in between,
and what is transparent is out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from stylex.errors import UserError, quoted
from stylex.images.load import Picture, alpha_of, load_brightness, resize, sides, size_of
from stylex.transfer.pyramid import Size

if TYPE_CHECKING:
    from stylex.transfer.style import StyleSource

ALPHA = "alpha"
"""As `mask`: the content picture's own alpha channel."""

SKEW = 0.02  # by so much of itself a mask's aspect ratio may differ, besides one pixel's rounding
FEATHER = 1 / 200  # of the long side


@dataclass(frozen=True)
class Canvas:
    """What may be painted.

    photograph: (1, 3, H, W) in [0, 1]. mask: (1, 1, H, W) in [0, 1], 0 where the photograph stays.
    """

    photograph: Tensor
    mask: Tensor

    def at(self, height: int, width: int) -> "Canvas":
        """Of that size."""
        photograph = resize(self.photograph, height, width).clamp(0, 1)
        mask = resize(self.mask, height, width, mode="bilinear").clamp(0, 1)
        return Canvas(photograph, mask)

    def on(self, device: torch.device) -> "Canvas":
        """There."""
        return Canvas(self.photograph.to(device), self.mask.to(device))


def check_masks(mask: Picture | None, styles: Sequence["StyleSource"], content_size: Size) -> None:
    """Looks at the headers of all masks. content_size: of the content picture's file.

    Raises UserError for one that is missing, or not of its picture's proportions.
    """
    if mask is not None and not _is_alpha(mask):
        _check_shape(mask, content_size, "mask", "content")
    for number, source in enumerate(styles, 1):
        if source.where is not None:
            _check_shape(source.where, content_size, f"the mask of style {number}", "content")
        if source.source is not None:
            own = size_of(source.picture)
            _check_shape(source.source, own, f"the source mask of style {number}", "style")


def _check_shape(mask: Picture, of: Size, place: str, kind: str) -> None:
    try:
        (height, width), (high, wide) = size_of(mask), of
    except UserError as error:
        raise UserError(f"{place}: {error}") from error
    least = min(height, width, high, wide)
    ratio = (width / height) / (wide / high)
    if max(ratio, 1 / ratio) > 1 + SKEW + 1 / least:
        raise UserError(
            f"{place} must have the {kind} picture's proportions: {_called(mask)} is "
            f"{width}×{height} px, and that {wide}×{high} px"
        )


def load_canvas(
    content: Picture, photograph: Tensor, mask: Picture, feather: int | None
) -> Canvas | None:
    """photograph: `content` at the result's size, (1, 3, H, W). None for a mask of white only.

    feather: px, see `feathered`; None for a 200th of the long side.

    Raises UserError for a mask that leaves nothing to paint, and for what is not a picture.
    """
    size = sides(photograph)
    if _is_alpha(mask):
        alpha = alpha_of(content)
        if alpha is None:
            raise UserError("mask=alpha: the content picture has no transparent part")
        found = _fitted(alpha, size, "mask=alpha")
    else:
        found = load_mask(mask, size, "mask")
    if found is None:
        return None
    width = round(FEATHER * max(size)) if feather is None else feather
    soft = feathered(found, width)
    if not soft.max() > 0:
        raise UserError(f"mask_feather={width} px is more than what is white in the mask is wide")
    return Canvas(photograph, soft)


def load_mask(picture: Picture, size: Size, place: str) -> Tensor | None:
    """(1, 1, *size) in [0, 1]; None for white all over.

    Raises UserError for a mask that is black all over, and for what is not a picture.
    """
    try:
        brightness = load_brightness(picture)
    except UserError as error:
        raise UserError(f"{place}: {error}") from error
    return _fitted(brightness, size, place)


def _fitted(mask: Tensor, size: Size, place: str) -> Tensor | None:
    mask = resize(mask, *size, mode="bilinear").clamp(0, 1)
    if not mask.max() > 0:
        raise UserError(f"{place} is black all over")
    return None if mask.min() == 1 else mask


def feathered(mask: Tensor, width: int) -> Tensor:
    """A mask (1, 1, H, W) whose edges rise over `width` px, inwards: what is 0 stays 0.

    Eroded, then averaged over the same squares, of an odd number of px, so that an odd `width` acts
    as the next even one. The border of the picture is no edge.
    """
    reach = (width + 1) // 2
    if not reach:
        return mask
    side = 2 * reach + 1
    column, row = (side, 1), (1, side)  # one after the other: the time grows with `width` only
    eroded = -F.max_pool2d(-mask, column, stride=1, padding=(reach, 0))
    eroded = -F.max_pool2d(-eroded, row, stride=1, padding=(0, reach))
    padded = F.pad(eroded, [reach] * 4, "replicate")
    return F.avg_pool2d(F.avg_pool2d(padded, column, stride=1), row, stride=1).clamp(0, 1)


def both(one: Tensor | None, other: Tensor | None, place: str) -> Tensor | None:
    """The mask of what is in both. Raises UserError where nothing is."""
    if one is None or other is None:
        return other if one is None else one
    product = one * other
    if not product.max() > 0:
        raise UserError(f"{place} is white only where mask lets nothing be painted")
    return product


def _is_alpha(mask: Picture) -> bool:
    return isinstance(mask, str) and mask == ALPHA


def _called(mask: Picture) -> str:
    return f"'{quoted(mask)}'" if isinstance(mask, str) else "it"
