"""Total variation: neighbouring pixels differ little, which calms grain."""

import copy
from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from torch import Tensor

from stylex.errors import choose
from stylex.transfer.losses.base import Loss, Statistics
from stylex.transfer.losses.view import View
from stylex.transfer.vgg.layers import IMAGE

STENCILS = ("forward", "nine_point")


class TotalVariation(Loss):
    """Σ |difference|^power between neighbouring pixels (Mahendran & Vedaldi 2015, eq. 4).

    power: 2 for squared differences, as there with β = 2; 1 for absolute ones, each on its own,
        where β = 1 has √(across² + down²).
    reduction: `mean` over the differences (resolution-independent) or `sum`, as older programs do.
    stencil: which neighbours: `forward`, the one below and the one to the right; or `nine_point`
        (style-transfer-pytorch), the diagonal ones, too: ⅔ of the former and ⅙ of these, over a
        picture that goes on beyond its edges. It has no preference for horizontals and verticals.

    Raises UserError for other powers and words.
    """

    weights: Mapping[str, float] = {"tv": 1.0}
    layers: Mapping[str, Sequence[str]] = {"tv": (IMAGE,)}
    wraps = False

    def __init__(
        self,
        *,
        power: Literal[1, 2] = 2,
        reduction: Literal["mean", "sum"] = "mean",
        stencil: Literal["forward", "nine_point"] = "forward",
    ) -> None:
        choose(repr(power), ("1", "2"), "power")  # text would pass for the wrong one
        self.mean = choose(reduction, ("mean", "sum"), "reduction") == "mean"
        self.power = power
        self.diagonal = choose(stencil, STENCILS, "stencil") == "nine_point"

    def tileable(self) -> "TotalVariation":
        """The same for pictures that tile: beyond an edge comes the opposite one."""
        other = copy.copy(self)
        other.wraps = True
        return other

    def statistics(self, part: str, view: View) -> Statistics:
        """Down and to the right: differences that begin in the window and end in the patch."""
        if self.wraps:
            return self._wrapped(view)
        size = torch.abs if self.power == 1 else torch.square
        patch, window = view.patch, view.window
        downs, rights = (size(window.inside(patch.diff(dim=dim))) for dim in (2, 3))
        down, right = downs.sum((1, 2, 3)), rights.sum((1, 2, 3))
        height, width = view.region.size(IMAGE)
        # A picture one pixel wide has no neighbours to the right, and a sum of 0.
        counts = max(1, 3 * (height - 1) * width), max(1, 3 * height * (width - 1))
        if self.diagonal:
            fall = size(window.inside(patch[..., 1:, 1:] - patch[..., :-1, :-1]))
            rise = size(window.inside(patch[..., 1:, :-1] - patch[..., :-1, 1:]))
            # Beyond an edge, where the picture goes on as at it, a diagonal is a step along it.
            bottom, end = window.end
            edges = [rights[:, :, row] for row in _edges(window.top, bottom, height)]
            edges += [downs[..., column] for column in _edges(window.left, end, width)]
            diagonal = (fall + rise).sum((1, 2, 3)) + 2 * sum(x.sum((1, 2)) for x in edges)
            # Means over all pixels, also those that have no neighbour.
            counts = (3 * height * width,) * 2
            across = diagonal / (3 * (height + 1) * (width + 1) if self.mean else 1) / 6
            down, right = down * 2 / 3, right * 2 / 3
            return (*self._reduced(down, right, counts), across)
        return self._reduced(down, right, counts)

    def _wrapped(self, view: View) -> Statistics:
        """Of a picture that is seen at once, in which every pixel has all neighbours."""
        size = torch.abs if self.power == 1 else torch.square
        x = view.features
        below, after = x.roll(-1, 2), x.roll(-1, 3)
        down, right = (size(y - x).sum((1, 2, 3)) for y in (below, after))
        count = x[0].numel()
        if self.diagonal:
            fall, rise = size(below.roll(-1, 3) - x), size(below - after)
            across = (fall + rise).sum((1, 2, 3)) / (count if self.mean else 1) / 6
            down, right = down * 2 / 3, right * 2 / 3
            return (*self._reduced(down, right, (count, count)), across)
        return self._reduced(down, right, (count, count))

    def _reduced(self, down: Tensor, right: Tensor, counts: tuple[int, int]) -> Statistics:
        return (down / counts[0], right / counts[1]) if self.mean else (down, right)

    def value(self, part: str, statistics: Mapping[str, Statistics]) -> Tensor:
        first, *others = statistics[IMAGE]
        return sum(others, first)


def _edges(start: int, end: int, length: int) -> list[int]:
    """Of the positions from start to end those at the ends of `length`, counted from start."""
    return [0] * (start == 0) + [end - 1 - start] * (end == length)
