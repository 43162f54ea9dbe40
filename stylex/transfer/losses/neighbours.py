"""Style as matched features: each of the picture's like one of the painting's, and the reverse."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from stylex.errors import check_whole
from stylex.transfer.losses.base import Layers, Statistics, exact, hypercolumn, nonzero
from stylex.transfer.losses.style import StyleLoss
from stylex.transfer.losses.view import View
from stylex.transfer.vgg.layers import channels


class _Target(NamedTuple):
    means: Mapping[str, Tensor]  # {layer: (B, 1, C)}
    scales: Mapping[str, Tensor]  # {layer: (B, 1, 1)}
    features: Tensor  # (B, n, ΣC), of length 1


class NeighbourLoss(StyleLoss):
    """Relaxed earth mover's distance between sampled features (Kolkin et al. 2019, eq. 4 to 6).

    max(mean_i min_j d(x_i, s_j), mean_j min_i d(x_i, s_j)) with d the cosine distance, features
    centred by the painting's mean (Kolkin et al. 2022, "feature splitting"). The first term alone
    copies whatever is nearest and loses most of the palette; the second makes the whole painting
    appear.

    samples: positions of the picture and of the painting that are compared.
    hypercolumns: the features of all layers at one position are one vector, each layer scaled to
        the same mean length; by default each layer is compared on its own.

    Raises UserError for `samples` out of range.
    """

    def __init__(self, samples: int = 1024, hypercolumns: bool = False) -> None:
        check_whole("samples", samples, 2, 65536)
        self.samples = samples
        self.hypercolumns = hypercolumns

    def parts(self, layers: Layers) -> Mapping[str, tuple[Sequence[str], float]]:
        return hypercolumn(layers) if self.hypercolumns else super().parts(layers)

    def statistics(self, view: View) -> Statistics:
        return (view.sampled(self.samples),)

    def target(self, style: Mapping[str, Statistics]) -> _Target:
        rows = {layer: exact(sample) for layer, (sample,) in style.items()}
        means = {layer: x.mean(1, keepdim=True) for layer, x in rows.items()}
        scales = {
            layer: nonzero((x - means[layer]).square().sum(2).mean(1)).sqrt().view(-1, 1, 1)
            for layer, x in rows.items()
        }
        return _Target(means, scales, _directions(rows, means, scales))

    def value(self, picture: Mapping[str, Statistics], target: _Target) -> Tensor:
        rows = {layer: exact(sample) for layer, (sample,) in picture.items()}
        x = _directions(rows, target.means, target.scales)
        # In the features' own type, whose product of n × n × ΣC is most of the work.
        dtype = next(iter(picture.values()))[0].dtype
        distance = 1 - (x.to(dtype) @ target.features.to(dtype).mT).to(x.dtype)  # (B, n, n)
        nearest, covered = (distance.amin(dim).mean(1) for dim in (2, 1))
        return torch.maximum(nearest, covered)

    def workspace(self, layers: Iterable[str], height: int, width: int, itemsize: int) -> int:
        parts = self.parts(dict.fromkeys(layers, 1.0)).values()
        features = sum(channels(layer) for own, _ in parts for layer in own)
        # Distances, their gradient and the choice of the least; rows of both, and their directions.
        return len(parts) * 4 * 4 * self.samples**2 + 4 * 6 * self.samples * features


def _directions(
    rows: Mapping[str, Tensor], means: Mapping[str, Tensor], scales: Mapping[str, Tensor]
) -> Tensor:
    """(B, n, ΣC) of length 1: the layers side by side."""
    centred = [(x - means[layer]) / scales[layer] for layer, x in rows.items()]
    return F.normalize(torch.cat(centred, 2), dim=2)
