"""The loop on pictures whose loss has a closed form."""

import weakref

import pytest
import torch
from torch import Tensor

from stylex.errors import RunError, UserError
from stylex.transfer.loop import Step, optimize
from stylex.transfer.objective import Objective
from stylex.transfer.optim.lbfgs import LBFGS
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.pyramid import Level


class Pull:
    """½ Σ (x − target)²: plain descent with rate r goes to target + (1 − r)ᵏ (x₀ − target)."""

    def __init__(self, target: float) -> None:
        self.weights = {"pull": 1.0}
        self.target = target
        self.seen: list[Tensor] = []
        self.differentiated: list[bool] = []

    def __call__(self, features, image):
        self.seen.append(image.detach().clone())
        self.differentiated.append(image.requires_grad)
        return {"pull": 0.5 * (image - self.target).square().sum((1, 2, 3))}


class Push:
    """slope · Σ x: its gradient is `slope` everywhere."""

    def __init__(self, slope: float) -> None:
        self.weights = {"push": 1.0}
        self.slope = slope

    def __call__(self, features, image):
        return {"push": self.slope * image.sum((1, 2, 3))}


def of(*losses):
    """objective_at for one loss per level (the last one for all that follow)."""
    left = list(losses)

    def objective_at(level: Level, start: torch.Tensor) -> Objective:
        return Objective(
            lambda image, smoothing: {}, [(1.0, left.pop(0) if len(left) > 1 else left[0])]
        )

    return objective_at


def descent(rate: float, clamp="level", **policy) -> Optimizer:
    return Optimizer(make=lambda params: torch.optim.SGD(params, lr=rate), clamp=clamp, **policy)


def flat(value: float, height: int = 4, width: int = 6, batch: int = 1) -> Tensor:
    return torch.full((batch, 3, height, width), value)


def test_plain_descent_follows_its_closed_form():
    values = []
    optimize(
        flat(0.2), [Level(4, 6, 5)], of(Pull(0.8)), descent(0.5), lambda s: values.append(s.picture)
    )
    for k, image in enumerate(values, start=1):
        torch.testing.assert_close(image, flat(0.8 + 0.5**k * (0.2 - 0.8)))


def test_levels_have_their_sizes_and_steps_and_go_on_from_each_other():
    seen, levels = [], [Level(4, 6, 3), Level(8, 12, 2), Level(9, 13, 4)]

    def on_step(step: Step) -> None:
        seen.append((step.number, step.level, step.evaluations, tuple(step.picture.shape)))

    last = optimize(flat(0.2, 20, 30), levels, of(Pull(0.8)), descent(0.5), on_step)
    assert seen == [
        (1, 0, 1, (1, 3, 4, 6)),
        (2, 0, 2, (1, 3, 4, 6)),
        (3, 0, 3, (1, 3, 4, 6)),
        (4, 1, 4, (1, 3, 8, 12)),
        (5, 1, 5, (1, 3, 8, 12)),
        (6, 2, 6, (1, 3, 9, 13)),
        (7, 2, 7, (1, 3, 9, 13)),
        (8, 2, 8, (1, 3, 9, 13)),
        (9, 2, 11, (1, 3, 9, 13)),  # and the last move, and the best picture within [0, 1]
    ]
    assert (last.number, last.level, last.evaluations) == (9, 2, 11)
    torch.testing.assert_close(last.picture, flat(0.8 - 0.6 * 0.5**9, 9, 13))


def test_the_objective_is_made_once_for_each_level():
    asked, levels = [], [Level(2, 3, 2), Level(4, 6, 2)]

    def objective_at(level: Level, start: torch.Tensor) -> Objective:
        asked.append(level)
        return of(Pull(0.5))(level, start)

    optimize(flat(0.2), levels, objective_at, descent(0.5))
    assert asked == levels


