"""The pictures that a transfer begins with, each at the size at which it is needed."""

import torch
from torch import Tensor

from stylex.errors import UserError, did_you_mean
from stylex.images.laplacian import finest
from stylex.images.load import Picture, load, resize
from stylex.paths import expand
from stylex.transfer.pyramid import Fit, Level, Size, fit_size

INITS = ("content", "noise", "style", "mean")


def planned_sizes(
    content: Size,
    styles: list[Size],
    *,
    size: int,
    fit: Fit,
    enlarge: bool,
    style_size: int | None,
    style_scale: float,
    style_squash: bool,
    least: int,
) -> tuple[Size, list[Size]]:
    """The sizes of the result and of the style pictures, from those of the pictures' files.

    See `Settings`. least: px, the shortest side that the layers can see.

    Raises UserError for one that is too small.
    """
    result = fit_size(*content, size, fit=fit, enlarge=enlarge)
    # The style is measured as the content is, but squashed only where that is asked for.
    style_side = max(1, round((style_size or size) * style_scale))
    style_fit: Fit = "long" if fit == "square" else fit
    own = [result if style_squash else fit_size(*s, style_side, fit=style_fit) for s in styles]
    for name, (height, width) in (("content", result), *(("style", s) for s in own)):
        if min(height, width) < least:
            raise UserError(
                f"the {name} picture comes to {width}×{height} px, "
                f"but the layers need at least {least} px on each side"
            )
    return result, own


def resized(picture: Picture, size: Size) -> Tensor:
    """The picture as (1, 3, *size) in [0, 1]. Raises UserError for what is not a picture."""
    return resize(load(picture), *size).clamp(0, 1)


def check_init(init: Picture) -> None:
    """Raises UserError for a word that is not one of INITS, with the nearest."""
    if not isinstance(init, str) or init in INITS or any(mark in init for mark in "./\\"):
        return
    if not expand(init).exists():
        raise UserError(f"unknown init '{init}'{did_you_mean(init, INITS)}")


def initial(init: Picture, content: Tensor, style: Tensor, seed: int, first: Level) -> Tensor:
    """The picture to start from, (1, 3, ·, ·) in [0, 1]; the loop resizes it.

    Raises UserError for what is not a picture.
    """
    if not isinstance(init, str):
        return load(init)
    if init == "content":
        return content
    if init == "style":
        return style
    if init == "mean":
        return style.mean((2, 3), keepdim=True).expand(1, 3, first.height, first.width)
    if init == "noise":
        # Grey with a quarter of the range as spread (Gatys et al. start from white noise), at the
        # first level's size: shrinking would average it away.
        generator = torch.Generator().manual_seed(seed)
        noise = torch.randn(1, 3, first.height, first.width, generator=generator)
        return (0.5 + 0.25 * noise).clamp(0, 1)
    try:
        return load(init)
    except UserError as error:
        raise UserError(f"init: {error}") from error


def start_of(
    level: Level, before: Tensor, photograph: Tensor | None = None, *, tileable: bool = False
) -> Tensor:
    """What a level starts from, (1, 3, H, W): the result before it (1, 3, h, w) in [0, 1], resized.

    photograph: (1, 3, ·, ·) in [0, 1], whose finest details at that size are added, as STROTSS's
        file has it. The sum may leave [0, 1].
    tileable: as `resize` has it.
    """
    size = level.height, level.width
    start = resize(before, *size, tileable=tileable).clamp(0, 1)
    return start if photograph is None else start + finest(resized(photograph, size).to(start))
