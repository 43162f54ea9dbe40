"""The whole transfer on the real network, at sizes of a few dozen pixels."""

import copy

import numpy as np
import pytest
import torch
from PIL import Image

from stylex.images.load import load
from stylex.transfer.losses.content import ContentTerm, FeatureLoss
from stylex.transfer.losses.gram import GramLoss
from stylex.transfer.losses.moments import MomentLoss
from stylex.transfer.losses.style import StyleTerm
from stylex.transfer.losses.view import Region
from stylex.transfer.metrics import score
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.plan import plan
from stylex.transfer.pyramid import Pyramid
from stylex.transfer.stylize import stylize

QUICK = {"size": 48, "steps": 2, "device": "cpu", "precision": "fp32"}
STAY = Optimizer(make=lambda params: torch.optim.SGD(params, lr=0.0))


def self_similarity(rows: torch.Tensor) -> torch.Tensor:
    """Kolkin et al. 2019, eq. 8: cosine distances of all to all, each column over its sum."""
    rows = rows / rows.norm(dim=1, keepdim=True)
    distances = 1 - rows @ rows.T
    return distances / distances.sum(0)


@pytest.fixture
def pair(picture):
    return picture(32, 48), picture(40, 48, seed=1)


@pytest.fixture
def file_of(tmp_path):
    """Writes an (1, 3, H, W) picture as a PNG and gives its path."""

    def write(image: torch.Tensor, name: str = "picture.png"):
        array = image[0].permute(1, 2, 0).mul(255).round().byte().numpy()
        Image.fromarray(np.ascontiguousarray(array)).save(tmp_path / name)
        return tmp_path / name

    return write


def moment_error(f: torch.Tensor, s: torch.Tensor) -> torch.Tensor:
    f, s = f[0].flatten(1), s[0].flatten(1)
    mean, target = f.mean(1), s.mean(1)
    cov, target_cov = torch.cov(f, correction=0), torch.cov(s, correction=0)
    of_means = (mean - target).square().sum() / target.square().sum()
    return of_means + (cov - target_cov).square().sum() / target_cov.square().sum()


def test_the_first_loss_is_the_objective(pair, picture, file_of, embedded, plain_vgg):
    """At relu4_2 ½ · content + 3 · self-similarity, 8 · moments at relu1_1 … relu5_1 as 8:4:2:1:1,
    and 10 · TV.
    """
    content, style = pair
    start = file_of(picture(32, 48, seed=2))
    layers = {"relu1_1": 8, "relu2_1": 4, "relu3_1": 2, "relu4_1": 1, "relu5_1": 1}
    weights = {"content_weight": 1, "style_weight": 8, "tv_weight": 10}
    weights["style_layers"] = {name: share / 16 for name, share in layers.items()}
    steps = []
    options = {**QUICK, **weights, "steps": 1, "init": str(start)}
    stylize(content, style, **options, on_step=steps.append)
    losses = steps[0].losses

    pixels = load(start)
    features = plain_vgg(embedded, pixels, [*layers, "relu4_2"])
    targets = plain_vgg(embedded, style, layers)
    p = plain_vgg(embedded, content, ["relu4_2"])["relu4_2"]
    x = features["relu4_2"]
    _, rows, columns = Region(32, 48).positions("relu4_2", 512)
    alike = [self_similarity(f[0, :, rows, columns].T.double()) for f in (x, p)]
    expected = {
        "content/features/relu4_2": (x - p).square().sum() / p.square().sum(),
        "content/selfsim/relu4_2": (alike[0] - alike[1]).abs().mean() * 512,
    }
    for name in layers:
        expected[f"style/{name}"] = moment_error(features[name], targets[name])
    image = pixels.double()
    expected["tv"] = image.diff(dim=2).square().mean() + image.diff(dim=3).square().mean()
    assert set(losses.parts) == set(expected)
    for part, value in expected.items():
        assert losses.parts[part].item() == pytest.approx(float(value), rel=1e-3), part
    style_part = sum(share / 16 * expected[f"style/{name}"] for name, share in layers.items())
    content_part = [expected[f"content/{name}/relu4_2"] for name in ("features", "selfsim")]
    total = 0.5 * content_part[0] + 3 * content_part[1] + 8 * style_part + 10 * expected["tv"]
    assert losses.total.item() == pytest.approx(float(total), rel=1e-3)


def test_the_same_call_gives_the_same_pixels(pair):
    options = {**QUICK, "steps": 4, "init": "noise"}
    first, second = (stylize(*pair, **options, seed=3).image for _ in range(2))
    assert torch.equal(first, second)
    other = stylize(*pair, **options, seed=4).image
    assert not torch.allclose(first, other, atol=0.05)


def test_a_path_a_pil_picture_and_a_tensor_are_the_same_picture(pair, file_of):
    paths = [file_of(image, f"{i}.png") for i, image in enumerate(pair)]
    by_path = stylize(*paths, **QUICK).image
    by_text = stylize(*map(str, paths), **QUICK).image
    by_pil = stylize(*map(Image.open, paths), **QUICK).image
    by_tensor = stylize(*(load(path)[0] for path in paths), **QUICK).image
    assert torch.equal(by_path, by_text)
    assert torch.equal(by_path, by_pil)
    assert torch.equal(by_path, by_tensor)


