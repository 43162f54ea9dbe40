"""What a level starts from, and what depends on that."""

import gc
import weakref

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from test_level import saved
from test_loop import Pull, descent, flat, of

from stylex import stylize
from stylex.images.load import resize
from stylex.transfer.level import LevelState
from stylex.transfer.loop import optimize
from stylex.transfer.losses.hypercolumns import HypercolumnMatchingLoss
from stylex.transfer.losses.moments import MomentLoss
from stylex.transfer.losses.neighbours import NeighbourLoss
from stylex.transfer.losses.style import StyleTerm
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.pyramid import Level, Pyramid
from stylex.transfer.style import StyleSource
from stylex.transfer.stylize import first_picture

STAY = Optimizer(make=lambda params: torch.optim.SGD(params, lr=0.0), clamp="level")
OPTIONS = {"size": 64, "steps": 2, "precision": "fp32", "tv_weight": 0}


def pale(picture, *size, seed=0):
    """A picture so near to grey that a few details more leave it in [0, 1]."""
    return 0.5 + 0.2 * (picture(*size, seed=seed) - 0.5)


def lap(x):
    """STROTSS's file: what is lost where a picture is halved and doubled, both bilinearly."""
    height, width = x.shape[2:]
    half = F.interpolate(x, (height // 2, width // 2), mode="bilinear")
    return x - F.interpolate(half, (height, width), mode="bilinear")


def test_the_photograph_s_details_come_back_at_each_level_but_the_last(picture):
    photograph, painting = pale(picture, 128, 96), pale(picture, 40, 40, seed=1)
    starts = {}
    stylize(
        *(photograph[0], painting[0]),
        **{**OPTIONS, "size": 128, "pyramid": Pyramid(min_size=32), "optimizer": STAY},
        **{"init": "mean", "init_detail": True},
        on_step=lambda step: starts.setdefault(step.level, step.picture),
    )
    small, middle = resize(photograph, 32, 24), resize(photograph, 64, 48)
    mean = painting.mean((2, 3), keepdim=True)
    expected = [mean + lap(small)]
    expected.append(resize(expected[0], 64, 48) + lap(middle))
    expected.append(resize(expected[1], 128, 96))
    for level, start in enumerate(expected):
        torch.testing.assert_close(starts[level], start, rtol=0, atol=1e-5)


def test_one_level_alone_is_its_own_first(picture):
    photograph, painting = pale(picture, 32, 48), pale(picture, 40, 40, seed=1)
    end = stylize(
        *(photograph[0], painting[0]),
        **{**OPTIONS, "pyramid": Pyramid(levels=1), "optimizer": STAY},
        **{"init": "mean", "init_detail": True},
    )
    start = painting.mean((2, 3), keepdim=True) + lap(photograph)
    torch.testing.assert_close(end.image, start, rtol=0, atol=1e-5)


def test_without_a_style_every_level_starts_from_the_photograph_with_all_its_details(picture):
    photograph, painting = picture(64, 48), picture(40, 40, seed=1)
    options = {**OPTIONS, "pyramid": Pyramid(min_size=32), "optimizer": STAY, "style_losses": {}}
    end = stylize(photograph[0], painting[0], **options)
    torch.testing.assert_close(end.image, photograph, rtol=0, atol=1e-5)


def test_the_last_level_may_have_a_rate_of_its_own():
    levels = [Level(4, 6, 3), Level(4, 6, 2), Level(4, 6, 4)]
    end = optimize(flat(0.2), levels, of(Pull(0.8)), descent(0.5, last_lr=0.25))
    torch.testing.assert_close(end.picture, flat(0.8 - 0.6 * 0.5**5 * 0.75**4))


def test_matching_is_guided_by_a_quarter_of_the_picture_so_far(picture):
    """Kolkin et al. 2022: the photograph's finest band stays in what is searched with."""
    photograph, start = picture(32, 48), picture(32, 48, seed=1)
    loss = HypercolumnMatchingLoss()
    expected = 0.75 * photograph + 0.25 * (start + lap(photograph))
    torch.testing.assert_close(loss.guide(photograph, start), expected)
    assert torch.equal(loss.guide(photograph, None), photograph)
    assert torch.equal(HypercolumnMatchingLoss(started=0).guide(photograph, start), photograph)


GUIDED = {"guided": StyleTerm(HypercolumnMatchingLoss(200), layers={"relu1_1": 1, "relu2_1": 1})}


@pytest.mark.parametrize("tile", ["off", 32])
def test_the_first_level_is_guided_by_the_photograph_and_the_next_by_both(picture, tile):
    """A picture that stays: the next level's value is that of one level begun there, guided so."""
    photograph, painting, init = (picture(32, 48, seed=k) for k in range(3))
    options = {**OPTIONS, "size": 48, "content_weight": 0, "optimizer": STAY, "tile": tile}

    def first(levels, guide=photograph, **more):
        found = {}
        stylize(
            *(guide[0], painting[0]),
            **{**options, **more},
            pyramid=levels,
            on_step=lambda step: found.setdefault(step.level, float(step.losses.total)),
        )
        return [*found.values()]

    values = first(Pyramid(levels=1, repeat=1), style_losses=GUIDED, init=init[0])
    alone = {
        "guided": StyleTerm(HypercolumnMatchingLoss(200, started=0), layers=GUIDED["guided"].layers)
    }
    guide = (0.75 * photograph + 0.25 * (init + lap(photograph))).clamp(0, 1)
    expected = [
        *first(Pyramid(levels=1), style_losses=alone, init=init[0]),
        *first(Pyramid(levels=1), guide, style_losses=alone, init=init[0]),
    ]
    assert values == pytest.approx(expected, rel=2e-3)
    assert values[1] != pytest.approx(values[0], rel=1e-2)


@pytest.mark.parametrize("stop_at", [1, 3, 5])
def test_it_is_resumed_with_the_same_guide(picture, stop_at):
    pair, states = (picture(32, 48)[0], picture(40, 40, seed=1)[0]), {}
    options = {**OPTIONS, "size": 48, "content_weight": 0, "style_losses": GUIDED}
    options |= {"pyramid": Pyramid(min_size=24), "steps": 3}
    options["optimizer"] = Optimizer(make=lambda p: torch.optim.Adam(p, lr=0.02), clamp="step")

    def record(step):
        states[step.number] = saved(step.state())

    whole = stylize(*pair, **options, on_step=record)
    again = stylize(*pair, **options, state=states[stop_at])
    assert torch.equal(again.image, whole.image)


@pytest.mark.parametrize("loss", [MomentLoss(), NeighbourLoss(64)])
def test_a_turned_painting_is_a_mixture_of_four(picture, loss):
    photograph, painting = picture(32, 48)[0], picture(48, 32, seed=1)[0]
    own = torch.zeros(1, 48, 32)
    own[:, :24] = 1
    options = {**OPTIONS, "size": 48, "optimizer": STAY, "pyramid": Pyramid(levels=1)}
    options |= {"style_losses": {"style": StyleTerm(loss)}, "content_weight": 0}

    def turn(x, k):
        return torch.from_numpy(np.rot90(x.numpy(), k, (1, 2)).copy())

    def value(style, **more):
        found = []
        stylize(
            *(photograph, style),
            **{**options, **more},
            on_step=lambda step: found.append(float(step.losses.total)),
        )
        return found[0]

    four = [StyleSource(turn(painting, k), source=turn(own.expand(3, -1, -1), k)) for k in range(4)]
    one = StyleSource(painting, source=own.expand(3, -1, -1))
    assert value(one, style_turned=True) == pytest.approx(value(four), rel=1e-5)
    assert value(one) != pytest.approx(value(four), rel=1e-3)


def test_the_picture_to_show_before_the_first_step_is_what_it_starts_from(picture, monkeypatch):
    photograph, painting = pale(picture, 64, 48), pale(picture, 40, 40, seed=1)
    shown, starts, real = [], [], LevelState.__init__

    def begin(self, image, *args, **kwargs):
        starts.append(image)
        real(self, image, *args, **kwargs)

    monkeypatch.setattr(LevelState, "__init__", begin)
    stylize(
        *(photograph[0], painting[0]),
        **{**OPTIONS, "pyramid": Pyramid(min_size=32), "optimizer": STAY},
        **{"init": "mean", "init_detail": True},
        on_start=lambda started: shown.append(first_picture(started)),
    )
    torch.testing.assert_close(shown[0], starts[0], rtol=0, atol=0)


def test_details_beyond_black_and_white_are_cut_off_where_it_is_shown(picture):
    sharp = (picture(64, 48)[0] > 0.5).float()
    shown = []
    stylize(
        *(sharp, picture(40, 40, seed=1)[0]),
        **{**OPTIONS, "pyramid": Pyramid(min_size=32), "init": "mean", "init_detail": True},
        on_start=lambda started: shown.append(first_picture(started)),
    )
    assert float(shown[0].min()) == 0


def test_an_array_is_a_picture_to_start_from(picture):
    photograph, painting = picture(64, 48)[0], picture(40, 40, seed=1)[0]
    array = (photograph * 255).round().byte().permute(1, 2, 0).numpy()
    options = {**OPTIONS, "style_losses": {}}
    as_array, as_tensor = (
        stylize(photograph, painting, **options, init=init)
        for init in (array, torch.from_numpy(array).permute(2, 0, 1) / 255)
    )
    torch.testing.assert_close(as_array.image, as_tensor.image)


def test_a_level_makes_room_for_the_next_one_also_where_that_carries_the_optimiser_on(picture):
    objectives, alive = [], []

    def on_step(step):
        if step.level == 0:
            objectives.append(weakref.ref(step.level_state.evaluate.objective))
        elif not alive:
            gc.collect()
            alive.append(objectives[0]() is not None)

    adam = Optimizer(lambda pixels: torch.optim.Adam(pixels, lr=0.02), carry=True)
    options = {**OPTIONS, "pyramid": Pyramid(min_size=32), "optimizer": adam}
    stylize(picture(64, 48)[0], picture(40, 40, seed=1)[0], **options, on_step=on_step)
    assert alive == [False]
