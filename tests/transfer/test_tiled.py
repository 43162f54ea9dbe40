"""Evaluated in tiles: the same losses, gradients and targets as at once, in less memory."""

import subprocess
import sys

import pytest
import torch

from stylex import stylize
from stylex.transfer.evaluation.tiles import CUTS, TiledObjective, look, stages
from stylex.transfer.losses.content import ContentTerm, FeatureLoss
from stylex.transfer.losses.gram import GramLoss
from stylex.transfer.losses.moments import MomentLoss
from stylex.transfer.losses.neighbours import NeighbourLoss
from stylex.transfer.losses.patches import PatchLoss
from stylex.transfer.losses.sliced import HistogramLoss, SlicedLoss
from stylex.transfer.losses.statistics import sums
from stylex.transfer.losses.structure import LaplacianLoss, SelfSimilarityLoss
from stylex.transfer.losses.style import StyleTerm
from stylex.transfer.losses.tv import TotalVariation
from stylex.transfer.losses.w2 import WassersteinLoss
from stylex.transfer.objective import Objective
from stylex.transfer.pyramid import Pyramid
from stylex.transfer.style import Painting
from stylex.transfer.vgg.layers import LAYERS
from stylex.transfer.vgg.network import VGG19

STYLE = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
CONTENT = "relu4_2"
SIZES = [(96, 128), (97, 131), (160, 33), (65, 200)]


def relative(ours: torch.Tensor, exact: torch.Tensor) -> float:
    return float((ours.double() - exact.double()).norm() / exact.double().norm())


def in_float64(plain_vgg, weights, image, content, style):
    """1 · content + 5 · Gram + 25 · TV, written out over the whole picture, and its gradient."""
    x = image.double().requires_grad_()
    f, p = plain_vgg(weights, x, [*STYLE, CONTENT]), plain_vgg(weights, content, [CONTENT])
    s = plain_vgg(weights, style, STYLE)

    def gram(features):
        flat = features.flatten(2)
        return flat @ flat.mT / flat.shape[2]

    total = (f[CONTENT] - p[CONTENT]).square().sum() / p[CONTENT].square().sum()
    for layer in STYLE:
        a = gram(s[layer])
        total = total + 5 * (gram(f[layer]) - a).square().sum() / a.square().sum()
    total = total + 25 * (x.diff(dim=2).square().mean() + x.diff(dim=3).square().mean())
    return total.detach(), torch.autograd.grad(total, x)[0]


@pytest.mark.parametrize("size", [(70, 30), (30, 70), (64, 65)])
def test_with_a_halo_of_one_pixel_no_difference_counts_twice(make_weights, picture, size):
    vgg, image = VGG19(make_weights(), ["relu1_1"]), picture(*size)
    losses, gradient = TiledObjective(vgg, [(1.0, TotalVariation())], 32).evaluate(image)
    x = image.double().requires_grad_()
    exact = x.diff(dim=2).square().mean() + x.diff(dim=3).square().mean()
    assert relative(losses.total, exact.detach()) < 1e-5
    assert relative(gradient, torch.autograd.grad(exact, x)[0]) < 1e-5


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("tile", [32, 48, 100])
def test_loss_and_gradient_are_those_of_the_whole_picture(
    make_weights, plain_vgg, picture, terms_at, size, tile
):
    image, content, style = picture(*size), picture(*size, seed=1), picture(120, 77, seed=2)
    weights = make_weights()
    vgg = VGG19(weights, [*STYLE, CONTENT])
    gram = {"gram": StyleTerm(GramLoss())}
    layers = {"content_layers": [CONTENT], "style_layers": STYLE}
    terms = terms_at(vgg, content, style, **layers, losses=gram, tile=tile)
    terms.append((25.0, TotalVariation()))
    objective = TiledObjective(vgg, terms, tile)
    losses, gradient = objective.evaluate(image)
    total, exact = in_float64(plain_vgg, weights, image, content, style)
    assert relative(losses.total, total) < 1e-4
    assert relative(gradient, exact) < 1e-4
    assert gradient.dtype == torch.float32 and gradient.shape == image.shape
    # At the edges of the picture and of tiles alike: nowhere is it wrong by more than rounding.
    assert float((gradient - exact).abs().max()) < 1e-4 * float(exact.abs().max())
    assert torch.equal(objective(image).total, losses.total)


