"""Style as Gaussians over features, and the distance of transporting one to the other."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from stylex.errors import choose
from stylex.transfer.losses.base import Statistics, floored
from stylex.transfer.losses.statistics import covariance, moments_in
from stylex.transfer.losses.style import StyleLoss
from stylex.transfer.losses.view import View

RIDGE = 1e-4  # added to both covariances, as style-transfer-pytorch does


class _Target(NamedTuple):
    mean: Tensor  # (B, C)
    root: Tensor  # (B, C, C), the square root of the covariance
    trace: Tensor  # (B,), of the covariance


class WassersteinLoss(StyleLoss):
    """W₂² between Gaussians of the features' moments, per channel (Gelbrich 1990).

    mean((μ − μ*)²) + tr(Σ + Σ* − 2 (Σ*^½ Σ Σ*^½)^½) / C, as style-transfer-pytorch's StyleLossW2.

    The trace of a square root is the sum of the roots of the eigenvalues, whose gradient by the
    matrix, ½ M^−½, needs no distances between eigenvalues, so that equal ones do no harm.

    normalization: `relative`: over the mean square of the painting's features, so that weights mean
    the same at every layer and network; `mean`: as published.

    Raises UserError for another word.
    """

    def __init__(self, normalization: Literal["relative", "mean"] = "relative") -> None:
        choose(normalization, ("relative", "mean"), "normalization")
        self.relative = normalization == "relative"

    def statistics(self, view: View) -> Statistics:
        return moments_in(view)

    def target(self, style: Mapping[str, Statistics]) -> _Target:
        ((mean, gram),) = style.values()
        matrix = _with_ridge(covariance(mean, gram))
        values, vectors = torch.linalg.eigh(matrix)
        root = (vectors * values.clamp_min(0).sqrt().unsqueeze(1)) @ vectors.mT
        return _Target(mean, root, _trace(matrix))

    def value(self, picture: Mapping[str, Statistics], target: _Target) -> Tensor:
        ((mean, gram),) = picture.values()
        matrix = _with_ridge(covariance(mean, gram))
        product = target.root @ matrix @ target.root
        eigenvalues = torch.linalg.eigvalsh((product + product.mT) / 2)
        # At least what the ridges leave of them, where rounding made less: the root's slope at 0 is
        # infinite.
        cross = eigenvalues.clamp_min(RIDGE**2).sqrt().sum(1)
        traces = _trace(matrix) + target.trace - 2 * cross
        distance: Tensor = (mean - target.mean).square().mean(1) + traces / mean.shape[1]
        if not self.relative:
            return distance
        return distance / floored(target.mean.square().mean(1) + target.trace / mean.shape[1])


def _with_ridge(matrix: Tensor) -> Tensor:
    return matrix + RIDGE * torch.eye(matrix.shape[1], dtype=matrix.dtype, device=matrix.device)


def _trace(matrix: Tensor) -> Tensor:
    trace: Tensor = matrix.diagonal(dim1=1, dim2=2).sum(1)
    return trace
