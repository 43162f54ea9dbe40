"""One dial in place of three weights."""

import pytest
import torch

from stylex import stylize
from stylex.errors import UserError
from stylex.transfer.plan import plan
from stylex.transfer.pyramid import Pyramid
from stylex.transfer.settings import Settings
from stylex.transfer.strength import MIDDLE, weights_of

SMALL = {"size": 32, "steps": 3, "precision": "fp32"}


def test_the_middle_is_the_default():
    default = Settings()
    assert weights_of(MIDDLE) == {key: getattr(default, key) for key in weights_of(0)}


def test_more_strength_is_more_style_at_the_same_calm():
    made = [weights_of(number / 100) for number in range(101)]
    styles = [weights["style_weight"] for weights in made]
    assert styles == sorted(set(styles)) and {w["content_weight"] for w in made} == {1.0}
    assert all(
        weights["tv_weight"] == pytest.approx(5 * weights["style_weight"]) for weights in made
    )
    assert made[0] == {"content_weight": 1, "style_weight": 0, "tv_weight": 0}


def test_at_0_the_photograph_stays_as_it_is(picture):
    photograph = picture(64, 48)[0]
    options = {**SMALL, "size": 64, "pyramid": Pyramid(min_size=32)}
    kept = stylize(photograph, picture(24, 24, seed=1)[0], strength=0, **options)
    assert torch.equal(kept.image.squeeze(), photograph)
    assert kept.structure_error == kept.content_error == 0
    assert kept.steps == 2  # one on each level, since nothing is left to gain


def test_it_stands_for_the_weights(picture):
    pictures = picture(32, 24)[0], picture(24, 24, seed=1)[0]
    dialled = stylize(*pictures, strength=0.8, **SMALL)
    weighed = stylize(*pictures, **weights_of(0.8), **SMALL)
    assert torch.equal(dialled.image, weighed.image)


@pytest.mark.parametrize("weight", weights_of(0))
def test_both_at_once(picture, weight):
    with pytest.raises(UserError, match=f"leave it out, or {weight}$"):
        plan(picture(32, 24)[0], picture(24, 24)[0], strength=0.5, **{weight: 1.0})


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan"), "much"])
def test_from_0_to_1(picture, strength):
    with pytest.raises(UserError, match="strength must be (a number )?from 0 to 1, not "):
        plan(picture(32, 24)[0], picture(24, 24)[0], strength=strength)
