"""Every loss against the formula its source published, on raw features in float64."""

from collections.abc import Callable

import pytest
import torch
from aiming import aimed, parts_of
from torch import Tensor

from stylex.errors import UserError
from stylex.transfer.losses.content import FeatureLoss
from stylex.transfer.losses.gram import GramLoss
from stylex.transfer.losses.moments import MomentLoss

LAYER = "relu2_1"


def feature(height: int, width: int, seed: int, channels: int = 5, batch: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, channels, height, width, generator=generator).relu() + 0.1


def matrix(f: Tensor) -> Tensor:
    """(1, C, H, W) -> (C, N) in float64."""
    return f[0].double().flatten(1)


def notebook_style(f: Tensor, s: Tensor) -> Tensor:
    """Udacity: mean((target_gram - style_gram)**2) / (d * h * w), the Gram matrices raw."""
    c, n = f.shape
    return torch.mean((f @ f.T - s @ s.T) ** 2) / (c * n)


def gatys_style(f: Tensor, s: Tensor) -> Tensor:
    """Gatys et al. 2016, eq. 3 and 4: 1/(4 N_l² M_l²) Σ (G − A)², the Gram matrices raw."""
    c, n = f.shape
    return ((f @ f.T - s @ s.T) ** 2).sum() / (4 * c**2 * n**2)


def neural_style_pt(f: Tensor, s: Tensor) -> Tensor:
    """neural-style-pt: each Gram matrix over its own nelement(), then nn.MSELoss."""
    return ((f @ f.T / f.numel() - s @ s.T / s.numel()) ** 2).mean()


def johnson_style(f: Tensor, s: Tensor) -> Tensor:
    """Johnson et al. 2016, eq. 3 and 4: Gram matrices over C·H·W, squared Frobenius norm."""
    return ((f @ f.T / f.numel() - s @ s.T / s.numel()) ** 2).sum()


def mean_style(f: Tensor, s: Tensor) -> Tensor:
    """pystiche: each Gram matrix over its own H·W, then the mean of the squares."""
    return ((f @ f.T / f.shape[1] - s @ s.T / s.shape[1]) ** 2).mean()


def relative_style(f: Tensor, s: Tensor) -> Tensor:
    g, a = f @ f.T / f.shape[1], s @ s.T / s.shape[1]
    return ((g - a) ** 2).sum() / (a**2).sum()


def scaled_style(f: Tensor, s: Tensor) -> Tensor:
    """style-transfer-pytorch, before its W2 loss: Σ d² / Σ |d| over Gram matrices."""
    d = f @ f.T / f.shape[1] - s @ s.T / s.shape[1]
    return (d**2).sum() / d.abs().sum()


def moment_style(f: Tensor, s: Tensor) -> Tensor:
    def parts(x: Tensor) -> tuple[Tensor, Tensor]:
        return x.mean(1), torch.cov(x, correction=0)

    (m, k), (m_s, k_s) = parts(f), parts(s)
    return ((m - m_s) ** 2).sum() / (m_s**2).sum() + ((k - k_s) ** 2).sum() / (k_s**2).sum()


# Where the source defines the loss for pictures of different sizes, and where for equal ones only.
ANY_SIZE = {
    "neural_style": neural_style_pt,
    "johnson": johnson_style,
    "mean": mean_style,
    "relative": relative_style,
    "scaled": scaled_style,
}
EQUAL_SIZES = {"notebook": notebook_style, "gatys": gatys_style}


@pytest.mark.parametrize("name", [*ANY_SIZE, *EQUAL_SIZES])
def test_gram_losses_equal_what_was_published_for_pictures_of_one_size(name):
    published: Callable[[Tensor, Tensor], Tensor] = {**ANY_SIZE, **EQUAL_SIZES}[name]
    f, s = feature(6, 7, 1), feature(6, 7, 2)
    loss = GramLoss(normalization=name)
    (value,) = parts_of(loss, {LAYER: s}, {LAYER: 1.0}, {LAYER: f})[f"style/{LAYER}"]
    assert float(value) == pytest.approx(float(published(matrix(f), matrix(s))), rel=1e-5)


@pytest.mark.parametrize("name", ANY_SIZE)
@pytest.mark.parametrize("sizes", [((6, 7), (9, 4)), ((3, 3), (70, 65))])
def test_gram_losses_equal_what_was_published_for_pictures_of_two_sizes(name, sizes):
    f, s = feature(*sizes[0], 1), feature(*sizes[1], 2)
    loss = GramLoss(normalization=name)
    (value,) = parts_of(loss, {LAYER: s}, {LAYER: 1.0}, {LAYER: f})[f"style/{LAYER}"]
    assert float(value) == pytest.approx(float(ANY_SIZE[name](matrix(f), matrix(s))), rel=1e-5)


def test_gatys_weighs_means_over_positions_when_the_sizes_differ():
    """1/(4 C²) Σ (G/N − A/M)²: what equation 4 comes to with each matrix over its own positions."""
    f, s = feature(6, 7, 1), feature(9, 4, 2)
    loss = GramLoss(normalization="gatys")
    raw = matrix(f) @ matrix(f).T / 42 - matrix(s) @ matrix(s).T / 36
    (value,) = parts_of(loss, {LAYER: s}, {LAYER: 1.0}, {LAYER: f})[f"style/{LAYER}"]
    assert float(value) == pytest.approx(float((raw**2).sum()) / 100, rel=1e-5)


