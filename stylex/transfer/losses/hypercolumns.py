"""Style as hypercolumns: the features of all layers at one position as one vector."""

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from stylex.errors import check_range
from stylex.images.laplacian import finest
from stylex.transfer.losses.base import Layers, Look, Loss, Statistics, hypercolumn
from stylex.transfer.losses.sampled import SampledLoss, sampled_rows, unit_rows
from stylex.transfer.losses.structure import StructureLoss
from stylex.transfer.losses.view import Region, View
from stylex.transfer.vgg.layers import channels


class _HypercolumnLoss(SampledLoss):
    """All layers together. samples, style_samples: as in `SampledLoss`."""

    def __init__(self, samples: int = 1024, *, style_samples: int | None = None) -> None:
        super().__init__(samples, style_samples)

    def parts(self, layers: Layers) -> Mapping[str, tuple[Sequence[str], float]]:
        return hypercolumn(layers)


class HypercolumnMomentLoss(_HypercolumnLoss):
    """mean |μ − μ*| + mean |Σ − Σ*| of sampled hypercolumns (Kolkin et al. 2019: moment matching).

    It keeps the features' lengths, which cosines do not see.
    """

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


class HypercolumnMatchingLoss(_HypercolumnLoss):
    """mean_p (1 − cos(x_p, s_NN(p))), s_NN(p) the painting's hypercolumn that is nearest to a
    guide's at position p (Kolkin et al. 2022, §3, "hypercolumn matching").

    Nearest by the cosine of hypercolumns centred by their own means; of each layer's features over
    the number of its channels. The guide is the photograph on the first level; later it is 1 − α of
    that and α of what the level starts from, with the photograph's finest details.

    Departure: at sampled positions in place of all of a quarter of the size.

    started: α. samples, style_samples: as in `SampledLoss`.

    Raises UserError for numbers out of range.
    """

    keeps_photograph = True

    def __init__(
        self, samples: int = 1024, started: float = 0.25, *, style_samples: int | None = None
    ) -> None:
        super().__init__(samples, style_samples=style_samples)
        check_range("started", started, 0, 1)
        self.started = started
        self.sees_start = started > 0

    def guide(self, photograph: Tensor, start: Tensor | None) -> Tensor:
        if start is None:
            return photograph
        detailed = start + finest(photograph)
        return torch.lerp(photograph, detailed, self.started)

    def aim(
        self,
        style: Mapping[str, Statistics],
        region: Region,
        layers: Layers,
        guide: Look | None = None,
    ) -> Loss:
        assert guide is not None
        return _Guided(self, style).aim(guide, region, layers)

    def value(self, picture: Mapping[str, Statistics], target: Tensor) -> Tensor:
        """target: (B, n, ΣC), of length 1."""
        return 1 - (unit_rows(_columns(picture)) * target).sum(2).mean(1)

    def workspace(self, layers: Iterable[str], height: int, width: int, itemsize: int) -> int:
        n, m = self.samples, self.style_samples
        return 4 * (n * m + (6 * n + 3 * m) * sum(map(channels, layers)))


class _Guided(StructureLoss):
    """The same, that knows the painting: a content loss with its targets in the photograph."""

    def __init__(self, loss: HypercolumnMatchingLoss, style: Mapping[str, Statistics]) -> None:
        self.loss, self.style = loss, style

    def parts(self, layers: Layers) -> Mapping[str, tuple[Sequence[str], float]]:
        return self.loss.parts(layers)

    def statistics(self, view: View) -> Statistics:
        return self.loss.statistics(view)

    def target(self, photograph: Mapping[str, Statistics]) -> Tensor:
        guide, style = _columns(photograph), _columns({k: self.style[k] for k in photograph})
        dtype = next(iter(photograph.values()))[0].dtype
        one, other = (
            unit_rows(rows - rows.mean(1, keepdim=True)).to(dtype) for rows in (guide, style)
        )
        nearest = (one @ other.mT).argmax(2)  # (B, n)
        return unit_rows(style)[torch.arange(len(style)).unsqueeze(1), nearest]

    def value(self, picture: Mapping[str, Statistics], target: Tensor) -> Tensor:
        return self.loss.value(picture, target)


def _columns(samples: Mapping[str, Statistics]) -> Tensor:
    """(B, n, ΣC): the layers side by side, each over the number of its channels."""
    return torch.cat([x / x.shape[2] for x in sampled_rows(samples).values()], 2)
