"""The pictures that a transfer begins with, each at the size at which it is needed."""

import torch
from torch import Tensor

from stylex.errors import UserError, check_range, check_whole, did_you_mean
from stylex.images.load import Picture, load, resize, sides
from stylex.paths import expand
from stylex.transfer.pyramid import MOST_PIXELS, Fit, Level, fit_size

INITS = ("content", "noise", "style")


def pair(
    content: Picture,
    style: Picture,
    *,
    size: int,
    fit: Fit,
    enlarge: bool,
    style_size: int | None,
    style_scale: float,
    style_squash: bool,
    least: int,
) -> tuple[Tensor, Tensor]:
    """Content and style, each (1, 3, H, W) in [0, 1], as the last level needs them.

    See `stylize`. least: px, the shortest side that the layers can see.

    Raises UserError for sizes out of range, for what is no picture, and for one that is too small.
    """
    check_whole("size", size, 16, MOST_PIXELS)
    if style_size is not None:
        check_whole("style_size", style_size, 16, MOST_PIXELS)
    check_range("style_scale", style_scale, 0.01, 100)
    photograph, painting = load(content), load(style)
    result = fit_size(*sides(photograph), size, fit=fit, enlarge=enlarge)
    # The style is measured as the content is, but squashed only where that is asked for.
    style_side = max(1, round((style_size or size) * style_scale))
    style_fit: Fit = "long" if fit == "square" else fit
    own = result if style_squash else fit_size(*sides(painting), style_side, fit=style_fit)
    for name, (height, width) in (("content", result), ("style", own)):
        if min(height, width) < least:
            raise UserError(
                f"the {name} picture comes to {width}×{height} px, "
                f"but the layers need at least {least} px on each side"
            )
    return resized(photograph, result), resized(painting, own)


def resized(image: Tensor, to: tuple[int, int]) -> Tensor:
    """(1, 3, h, w) -> (1, 3, *to), in [0, 1] for good."""
    return resize(image, *to).clamp(0, 1)


def initial(init: Picture, content: Tensor, style: Tensor, seed: int, first: Level) -> Tensor:
    """The picture to start from, (1, 3, ·, ·) in [0, 1]; the loop resizes it.

    Raises UserError for a word that is none of INITS, and for what is no picture.
    """
    if not isinstance(init, str):
        return load(init)
    if init == "content":
        return content
    if init == "style":
        return style
    if init == "noise":
        # Grey with a quarter of the range as spread (Gatys et al. start from white noise), at the
        # first level's size: shrinking would average it away.
        generator = torch.Generator().manual_seed(seed)
        noise = torch.randn(1, 3, first.height, first.width, generator=generator)
        return (0.5 + 0.25 * noise).clamp(0, 1)
    if not any(mark in init for mark in "./\\") and not expand(init).exists():
        raise UserError(f"unknown init '{init}'{did_you_mean(init, INITS)}")
    try:
        return load(init)
    except UserError as error:
        raise UserError(f"init: {error}") from error
