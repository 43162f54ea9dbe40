"""Style as the mean and covariance of the features."""

from collections.abc import Mapping

from torch import Tensor

from stylex.transfer.losses.base import Statistics, floored
from stylex.transfer.losses.statistics import covariance, moments_in
from stylex.transfer.losses.style import StyleLoss
from stylex.transfer.losses.view import View


class MomentLoss(StyleLoss):
    """‖μ − μ*‖²/‖μ*‖² + ‖Σ − Σ*‖²/‖Σ*‖² per layer, over the features' mean and covariance.

    A Gram matrix is Σ + μμᵀ and mostly μμᵀ, so a Gram loss sees little of the covariance, in which
    the strokes are; compared on their own, both moments count.
    """

    def statistics(self, view: View) -> Statistics:
        return moments_in(view)

    def target(self, style: Mapping[str, Statistics]) -> tuple[Tensor, Tensor]:
        """The mean and covariance of the style's one layer."""
        ((mean, gram),) = style.values()
        return mean, covariance(mean, gram)

    def value(self, picture: Mapping[str, Statistics], target: tuple[Tensor, Tensor]) -> Tensor:
        ((mean, gram),) = picture.values()
        found = covariance(mean, gram)
        target_mean, target_covariance = target
        mean_scale = floored(target_mean.square().sum(1))
        # A flat style picture has no covariance to be relative to: a thousandth of the mean's
        # size stands in for it, far below that of any real picture.
        covariance_scale = (
            target_covariance.square().sum((1, 2)).maximum((1e-3 * mean_scale).square())
        )
        return (mean - target_mean).square().sum(1) / mean_scale + (
            found - target_covariance
        ).square().sum((1, 2)) / floored(covariance_scale)
