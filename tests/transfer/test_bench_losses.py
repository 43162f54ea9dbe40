"""The published style losses beyond moments and Gram matrices, each against its formula."""

import pytest
import torch
from aiming import parts_of

from stylex.errors import UserError
from stylex.transfer.losses.neighbours import NeighbourLoss
from stylex.transfer.losses.patches import PatchLoss
from stylex.transfer.losses.sampled import unit_rows
from stylex.transfer.losses.sliced import HistogramLoss, SlicedLoss, ascending, quantiles
from stylex.transfer.losses.view import Region, View
from stylex.transfer.losses.w2 import WassersteinLoss
from stylex.transfer.losses.window import whole

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


def test_each_seed_has_directions_of_its_own():
    """Two seeds' directions are independent: no pair of them is nearly parallel."""
    loss, rows = SlicedLoss(samples=50, directions=7), feature(9, 8, 1)

    def along(seed):
        view = View(LAYER, rows, whole(rows), Region(18, 16, seed=seed))
        flat = view.sampled(50)[0]
        (projections,) = loss.sample(view, 50)
        return torch.linalg.lstsq(flat, projections[0]).solution

    one, other = along(0), along(1)
    assert torch.equal(one, along(0))
    torch.testing.assert_close(other.norm(dim=0), torch.ones(7, dtype=torch.float64))
    assert float((one.T @ other).abs().max()) < 0.99


def test_the_histogram_distance_is_to_the_picture_with_its_histograms_matched():
    f, s = feature(9, 8, 1), feature(7, 11, 2)
    x, y = sample(f, 40), sample(s, 40)
    matched = torch.empty_like(x)
    for channel in range(5):  # the i-th smallest becomes the painting's i-th smallest
        matched[x[:, channel].argsort(), channel] = y[:, channel].sort().values
    expected = (x - matched).square().mean() / y.square().mean()
    found = value_of(HistogramLoss(samples=40), s, f)
    assert float(found) == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize("distance", ["cosine", "l2", "cosine+l2"])
def test_features_that_are_the_painting_s_have_a_finite_slope(distance):
    x = feature(5, 6, 1).requires_grad_()
    value_of(NeighbourLoss(30, distance=distance, centred=False), x.detach(), x).backward()
    assert bool(x.grad.isfinite().all())


def test_a_row_of_zeros_has_no_direction_and_is_pulled_nowhere():
    rows = torch.tensor([[[3.0, 4.0], [0.0, 0.0], [0.0, 2.0]]], requires_grad=True)
    found = unit_rows(rows)
    torch.testing.assert_close(found, torch.tensor([[[0.6, 0.8], [0.0, 0.0], [0.0, 1.0]]]))
    found.sum().backward()
    # Of x/‖x‖: (1 − u uᵀ) / ‖x‖ times (1, 1).
    expected = torch.tensor([[[0.032, -0.024], [0.0, 0.0], [0.5, 0.0]]])
    torch.testing.assert_close(rows.grad, expected)


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


KINDS = [
    *(WassersteinLoss(), SlicedLoss(64, 8), HistogramLoss(64), PatchLoss(64)),
    *(NeighbourLoss(64), NeighbourLoss(64, centred=False, two_sided=False)),
]


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


def transported(x, y):
    """Squared distance of two sorted samples: of optimal transport between unequal numbers."""
    cost, i, j, left_x, left_y = 0.0, 0, 0, 1 / len(x), 1 / len(y)
    while i < len(x) and j < len(y):
        moved = min(left_x, left_y)
        cost += moved * (x[i] - y[j]) ** 2
        left_x, left_y = left_x - moved, left_y - moved
        if left_x < 1e-12:
            i, left_x = i + 1, 1 / len(x)
        if left_y < 1e-12:
            j, left_y = j + 1, 1 / len(y)
    return cost


@pytest.mark.parametrize(("count", "more"), [(6, 6), (6, 18), (6, 15), (10, 4), (7, 1)])
def test_the_quantiles_of_a_larger_sample_give_the_gradient_of_optimal_transport(count, more):
    generator = torch.Generator().manual_seed(1)
    x = torch.rand(count, generator=generator, dtype=torch.float64).sort().values
    y = torch.rand(more, generator=generator, dtype=torch.float64).sort().values
    found = quantiles(y.view(1, more, 1), count).flatten()
    gradient = 2 * (x - found) / count
    for i in range(count):
        step = torch.zeros(count, dtype=torch.float64)
        step[i] = 1e-7  # too small to change the order
        high, low = (transported((x + s).tolist(), y.tolist()) for s in (step, -step))
        assert float(gradient[i]) == pytest.approx((high - low) / 2e-7, abs=1e-5)
    assert float(found.mean()) == pytest.approx(float(y.mean()), rel=1e-12)


@pytest.mark.parametrize("make", [SlicedLoss, HistogramLoss])
def test_the_painting_may_be_sampled_more_densely(make):
    """Every value of the picture against the mean of the painting's at its place in the order."""
    f, s = feature(9, 8, 1), feature(7, 11, 2)
    options = {"directions": 6} if make is SlicedLoss else {}
    found = value_of(make(20, style_samples=60, **options), s, f)
    along = torch.eye(5, dtype=torch.float64)
    if options:
        generator = torch.Generator().manual_seed(5)
        along = torch.randn(5, 6, generator=generator, dtype=torch.float64)
        along = along / along.norm(dim=0)
    x, y = (sample(f, 20) @ along).sort(0).values, (sample(s, 60) @ along).sort(0).values
    y = torch.stack([y[3 * i : 3 * i + 3].mean(0) for i in range(20)])
    expected = (x - y).square().mean() / y.square().mean()
    assert float(found) == pytest.approx(float(expected), rel=1e-9)


