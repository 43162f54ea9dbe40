"""The losses: content, style (by moments or by Gram matrix) and total variation.

Each loss holds its targets, is called with (features, image) and returns its unweighted parts,
{part: (B,)}, one per layer; `weights` holds each part's own weight under the same names. Samples
of a batch never influence each other.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Literal

import torch
from torch import Tensor

from stylex.errors import choose
from stylex.transfer.evaluation.window import Window, whole
from stylex.transfer.losses.statistics import Sums, gram, mean_and_covariance, sums
from stylex.transfer.vgg.network import Features

Parts = dict[str, Tensor]
Totals = tuple[Tensor, ...]
StyleTargets = Mapping[str, Tensor | Sums]
ContentNormalization = Literal["relative", "mean", "gatys"]
GramNormalization = Literal["relative", "mean", "gatys", "neural_style", "notebook", "johnson"]
IMAGE = "image"  # in the place of a layer: the pixels themselves


class Loss(ABC):
    """A term of the objective, each part of it a function of sums over one layer's positions.

    The sums of a picture's tiles add up to its own, so a picture need not be seen at once.

    weights: {part: weight}. layers: {part: the layer it looks at, or IMAGE}.
    """

    weights: Mapping[str, float]
    layers: Mapping[str, str]

    @abstractmethod
    def sums(self, layer: str, patch: Tensor, window: Window) -> Totals:
        """What the window adds: tensors (B, …). patch: the layer's features there and around."""

    @abstractmethod
    def value(self, layer: str, totals: Totals, height: int, width: int) -> Tensor:
        """The part, (B,), from the sums over the whole layer of height × width positions."""

    def __call__(self, features: Features, image: Tensor) -> Parts:
        parts = {}
        for part, layer in self.layers.items():
            x = image if layer == IMAGE else features[layer]
            totals = self.sums(layer, x, whole(x))
            parts[part] = self.value(layer, totals, x.shape[2], x.shape[3])
        return parts


class _PerLayer(Loss):
    """One part per layer, `kind/layer`."""

    def __init__(self, kind: str, weights: Mapping[str, float]) -> None:
        self.weights = {f"{kind}/{layer}": weight for layer, weight in weights.items()}
        self.layers = {f"{kind}/{layer}": layer for layer in weights}


# k in k · Σ (F − P)², for features of C channels and N positions, P the content picture's.
CONTENT_FACTORS: dict[str, Callable[[int, int, Tensor], Tensor | float]] = {
    # Scale-free: does not move with network, layer or picture size.
    "relative": lambda c, n, p: 1 / _tiny(p.float().square().sum((1, 2, 3))),
    "mean": lambda c, n, p: 1 / (c * n),
    "gatys": lambda c, n, p: 0.5,  # Gatys et al. 2016, eq. 1
}

# k in k · Σ_ij (G_ij − A_ij)², with G = FFᵀ/N and A the style picture's. Every published Gram loss
# is one of these.
GRAM_FACTORS: dict[str, Callable[[int, int, Tensor], Tensor | float]] = {
    "relative": lambda c, n, a: 1 / _tiny(a.square().sum((1, 2))),
    "mean": lambda c, n, a: c**-2,
    # Gatys et al. 2016, eq. 4, has 1/(4C²N²) for raw FFᵀ, both pictures of N positions.
    "gatys": lambda c, n, a: 1 / (4 * c**2),
    # The Gram matrix over C·N, then the mean over its entries: neural-style-pt, PyTorch's tutorial.
    "neural_style": lambda c, n, a: c**-4,
    # Raw FFᵀ, mean over entries, then over C·N: Udacity's lesson.
    "notebook": lambda c, n, a: n * c**-3,
    # The Gram matrix over C·N, then the sum: Johnson et al. 2016, eq. 4.
    "johnson": lambda c, n, a: c**-2,
}


class ContentLoss(_PerLayer):
    """k · ‖F − P‖² per layer (Gatys et al. 2016, eq. 1, which has k = ½).

    targets: the content picture's features, {layer: (1 or B, C, H, W)}.
    weights: {layer: weight}.
    """

    def __init__(
        self,
        targets: Features,
        weights: Mapping[str, float],
        *,
        normalization: ContentNormalization = "relative",
    ) -> None:
        choose(normalization, CONTENT_FACTORS, "loss.content.normalization")
        super().__init__("content", weights)
        self.targets = {layer: targets[layer] for layer in weights}
        self.factors = {
            layer: CONTENT_FACTORS[normalization](p.shape[1], p.shape[2] * p.shape[3], p)
            for layer, p in self.targets.items()
        }

    def sums(self, layer: str, patch: Tensor, window: Window) -> Totals:
        difference = window.inside(patch) - window.of(self.targets[layer])
        return (difference.float().square().sum((1, 2, 3)),)

    def value(self, layer: str, totals: Totals, height: int, width: int) -> Tensor:
        return self.factors[layer] * totals[0]


