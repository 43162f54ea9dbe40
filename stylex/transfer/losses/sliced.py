"""Style as the distribution of features along directions: sorted, and compared in order."""

from collections.abc import Iterable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from stylex.errors import check_whole
from stylex.transfer.losses.base import Statistics, exact, nonzero
from stylex.transfer.losses.style import StyleLoss
from stylex.transfer.losses.view import View
from stylex.transfer.vgg.layers import channels


class SlicedLoss(StyleLoss):
    """Sliced Wasserstein distance: the mean over random directions of the squared distance of the
    sorted projections (Heitz et al. 2021, eq. 7), over the mean square of the painting's.

    The last is a departure, so that weights mean the same at every layer. Picture and painting are
    sampled at as many positions, which takes the place of interpolating quantiles; and directions
    are drawn once, since L-BFGS needs one function.

    samples: positions of either. directions: how many; at most a layer's channels are of use.

    Raises UserError for numbers out of range.
    """

    def __init__(self, samples: int = 4096, directions: int = 128) -> None:
        check_whole("samples", samples, 2, 2**20)
        check_whole("directions", directions, 1, 4096)
        self.samples = samples
        self.directions = directions
        self._drawn: dict[tuple[int, torch.device, torch.dtype], Tensor] = {}

    def statistics(self, view: View) -> Statistics:
        """Projections (B, n, k): small, where features are (B, n, C)."""
        rows = exact(view.sampled(self.samples))
        return (rows @ self._along(rows),)

    def target(self, style: Mapping[str, Statistics]) -> Tensor:
        ((projections,),) = style.values()
        return projections.sort(1).values

    def value(self, picture: Mapping[str, Statistics], target: Tensor) -> Tensor:
        ((projections,),) = picture.values()
        distance = (projections.sort(1).values - target).square().mean((1, 2))
        return distance / nonzero(target.square().mean((1, 2)))

    def _along(self, rows: Tensor) -> Tensor:
        """(C, k): the directions, of length 1."""
        key = rows.shape[2], rows.device, rows.dtype
        if key not in self._drawn:
            generator = torch.Generator().manual_seed(rows.shape[2])
            shape = rows.shape[2], self.directions
            drawn = torch.randn(shape, generator=generator, dtype=torch.float64)
            self._drawn[key] = F.normalize(drawn, dim=0).to(rows.device, rows.dtype)
        return self._drawn[key]

    def workspace(self, layers: Iterable[str], height: int, width: int, itemsize: int) -> int:
        # The rows and their gradient; projections, their order (64-bit) and gradients.
        return sum(
            4 * self.samples * (2 * channels(layer) + 6 * self.directions) for layer in layers
        )


class HistogramLoss(StyleLoss):
    """‖x − R(x)‖² per position and channel, R(x) being x with each channel's histogram matched to
    the painting's (Risser et al. 2017, eq. 3 to 5), over the mean square of the painting's.

    No gradient goes through R. Of as many samples, R gives the i-th smallest value of a channel the
    painting's i-th smallest, so the distance is that of the sorted channels.

    samples: positions of either. Raises UserError for a number out of range.
    """

    def __init__(self, samples: int = 4096) -> None:
        check_whole("samples", samples, 2, 2**20)
        self.samples = samples

    def statistics(self, view: View) -> Statistics:
        return (exact(view.sampled(self.samples)),)

    def target(self, style: Mapping[str, Statistics]) -> Tensor:
        ((rows,),) = style.values()
        return rows.sort(1).values

    def value(self, picture: Mapping[str, Statistics], target: Tensor) -> Tensor:
        ((rows,),) = picture.values()
        distance = (rows.sort(1).values - target).square().mean((1, 2))
        return distance / nonzero(target.square().mean((1, 2)))

    def workspace(self, layers: Iterable[str], height: int, width: int, itemsize: int) -> int:
        return sum(4 * self.samples * 8 * channels(layer) for layer in layers)
