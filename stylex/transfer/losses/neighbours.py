"""Style as matched features: each of the picture's like one of the painting's, and the reverse."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, get_args

import torch
from torch import Tensor

from stylex.errors import choose
from stylex.transfer.losses.base import (
    Layers,
    Statistics,
    floored,
    hypercolumn,
)
from stylex.transfer.losses.sampled import SampledLoss, sampled_rows, unit_rows
from stylex.transfer.vgg.layers import channels

Distance = Literal["cosine", "l2", "cosine+l2"]
Centre = bool | Literal["each"]
CENTRES = ("True", "False", "each")
LEAST = 1e-5  # of a square before its root, whose slope at 0 is infinite; STROTSS's file has it


class _Target(NamedTuple):
    means: Mapping[str, Tensor]  # {layer: (B, 1, C)}
    scales: Mapping[str, Tensor]  # {layer: (B, 1, 1)}
    rows: Tensor  # (B, m, ΣC)


class NeighbourLoss(SampledLoss):
    """Relaxed earth mover's distance between sampled features (Kolkin et al. 2019, eq. 4 to 6).

    max(mean_i min_j d(x_i, s_j), mean_j min_i d(x_i, s_j)). The first term alone (Kolkin et al.
    2022, "feature splitting") copies whatever is nearest and loses most of the palette; the second
    makes the whole painting appear.

    samples, style_samples: positions of the picture, and of the painting (by default as many).
    hypercolumns: the features of all layers at one position are one vector; by default each layer
        is compared on its own.
    two_sided: False for the first term alone.
    distance: `cosine`: 1 − a·b/(‖a‖‖b‖); `l2`: ‖a − b‖/√C over C channels; `cosine+l2`: both, as
        STROTSS compares colours.
    centred: by the painting's mean, or `each` (picture and painting by their own, as published in
        2022), or not at all (as published in 2019).
    balanced: each layer is divided by its mean length in the painting, so that none outweighs the
        others in a hypercolumn. A departure.

    Raises UserError for numbers out of range and unknown words.
    """

    def __init__(
        self,
        samples: int = 1024,
        hypercolumns: bool = False,
        *,
        style_samples: int | None = None,
        distance: Distance = "cosine",
        centred: Centre = True,
        two_sided: bool = True,
        balanced: bool = True,
    ) -> None:
        super().__init__(samples, style_samples)
        choose(distance, get_args(Distance), "distance")
        choose(str(centred), CENTRES, "centred")
        self.hypercolumns, self.distance, self.centred = hypercolumns, distance, centred
        self.two_sided, self.balanced = two_sided, balanced

    def parts(self, layers: Layers) -> Mapping[str, tuple[Sequence[str], float]]:
        return hypercolumn(layers) if self.hypercolumns else super().parts(layers)

    def target(self, style: Mapping[str, Statistics]) -> _Target:
        rows = sampled_rows(style)
        means = {layer: x.mean(1, keepdim=True) * bool(self.centred) for layer, x in rows.items()}
        scales = {layer: self._scale(x - means[layer]) for layer, x in rows.items()}
        return _Target(means, scales, _joined(rows, means, scales))

    def _scale(self, centred: Tensor) -> Tensor:
        if not self.balanced:
            return centred.new_ones(len(centred), 1, 1)
        return floored(centred.square().sum(2).mean(1)).sqrt().view(-1, 1, 1)

    def value(self, picture: Mapping[str, Statistics], target: _Target) -> Tensor:
        rows, means = sampled_rows(picture), target.means
        if self.centred == "each":
            means = {layer: x.mean(1, keepdim=True) for layer, x in rows.items()}
        # In the features' own type, whose product of n × m × ΣC is most of the work.
        dtype = next(iter(picture.values()))[0].dtype
        return relaxed_emd(
            _joined(rows, means, target.scales), target.rows, self.distance, self.two_sided, dtype
        )

    def workspace(self, layers: Iterable[str], height: int, width: int, itemsize: int) -> int:
        parts = self.parts(dict.fromkeys(layers, 1.0)).values()
        features = sum(channels(layer) for own, _ in parts for layer in own)
        n, m = self.samples, self.style_samples
        # Of one part at a time the distances, twice; rows, pairs of them, and their gradients.
        return 4 * (2 * n * m + 6 * (n + m) * features)


def relaxed_emd(
    x: Tensor,
    style: Tensor,
    distance: Distance,
    two_sided: bool = True,
    dtype: torch.dtype | None = None,
) -> Tensor:
    """(B,), from x (B, n, C) and the style's rows (B, m, C).

    Which rows are nearest is found first, without gradients; the distances are those of the pairs,
    in the rows' own type. So nothing of n × m is kept for the backward pass.

    dtype: of the product of all with all, for cosines; by default the rows' own.
    """
    if distance == "cosine":
        x, style = unit_rows(x), unit_rows(style)
    with torch.no_grad():
        apart = _all_apart(x, style, distance, dtype or x.dtype)  # (B, n, m)
        of_each = apart.argmin(2)
        of_style = apart.argmin(1) if two_sided else None
        del apart
    nearest = _apart(x, _picked(style, of_each), distance).mean(1)
    if of_style is None:
        return nearest
    return torch.maximum(nearest, _apart(_picked(x, of_style), style, distance).mean(1))


def _all_apart(x: Tensor, style: Tensor, distance: Distance, dtype: torch.dtype) -> Tensor:
    """What orders the distances of all rows to all, (B, n, m)."""
    if distance == "cosine":  # of directions
        return -(x.to(dtype) @ style.to(dtype).mT)
    squares = x.square().sum(2, keepdim=True) + style.square().sum(2).unsqueeze(1)
    squares -= 2 * (x @ style.mT)
    if distance == "l2":
        return squares
    cosines = unit_rows(x) @ unit_rows(style).mT
    return squares.clamp_min_(LEAST).div_(x.shape[2]).sqrt_() - cosines


def _picked(rows: Tensor, index: Tensor) -> Tensor:
    """(B, k, C): of rows (B, n, C) those that index (B, k) names, of each sample its own."""
    rows = rows.expand(len(index), -1, -1)
    return rows.gather(1, index.unsqueeze(2).expand(-1, -1, rows.shape[2]))


def _apart(a: Tensor, b: Tensor, distance: Distance) -> Tensor:
    """The distances of pairs of rows, (B, k)."""
    if distance == "cosine":  # of directions
        return 1 - (a * b).sum(2)
    l2 = ((a - b).square().sum(2).clamp_min(LEAST) / a.shape[2]).sqrt()
    if distance == "l2":
        return l2
    return 1 - (unit_rows(a) * unit_rows(b)).sum(2) + l2


def _joined(
    rows: Mapping[str, Tensor], means: Mapping[str, Tensor], scales: Mapping[str, Tensor]
) -> Tensor:
    """(B, n, ΣC): the layers side by side."""
    return torch.cat([(x - means[layer]) / scales[layer] for layer, x in rows.items()], 2)
