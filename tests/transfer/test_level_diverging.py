"""A level whose loss runs away: back to the best picture by shorter steps, or an error in words."""

import pytest
import torch
from test_level import Bowl, saved
from test_loop import descent, flat, of

from stylex.errors import RunError
from stylex.transfer.level import CHECK_EVERY, DIVERGED, RESTARTS
from stylex.transfer.loop import optimize
from stylex.transfer.optim.lbfgs import LBFGS
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.pyramid import Level


class Cliff:
    """½ Σ (x − target)² at first; from evaluation `at` on, `wrong` is added to it."""

    def __init__(self, at, wrong, until=10**9):
        self.weights = {"pull": 1.0, "cliff": 1.0}
        self.at, self.wrong, self.until, self.count = at, wrong, until, 0

    def __call__(self, features, image):
        self.count += 1
        wrong = self.wrong if self.at <= self.count < self.until else 0.0
        pull = 0.5 * (image - 0.8).square().sum((1, 2, 3))
        return {"pull": pull, "cliff": wrong * (1 + 0 * pull)}


@pytest.mark.parametrize("make", [LBFGS, lambda p: torch.optim.LBFGS(p, lr=0.3, max_iter=1)])
def test_a_loss_that_stays_far_above_its_best_goes_back_to_the_best(make):
    seen = []
    cliff = Cliff(at=4, wrong=1e6, until=CHECK_EVERY * 2 + 1)
    optimizer = Optimizer(make=make)
    images = {}

    def note(step):
        seen.append(step.restarted)
        images[step.number] = step.picture

    end = optimize(flat(0.2), [Level(4, 6, 90)], of(cliff), optimizer, note)
    assert [n for n, restarted in enumerate(seen, 1) if restarted] == [2 * CHECK_EVERY]
    assert end.level_state.restarts == 1
    # The picture of the third evaluation, the best before the cliff: what two moves had made.
    assert torch.equal(images[2 * CHECK_EVERY], images[2])
    torch.testing.assert_close(end.picture, flat(0.8), rtol=1e-3, atol=1e-3)


def test_each_restart_halves_the_step_length_until_there_have_been_enough():
    steps, rates, pictures = [], [], []

    def note(step):
        steps.append(step)
        rates.append(step.level_state.method.param_groups[0]["lr"])
        pictures.append(step.level_state.pixels.clone())

    with pytest.raises(RunError, match=r"best value.*step 140 \(level 1\).*optimizer\.lr"):
        optimize(flat(0.2), [Level(4, 6, 200)], of(Cliff(4, 1e6)), Optimizer(), note)
    assert rates[::20] == [0.5**n for n in range(RESTARTS + 1)]
    for n in range(1, RESTARTS + 1):  # the first move from there as well
        moved = pictures[20 * n] - pictures[20 * n - 1]
        assert float(moved.square().mean().sqrt()) == pytest.approx(0.01 * 0.5**n, rel=1e-3)
    kept = steps[-1].picture
    assert bool(kept.isfinite().all()) and float(kept.min()) > 0.2


def test_with_an_average_it_begins_anew_from_the_best():
    """What was averaged on the way up is not in the picture any more."""
    seen, optimizer = [], Optimizer(averaging=0.9)

    def note(step):
        if step.restarted:
            seen.append((step.picture, step.level_state.evaluate.best))

    optimize(flat(0.2), [Level(4, 6, 25)], of(Cliff(4, 1e6)), optimizer, note)
    ((picture, best),) = seen
    assert torch.equal(picture, best)


@pytest.mark.parametrize("stop_at", [15, 20, 33, 35])
def test_resumed_it_starts_again_in_the_same_steps_and_as_much_shorter(stop_at):
    levels, states, straight, resumed = [Level(4, 6, 50)], {}, {}, {}

    def note(step):
        straight[step.number] = step.level_state.method.param_groups[0]["lr"]
        states[step.number] = saved(step.state())

    def compare(step):
        resumed[step.number] = step.level_state.method.param_groups[0]["lr"]

    optimize(flat(0.2), levels, of(Cliff(4, 1e6)), Optimizer(), note)
    assert [straight[n] for n in (19, 20, 39, 40)] == [1, 0.5, 0.5, 0.25]
    state = states[stop_at]
    optimize(flat(0.2), levels, of(Cliff(0, 1e6)), Optimizer(), compare, state=state)
    assert resumed == {n: rate for n, rate in straight.items() if n > stop_at}


def test_overshooting_for_a_moment_is_none_of_that():
    cliff = Cliff(at=4, wrong=DIVERGED * 1e3, until=CHECK_EVERY + 5)
    seen = []
    optimize(
        *(flat(0.2), [Level(4, 6, 30)], of(cliff), Optimizer()),
        lambda step: seen.append(step.restarted),
    )
    assert not any(seen)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_a_loss_that_is_no_number_names_step_level_and_part(bad):
    steps, cliff = [], Cliff(at=8, wrong=bad)
    levels = [Level(4, 6, 5), Level(8, 12, 9)]
    with pytest.raises(RunError) as error:
        optimize(flat(0.2), levels, of(cliff), descent(0.5), steps.append)
    assert "cliff" in str(error.value) and "step 8 (level 2)" in str(error.value)
    assert len(steps) == 7
    # Plain descent halves the distance with each of the seven good steps.
    torch.testing.assert_close(steps[-1].picture, flat(0.8 - 0.6 * 0.5**6, 8, 12))


def test_quasi_newton_survives_one_loss_that_is_no_number():
    seen = []
    cliff = Cliff(at=5, wrong=float("nan"), until=6)
    end = optimize(
        *(flat(0.2), [Level(4, 6, 30)], of(cliff), Optimizer()),
        lambda step: seen.append(step.restarted),
    )
    assert [n for n, restarted in enumerate(seen, 1) if restarted] == [5]
    torch.testing.assert_close(end.picture, flat(0.8), rtol=1e-3, atol=1e-3)


def test_a_last_move_out_of_all_bounds_is_not_the_result():
    optimizer = Optimizer(make=lambda p: torch.optim.LBFGS(p, lr=1e30, max_iter=1))
    kept = []
    with pytest.raises(RunError, match="out of all bounds"):
        optimize(
            flat(0.2), [Level(4, 6, 9)], of(Bowl(0.8)), optimizer, lambda s: kept.append(s.picture)
        )
    assert all(0.1 < float(image.mean()) < 0.9 for image in kept)


@pytest.mark.parametrize("make", [LBFGS, torch.optim.LBFGS])
def test_a_loss_that_never_is_a_number_ends_the_run(make):
    with pytest.raises(RunError, match=r"no longer a number \(\w+\) at step 1 \(level 1\)"):
        optimize(flat(0.2), [Level(4, 6, 5)], of(Cliff(0, float("nan"))), Optimizer(make=make))
