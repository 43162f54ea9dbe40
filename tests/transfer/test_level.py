"""What a level keeps, when it ends, and a state that continues to the same pixels."""

import io

import pytest
import torch
from test_loop import Pull, descent, flat, of

from stylex.transfer.loop import optimize
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.pyramid import Level


class Bowl:
    """Σ (cosh(x − target) − 1): convex, not quadratic, so that L-BFGS has a history to keep."""

    def __init__(self, target):
        self.weights = {"bowl": 1.0}
        self.target = target

    def __call__(self, features, image):
        ramp = torch.linspace(0.5, 1.5, image.shape[-1])  # pixels of unequal curvature
        return {"bowl": ((ramp * (image - self.target)).cosh() - 1).sum((1, 2, 3))}


def saved(state):
    """Through a file and back, as a checkpoint goes."""
    file = io.BytesIO()
    torch.save(state, file)
    return torch.load(io.BytesIO(file.getvalue()), weights_only=True)


OPTIMIZERS = {
    "lbfgs": Optimizer(),
    "torch_lbfgs": Optimizer(make=lambda p: torch.optim.LBFGS(p, lr=0.5, max_iter=2)),
    "adam": Optimizer(make=lambda p: torch.optim.Adam(p, lr=0.02), averaging=0.9, carry=True),
    "sgd": Optimizer(make=lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9), clamp="step"),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("stop_at", [1, 3, 4, 5, 9, 12])
def test_from_any_step_on_the_same_pixels(name, stop_at):
    optimizer, levels = OPTIMIZERS[name], [Level(4, 6, 4), Level(8, 12, 5), Level(9, 13, 4)]
    states, straight = {}, {}

    def record(step):
        states[step.number] = saved(step.state())
        straight[step.number] = (step.picture, step.evaluations, step.losses.total)

    whole = optimize(flat(0.2), levels, of(Bowl(0.8)), optimizer, record)
    again = {}

    def compare(step):
        again[step.number] = (step.picture, step.evaluations, step.losses.total)

    end = optimize(flat(0.2), levels, of(Bowl(0.8)), optimizer, compare, state=states[stop_at])
    assert again.keys() == {n for n in straight if n > stop_at}
    for number, values in again.items():
        for now, before in zip(values, straight[number], strict=True):
            assert torch.equal(torch.as_tensor(now), torch.as_tensor(before))
    assert torch.equal(end.picture, whole.picture)
    assert (end.number, end.evaluations) == (whole.number, whole.evaluations)


def test_more_steps_than_when_it_stopped():
    states = []
    start, bowl = flat(0.2), of(Bowl(0.8))
    optimize(
        *(start, [Level(4, 6, 9)], bowl, Optimizer()),
        lambda step: states.append(saved(step.state())),
    )
    end = optimize(start, [Level(4, 6, 12)], bowl, Optimizer(), state=states[4])
    assert states[4] == {}  # and what it held is free
    whole = optimize(start, [Level(4, 6, 12)], bowl, Optimizer())
    assert torch.equal(end.picture, whole.picture)


def test_random_numbers_go_on_where_they_were():
    levels, states, drawn = [Level(2, 2, 3)], [], []

    def draw(step):
        drawn.append(torch.rand(3))
        states.append(saved(step.state()))

    optimize(flat(0.2), levels, of(Pull(0.8)), descent(0.5), draw)
    again = []
    optimize(
        *(flat(0.2), levels, of(Pull(0.8)), descent(0.5)),
        lambda step: again.append(torch.rand(3)),
        state=states[0],
    )
    assert torch.equal(torch.stack(again), torch.stack(drawn[1:]))


def test_a_plateau_ends_the_level_if_asked():
    levels = [Level(4, 6, 200), Level(8, 12, 200)]
    numbers = []
    half = descent(0.5)
    optimize(*(flat(0.2), levels, of(Pull(0.8)), half), lambda s: numbers.append(s.level))
    assert [numbers.count(level) for level in (0, 1)] == [200, 200]
    numbers.clear()
    ends = []

    def note(step):
        numbers.append(step.level)
        if step.ends_level:
            ends.append(step.number)

    # The distance to 0.8 is halved by a step: after ten of them it is 0.6/2^10, which the ten
    # before changed by 153 grey levels, and the next ten will change by 0.15.
    for change, count in ((0.14, 30), (0.16, 20)):
        numbers.clear()
        ends.clear()
        optimize(*(flat(0.2), levels[:1], of(Pull(0.8)), half), note, stop_change=change)
        assert ends == [count] and len(numbers) == count
    # Of a batch as the slowest does: the other one is there already.
    both = torch.cat([flat(0.8), flat(0.2)])
    optimize(both, levels[:1], of(Pull(0.8)), half, note, stop_change=0.14)
    assert ends == [20, 30]
    # Resumed between two checks it ends in the same step.
    states = {}
    call = (flat(0.2), levels[:1], of(Pull(0.8)), half)
    optimize(*call, lambda s: states.update({s.number: saved(s.state())}), stop_change=0.16)
    assert optimize(*call, state=states[15], stop_change=0.16).number == 20
    # The second level starts where the first one ended.
    ends.clear()
    optimize(*(flat(0.2), levels, of(Pull(0.8)), half), note, stop_change=0.16)
    assert ends == [20, 40]


