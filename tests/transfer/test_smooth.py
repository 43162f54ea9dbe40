"""Smoothed slopes against their formulas in float64, and how they fade with a level's steps."""

import pytest
import torch
import torch.nn.functional as F
from test_loop import flat

from stylex.errors import UserError
from stylex.transfer.evaluation.batch import evaluate_together
from stylex.transfer.evaluation.tiles import TiledObjective
from stylex.transfer.loop import optimize
from stylex.transfer.losses.gram import GramLoss
from stylex.transfer.losses.style import StyleTerm
from stylex.transfer.losses.tv import TotalVariation
from stylex.transfer.objective import Objective
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.pyramid import Level
from stylex.transfer.vgg import smooth
from stylex.transfer.vgg.network import VGG19

AMOUNTS = torch.tensor([1.0, 0.25]).view(2, 1, 1, 1).double()


def features(*shape):
    x = torch.randn(*shape, dtype=torch.float64)
    return x.contiguous(memory_format=torch.channels_last).requires_grad_()


def test_the_slope_of_a_relu_is_its_mean_about_its_place():
    x = features(2, 5, 4, 3)
    out = smooth.relu(x, AMOUNTS)
    assert torch.equal(out, x.clamp_min(0))
    above = torch.randn_like(out)
    (found,) = torch.autograd.grad(out, x, above)
    for sample, amount in enumerate((1.0, 0.25)):
        for i in range(4):
            for j in range(3):
                place = x[sample, :, i, j].detach()
                width = amount * place.square().mean().sqrt()
                # Of the inputs from x - width to x + width, those above 0.
                around = place[:, None] + width * torch.linspace(-1, 1, 20001).double()
                expected = (around > 0).double().mean(1) * above[sample, :, i, j]
                # A slope is kept to half of 1/127.
                rounding = 0.0041 * float(above.abs().max())
                torch.testing.assert_close(found[sample, :, i, j], expected, rtol=0, atol=rounding)


def test_of_nothing_there_is_no_slope_and_it_is_a_number():
    x = torch.zeros(1, 3, 2, 2, requires_grad=True)
    (found,) = torch.autograd.grad(smooth.relu(x, torch.ones(1, 1, 1, 1)).sum(), x)
    assert found.isfinite().all()


def test_it_keeps_a_byte_for_each_value():
    kept = []
    x = features(1, 8, 16, 16)
    with torch.autograd.graph.saved_tensors_hooks(
        lambda t: kept.append(t.nbytes) or t, lambda t: t
    ):
        smooth.relu(x, torch.ones(1, 1, 1, 1))
    assert sum(kept) == x.numel()


def test_past_a_pooling_it_passes_to_the_largest_below_zero_too(make_weights, picture):
    weights, image = make_weights(), picture(12, 14).double().requires_grad_()
    amount = torch.ones(1, 1, 1, 1)
    found = VGG19(weights, ["relu2_1"], dtype=torch.float64)(image, amount)["relu2_1"]

    def convolved(x, name):
        edge = "replicate" if name == "conv1_1" else "constant"
        kernels, bias = weights.kernels[name].double(), weights.biases[name].double()
        return F.conv2d(F.pad(x, (1, 1, 1, 1), edge), kernels, bias)

    mean, std = (torch.tensor(value).view(1, 3, 1, 1) for value in (weights.mean, weights.std))
    x = smooth.relu(convolved((image - mean) / std, "conv1_1"), amount)
    x = smooth.relu(F.max_pool2d(convolved(x, "conv1_2"), 2), amount)
    expected = smooth.relu(convolved(x, "conv2_1"), amount)
    torch.testing.assert_close(found, expected)
    of_found, of_expected = (torch.autograd.grad(x.sum(), image)[0] for x in (found, expected))
    torch.testing.assert_close(of_found, of_expected)


@pytest.fixture
def objective_of(make_weights, picture, terms_at):
    """For pictures of a size, of Gram matrices and features, in float64; in tiles of so many px."""
    layers = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
    vgg = VGG19(make_weights(), layers, dtype=torch.float64)

    def make(size, tile=None):
        content, style = picture(*size, seed=1).double(), picture(80, 67, seed=2).double()
        gram = {"gram": StyleTerm(GramLoss())}
        own = {"content_layers": layers[3:4], "style_layers": layers, "losses": gram, "tile": tile}
        terms = [*terms_at(vgg, content, style, **own), (3.0, TotalVariation())]
        return TiledObjective(vgg, terms, tile) if tile else Objective(vgg, terms)

    return make


def smoothed(objective, image, amount):
    objective.smooth(amount)
    return objective.evaluate(image)


def test_the_values_are_the_objective_s_own_and_at_0_the_gradient_is(objective_of, picture):
    size = 65, 90
    image = picture(*size).double()
    losses, gradient = objective_of(size).evaluate(image)
    exact, own = smoothed(objective_of(size), image, 0.0)
    other, slope = smoothed(objective_of(size), image, 1.0)
    assert torch.equal(exact.total, losses.total) and torch.equal(other.total, losses.total)
    torch.testing.assert_close(own, gradient)
    # Another direction, though still downhill.
    along = float((slope * gradient).sum() / slope.norm() / gradient.norm())
    assert 0.3 < along < 0.99


def test_in_tiles_it_is_as_smooth(objective_of, picture):
    size = 97, 131
    image = picture(*size).double()
    _, whole = smoothed(objective_of(size), image, 0.6)
    _, in_tiles = smoothed(objective_of(size, 32), image, 0.6)
    torch.testing.assert_close(in_tiles, whole, rtol=1e-9, atol=1e-12)


def test_in_a_batch_each_is_as_smooth_as_alone(objective_of, picture):
    size = 48, 40
    images = [picture(*size, seed=n).double() for n in range(3)]
    objectives = [objective_of(size) for _ in images]
    for objective, amount in zip(objectives[:2], (1.0, 0.3), strict=True):
        objective.smooth(amount)  # the third is exact
    found = evaluate_together(objectives, torch.cat(images))
    for objective, image, (_, gradient) in zip(objectives, images, found, strict=True):
        torch.testing.assert_close(gradient, objective.evaluate(image)[1])


def test_it_fades_with_each_level_s_steps():
    amounts = []

    class Watched(Objective):
        def smooth(self, amount):
            amounts.append(amount)

    class Pull:
        def __init__(self):
            self.weights = {"pull": 1.0}

        def __call__(self, features, image):
            return {"pull": (image - 0.8).square().sum((1, 2, 3))}

    levels = [Level(4, 6, 4), Level(8, 12, 5), Level(16, 24, 3, surface=True)]

    def at(level, start):
        return Watched(lambda image, smoothing: {}, [(1.0, Pull())])

    optimize(flat(0.2), levels, at, Optimizer(smoothing=0.5))
    assert amounts == pytest.approx([0.5, 0.375, 0.25, 0.125, 0.5, 0.4, 0.3, 0.2, 0.1])
    amounts.clear()
    optimize(flat(0.2), levels, at, Optimizer())
    assert amounts == []


@pytest.mark.parametrize("smoothing", [-0.1, 1.5, float("nan"), True, "much"])
def test_what_is_not_from_0_to_1_is_refused(smoothing):
    with pytest.raises(UserError, match="optimizer.smoothing must be (a number )?from 0 to 1"):
        Optimizer(smoothing=smoothing)
