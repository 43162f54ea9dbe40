"""Total variation: neighbouring pixels differ little, which calms grain."""

from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from torch import Tensor

from stylex.errors import choose
from stylex.transfer.losses.base import Loss, Statistics
from stylex.transfer.losses.view import View
from stylex.transfer.vgg.layers import IMAGE


class TotalVariation(Loss):
    """Σ |difference|^power between neighbouring pixels (Mahendran & Vedaldi 2015, eq. 4).

    power: 1 for absolute differences, 2 for squared ones.
    reduction: `mean` over the differences (resolution-independent) or `sum`, as older programs do.

    Raises UserError for other powers and words.
    """

    weights: Mapping[str, float] = {"tv": 1.0}
    layers: Mapping[str, Sequence[str]] = {"tv": (IMAGE,)}

    def __init__(
        self, *, power: Literal[1, 2] = 2, reduction: Literal["mean", "sum"] = "mean"
    ) -> None:
        choose(repr(power), ("1", "2"), "loss.tv.power")  # text would pass for the wrong one
        self.mean = choose(reduction, ("mean", "sum"), "loss.tv.reduction") == "mean"
        self.power = power

    def statistics(self, part: str, view: View) -> Statistics:
        """Down and to the right: differences that begin in the window and end in the patch."""
        size = torch.abs if self.power == 1 else torch.square
        down = size(view.window.inside(view.patch.diff(dim=2))).sum((1, 2, 3))
        right = size(view.window.inside(view.patch.diff(dim=3))).sum((1, 2, 3))
        if not self.mean:
            return down, right
        height, width = view.region.size(IMAGE)
        # A picture one pixel wide has no neighbours to the right, and a sum of 0.
        counts = 3 * (height - 1) * width, 3 * height * (width - 1)
        return down / max(1, counts[0]), right / max(1, counts[1])

    def value(self, part: str, statistics: Mapping[str, Statistics]) -> Tensor:
        down, right = statistics[IMAGE]
        return down + right
