"""Style as small patches of features, each matched to the painting's most similar one."""

from collections.abc import Iterable, Mapping
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from stylex.errors import choose
from stylex.transfer.losses.base import Statistics, at_least_float32, floored
from stylex.transfer.losses.sampled import SampledLoss
from stylex.transfer.losses.view import View
from stylex.transfer.vgg.layers import channels


class PatchLoss(SampledLoss):
    """Σ ‖Ψ_i(x) − Ψ_NN(i)(s)‖² over 3×3 patches, NN the nearest by normalised cross-correlation
    (Li & Wand 2016, eq. 2 and 3), over the squared length of the patches matched.

    Departures: a mean over sampled patches in place of the sum over all, and the relative scale, so
    that weights mean the same at every size and layer. No gradient goes through the choice.

    normalization: `relative`, or `cnnmrf`: ½ Σ over the layer's positions of the mean square over
        the patches that cover each, which is what the gradient of the authors' file is of; here as
        N/18 times the mean of ‖·‖² over patches, of 9 positions each, N the layer's positions.

    samples, style_samples: patches of the picture, and of the painting (by default as many).

    Raises UserError for a number out of range or another word.
    """

    ends_at_edges = True

    def __init__(
        self,
        samples: int = 1024,
        *,
        style_samples: int | None = None,
        normalization: Literal["relative", "cnnmrf"] = "relative",
    ) -> None:
        choose(normalization, ("relative", "cnnmrf"), "normalization")
        self.relative = normalization == "relative"
        super().__init__(samples, style_samples)

    def sample(self, view: View, count: int) -> Statistics:
        """Patches (B, n, 9C), which a tile has in part, nine sampled positions each; and how many
        positions there are.
        """
        rows = view.sampled(count, reach=1)
        return rows, torch.full((len(rows),), view.positions, device=rows.device)

    def target(self, style: Mapping[str, Statistics]) -> tuple[Tensor, Tensor]:
        """The patches, and their directions."""
        ((patches, _),) = style.values()
        patches = at_least_float32(patches)
        return patches, F.normalize(patches, dim=2)

    def value(self, picture: Mapping[str, Statistics], target: tuple[Tensor, Tensor]) -> Tensor:
        ((rows, positions),) = picture.values()
        style, directions = target
        x = at_least_float32(rows)
        with torch.no_grad():
            likeness = rows @ directions.to(rows.dtype).mT  # the length of x_i changes no order
            nearest = likeness.argmax(2)  # (B, n)
        matched = style.expand(len(x), -1, -1).gather(1, nearest.unsqueeze(2).expand_as(x))
        squares: Tensor = (x - matched).square().sum(2).mean(1)
        if not self.relative:
            return squares * positions / 18
        return squares / floored(style.square().sum(2).mean(1))

    def workspace(self, layers: Iterable[str], height: int, width: int, itemsize: int) -> int:
        n, m = self.samples, self.style_samples
        return sum(4 * n * m + 4 * (4 * n + 2 * m) * 9 * channels(layer) for layer in layers)