def test_evaluations_are_counted_where_a_step_makes_several():
    pull = Pull(0.8)
    make = Optimizer(make=lambda p: torch.optim.LBFGS(p, lr=0.1, max_iter=4, tolerance_change=0))
    counts = []
    levels = [Level(4, 6, 2), Level(4, 6, 1)]
    last = optimize(flat(0.2), levels, of(pull), make, lambda s: counts.append(s.evaluations))
    assert last.number == 3
    assert counts[-1] == last.evaluations == len(pull.seen) > 3
    assert counts == sorted(counts)


def test_a_step_reports_the_loss_before_its_move():
    totals = []
    optimize(
        flat(0.2), [Level(1, 1, 3)], of(Pull(0.8)), descent(0.5), lambda s: totals.append(s.losses)
    )
    expected = [0.5 * 3 * (0.6 * 0.5**k) ** 2 for k in range(3)]
    assert [losses.total.item() for losses in totals] == pytest.approx(expected)
    assert all(not losses.total.requires_grad for losses in totals)
    assert [losses.parts["pull"].item() for losses in totals] == pytest.approx(expected)


def test_a_step_s_image_is_a_copy_within_the_range():
    def vandal(step: Step) -> None:
        assert float(step.picture.max()) <= 1
        assert not step.picture.requires_grad
        step.picture.zero_()

    last = optimize(flat(0.2), [Level(4, 6, 3)], of(Pull(2.0)), descent(0.5), vandal)
    torch.testing.assert_close(last.level_state.pixels.detach(), flat(2 - 1.8 * 0.5**3))
    assert torch.equal(last.picture, flat(1.0))


def test_the_start_is_not_written_to():
    start = flat(0.2)
    optimize(start, [Level(4, 6, 3)], of(Pull(0.8)), descent(0.5, clamp="step"))
    assert torch.equal(start, flat(0.2))


def test_what_only_further_steps_need_is_freed():
    """Whoever keeps the last step of a level keeps its picture, not ten pairs and the targets."""
    steps, objectives = [], []

    def objective_at(level: Level, start: torch.Tensor) -> Objective:
        objective = of(Pull(0.8))(level, start)
        objectives.append(weakref.ref(objective))
        return objective

    optimizer = Optimizer(make=LBFGS)
    levels = [Level(2, 3, 3), Level(4, 6, 4)]
    optimize(flat(0.2), levels, objective_at, optimizer, steps.append)
    assert [ref() for ref in objectives] == [None, None]
    assert not any(isinstance(kept, LBFGS) for kept in vars(steps[-1].level_state).values())
    assert float(steps[-1].picture.min()) > float(steps[0].picture.max())
    assert steps[2].picture.shape == (1, 3, 2, 3)


@pytest.mark.parametrize(
    ("clamp", "seen", "pixels"),
    [
        # Towards 2 from 0: 1, 1.5, 1.75 | from a clamped 1: 1.5, 1.75, 1.875, 1.9375, 1.96875.
        # At the end what the last move led to is evaluated within [0, 1]; where pixels were free,
        # the best so far, too.
        ("level", [0, 1, 1.5, 1, 1.5, 1.75, 1.875, 1.9375, 1, 1], 1.96875),
        ("late", [0, 1, 1.5, 1, 1.5, 1, 1, 1, 1], 1.5),  # a quarter of five: two
        ("step", [0, 1, 1, 1, 1, 1, 1, 1, 1], 1.0),
        ("evaluation", [0, 1, 1, 1, 1, 1, 1, 1, 1], 1.5),
    ],
)
def test_pixels_are_clamped_when_the_policy_says(clamp, seen, pixels):
    pull = Pull(2.0)
    levels = [Level(4, 6, 3), Level(4, 6, 5)]
    last = optimize(flat(0.0), levels, of(pull), descent(0.5, clamp=clamp))
    assert [float(image.max()) for image in pull.seen] == pytest.approx(seen)
    assert pull.differentiated == [True] * 8 + [False] * (len(seen) - 8)  # what moves nothing
    assert float(last.level_state.pixels.detach().max()) == pytest.approx(pixels)
    assert torch.equal(last.picture, flat(1.0))