OTHER = [
    (("pool1", "conv2_2", "relu3_4", "pool3"), {}),
    (("pool2", "conv3_1"), {"pooling": "avg"}),
    (("relu1_2",), {"padding": "zeros"}),
    (("conv4_4", "pool4", "relu5_4"), {"normalize": False}),
    (("pool5", "relu2_2"), {}),
]


@pytest.mark.parametrize(("layers", "options"), OTHER, ids=lambda value: str(value)[:30])
@pytest.mark.parametrize("make", [GramLoss, MomentLoss])
def test_it_holds_for_any_layers_and_networks_and_for_batches(
    make_weights, picture, terms_at, layers, options, make
):
    image = torch.cat([picture(75, 98), picture(75, 98, seed=1)])
    vgg = VGG19(make_weights(), layers, **options)
    target, losses = picture(75, 98, seed=2), {"style": StyleTerm(make())}
    terms = terms_at(vgg, target, target, content_layers=layers, losses=losses)
    terms += [(3.0, TotalVariation(power=1, reduction="sum"))]
    whole, gradient = Objective(vgg, terms).evaluate(image)
    losses, in_tiles = TiledObjective(vgg, terms, 40).evaluate(image)
    assert list(losses.parts) == list(whole.parts)
    for part, value in whole.parts.items():
        torch.testing.assert_close(losses.parts[part], value, rtol=1e-4, atol=1e-7)
    assert relative(losses.total, whole.total) < 1e-4
    for ours, theirs in zip(in_tiles, gradient, strict=True):
        assert relative(ours, theirs) < 1e-4


def test_with_trained_weights_it_is_exact_too(embedded, picture, terms_at):
    image, other = picture(150, 203), picture(150, 203, seed=1)
    vgg = VGG19(embedded, [*STYLE, CONTENT])
    losses = {
        "moments": StyleTerm(MomentLoss(), layers={STYLE[0]: 1.0}),
        "gram": StyleTerm(GramLoss(), layers=dict.fromkeys(STYLE[1:], 1.0)),
    }
    terms = terms_at(vgg, other, other, content_layers=[CONTENT], losses=losses)
    whole, gradient = Objective(vgg, terms).evaluate(image)
    losses, in_tiles = TiledObjective(vgg, terms, 64).evaluate(image)
    assert relative(losses.total, whole.total) < 1e-4
    # Rounding decides which of two nearly equal features a pooling takes for the larger.
    assert relative(in_tiles, gradient) < 1e-3