class _StyleLoss(_PerLayer):
    """What is made of the features' first and second moments."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        super().__init__("style", weights)

    def sums(self, layer: str, patch: Tensor, window: Window) -> Totals:
        found = sums(window.inside(patch))
        return found.first, found.second


class GramLoss(_StyleLoss):
    """k · ‖G − A‖² per layer, G and A the Gram matrices (Gatys et al. 2016, eq. 4).

    targets: the style picture's features, {layer: (1 or B, C, H, W)}, or their sums.
    weights: {layer: weight}.
    """

    def __init__(
        self,
        targets: StyleTargets,
        weights: Mapping[str, float],
        *,
        normalization: GramNormalization = "relative",
    ) -> None:
        choose(normalization, GRAM_FACTORS, "loss.style.normalization")
        super().__init__(weights)
        self.factor = GRAM_FACTORS[normalization]
        self.targets = {layer: gram(targets[layer]) for layer in weights}

    def value(self, layer: str, totals: Totals, height: int, width: int) -> Tensor:
        target, n = self.targets[layer], height * width
        difference = (gram(_sums(totals, n)) - target).square().sum((1, 2))
        return self.factor(target.shape[1], n, target) * difference


class MomentLoss(_StyleLoss):
    """‖μ − μ*‖²/‖μ*‖² + ‖Σ − Σ*‖²/‖Σ*‖² per layer, over the features' mean and covariance.

    A Gram matrix is Σ + μμᵀ and mostly μμᵀ, so a Gram loss sees little of the covariance, in which
    the strokes are; compared on their own, both moments count.

    targets: the style picture's features, {layer: (1 or B, C, H, W)}, or their sums.
    weights: {layer: weight}.
    """

    def __init__(self, targets: StyleTargets, weights: Mapping[str, float]) -> None:
        super().__init__(weights)
        self.targets = {layer: mean_and_covariance(targets[layer]) for layer in weights}

    def value(self, layer: str, totals: Totals, height: int, width: int) -> Tensor:
        target_mean, target_covariance = self.targets[layer]
        mean, covariance = mean_and_covariance(_sums(totals, height * width))
        mean_scale = _tiny(target_mean.square().sum(1))
        # A flat style picture has no covariance to be relative to: a thousandth of the mean's
        # size stands in for it, far below that of any real picture.
        covariance_scale = (
            target_covariance.square().sum((1, 2)).maximum((1e-3 * mean_scale).square())
        )
        return (mean - target_mean).square().sum(1) / mean_scale + (
            covariance - target_covariance
        ).square().sum((1, 2)) / _tiny(covariance_scale)


class TotalVariation(Loss):
    """Differences between neighbouring pixels, which calms grain (Mahendran & Vedaldi 2015, eq. 4).

    power: 1 for absolute differences, 2 for squared ones.
    reduction: `mean` over the differences (resolution-independent) or `sum`, as older programs do.
    """

    weights: Mapping[str, float] = {"tv": 1.0}
    layers: Mapping[str, str] = {"tv": IMAGE}

    def __init__(
        self, *, power: Literal[1, 2] = 2, reduction: Literal["mean", "sum"] = "mean"
    ) -> None:
        choose(repr(power), ("1", "2"), "loss.tv.power")  # text would pass for the wrong one
        self.mean = choose(reduction, ("mean", "sum"), "loss.tv.reduction") == "mean"
        self.power = power

    def sums(self, layer: str, patch: Tensor, window: Window) -> Totals:
        """Down and to the right: differences that begin in the window and end in the patch."""
        down = window.inside(patch.diff(dim=2))
        right = window.inside(patch.diff(dim=3))
        size = torch.abs if self.power == 1 else torch.square
        return size(down).sum((1, 2, 3)), size(right).sum((1, 2, 3))

    def value(self, layer: str, totals: Totals, height: int, width: int) -> Tensor:
        down, right = totals
        if not self.mean:
            return down + right
        # A picture one pixel wide has no neighbours to the right, and a sum of 0.
        counts = 3 * (height - 1) * width, 3 * height * (width - 1)
        return down / max(1, counts[0]) + right / max(1, counts[1])


def _sums(totals: Totals, positions: int) -> Sums:
    first, second = totals
    return Sums(first, second, positions)


def _tiny(denominator: Tensor) -> Tensor:
    """Keeps a division by an all-zero target finite; real ones are many orders larger."""
    return denominator.clamp_min(1e-12)
