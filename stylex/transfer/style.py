"""What "the style" is: one painting, a mixture of several, each in its place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from stylex.errors import UserError, check_range
from stylex.images.load import Picture


@dataclass(frozen=True)
class StyleSource:
    """A painting, how much of it, for which part of the picture, and which part of the painting.

    weight: among the sources of the same place, of which the styles are mixed in proportion.
    where: a mask of the photograph's shape, white where this style goes; None for everywhere.
    source: a mask of the painting's shape, white where its style is taken from; None for all of it.
    Masks are as transfer/masks.py has them.
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


def turned(painting: Painting) -> list[Painting]:
    """The painting, and the same turned by 90, 180 and 270 degrees."""

    def turn(image: Tensor | None, quarters: int) -> Tensor | None:
        return None if image is None else image.rot90(quarters, (2, 3))

    return [
        replace(painting, image=painting.image.rot90(k, (2, 3)), source=turn(painting.source, k))
        for k in range(4)
    ]
