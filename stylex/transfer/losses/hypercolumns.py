"""Style as the mean and covariance of hypercolumns: all layers at one position as one vector."""

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from stylex.transfer.losses.base import (
    Layers,
    Statistics,
    checked_samples,
    hypercolumn,
    sampled_rows,
)
from stylex.transfer.losses.style import StyleLoss
from stylex.transfer.losses.view import View
from stylex.transfer.vgg.layers import channels


class HypercolumnMomentLoss(StyleLoss):
    """mean |μ − μ*| + mean |Σ − Σ*| of sampled hypercolumns (Kolkin et al. 2019: moment matching).

    It keeps the features' lengths, which cosines do not see.

    samples, style_samples: positions of the picture, and of the painting (by default as many).

    Raises UserError for a number out of range.
    """

    def __init__(self, samples: int = 1024, *, style_samples: int | None = None) -> None:
        self.samples, self.style_samples = checked_samples(samples, style_samples, 65536)

    def parts(self, layers: Layers) -> Mapping[str, tuple[Sequence[str], float]]:
        return hypercolumn(layers)

    def statistics(self, view: View) -> Statistics:
        return (view.sampled(self.samples),)

    def style_statistics(self, view: View) -> Statistics:
        return (view.sampled(self.style_samples),)

    def target(self, style: Mapping[str, Statistics]) -> tuple[Tensor, Tensor]:
        return _moments(style)

    def value(self, picture: Mapping[str, Statistics], target: tuple[Tensor, Tensor]) -> Tensor:
        mean, covariance = _moments(picture)
        distance: Tensor = (mean - target[0]).abs().mean((1, 2))
        return distance + (covariance - target[1]).abs().mean((1, 2))

    def workspace(self, layers: Iterable[str], height: int, width: int, itemsize: int) -> int:
        features = sum(map(channels, layers))
        rows = 4 * self.samples + 2 * self.style_samples
        return 4 * features * (4 * features + rows)


def _moments(samples: Mapping[str, Statistics]) -> tuple[Tensor, Tensor]:
    """The mean (B, 1, ΣC) and the covariance (B, ΣC, ΣC)."""
    rows = torch.cat([*sampled_rows(samples).values()], 2)
    mean = rows.mean(1, keepdim=True)
    # Multiplied in the features' own type: most of the work.
    x = (rows - mean).to(next(iter(samples.values()))[0].dtype)
    return mean, (x.mT @ x).to(rows.dtype) / rows.shape[1]
