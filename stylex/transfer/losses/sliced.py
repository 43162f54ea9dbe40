"""Style as the distribution of features along directions: sorted, and compared in order."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from stylex.errors import check_whole
from stylex.transfer.losses.base import Statistics, at_least_float32, floored
from stylex.transfer.losses.sampled import SampledLoss
from stylex.transfer.losses.view import View
from stylex.transfer.vgg.layers import channels


def ascending(values: Tensor) -> Tensor:
    """(B, n, C) sorted along n, differentiable."""
    if values.device.type != "cpu":
        return values.sort(1).values
    # NumPy sorts several times as fast as torch, where the processor has wide registers.
    if values.requires_grad:
        return _Ascending.apply(values)  # type: ignore[no-any-return]
    return torch.from_numpy(np.sort(values.numpy(), 1))


class _Ascending(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        order = torch.from_numpy(values.numpy().argsort(1))
        ctx.save_for_backward(order)
        return values.gather(1, order)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (order,) = ctx.saved_tensors
        return torch.empty_like(gradient).scatter_(1, order, gradient)


def quantiles(ordered: Tensor, count: int) -> Tensor:
    """Of sorted values (B, m, C) the means of the `count` equal parts of their distribution.

    x_i's squared distance to the mean of the i-th part is, but for the spread within the parts,
    that of optimal transport between unequal numbers of samples, and has its gradient.
    """
    have = ordered.shape[1]
    if have == count:
        return ordered
    # The integral of the quantile function at the parts' edges; as a difference, in float64, which
    # Apple's GPUs lack.
    exact = (ordered.cpu() if ordered.device.type == "mps" else ordered).double()
    sums = F.pad(exact.cumsum(1), (0, 0, 1, 0))  # (B, m + 1, C)
    edges = torch.arange(count + 1, device=exact.device).double() * have / count
    below = edges.floor().long().clamp_max(have - 1)
    part = (edges - below).view(1, -1, 1)
    integral = sums[:, below] + part * exact[:, below]
    return (integral.diff(dim=1) * count / have).to(ordered)


class SlicedLoss(SampledLoss):
    """Sliced Wasserstein distance: the mean over random directions of the squared distance of the
    sorted projections (Heitz et al. 2021, eq. 7), over the mean square of the painting's.

    The last is a departure, so that weights mean the same at every layer; and directions are drawn
    once for each seed, since L-BFGS needs one function.

    samples, style_samples: positions of the picture, and of the painting (by default as many).
    directions: how many; None for as many as the layer has channels, as published.

    Raises UserError for numbers out of range.
    """

    def __init__(
        self,
        samples: int = 4096,
        directions: int | None = 128,
        *,
        style_samples: int | None = None,
    ) -> None:
        super().__init__(samples, style_samples, 2**20)
        if directions is not None:
            check_whole("directions", directions, 1, 4096)
        self.directions = directions
        self._drawn: dict[tuple[int, int, torch.device, torch.dtype], Tensor] = {}

    def sample(self, view: View, count: int) -> Statistics:
        """Projections (B, count, k): small, where features are (B, count, C)."""
        rows = at_least_float32(view.sampled(count))
        return (rows @ self._along(rows, view.region.seed),)

    def target(self, style: Mapping[str, Statistics]) -> Tensor:
        ((projections,),) = style.values()
        return quantiles(ascending(projections), self.samples)

    def value(self, picture: Mapping[str, Statistics], target: Tensor) -> Tensor:
        ((projections,),) = picture.values()
        distance = (ascending(projections) - target).square().mean((1, 2))
        return distance / floored(target.square().mean((1, 2)))

    def _along(self, rows: Tensor, seed: int) -> Tensor:
        """(C, k): the directions, of length 1."""
        key = seed, rows.shape[2], rows.device, rows.dtype
        if key not in self._drawn:
            own = (int(seed) * 2**16 + rows.shape[2]) % 2**63  # of each seed and number of channels
            generator = torch.Generator().manual_seed(own)
            shape = rows.shape[2], self.directions or rows.shape[2]
            drawn = torch.randn(shape, generator=generator, dtype=torch.float64)
            self._drawn[key] = F.normalize(drawn, dim=0).to(rows.device, rows.dtype)
        return self._drawn[key]

    def workspace(self, layers: Iterable[str], height: int, width: int, itemsize: int) -> int:
        # The rows and their gradient; projections, their order (64-bit) and gradients.
        return sum(
            4 * self.samples * (2 * channels(layer) + 6 * (self.directions or channels(layer)))
            for layer in layers
        )


class HistogramLoss(SampledLoss):
    """‖x − R(x)‖² per position and channel, R(x) being x with each channel's histogram matched to
    the painting's (Risser et al. 2017, eq. 3 to 5), over the mean square of the painting's.

    No gradient goes through R. Of as many samples, R gives the i-th smallest value of a channel the
    painting's i-th smallest, so the distance is that of the sorted channels.

    samples, style_samples: positions of the picture, and of the painting (by default as many).

    Raises UserError for a number out of range.
    """

    def __init__(self, samples: int = 4096, *, style_samples: int | None = None) -> None:
        super().__init__(samples, style_samples, 2**20)

    def sample(self, view: View, count: int) -> Statistics:
        return (at_least_float32(view.sampled(count)),)

    def target(self, style: Mapping[str, Statistics]) -> Tensor:
        ((rows,),) = style.values()
        return quantiles(ascending(rows), self.samples)

    def value(self, picture: Mapping[str, Statistics], target: Tensor) -> Tensor:
        ((rows,),) = picture.values()
        distance = (ascending(rows) - target).square().mean((1, 2))
        return distance / floored(target.square().mean((1, 2)))

    def workspace(self, layers: Iterable[str], height: int, width: int, itemsize: int) -> int:
        return sum(4 * self.samples * 8 * channels(layer) for layer in layers)
