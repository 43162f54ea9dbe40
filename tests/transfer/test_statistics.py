"""Moments, Gram matrix and covariance against their formulas in float64."""

import pytest
import torch
from torch import Tensor

from stylex.transfer.losses import statistics
from stylex.transfer.losses.statistics import covariance, moments_in, sums
from stylex.transfer.losses.view import Region, View
from stylex.transfer.losses.window import whole
from stylex.transfer.vgg.layers import IMAGE


def moments(f: Tensor) -> tuple[Tensor, Tensor]:
    """Ours of a layer that is seen at once."""
    first, second = sums(f)
    n = f.shape[2] * f.shape[3]
    return first / n, second / n


def gram(f: Tensor) -> Tensor:
    return moments(f)[1]


def mean_and_covariance(f: Tensor) -> tuple[Tensor, Tensor]:
    mean, matrix = moments(f)
    return mean, covariance(mean, matrix)


def formula(features: Tensor) -> tuple[Tensor, Tensor]:
    """μ and FFᵀ/N with explicit sums over the positions, in float64."""
    flat = features.double().flatten(2)  # (B, C, N)
    n = flat.shape[2]
    return flat.sum(2) / n, torch.einsum("bin,bjn->bij", flat, flat) / n


def features(b: int, c: int, h: int, w: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(b, c, h, w, generator=generator) + torch.arange(c).view(1, c, 1, 1) / c


BLOCK = statistics._BLOCK
SIZES = [(1, 1), (3, 5), (64, 64), (128, 64), (64, 65), (1, BLOCK - 1), (1, 2 * BLOCK + 3)]
SIZES += [(1, statistics._MANY + 3)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_moments_are_the_mean_and_the_gram_matrix_over_positions(size, batch, layout):
    f = features(batch, 5, *size).to(memory_format=layout)
    mean, matrix = moments(f)
    expected_mean, expected = formula(f)
    assert mean.dtype == matrix.dtype == torch.float32
    torch.testing.assert_close(mean.double(), expected_mean, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(matrix.double(), expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(gram(f), matrix)


@pytest.mark.parametrize("size", [(3, 5), (64, 65)])
def test_covariance_is_that_of_the_centred_features(size):
    f = features(2, 4, *size)
    mean, covariance = mean_and_covariance(f)
    flat = f.double().flatten(2)
    centred = flat - flat.mean(2, keepdim=True)
    torch.testing.assert_close(mean.double(), flat.mean(2), rtol=1e-5, atol=1e-5)
    expected = centred @ centred.mT / flat.shape[2]
    torch.testing.assert_close(covariance.double(), expected, rtol=1e-5, atol=1e-5)


def test_the_gram_matrix_of_ones_is_ones():
    assert torch.equal(gram(torch.ones(2, 3, 7, 9)), torch.ones(2, 3, 3))
    assert torch.equal(gram(torch.ones(1, 2, 1, BLOCK + 1)), torch.ones(1, 2, 2))


def test_constant_channels_have_no_covariance():
    f = torch.tensor([0.5, -2.0, 3.0]).view(1, 3, 1, 1).expand(1, 3, 6, 4)
    mean, covariance = mean_and_covariance(f)
    torch.testing.assert_close(mean, torch.tensor([[0.5, -2.0, 3.0]]))
    assert float(covariance.abs().max()) < 1e-6


@pytest.mark.parametrize("size", [(16, 16), (64, 65), (128, 64), (129, 255)])
def test_bfloat16_features_give_float32_moments_near_the_exact_ones(size):
    f = features(2, 8, *size).to(torch.bfloat16)
    mean, matrix = moments(f)
    expected_mean, expected = formula(f)  # of the rounded features
    assert mean.dtype == matrix.dtype == torch.float32
    assert float((mean - expected_mean).norm() / expected_mean.norm()) < 1e-4
    assert float((matrix - expected).norm() / expected.norm()) < 5e-3


def objective(mean: Tensor, matrix: Tensor) -> Tensor:
    """Something that every entry of both, and their asymmetry, counts in."""
    ramp = torch.arange(matrix.shape[1] ** 2, dtype=matrix.dtype).view(matrix.shape[1:]) / 10
    return (mean**3).sum() + (ramp * matrix).sum() + (matrix**2 * ramp.mT).sum()


@pytest.mark.parametrize("size", [(3, 5), (64, 64), (64, 65), (2, BLOCK)])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_the_gradient_equals_float64_autograd(size, layout):
    f = features(2, 4, *size).to(memory_format=layout)
    ours, exact = f.clone().requires_grad_(), f.double().requires_grad_()
    objective(*moments(ours)).backward()
    objective(*formula(exact)).backward()
    assert float((ours.grad - exact.grad).norm() / exact.grad.norm()) < 1e-5


def test_the_gradient_equals_finite_differences():
    f = features(1, 3, 2, 3)
    ours = f.clone().requires_grad_()
    objective(*moments(ours)).backward()
    step = 1e-6
    for index in range(f.numel()):
        shift = torch.zeros(f.numel(), dtype=torch.float64)
        shift[index] = step
        up, down = (f.double() + sign * shift.view_as(f) for sign in (1, -1))
        slope = (objective(*formula(up)) - objective(*formula(down))) / (2 * step)
        assert float(ours.grad.flatten()[index]) == pytest.approx(float(slope), rel=1e-4, abs=1e-4)


def test_the_gradient_of_bfloat16_features_keeps_their_type():
    f = features(1, 4, 65, 64).to(torch.bfloat16)
    ours, exact = f.clone().requires_grad_(), f.double().requires_grad_()
    objective(*moments(ours)).backward()
    objective(*formula(exact)).backward()
    assert ours.grad.dtype == torch.bfloat16
    assert float((ours.grad.double() - exact.grad).norm() / exact.grad.norm()) < 0.02


@pytest.mark.parametrize("used", [0, 1])
def test_the_gradient_of_one_moment_alone(used):
    f = features(1, 3, 4, 4)
    ours, exact = f.clone().requires_grad_(), f.double().requires_grad_()
    (moments(ours)[used] ** 3).sum().backward()
    (formula(exact)[used] ** 3).sum().backward()
    torch.testing.assert_close(ours.grad.double(), exact.grad, rtol=1e-4, atol=1e-6)


def test_float64_features_stay_exact():
    f = features(2, 3, 5, 7).double()
    mean, matrix = moments(f)
    expected_mean, expected = formula(f)
    torch.testing.assert_close(mean, expected_mean, rtol=1e-13, atol=1e-13)
    torch.testing.assert_close(matrix, expected, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("size", [(3, 5), (64, 65)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("white", [1.0, 0.3])  # much of it, or so little that it is picked out
def test_masked_moments_and_their_gradient_are_weighted_means(size, dtype, white):
    f = features(2, 4, *size).to(dtype)
    mask = torch.rand(1, 1, *size, generator=torch.Generator().manual_seed(9), dtype=dtype)
    mask = torch.where(mask < white, mask, 0)
    chosen = View(IMAGE, f, whole(f), Region(*size, mask)).chosen
    assert (chosen is None) == (white == 1)
    ours, exact = f.clone().requires_grad_(), f.double().requires_grad_()
    found = moments_in(View(IMAGE, ours, whole(f), Region(*size, mask)))
    flat, weight = exact.flatten(2), mask.double().flatten() / mask.double().sum()
    expected = (flat * weight).sum(2), torch.einsum("n,bin,bjn->bij", weight, flat, flat)
    for value, truth in zip(found, expected, strict=True):
        torch.testing.assert_close(value.double(), truth, rtol=1e-5, atol=1e-5)
    objective(*found).backward()
    objective(*expected).backward()
    assert float((ours.grad - exact.grad).norm() / exact.grad.norm()) < 1e-5