def test_more_patches_of_the_painting_are_more_to_choose_from():
    f, s = feature(9, 8, 1), feature(7, 11, 2)
    x, y = sample(f, 20, reach=1), sample(s, 90, reach=1)
    total = 0.0
    for patch in x:
        likeness = [float(patch @ other / (patch.norm() * other.norm())) for other in y]
        total += float((patch - y[likeness.index(max(likeness))]).square().sum()) / 20
    expected = total / float(y.square().sum(1).mean())
    found = value_of(PatchLoss(20, style_samples=90), s, f)
    assert float(found) == pytest.approx(expected, rel=1e-9)


def cosine(a, b):
    return 1 - float(a @ b / (a.norm() * b.norm()))


def l2(a, b):
    return float(((a - b).square().sum() / len(a)).sqrt())


DISTANCES = {"cosine": cosine, "l2": l2, "cosine+l2": lambda a, b: cosine(a, b) + l2(a, b)}


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("centred", [True, False, "each"])
@pytest.mark.parametrize("two_sided", [True, False])
def test_neighbours_are_matched_as_they_are_told(distance, centred, two_sided):
    """Kolkin et al. 2019, eq. 4 to 6, and 2022, written out over the sampled positions."""
    f, s = 3 * feature(9, 8, 1), feature(7, 11, 2)
    x, y = sample(f, 30), sample(s, 70)
    # Each layer is over its mean length in the painting: the root of a mean square.
    scale = (y - (y.mean(0) if centred else 0)).square().sum(1).mean().sqrt()
    mean_x, mean_y = {True: (y.mean(0),) * 2, False: (0, 0), "each": (x.mean(0), y.mean(0))}[
        centred
    ]
    x, y = (x - mean_x) / scale, (y - mean_y) / scale
    cost = torch.tensor([[DISTANCES[distance](a, b) for b in y] for a in x])
    nearest, covered = float(cost.amin(1).mean()), float(cost.amin(0).mean())
    expected = max(nearest, covered) if two_sided else nearest
    options = {"distance": distance, "centred": centred, "two_sided": two_sided}
    found = value_of(NeighbourLoss(30, style_samples=70, **options), s, f)
    assert float(found) == pytest.approx(expected, rel=1e-6)


def test_a_hypercolumn_weighs_what_its_layers_do_and_leaves_out_those_of_no_weight():
    loss = NeighbourLoss(40, hypercolumns=True)
    found = loss.parts({"relu1_1": 1.0, "relu2_1": 0.0, "relu3_1": 0.5})
    assert found == {"hypercolumns": (["relu1_1", "relu3_1"], 1.5)}


def test_hypercolumns_are_the_layers_side_by_side():
    f = {"image": feature(8, 8, 1, 3), "relu2_1": 9 * feature(4, 4, 3, 4)}
    s = {"image": feature(6, 8, 2, 3), "relu2_1": 9 * feature(3, 4, 4, 4)}
    weights = dict.fromkeys(f, 0.5)
    for balanced in (True, False):
        loss = NeighbourLoss(40, hypercolumns=True, centred=False, balanced=balanced)
        (found,) = parts_of(loss, s, weights, f).values()
        rows = []
        for x in (f, s):
            region = Region(*x["image"].shape[2:])
            columns = []
            for layer, values in x.items():
                _, r, c = region.positions(layer, 40)
                columns.append(values[0, :, r, c].T - (0.5 if layer == "image" else 0))
            rows.append(columns)
        scales = [float(y.square().sum(1).mean().sqrt()) if balanced else 1 for y in rows[1]]
        x, y = (
            torch.cat([c / k for c, k in zip(columns, scales, strict=True)], 1) for columns in rows
        )
        cost = torch.tensor([[cosine(a, b) for b in y] for a in x])
        expected = max(float(cost.amin(1).mean()), float(cost.amin(0).mean()))
        assert float(found) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("two_sided", [True, False])
def test_the_gradient_of_matching_is_that_of_finite_differences(distance, two_sided):
    style, picture = feature(4, 5, 2, channels=3), feature(3, 4, 1, channels=3).requires_grad_()
    options = {"distance": distance, "two_sided": two_sided, "centred": "each"}
    loss = NeighbourLoss(12, **options)
    assert torch.autograd.gradcheck(lambda x: value_of(loss, style, x), picture)


@pytest.mark.parametrize(
    "make",
    [
        lambda: SlicedLoss(style_samples=0),
        lambda: PatchLoss(style_samples=2.5),
        lambda: NeighbourLoss(style_samples="many"),
        lambda: NeighbourLoss(distance="cosin"),
        lambda: NeighbourLoss(centred="eech"),
        lambda: SlicedLoss(1),
        lambda: SlicedLoss(8, 0),
        lambda: HistogramLoss(0),
        lambda: PatchLoss(-3),
    ],
)
def test_numbers_and_words_are_checked(make):
    with pytest.raises(UserError, match="samples|directions|'cosine'|'each'"):
        make()


@pytest.mark.parametrize("grad", [False, True])
def test_sorting_is_torch_s(grad):
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(2, 300, 5, generator=generator, dtype=torch.float64)
    weights = torch.randn(2, 300, 5, generator=generator, dtype=torch.float64)
    ours, theirs = (values.clone().requires_grad_(grad) for _ in range(2))
    one, other = ascending(ours), theirs.sort(1).values
    assert torch.equal(one, other)
    if grad:
        (one * weights).sum().backward()
        (other * weights).sum().backward()
        assert torch.equal(ours.grad, theirs.grad)