def test_the_average_of_the_iterates_is_the_result_and_starts_afresh_at_each_level():
    decay, values = 0.7, []
    levels = [Level(4, 6, 2), Level(4, 6, 3)]
    optimizer = descent(0.5, averaging=decay)
    last = optimize(flat(0.2), levels, of(Pull(0.8)), optimizer, lambda s: values.append(s.picture))

    def averaged(iterates: list[float]) -> float:
        weights = [decay ** (len(iterates) - 1 - i) for i in range(len(iterates))]
        return sum(w * x for w, x in zip(weights, iterates, strict=True)) / sum(weights)

    def iterates(start: float, count: int) -> list[float]:
        return [0.8 + 0.5**k * (start - 0.8) for k in range(1, count + 1)]

    first = [averaged(iterates(0.2, n)) for n in (1, 2)]
    second = [averaged(iterates(first[-1], n)) for n in (1, 2, 3)]
    assert [float(v.mean()) for v in values] == pytest.approx(first + second, rel=1e-5)
    torch.testing.assert_close(last.picture, flat(second[-1]))


def adam_path(slopes: list[float], restart_at: int | None) -> float:
    """Kingma & Ba 2015, algorithm 1, for one number; its moments start anew at `restart_at`."""
    x, m, v, t = 0.5, 0.0, 0.0, 0
    for i, g in enumerate(slopes):
        if i == restart_at:
            m = v = t = 0
        t += 1
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        x -= 0.01 * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)) ** 0.5 + 1e-8)
    return x


@pytest.mark.parametrize("carry", [False, True])
def test_adam_s_moments_are_carried_to_the_next_level_only_if_asked(carry):
    optimizer = Optimizer(make=lambda p: torch.optim.Adam(p, lr=0.01), carry=carry)
    levels = [Level(4, 6, 5), Level(8, 12, 3)]
    last = optimize(flat(0.5), levels, of(Push(1.0), Push(-1.0)), optimizer)
    expected = adam_path([1.0] * 5 + [-1.0] * 3, restart_at=None if carry else 5)
    moved = last.level_state.pixels.detach()
    torch.testing.assert_close(moved, flat(expected, 8, 12), rtol=1e-5, atol=1e-6)
    assert (
        abs(adam_path([1.0] * 5 + [-1.0] * 3, None) - adam_path([1.0] * 5 + [-1.0] * 3, 5)) > 0.01
    )


@pytest.mark.parametrize("make", [LBFGS, torch.optim.LBFGS])
def test_state_that_cannot_be_carried_is_refused(make):
    with pytest.raises(UserError, match="carry"):
        Optimizer(make=make, carry=True).check()
    Optimizer(make=torch.optim.Adam, carry=True).check()
    Optimizer(make=make).check()


def test_the_default_optimiser_reaches_the_target():
    last = optimize(flat(0.2, batch=2), [Level(4, 6, 12)], of(Pull(0.8)), Optimizer())
    torch.testing.assert_close(last.picture, flat(0.8, batch=2), rtol=1e-4, atol=1e-4)


def test_a_picture_that_stops_being_numbers_ends_the_run_naming_the_level():
    levels = [Level(4, 6, 2), Level(8, 12, 2), Level(16, 24, 2)]
    with pytest.raises(RunError, match="level 2"):
        optimize(flat(0.2), levels, of(Pull(0.8), Push(float("nan"))), descent(0.5))


def test_what_on_step_raises_comes_through():
    def interrupt(step: Step) -> None:
        if step.number == 2:
            raise KeyboardInterrupt

    pull = Pull(0.8)
    with pytest.raises(KeyboardInterrupt):
        optimize(flat(0.2), [Level(4, 6, 5)], of(pull), descent(0.5), interrupt)
    assert len(pull.seen) == 2