EVERY_KIND = {
    "moments": StyleTerm(MomentLoss()),
    "gram": StyleTerm(GramLoss(normalization="notebook"), weight=0.5),
    "near": StyleTerm(NeighbourLoss(100), layers={"relu3_1": 1.0}),
    "columns": StyleTerm(NeighbourLoss(100, hypercolumns=True), 2.0, {"relu2_1": 1, "relu4_1": 1}),
    "w2": StyleTerm(WassersteinLoss(), layers={"relu2_1": 1.0}),
    "sliced": StyleTerm(SlicedLoss(200, 5), layers={"relu1_1": 1.0, "relu3_1": 1.0}),
    "histogram": StyleTerm(HistogramLoss(200), layers={"relu2_1": 1.0}),
    "patches": StyleTerm(PatchLoss(60), layers={"relu3_1": 1.0}),
    "colours": StyleTerm(NeighbourLoss(80, distance="cosine+l2"), layers={"image": 1.0}),
}
EVERY_CONTENT = {
    "features": ContentTerm(FeatureLoss()),
    "selfsim": ContentTerm(SelfSimilarityLoss(90), layers={"relu3_1": 1.0}),
    "columns": ContentTerm(
        SelfSimilarityLoss(90, hypercolumns=True), layers={"image": 1.0, "relu4_1": 1.0}
    ),
    "laplacian": ContentTerm(LaplacianLoss(4)),
    "coarse": ContentTerm(LaplacianLoss(7)),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("tile", [32, 50])
@pytest.mark.parametrize("masked", [False, True])
def test_every_kind_of_statistics_adds_up_exactly(
    make_weights, picture, terms_at, size, tile, masked
):
    """In float64 nothing but the order of additions differs."""
    stencil = "nine_point" if masked else "forward"
    vgg = VGG19(make_weights(), [*STYLE, CONTENT], dtype=torch.float64)
    image, content, style = (
        picture(*s, seed=n).double() for n, s in enumerate([size, size, (80, 67)])
    )
    if masked:
        ramp = torch.linspace(0, 1.5, size[1]).clamp(0, 1).expand(1, 1, *size).double()
        own = torch.linspace(1, -1, 80).clamp(0, 1).view(1, 1, 80, 1).expand(1, 1, 80, 67).double()
        style = [Painting(style, 2.0, ramp), Painting(content, 1.0, ramp)]
        style += [Painting(picture(80, 67, seed=4).double(), 1.0, 1 - ramp, own)]
    options = {"style_layers": STYLE, "content_layers": [CONTENT], "losses": EVERY_KIND}
    options["content_loss"] = EVERY_CONTENT
    terms = [
        [*terms_at(vgg, content, style, **options, tile=t), (3.0, TotalVariation(stencil=stencil))]
        for t in (None, tile)
    ]
    whole, gradient = Objective(vgg, terms[0]).evaluate(image)
    losses, in_tiles = TiledObjective(vgg, terms[1], tile).evaluate(image)
    assert list(losses.parts) == list(whole.parts)
    for part, value in whole.parts.items():
        torch.testing.assert_close(losses.parts[part], value, rtol=1e-10, atol=1e-14)
    assert relative(losses.total, whole.total) < 1e-10
    assert relative(in_tiles, gradient) < 1e-10


@pytest.mark.parametrize("tile", [32, 50])
def test_every_kind_of_statistics_adds_up_in_float32(make_weights, picture, terms_at, tile):
    vgg = VGG19(make_weights(), [*STYLE, CONTENT])
    image, content, style = picture(97, 131), picture(97, 131, seed=1), picture(80, 67, seed=2)
    options = {"style_layers": STYLE, "content_layers": [CONTENT], "losses": EVERY_KIND}
    options["content_loss"] = EVERY_CONTENT
    whole, gradient = Objective(vgg, terms_at(vgg, content, style, **options)).evaluate(image)
    terms = terms_at(vgg, content, style, **options, tile=tile)
    losses, in_tiles = TiledObjective(vgg, terms, tile).evaluate(image)
    assert relative(losses.total, whole.total) < 1e-4
    assert relative(in_tiles, gradient) < 1e-4


@pytest.mark.parametrize("tile", [None, 32, 60])
def test_every_tile_of_a_layer_is_shown_once(make_weights, plain_vgg, picture, tile):
    image, weights = picture(91, 134), make_weights()
    vgg = VGG19(weights, [*STYLE, CONTENT, "pool2"])
    kept, added = {}, {}

    def visit(view):
        if view.layer not in kept:
            size = view.region.size(view.layer)
            kept[view.layer] = torch.full((*view.features.shape[:2], *size), torch.nan)
        view.window.of(kept[view.layer]).copy_(view.features)
        found = sums(view.features)
        before = added.get(view.layer, (0, 0))
        added[view.layer] = tuple(a + b for a, b in zip(before, found, strict=True))

    layers = {CONTENT, "pool2", "relu1_1", "relu5_1"}
    look(vgg, image, layers, visit, tile)
    exact = plain_vgg(weights, image, layers)
    assert set(kept) == layers
    for layer, features in kept.items():
        assert features.shape == exact[layer].shape
        assert relative(features, exact[layer]) < 1e-5
        flat = exact[layer].flatten(2)
        assert relative(added[layer][0], flat.sum(2)) < 1e-5
        assert relative(added[layer][1], flat @ flat.mT) < 1e-5


def test_targets_compute_nothing_past_what_they_need(make_weights, picture, monkeypatch):
    ran = []
    layer = VGG19._layer
    monkeypatch.setattr(VGG19, "_layer", lambda *args: (ran.append(args[1]), layer(*args))[1])
    vgg = VGG19(make_weights(), ["relu1_2", "relu5_4"])
    look(vgg, picture(40, 40), ["relu1_2"], lambda view: None)
    assert ran == ["conv1_1", "relu1_1", "conv1_2", "relu1_2"]


def test_the_stages_are_all_layers_once_with_halos_that_reach_far_enough():
    cut = stages(LAYERS)
    assert [layer for stage in cut for layer in stage.layers] == list(LAYERS)
    assert [stage.layers[-1] for stage in cut[:-1]] == list(CUTS)
    # By hand: 2 convolutions at half size see 4 px, the 2 before them 2 more: 6, in fours 8.
    assert [(stage.shrink, stage.halo) for stage in cut] == [(4, 8), (2, 4), (2, 4), (2, 4)]


def test_the_picture_does_not_depend_on_the_tiles(picture):
    pyramid = Pyramid(min_size=48, factor=2)
    options = {"size": 96, "steps": 3, "precision": "fp32", "pyramid": pyramid}
    pair = picture(64, 96), picture(70, 80, seed=1)
    plans, images = [], []
    for tile in ("off", 48, 64):
        result = stylize(pair[0][0], pair[1][0], **options, tile=tile, on_start=plans.append)
        images.append(result.image)
    assert [[level.tile for level in started.plan.levels] for started in plans] == [
        [None, None],
        [None, 48],
        [None, 64],
    ]
    assert float((images[0] - images[1]).abs().max()) < 1e-3
    assert float((images[0] - images[2]).abs().max()) < 1e-3


PEAK = """
import sys, torch
from stylex.transfer.evaluation.tiles import TiledObjective
from stylex.transfer.losses.content import FeatureLoss
from stylex.transfer.losses.gram import GramLoss
from stylex.transfer.objective import Objective
from stylex.transfer.targets import aim_content, aim_style
from stylex.transfer.vgg.network import VGG19
from stylex.transfer.vgg.weights import load_weights

def status(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) / 1e3 for line in lines if line.startswith(name))

vgg = VGG19(load_weights(), ["relu1_1", "relu4_2"])
image, tile = torch.rand(1, 3, 384, 512), int(sys.argv[1])
other, layers = image.flip(3), {"relu1_1": 1}
terms = [(1.0, *aim_content(FeatureLoss(), vgg, other, {"relu4_2": 1}, tile=64))]
terms += [(1.0, loss) for loss in aim_style(GramLoss(), vgg, other, (384, 512), layers, tile=64)]
before = status("VmRSS")
open("/proc/self/clear_refs", "w").write("5")
(TiledObjective(vgg, terms, tile) if tile else Objective(vgg, terms)).evaluate(image)
print(status("VmHWM") - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells the peak since a moment")
def test_it_takes_a_fraction_of_the_memory():
    whole, in_tiles = (
        float(
            subprocess.run(
                [sys.executable, "-c", PEAK, tile], check=True, capture_output=True
            ).stdout
        )
        for tile in ("0", "64")
    )
    assert in_tiles < whole / 5