def test_the_loss_falls(pair):
    totals = []
    options = {**QUICK, "steps": 25}
    stylize(*pair, **options, on_step=lambda step: totals.append(step.losses.total.item()))
    assert len(totals) == 25
    assert totals[-1] < 0.3 * totals[0]


def test_bfloat16_starts_at_the_same_loss_and_falls_as_far(pair):
    first, last = {}, {}
    for precision in ("fp32", "bf16"):
        totals = []
        options = {**QUICK, "precision": precision, "steps": 15}
        stylize(*pair, **options, on_step=lambda s, t=totals: t.append(s.losses.total.item()))
        first[precision], last[precision] = totals[0], totals[-1]
    assert first["bf16"] != first["fp32"]
    assert first["bf16"] == pytest.approx(first["fp32"], rel=0.03)
    assert last["bf16"] == pytest.approx(last["fp32"], rel=0.25)


def started(content, style, **options) -> torch.Tensor:
    """Where the picture starts: the result of an optimiser that stays."""
    return stylize(content, style, **{**QUICK, "steps": 1, **options}, optimizer=STAY).image


def test_it_starts_from_the_content(pair):
    assert torch.equal(started(*pair), pair[0])


def test_it_starts_from_the_style_at_the_content_s_size(pair, picture):
    assert started(*pair, init="style").shape == (1, 3, 32, 48)
    alike = picture(32, 48, seed=5)
    assert torch.equal(started(pair[0], alike, init="style"), alike)


def test_it_starts_from_noise_about_grey(pair):
    noise = started(*pair, init="noise")
    assert noise.shape == (1, 3, 32, 48)
    assert noise.mean().item() == pytest.approx(0.5, abs=0.02)
    assert 0.2 < noise.std().item() < 0.3
    neighbours = torch.corrcoef(torch.stack([noise[..., 1:].flatten(), noise[..., :-1].flatten()]))
    assert abs(neighbours[0, 1].item()) < 0.1


def test_it_starts_from_a_file(pair, picture, file_of):
    path = file_of(picture(32, 48, seed=6))
    assert torch.equal(started(*pair, init=str(path)), load(path))
    assert started(*pair, init=str(file_of(picture(20, 20)))).shape == (1, 3, 32, 48)


def planned(content, style, **options):
    started = []
    stylize(content, style, **{**QUICK, "steps": 1, **options}, on_start=started.append)
    (found,) = started
    return found


def test_what_has_started_is_what_was_planned(pair):
    options = {"steps": 3, "pyramid": Pyramid(min_size=24, factor=2**0.5, first=3)}
    started = planned(*pair, **options)
    assert torch.equal(started.content, pair[0])
    assert torch.equal(started.paintings[0].image, pair[1])
    assert started.weights.name == "embedded"
    before = plan(*pair, **{**QUICK, **options})
    assert started.plan.record() == before.record()
    # Short sides of 16, 22.6 and 32: relu5_1 needs 16.
    assert [(level.height, level.width, level.steps) for level in before.levels] == [
        (16, 24, 9),
        (23, 34, 3),
        (32, 48, 3),
    ]
    assert before.steps == 15
    assert (before.device, before.precision) == (torch.device("cpu"), "fp32")


@pytest.mark.parametrize(
    ("options", "sides"),
    [
        ({}, (40, 48)),
        ({"style_squash": True}, (32, 48)),
        ({"style_size": 24}, (20, 24)),
        ({"style_scale": 0.5}, (20, 24)),
        ({"style_size": 36, "style_scale": 0.75}, (22, 27)),
        ({"style_scale": 3.0}, (40, 48)),  # never enlarged
        ({"size": 24, "fit": "short"}, (24, 29)),
    ],
)
def test_the_style_picture_s_size(pair, options, sides):
    (painting,) = planned(*pair, **options).paintings
    assert tuple(painting.image.shape) == (1, 3, *sides)


@pytest.mark.parametrize(
    ("options", "sides"),
    [
        ({"size": 24}, (16, 24)),
        ({"size": 24, "fit": "short"}, (24, 36)),
        ({"size": 20, "fit": "square"}, (20, 20)),
        ({"size": 60}, (32, 48)),
        ({"size": 60, "enlarge": True}, (40, 60)),
    ],
)
def test_the_result_s_size(pair, options, sides):
    result = stylize(*pair, **{**QUICK, "steps": 1, **options})
    assert tuple(result.image.shape) == (1, 3, *sides)
    assert result.picture.size == sides[::-1]


