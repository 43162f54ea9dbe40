"""Levels that are for the surface alone: few steps, by the style's shallow layers."""

import pytest
import torch

from stylex import stylize
from stylex.transfer.level_terms import terms_at
from stylex.transfer.losses.content import ContentTerm, FeatureLoss
from stylex.transfer.losses.moments import MomentLoss
from stylex.transfer.losses.style import StyleTerm
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.plan import plan
from stylex.transfer.pyramid import Level, Pyramid, plan_levels
from stylex.transfer.settings import DEFAULT_STYLE_LAYERS
from stylex.transfer.vgg.layers import LAYERS, multiplications
from stylex.transfer.vgg.network import VGG19
from stylex.transfer.vgg.weights import load_weights

QUICK = {"size": 64, "steps": 8, "device": "cpu", "precision": "fp32"}
LEVELS = Pyramid(min_size=32, first=1.0, surface_above=40)
TWO = Pyramid(min_size=32, first=1.0)
SHALLOW = ("relu1_1", "relu2_1", "relu3_1")


def test_levels_above_that_size_take_a_third_of_the_steps():
    levels = plan_levels(2048, 1024, steps=32, surface_above=512)
    assert [level.steps for level in levels] == [40, 32, 32, 11, 11]
    assert [level.surface for level in levels] == [False] * 3 + [True] * 2
    levels = plan_levels(2048, 1024, steps=[5, 4, 3, 2, 1], surface_above=512)
    assert [level.steps for level in levels] == [5, 4, 3, 2, 1]
    assert not any(level.surface for level in plan_levels(512, 512, surface_above=512))
    assert not any(level.surface for level in plan_levels(2048, 2048, surface_above=None))
    # Somebody has to say what is where.
    assert plan_levels(800, 800, levels=1, surface_above=512) == [Level(800, 800, 28)]


def test_there_only_the_shallow_layers_count(picture):
    seen = {}

    def on_step(step):
        extractor = step.level_state.evaluate.objective.extractor
        seen[step.level] = set(step.losses.parts), extractor.layers[-1]

    pair = picture(64, 48), picture(64, 48, seed=1)
    stylize(*pair, **QUICK, pyramid=LEVELS, on_step=on_step)
    style = {f"style/{layer}" for layer in (*SHALLOW, "relu4_1", "relu5_1")}
    assert {name.partition("/")[0] for name in seen[0][0]} == {"content", "style", "tv"}
    assert style < seen[0][0] and seen[0][1] == "relu5_1"
    assert seen[1] == ({"tv", *(f"style/{layer}" for layer in SHALLOW)}, "relu3_1")


@pytest.mark.parametrize("tile", ["off", 32])
def test_its_losses_are_those_of_the_layers_alone(picture, tile):
    """As if the style had no others: the pictures of one level with those are the same."""
    start, style = picture(64, 48), picture(64, 48, seed=1)
    options = {**QUICK, "tile": tile, "init": "content", "content_weight": 0.0}
    # The first level does not move, and so the second starts from the photograph halved.
    found, expected = {}, {}
    stay = Optimizer(make=lambda params: torch.optim.SGD(params, lr=0.0), clamp="level")
    options |= {"steps": [1, 1], "optimizer": stay}
    stylize(start, style, **options, pyramid=LEVELS, on_step=parts_into(found))
    only = {"style_layers": {layer: DEFAULT_STYLE_LAYERS[layer] for layer in SHALLOW}}
    stylize(start, style, **options, **only, pyramid=TWO, on_step=parts_into(expected))
    assert found[1].keys() == expected[1].keys()
    for part, value in expected[1].items():
        torch.testing.assert_close(found[1][part], value)


def parts_into(found):
    return lambda step: found.update({step.level: dict(step.losses.parts)})


def test_what_has_no_shallow_layer_keeps_all_of_them():
    def layers(surface, **options):
        settings = plan(torch.rand(3, 64, 64), torch.rand(3, 64, 64), **QUICK, **options).settings
        own = terms_at(settings, Level(64, 64, 1, surface=surface, number=1), 2)
        return own.layers, len(own.content), len(own.style)

    assert layers(False) == (("relu4_2", *SHALLOW, "relu4_1", "relu5_1"), 2, 1)
    assert layers(True) == (SHALLOW, 0, 1)
    deep = {"style_layers": {"relu4_1": 1.0}}
    assert layers(True, **deep) == layers(False, **deep) == (("relu4_2", "relu4_1"), 2, 1)
    terms = {
        "deep": StyleTerm(MomentLoss(), layers={"relu5_1": 1.0}),
        "both": StyleTerm(MomentLoss(), layers={"relu1_2": 1.0, "relu4_4": 1.0}),
        "last": StyleTerm(MomentLoss(), layers={"relu2_2": 1.0}, levels="last"),
    }
    content = {"edges": ContentTerm(FeatureLoss(), layers={"relu1_1": 1.0, "relu4_2": 1.0})}
    own = {"style_losses": terms, "content_losses": content}
    assert layers(True, **own) == (("relu1_1", "relu1_2", "relu2_2"), 1, 2)


def test_a_part_of_the_network_has_the_same_features(picture):
    vgg = VGG19(load_weights("embedded"), ("relu1_1", "relu3_1", "relu5_1"))
    part, image = vgg.only(["relu3_1"]), picture(32, 48)
    found = part(image)
    assert found.keys() == {"relu3_1"} and part.layers == LAYERS[: LAYERS.index("relu3_1") + 1]
    assert torch.equal(found["relu3_1"], vgg(image)["relu3_1"])
    assert vgg.outputs == {"relu1_1", "relu3_1", "relu5_1"}


def test_its_steps_cost_less_in_time_and_memory():
    """The convolutions' products per pixel, from the table of the VGG paper."""
    shallow = 9 * (3 * 64 + 64 * 64 + (64 * 128 + 128 * 128) / 4 + 128 * 256 / 16)
    biases = 64 + 64 + (128 + 128) / 4 + 256 / 16
    assert multiplications(["relu3_1", "relu1_1"]) == shallow + biases
    pair = torch.rand(3, 300, 400), torch.rand(3, 300, 400)
    options = {**QUICK, "size": 400, "steps": [4, 4], "tile": "off"}
    whole = plan(*pair, **options, pyramid=Pyramid(levels=2))
    surface = plan(*pair, **options, pyramid=Pyramid(levels=2, surface_above=300))
    part = multiplications(["relu3_1"]) / multiplications(["relu5_1"])
    assert surface.pixel_steps == pytest.approx(4 * (150 * 200 + 300 * 400 * part))
    assert whole.pixel_steps == 4 * (150 * 200 + 300 * 400)
    assert surface.seconds(1e-6) == pytest.approx(1e-6 * surface.pixel_steps)
    assert surface.bytes < whole.bytes
