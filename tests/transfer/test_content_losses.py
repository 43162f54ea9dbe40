"""Content losses beyond features, each against its formula."""

import pytest
import torch
from aiming import parts_of

from stylex.errors import UserError
from stylex.transfer.losses.structure import LaplacianLoss, SelfSimilarityLoss
from stylex.transfer.losses.view import Region

LAYER = "relu2_1"


def feature(height, width, seed, channels=5, batch=1):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(batch, channels, height, width, generator=generator, dtype=torch.float64)
    return x.relu() + 0.1


def value_of(loss, photograph, picture, layer=LAYER):
    (value,) = parts_of(loss, {layer: photograph}, {layer: 1.0}, {layer: picture}).values()
    return value


def columns(x, size):
    """The features at the sampled positions, layers side by side, (n, C)."""
    found = []
    for layer, values in x.items():
        _, rows, across = Region(*size).positions(layer, 30)
        found.append(values[0, :, rows, across].T - (0.5 if layer == "image" else 0))
    return torch.cat(found, 1)


def self_similarity(x, c):
    """Kolkin et al. 2019, eq. 8 and 9, times n; row by row."""
    n, sides = len(x), []
    for rows in (x, c):
        d = torch.zeros(n, n, dtype=torch.float64)
        for i in range(n):
            for j in range(n):
                d[i, j] = 1 - rows[i] @ rows[j] / (rows[i].norm() * rows[j].norm())
        sides.append(d / d.sum(0))
    return float((sides[0] - sides[1]).abs().sum() / n**2 * n)


def test_self_similarity_is_as_published():
    f, p = feature(6, 7, 1), feature(6, 7, 2)
    size = (12, 14)
    expected = self_similarity(columns({LAYER: f}, size), columns({LAYER: p}, size))
    found = value_of(SelfSimilarityLoss(30), p, f)
    assert float(found) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("level", [0.0, 0.7])
def test_a_photograph_without_structure_or_edges_leaves_the_picture_alone(level):
    """Where all positions are alike, rounding is no structure, and costs next to nothing."""
    flat = torch.full((1, 3, 12, 16), level)
    noise = torch.rand(1, 3, 12, 16, generator=torch.Generator().manual_seed(0)) * 1e-6
    found = value_of(SelfSimilarityLoss(30), flat, flat + noise, "image")
    assert 0 <= float(found) < 1
    # A picture's own edges, in checks of one block, count in grey levels.
    checks = torch.zeros(3, 4)
    checks[::2, ::2] = checks[1::2, 1::2] = 0.02
    picture = flat + checks.repeat_interleave(4, 0).repeat_interleave(4, 1)
    expected = float(laplacian(picture, 4).square().mean()) * 255**2
    found = value_of(LaplacianLoss(4), flat, picture, "image")
    assert float(found) == pytest.approx(expected, rel=1e-3)


def test_of_hypercolumns_too():
    f = {"image": feature(12, 14, 1, 3), LAYER: feature(6, 7, 3)}
    p = {"image": feature(12, 14, 2, 3), LAYER: feature(6, 7, 4)}
    expected = self_similarity(columns(f, (12, 14)), columns(p, (12, 14)))
    loss = SelfSimilarityLoss(30, hypercolumns=True)
    (found,) = parts_of(loss, p, {"image": 1.0, LAYER: 1.0}, f).values()
    assert float(found) == pytest.approx(expected, rel=1e-9)


def test_what_was_alike_may_change_together():
    """A rotation of the features, and another length, keep all cosines."""
    p = feature(6, 7, 2)
    turn = torch.linalg.qr(torch.randn(5, 5, dtype=torch.float64))[0]
    turned = 3 * torch.einsum("ij,bjhw->bihw", turn, p)
    assert float(value_of(SelfSimilarityLoss(30), p, turned)) == pytest.approx(0, abs=1e-12)


def laplacian(x, pool):
    """Of the blocks' mean, colours summed, (h, w); beyond the edge as at the edge. By loops."""
    h, w = x.shape[2] // pool, x.shape[3] // pool
    blocks = torch.zeros(h, w, dtype=torch.float64)
    for i in range(h):
        for j in range(w):
            block = x[0, :, i * pool : (i + 1) * pool, j * pool : (j + 1) * pool]
            blocks[i, j] = block.sum() / pool**2
    edges = torch.zeros(h, w, dtype=torch.float64)
    for i in range(h):
        for j in range(w):
            around = [(i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)]
            clamped = [(min(max(a, 0), h - 1), min(max(b, 0), w - 1)) for a, b in around]
            edges[i, j] = 4 * blocks[i, j] - sum(blocks[at] for at in clamped)
    return edges


@pytest.mark.parametrize(("size", "pool"), [((12, 16), 4), ((13, 19), 4), ((9, 5), 1)])
def test_the_laplacian_is_as_published(size, pool):
    x, p = feature(*size, 1, 3), feature(*size, 2, 3)
    edges, target = laplacian(x, pool), laplacian(p, pool)
    expected = float((edges - target).square().sum() / target.square().sum())
    assert float(value_of(LaplacianLoss(pool), p, x, "image")) == pytest.approx(expected, rel=1e-9)


KINDS = {"selfsim": (SelfSimilarityLoss(30), LAYER, 5), "laplacian": (LaplacianLoss(4), "image", 3)}


@pytest.mark.parametrize("kind", KINDS)
def test_the_photograph_itself_costs_nothing_and_samples_are_apart(kind):
    loss, layer, channels = KINDS[kind]
    p = feature(12, 16, 2, channels)
    assert float(value_of(loss, p, p, layer)) == pytest.approx(0, abs=1e-12)
    both = feature(12, 16, 3, channels, batch=2)
    alone = [float(value_of(loss, p, x.unsqueeze(0), layer)) for x in both]
    values = value_of(loss, p, both.requires_grad_(), layer)
    assert values.tolist() == pytest.approx(alone, rel=1e-12)
    (gradient,) = torch.autograd.grad(values[0], both)
    assert float(gradient[1].abs().max()) == 0 < float(gradient[0].abs().max())


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_is_that_of_finite_differences(kind):
    loss, layer, channels = KINDS[kind]
    p, x = feature(8, 8, 2, channels), feature(8, 8, 1, channels).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: value_of(loss, p, x, layer), x)


def test_in_bfloat16_self_similarity_is_near_the_exact_one():
    f, p = feature(20, 20, 1), feature(20, 20, 2)
    found = value_of(SelfSimilarityLoss(100), p.bfloat16(), f.bfloat16())
    assert found.dtype == torch.float32
    exact = float(value_of(SelfSimilarityLoss(100), p, f))
    assert float(found) == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize("make", [lambda: SelfSimilarityLoss(1), lambda: LaplacianLoss(0)])
def test_numbers_are_checked(make):
    with pytest.raises(UserError, match="samples|pool"):
        make()
