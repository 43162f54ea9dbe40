"""The pictures, masks and weights of a planned transfer, read, each at the size that it needs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from stylex.images.load import Picture, sides
from stylex.transfer import color, inputs
from stylex.transfer.masks import Canvas, both, load_canvas, load_mask
from stylex.transfer.plan import Plan
from stylex.transfer.pyramid import Size
from stylex.transfer.shared import Shared
from stylex.transfer.style import Painting, StyleSource
from stylex.transfer.vgg.network import Weights


@dataclass(frozen=True)
class Started:
    """A planned transfer whose pictures have been read: all that the run depends on.

    content: (1, 3, H, W) in [0, 1] at the result's size. seen_content, seen_paintings: both as the
    losses see them, in the colours that the setting `color` gives them. start: what it starts from,
    (1, 3, ·, ·) in [0, 1]. canvas: what of `seen_content` may be painted; None for all.
    """

    plan: Plan
    content: Tensor
    paintings: list[Painting]
    seen_content: Tensor
    seen_paintings: list[Painting]
    start: Tensor
    weights: Weights
    canvas: Canvas | None = None

    @property
    def finishes(self) -> bool:
        """Whether `finish` changes anything."""
        return self.plan.settings.color in color.FINISHED

    def finish(self, image: Tensor) -> Tensor:
        """What the optimiser painted, (B, 3, h, w) in [0, 1], as it is shown and kept."""
        if not self.finishes:
            return image
        kept = color.keep(image, self.content)
        if self.canvas is None:
            return kept
        # Where nothing is painted, the photograph stays as it is.
        there = replace(self.canvas, photograph=self.content).on(image.device).at(*sides(image))
        return torch.where(there.mask > 0, kept, there.photograph)


def read(planned: Plan, shared: Shared | None = None) -> Started:
    """The plan with its pictures, masks and weights. shared: with the pictures of other transfers.

    Raises UserError for what cannot be read.
    """
    given = planned.settings

    def resized(picture: Picture, size: Size) -> Tensor:
        make = partial(inputs.resized, picture, size)
        return shared.picture(picture, size, make) if shared else make()

    content = resized(planned.content, planned.size)
    canvas = canvas_of(planned, content)
    paintings = [
        _painting(source, number, size, planned.size, canvas, resized)
        for number, (source, size) in enumerate(
            zip(planned.styles, planned.style_sizes, strict=True), start=1
        )
    ]
    seen = color.seen(given.color, content, paintings)
    start = inputs.initial(given.init, seen[0], seen[1][0].image, given.seed, planned.levels[0])
    canvas = canvas and replace(canvas, photograph=seen[0])
    return Started(planned, content, paintings, *seen, start, given.extractor.load(), canvas)


def canvas_of(planned: Plan, content: Tensor) -> Canvas | None:
    """What may be painted of `content`, the plan's picture at the result's size; None for all.

    Raises UserError for a mask that cannot be used.
    """
    given = planned.settings
    if given.mask is None:
        return None
    return load_canvas(planned.content, content, given.mask, given.mask_feather)


def _painting(
    source: StyleSource,
    number: int,
    size: Size,
    result: Size,
    canvas: Canvas | None,
    resized: Callable[[Picture, Size], Tensor],
) -> Painting:
    where, own = source.where, source.source
    place = f"the mask of style {number}"
    region = None if where is None else load_mask(where, result, place)
    return Painting(
        resized(source.picture, size),
        source.weight,
        # What stays as it is has no style to be painted in.
        both(region, None if canvas is None else canvas.mask, place),
        None if own is None else load_mask(own, size, f"the source mask of style {number}"),
    )