@pytest.mark.parametrize("sizes", [((6, 7), (6, 7)), ((6, 7), (9, 4)), ((70, 65), (8, 8))])
def test_moment_loss_equals_its_formula(sizes):
    f, s = feature(*sizes[0], 1), feature(*sizes[1], 2)
    parts = parts_of(MomentLoss(), {LAYER: s}, {LAYER: 1.0}, {LAYER: f})
    (value,) = parts[f"style/{LAYER}"]
    assert float(value) == pytest.approx(float(moment_style(matrix(f), matrix(s))), rel=1e-4)


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("gatys", lambda f, p: ((f - p) ** 2).sum() / 2),
        ("mean", lambda f, p: ((f - p) ** 2).mean()),
        ("relative", lambda f, p: ((f - p) ** 2).sum() / (p**2).sum()),
        ("scaled", lambda f, p: ((f - p) ** 2).sum() / (f - p).abs().sum()),
    ],
)
def test_content_losses_equal_what_was_published(name, published):
    f, p = feature(6, 7, 1), feature(6, 7, 2)
    loss = FeatureLoss(normalization=name)
    (value,) = parts_of(loss, {LAYER: p}, {LAYER: 1.0}, {LAYER: f})[f"content/{LAYER}"]
    assert float(value) == pytest.approx(float(published(matrix(f), matrix(p))), rel=1e-5)


LOSSES = {
    **{f"gram {name}": (GramLoss, {"normalization": name}) for name in {**ANY_SIZE, **EQUAL_SIZES}},
    **{
        f"content {n}": (FeatureLoss, {"normalization": n})
        for n in ("relative", "mean", "gatys", "scaled")
    },
    "moments": (MomentLoss, {}),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_picture_that_is_the_target_costs_nothing(name):
    make, options = LOSSES[name]
    target = {LAYER: feature(5, 6, 1)}
    (value,) = parts_of(make(**options), target, {LAYER: 1.0}, target).values()
    assert value.tolist() == [0.0]
    other = {LAYER: feature(5, 6, 2)}
    (other,) = parts_of(make(**options), target, {LAYER: 1.0}, other).values()
    assert float(other) > 0


@pytest.mark.parametrize("name", LOSSES)
def test_parts_are_unweighted_one_per_layer_and_weights_named_alike(name):
    make, options = LOSSES[name]
    targets = {"relu1_1": feature(6, 8, 1), LAYER: feature(3, 4, 2), "conv9": feature(1, 1, 0)}
    features = {"relu1_1": feature(6, 8, 3), LAYER: feature(3, 4, 4)}
    kind = "content" if make is FeatureLoss else "style"
    loss = aimed(make(**options), targets, {"relu1_1": 0.25, LAYER: 4.0}, features)
    assert loss.weights == {f"{kind}/relu1_1": 0.25, f"{kind}/{LAYER}": 4.0}
    parts = loss(features, torch.zeros(1, 3, 6, 8))
    assert set(parts) == set(loss.weights)
    for layer in ("relu1_1", LAYER):
        (alone,) = parts_of(make(**options), targets, {layer: 1.0}, features).values()
        assert float(parts[f"{kind}/{layer}"]) == pytest.approx(float(alone), rel=1e-6)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("own_targets", [False, True])
def test_samples_of_a_batch_do_not_influence_each_other(name, own_targets):
    make, options = LOSSES[name]
    target = feature(5, 6, 1, batch=3 if own_targets else 1)
    batch = feature(5, 6, 2, batch=3).requires_grad_()
    (values,) = parts_of(make(**options), {LAYER: target}, {LAYER: 1.0}, {LAYER: batch}).values()
    assert values.shape == (3,)
    values.sum().backward()
    for i in range(3):
        one = batch[i : i + 1].detach().clone().requires_grad_()
        own = target[i : i + 1] if own_targets else target
        (value,) = parts_of(make(**options), {LAYER: own}, {LAYER: 1.0}, {LAYER: one}).values()
        value.backward()
        assert values[i].item() == pytest.approx(value.item(), rel=1e-5)
        torch.testing.assert_close(batch.grad[i : i + 1], one.grad, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("name", LOSSES)
def test_bfloat16_features_give_a_float32_loss_near_the_exact_one(name):
    make, options = LOSSES[name]
    f, s = feature(20, 20, 1, channels=8), 2 * feature(20, 20, 2, channels=8)
    loss = make(**options)
    (exact,) = parts_of(loss, {LAYER: s.double()}, {LAYER: 1.0}, {LAYER: f.double()}).values()
    low = {LAYER: s.bfloat16()}, {LAYER: 1.0}, {LAYER: f.bfloat16()}
    (value,) = parts_of(loss, *low).values()
    assert value.dtype == torch.float32
    assert float(value) == pytest.approx(float(exact), rel=0.02)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("level", [0.0, 1e-3, 1.0])
def test_a_flat_target_stays_finite(name, level):
    make, options = LOSSES[name]
    target = torch.full((1, 5, 6, 6), level)
    f = feature(6, 6, 2).mul(10).requires_grad_()
    (value,) = parts_of(make(**options), {LAYER: target}, {LAYER: 1.0}, {LAYER: f}).values()
    value.backward()
    assert bool(value.isfinite()) and bool(f.grad.isfinite().all())


@pytest.mark.parametrize("make", [GramLoss, FeatureLoss])
def test_an_unknown_normalization_is_refused_with_the_nearest(make):
    with pytest.raises(UserError, match=r"normalization 'relativ'.*'relative'"):
        make(normalization="relativ")
