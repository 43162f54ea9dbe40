"""The losses: content, style (by moments or by Gram matrix) and total variation.

Each loss holds its targets, is called with (features, image) and returns its unweighted parts,
{part: (B,)}, one per layer; `weights` holds each part's own weight under the same names. Samples
of a batch never influence each other.
"""

from collections.abc import Callable, Mapping
from typing import Literal, Protocol

import torch
from torch import Tensor

from stylex.errors import choose
from stylex.transfer.statistics import gram, mean_and_covariance
from stylex.transfer.vgg import Features

Parts = dict[str, Tensor]
ContentNormalization = Literal["relative", "mean", "gatys"]
GramNormalization = Literal["relative", "mean", "gatys", "neural_style", "notebook", "johnson"]


class Loss(Protocol):
    """A term of the objective."""

    @property
    def weights(self) -> Mapping[str, float]: ...

    def __call__(self, features: Features, image: Tensor) -> Parts: ...


# k in k · Σ (F − P)², for features of C channels and N positions, P the content picture's.
CONTENT_FACTORS: dict[str, Callable[[int, int, Tensor], Tensor | float]] = {
    # Scale-free: does not move with network, layer or picture size.
    "relative": lambda c, n, p: 1 / _tiny(p.square().sum((1, 2, 3))),
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


class ContentLoss:
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
        self.weights = {f"content/{layer}": weight for layer, weight in weights.items()}
        self.targets = {layer: targets[layer] for layer in weights}
        self.factors = {
            layer: CONTENT_FACTORS[normalization](p.shape[1], p.shape[2] * p.shape[3], p.float())
            for layer, p in self.targets.items()
        }

    def __call__(self, features: Features, image: Tensor) -> Parts:
        return {
            f"content/{layer}": self.factors[layer]
            * (features[layer] - target).float().square().sum((1, 2, 3))
            for layer, target in self.targets.items()
        }


class GramLoss:
    """k · ‖G − A‖² per layer, G and A the Gram matrices (Gatys et al. 2016, eq. 4).

    targets: the style picture's features, {layer: (1 or B, C, H, W)}.
    weights: {layer: weight}.
    """

    def __init__(
        self,
        targets: Features,
        weights: Mapping[str, float],
        *,
        normalization: GramNormalization = "relative",
    ) -> None:
        choose(normalization, GRAM_FACTORS, "loss.style.normalization")
        self.weights = {f"style/{layer}": weight for layer, weight in weights.items()}
        self.factor = GRAM_FACTORS[normalization]
        self.targets = {layer: gram(targets[layer]) for layer in weights}

    def __call__(self, features: Features, image: Tensor) -> Parts:
        parts = {}
        for layer, target in self.targets.items():
            _, c, h, w = features[layer].shape
            difference = (gram(features[layer]) - target).square().sum((1, 2))
            parts[f"style/{layer}"] = self.factor(c, h * w, target) * difference
        return parts


class MomentLoss:
    """‖μ − μ*‖²/‖μ*‖² + ‖Σ − Σ*‖²/‖Σ*‖² per layer, over the features' mean and covariance.

    A Gram matrix is Σ + μμᵀ and mostly μμᵀ, so a Gram loss sees little of the covariance, in which
    the strokes are; compared on their own, both moments count.

    targets: the style picture's features, {layer: (1 or B, C, H, W)}.
    weights: {layer: weight}.
    """

    def __init__(self, targets: Features, weights: Mapping[str, float]) -> None:
        self.weights = {f"style/{layer}": weight for layer, weight in weights.items()}
        self.targets = {layer: mean_and_covariance(targets[layer]) for layer in weights}

    def __call__(self, features: Features, image: Tensor) -> Parts:
        parts = {}
        for layer, (target_mean, target_covariance) in self.targets.items():
            mean, covariance = mean_and_covariance(features[layer])
            mean_scale = _tiny(target_mean.square().sum(1))
            # A flat style picture has no covariance to be relative to: a thousandth of the mean's
            # size stands in for it, far below that of any real picture.
            covariance_scale = (
                target_covariance.square().sum((1, 2)).maximum((1e-3 * mean_scale).square())
            )
            parts[f"style/{layer}"] = (mean - target_mean).square().sum(1) / mean_scale + (
                covariance - target_covariance
            ).square().sum((1, 2)) / _tiny(covariance_scale)
        return parts


class TotalVariation:
    """Differences between neighbouring pixels, which calms grain (Mahendran & Vedaldi 2015, eq. 4).

    power: 1 for absolute differences, 2 for squared ones.
    reduction: `mean` over the differences (resolution-independent) or `sum`, as older programs do.
    """

    weights: Mapping[str, float] = {"tv": 1.0}

    def __init__(
        self, *, power: Literal[1, 2] = 2, reduction: Literal["mean", "sum"] = "mean"
    ) -> None:
        choose(repr(power), ("1", "2"), "loss.tv.power")  # text would pass for the wrong one
        self.reduce = {"mean": torch.mean, "sum": torch.sum}[
            choose(reduction, ("mean", "sum"), "loss.tv.reduction")
        ]
        self.power = power

    def __call__(self, features: Features, image: Tensor) -> Parts:
        down = image[:, :, 1:, :] - image[:, :, :-1, :]
        right = image[:, :, :, 1:] - image[:, :, :, :-1]
        total = image.new_zeros(len(image))
        for difference in (down, right):
            size = difference.abs() if self.power == 1 else difference.square()
            if size.numel():  # a picture one pixel wide has no neighbours to the right
                total = total + self.reduce(size, dim=(1, 2, 3))
        return {"tv": total}


def _tiny(denominator: Tensor) -> Tensor:
    """Keeps a division by an all-zero target finite; real ones are many orders larger."""
    return denominator.clamp_min(1e-12)
