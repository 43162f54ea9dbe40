"""The published style losses beyond moments and Gram matrices, each against its formula."""

import pytest
import torch
from aiming import parts_of

from stylex.errors import UserError
from stylex.transfer.losses.patches import PatchLoss
from stylex.transfer.losses.sliced import HistogramLoss, SlicedLoss
from stylex.transfer.losses.view import Region
from stylex.transfer.losses.w2 import WassersteinLoss

LAYER = "relu1_1"


def feature(height, width, seed, channels=5):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(1, channels, height, width, generator=generator, dtype=torch.float64)
    return x.relu() + 0.1 * torch.arange(1, channels + 1).view(1, -1, 1, 1)


def value_of(loss, style, picture):
    (value,) = parts_of(loss, {LAYER: style}, {LAYER: 1.0}, {LAYER: picture}).values()
    return value


def sample(x, count, reach=0):
    """The sampled positions' features, (count, …), read off one by one."""
    _, rows, columns = Region(*x.shape[2:]).positions(LAYER, count, reach)
    around = range(-reach, reach + 1)
    return torch.stack(
        [
            torch.cat([x[0, :, r + i, c + j] for i in around for j in around])
            for r, c in zip(rows.tolist(), columns.tolist(), strict=True)
        ]
    )


def root(matrix):
    """By Denman and Beavers' iteration: no eigenvalues."""
    y, z = matrix, torch.eye(len(matrix), dtype=matrix.dtype)
    for _ in range(60):
        y, z = (y + z.inverse()) / 2, (z + y.inverse()) / 2
    return y


def test_the_wasserstein_distance_of_gaussians_is_as_published():
    f, s = feature(9, 8, 1), feature(7, 11, 2)
    moments = []
    for x in (f, s):
        flat = x[0].flatten(1)
        ridge = 1e-4 * torch.eye(5, dtype=torch.float64)
        moments.append((flat.mean(1), torch.cov(flat, correction=0) + ridge))
    (mean, sigma), (target, sigma_s) = moments
    half = root(sigma_s)
    cross = root(half @ sigma @ half)
    expected = (mean - target).square().mean() + torch.trace(sigma + sigma_s - 2 * cross) / 5
    assert float(value_of(WassersteinLoss("mean"), s, f)) == pytest.approx(
        float(expected), rel=1e-8
    )
    relative = expected / (s.square().mean() + 1e-4)
    assert float(value_of(WassersteinLoss(), s, f)) == pytest.approx(float(relative), rel=1e-8)


@pytest.mark.parametrize("flat", [False, True])
def test_the_root_s_gradient_is_that_of_finite_differences(flat):
    """Of channels that are alike, too, whose covariance has equal eigenvalues."""
    style = feature(4, 5, 2, channels=3)
    picture = feature(3, 4, 1, channels=3)
    if flat:
        picture = picture[:, :1].expand(1, 3, 3, 4).clone()
    picture.requires_grad_()
    assert torch.autograd.gradcheck(
        lambda x: value_of(WassersteinLoss(), style, x), picture, rtol=1e-4, atol=1e-6
    )


def test_the_sliced_distance_is_the_mean_over_directions_of_that_of_sorted_projections():
    f, s = feature(9, 8, 1), feature(7, 11, 2)
    loss = SlicedLoss(samples=50, directions=7)
    found = value_of(loss, s, f)
    generator = torch.Generator().manual_seed(5)
    directions = torch.randn(5, 7, generator=generator, dtype=torch.float64)
    directions = directions / directions.norm(dim=0)
    distances, squares = [], []
    for v in directions.T:
        a, b = (sorted((sample(x, 50) @ v).tolist()) for x in (f, s))
        distances.append(sum((p - q) ** 2 for p, q in zip(a, b, strict=True)) / 50)
        squares.append(sum(q**2 for q in b) / 50)
    assert float(found) == pytest.approx(sum(distances) / sum(squares), rel=1e-9)


def test_the_histogram_distance_is_to_the_picture_with_its_histograms_matched():
    f, s = feature(9, 8, 1), feature(7, 11, 2)
    x, y = sample(f, 40), sample(s, 40)
    matched = torch.empty_like(x)
    for channel in range(5):  # the i-th smallest becomes the painting's i-th smallest
        matched[x[:, channel].argsort(), channel] = y[:, channel].sort().values
    expected = (x - matched).square().mean() / y.square().mean()
    found = value_of(HistogramLoss(samples=40), s, f)
    assert float(found) == pytest.approx(float(expected), rel=1e-9)


def test_patches_are_matched_by_normalised_cross_correlation():
    f, s = feature(9, 8, 1), feature(7, 11, 2)
    x, y = sample(f, 30, reach=1), sample(s, 30, reach=1)
    assert x.shape == (30, 45)
    total = 0.0
    for patch in x:
        likeness = [float(patch @ other / (patch.norm() * other.norm())) for other in y]
        total += float((patch - y[likeness.index(max(likeness))]).square().sum()) / 30
    expected = total / float(y.square().sum(1).mean())
    assert float(value_of(PatchLoss(samples=30), s, f)) == pytest.approx(expected, rel=1e-9)


def test_the_samples_of_a_patch_stay_within_the_layer():
    x = torch.arange(12.0).view(1, 1, 3, 4)
    patches = sample(x, 20, reach=1)
    rows = {tuple(patch.tolist()) for patch in patches}
    assert rows == {(0, 1, 2, 4, 5, 6, 8, 9, 10), (1, 2, 3, 5, 6, 7, 9, 10, 11)}


KINDS = [WassersteinLoss(), SlicedLoss(64, 8), HistogramLoss(64), PatchLoss(64)]


@pytest.mark.parametrize("loss", KINDS, ids=lambda loss: type(loss).__name__)
def test_the_style_itself_costs_nothing_and_another_picture_something(loss):
    style = feature(9, 8, 1)
    assert float(value_of(loss, style, style)) == pytest.approx(0, abs=1e-7)
    other = feature(9, 8, 3).requires_grad_()
    value = value_of(loss, style, other)
    (gradient,) = torch.autograd.grad(value, other)
    assert float(value.detach()) > 1e-3 and bool(gradient.isfinite().all())
    with torch.no_grad():
        nearer = other - 1e-3 * gradient / gradient.norm()
        assert float(value_of(loss, style, nearer)) < float(value)


@pytest.mark.parametrize("loss", KINDS, ids=lambda loss: type(loss).__name__)
def test_bfloat16_features_give_a_value_near_the_exact_one(loss):
    f, s = feature(20, 20, 1), 2 * feature(20, 20, 2)
    found = value_of(loss, s.bfloat16(), f.bfloat16())
    assert found.dtype == torch.float32
    assert float(found) == pytest.approx(float(value_of(loss, s, f)), rel=0.05)


@pytest.mark.parametrize(
    "make",
    [
        lambda: SlicedLoss(1),
        lambda: SlicedLoss(8, 0),
        lambda: HistogramLoss(0),
        lambda: PatchLoss(-3),
    ],
)
def test_numbers_of_samples_and_directions_are_checked(make):
    with pytest.raises(UserError, match="samples|directions"):
        make()