def test_targets_are_made_at_each_level_s_size_and_the_style_shrinks_along(pair):
    seen = []

    class Content(FeatureLoss):
        def aim(self, look, region, layers):
            look(layers, lambda view: seen.append(view.region.size(view.layer)))
            return super().aim(look, region, layers)

    class Style(MomentLoss):
        def target(self, style):
            seen.append(last[0])
            return super().target(style)

        def statistics(self, view):
            last[0] = (view.region.height, view.region.width)
            return super().statistics(view)

    last = [None]
    losses = {
        "content_losses": {"features": ContentTerm(Content())},
        "style_losses": {"style": StyleTerm(Style())},
    }
    layers = {"content_layers": {"relu1_1": 1}, "style_layers": {"relu1_1": 1}}
    stylize(*pair, **QUICK, **losses, **layers, pyramid=Pyramid(levels=2, factor=2))
    assert seen == [(16, 24), (20, 24), (32, 48), (40, 48)]


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({"content_weight": 0, "tv_weight": 0, "style_layers": {"relu1_1": 1}}, {"style/relu1_1"}),
        ({"style_weight": 0}, {"content/features/relu4_2", "content/selfsim/relu4_2", "tv"}),
        (
            {
                "style_layers": {"relu1_1": 2, "relu2_1": 0},
                "content_layers": {"conv2_2": 1, "relu4_2": 0},
            },
            {"style/relu1_1", "content/features/conv2_2", "content/selfsim/conv2_2", "tv"},
        ),
    ],
)
def test_what_has_no_weight_is_left_out(pair, options, parts):
    steps = []
    stylize(*pair, **QUICK, **options, on_step=steps.append)
    assert set(steps[0].losses.parts) == parts


def test_layer_weights_multiply_the_loss_s(pair):
    steps = []
    weights = {"style_weight": 3, "style_layers": {"relu1_1": 0.5, "relu2_1": 4}, "tv_weight": 7}
    stylize(*pair, **QUICK, **weights, content_weight=2, on_step=steps.append)
    assert steps[0].losses.weights == {
        "content/features/relu4_2": 2 * 0.5,
        "content/selfsim/relu4_2": 2 * 3,
        "style/relu1_1": 1.5,
        "style/relu2_1": 12,
        "tv": 7,
    }


def test_several_style_terms_each_with_its_weight_and_layers(pair):
    """Each part is what the term gives alone; its weight is the product of the weights above it."""
    steps = {}
    terms = {
        "moments": StyleTerm(MomentLoss(), 2.0),
        "gram": StyleTerm(GramLoss(normalization="mean"), 0.5, {"relu2_2": 4.0}),
    }
    layers = {"style_layers": {"relu1_1": 0.25}}
    for names in (["moments"], ["gram"], ["moments", "gram"]):
        chosen = {name: terms[name] for name in names}
        found = []
        options = {**QUICK, **layers, "style_losses": chosen}
        stylize(*pair, **options, on_step=lambda step, found=found: found.append(step.losses))
        steps["+".join(names)] = found[0]
    both = steps["moments+gram"]
    style = {part: weight for part, weight in both.weights.items() if part.startswith("style")}
    assert style == {"style/moments/relu1_1": 5 * 2 * 0.25, "style/gram/relu2_2": 5 * 0.5 * 4}
    for name, layer in (("moments", "relu1_1"), ("gram", "relu2_2")):
        alone = steps[name].parts[f"style/{layer}"]
        assert torch.equal(both.parts[f"style/{name}/{layer}"], alone)
    expected = sum(float(both.parts[part]) * weight for part, weight in both.weights.items())
    assert float(both.total) == pytest.approx(expected, rel=1e-6)


def test_the_result_tells_its_figures_and_saves_itself(pair, tmp_path):
    seen = []
    pyramid = Pyramid(levels=2, factor=1.4)
    result = stylize(*pair, **QUICK, pyramid=pyramid, on_step=lambda s: seen.append(s.picture))
    assert (result.steps, result.evaluations) == (2 + 2, 5)
    assert torch.equal(result.image, seen[-1])
    assert result.image.device.type == "cpu" and result.seconds > 0
    assert result.metrics == vars(score(result.image, *pair))
    assert result.style_distance == result.metrics["style_distance"]
    bytes_ = result.image[0].permute(1, 2, 0).double().mul(255).round().byte().numpy()
    result.save(tmp_path / "a.png")
    result.save(str(tmp_path / "a.tif"))
    with Image.open(tmp_path / "a.png") as read:
        np.testing.assert_array_equal(np.asarray(read), bytes_)
    np.testing.assert_array_equal(np.asarray(result.picture), bytes_)
    assert (tmp_path / "a.tif").stat().st_size > 32 * 48 * 3


def test_what_continues_keeps_its_tiles_whatever_is_available_by_then(picture):
    options = {"size": 96, "steps": 4, "precision": "fp32", "pyramid": Pyramid(levels=1)}
    pair = picture(64, 96)[0], picture(70, 80, seed=1)[0]
    little = plan(*pair, **options, available=10**7)
    assert little.memory_plan == [(256, 3)]
    assert plan(*pair, **options, available=10**12).memory_plan == [(None, None)]
    again = plan(*pair, **options, available=10**12, memory_plan=little.memory_plan)
    assert again.levels == little.levels
    states, started = [], []

    def on_step(step):
        if step.number == 2:
            states.append({**copy.deepcopy(step.state()), "memory_plan": [(48, 3)]})

    stylize(*pair, **options, on_step=on_step)
    stylize(*pair, **options, on_start=started.append, state=states[0])
    assert started[0].plan.memory_plan == [(48, 3)]
