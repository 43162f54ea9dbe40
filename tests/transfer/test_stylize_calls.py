"""What Python callers may hand to a transfer, and how small numbers of steps end."""

import itertools

import numpy as np
import pytest
import torch

from stylex import stylize
from stylex.config.pictures import SAMPLES
from stylex.images.load import load
from stylex.transfer.optim.policy import Optimizer

QUICK = {"size": 48, "steps": 2, "device": "cpu", "precision": "fp32"}


@pytest.fixture
def pair(picture):
    return picture(32, 48), picture(40, 48, seed=1)


def test_the_largest_weights_still_move_the_picture(pair):
    """Of style alone in effect: the same picture as with a hundredth of it."""
    options = {**QUICK, "steps": 12, "optimizer": Optimizer()}
    ends = [stylize(*pair, **options, style_weight=weight).image for weight in (1e10, 1e12)]
    torch.testing.assert_close(ends[0], ends[1], atol=0.02, rtol=0)
    assert float((ends[1] - pair[0]).abs().mean()) > 0.05


def test_numbers_may_be_numpy_s(pair):
    plain = stylize(*pair, **{**QUICK, "steps": 1, "seed": 3}).image
    options = {"size": np.int64(48), "steps": np.int64(1), "seed": np.int32(3)}
    given = stylize(*pair, **{**QUICK, **options}, style_weight=np.float32(5)).image
    assert torch.equal(given, plain)
    lists = [stylize(*pair, **{**QUICK, "steps": n}).image for n in ([2], (np.int64(2),))]
    assert torch.equal(*lists)


@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad])
def test_it_takes_gradients_whatever_mode_it_is_called_in(pair, mode):
    plain = stylize(*pair, **QUICK).image
    with mode():
        made_here = [image.clone() for image in pair]
        assert torch.equal(stylize(*made_here, **QUICK).image, plain)


def test_a_result_is_saved_where_the_command_would_save_it(pair, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    result = stylize(*pair, **{**QUICK, "steps": 1})
    result.save("~/new/folder/a.png")
    assert torch.equal(load(tmp_path / "new/folder/a.png"), load(result.picture))


def test_drafts_get_better_with_every_step():
    """Sample pictures: without a limit on its moves L-BFGS doubled the loss at step four."""
    pair = SAMPLES / "content/jesse.jpg", SAMPLES / "style/kahlo.jpg"
    options = {"size": 64, "device": "cpu", "precision": "fp32", "style_weight": 8.0}
    kept = []
    for steps in range(1, 7):
        ends = []
        stylize(
            *pair, **{**options, "steps": steps}, on_step=lambda s, e=ends: e.append(s.level_state)
        )
        kept.append(float(ends[-1].evaluate.lowest))
    assert all(more <= 1.02 * less for less, more in itertools.pairwise(kept))
    assert kept[-1] < 0.7 * kept[0]