class Trap:
    """A loss that rises with every move away from where it started."""

    def __init__(self, start):
        self.weights = {"trap": 1.0}
        self.start = start

    def __call__(self, features, image):
        away = (image - self.start).abs().sum((1, 2, 3))
        return {"trap": 1 + away + 1e-3 * image.sum((1, 2, 3))}


@pytest.mark.parametrize("steps", [1, 2, 3, 7])
@pytest.mark.parametrize("clamp", ["late", "level", "step", "evaluation"])
def test_the_picture_kept_is_the_best_evaluated_and_never_one_past_it(steps, clamp):
    start, seen = flat(0.4, batch=2), []
    trap = Trap(start)

    def note(step):
        seen.append(step.losses.total)

    end = optimize(start, [Level(4, 6, steps)], of(trap), Optimizer(clamp=clamp), note)
    assert torch.equal(end.picture, start)
    final = trap({}, end.picture)["trap"]
    assert bool((final <= torch.stack(seen).amin(0)).all())


@pytest.mark.parametrize("stop_at", [1, 3, 6])
def test_the_best_picture_of_before_it_was_stopped_is_not_forgotten(stop_at):
    start, states = flat(0.4), {}
    call = (start, [Level(4, 6, 7)], of(Trap(start)), Optimizer())
    optimize(*call, lambda step: states.update({step.number: saved(step.state())}))
    assert torch.equal(optimize(*call, state=states[stop_at]).picture, start)


def test_on_the_way_the_average_is_shown_whether_the_loss_falls_or_not():
    start, seen, shown = flat(0.4), [], []

    def note(step):
        seen.append(step.level_state.pixels.clone())
        shown.append(step.picture)

    sgd = descent(0.1, averaging=0.5)
    optimize(start, [Level(4, 6, 3), Level(4, 6, 1)], of(Trap(start)), sgd, note)
    one, two, three, _ = seen
    assert not torch.equal(two, one)
    torch.testing.assert_close(shown[1], (one + 2 * two) / 3)
    torch.testing.assert_close(shown[2], (one + 2 * two + 4 * three) / 7)


def test_a_loss_of_0_ends_a_level_only_where_all_are_there_and_no_positions_are_drawn():
    class Drawn(Pull):
        def redraw(self, number):
            """Of other positions the loss may be more."""

    def steps(image, **more):
        return optimize(image, [Level(4, 6, 20)], of(Drawn(0.8)), descent(0.5), **more)

    assert steps(flat(0.8)).number == 1
    assert steps(flat(0.8), resample_every=5).number == 20
    end = steps(torch.cat([flat(0.8), flat(0.2)]))
    assert end.number == 20
    torch.testing.assert_close(end.picture, flat(0.8, batch=2), rtol=0, atol=1e-5)


@pytest.mark.parametrize("clamp", ["late", "level"])
def test_a_level_that_ends_while_pixels_are_free_keeps_a_picture_that_was_evaluated(clamp):
    """The best one before it has a half beyond white, where the loss is lower."""
    target = torch.cat((flat(1.4)[..., :3], flat(0.8)[..., 3:]), -1)
    pull, half = Pull(target), descent(0.5, clamp)
    end = optimize(flat(0.2), [Level(4, 6, 200)], of(pull), half, stop_change=0.16)
    assert end.number < 200 / 4  # from where on `late` clamps
    assert any(torch.equal(end.picture, image) for image in pull.seen)


def test_each_sample_keeps_its_own_best_picture():
    """One is pulled to a target, the other is best where it is."""
    start = flat(0.4, batch=2)

    class Both(Trap):
        def __call__(self, features, image):
            pull = 10 * (image - 0.8).square().sum((1, 2, 3))
            return {"trap": torch.stack([super().__call__({}, image)["trap"][0], pull[1]])}

    end = optimize(start, [Level(4, 6, 9)], of(Both(start)), Optimizer())
    assert torch.equal(end.picture[0], start[0])
    torch.testing.assert_close(end.picture[1], flat(0.8)[0], rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("steps", range(1, 12))
def test_more_steps_never_end_worse(steps):
    bowl = Bowl(0.8)
    ends = [
        optimize(flat(0.2), [Level(4, 6, n)], of(bowl), Optimizer()).picture
        for n in (steps, steps + 1)
    ]
    less, more = (float(bowl({}, image)["bowl"]) for image in ends)
    assert more <= less * 1.02
