"""Transfers alike but for their steps: each is what it is alone, and common steps are made once."""

import pytest
import torch
from batching import alone, assert_close, job_of, seen

from stylex.errors import RunError
from stylex.transfer import stylize as one
from stylex.transfer.branching import Place, common, own_shares, stylize_branching
from stylex.transfer.losses.tv import TotalVariation
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.pyramid import Pyramid

SINGLE = {"pyramid": Pyramid(levels=1)}
FREE = Optimizer(clamp="level")
ADAM = Optimizer(lambda pixels: torch.optim.Adam(pixels, lr=0.02), clamp="step", averaging=0.9)
TORCHS = Optimizer(
    lambda pixels: torch.optim.LBFGS(pixels, max_iter=3, line_search_fn="strong_wolfe"), "level"
)


class Counting(TotalVariation):
    """Counts its evaluations. From one on, as told, it is no number."""

    def __init__(self, broken_from=10**9):
        super().__init__()
        self.count, self.broken_from = 0, broken_from

    def value(self, part, statistics):
        self.count += 1
        value = super().value(part, statistics)
        return value * torch.nan if self.count >= self.broken_from else value


@pytest.fixture
def calls(picture):
    def make(steps, **options):
        pair = picture(36, 48), picture(40, 48, seed=1)
        return [(*pair, {**options, "steps": count}) for count in steps]

    return make


def branched(calls, hear=lambda number, step: None):
    """[(what each ended in, what its steps showed)]"""
    shown = [[] for _ in calls]

    def listener(number):
        def on_step(step):
            shown[number].append(seen(step))
            hear(number, step)

        return on_step

    jobs = [job_of(call, listener(number)) for number, call in enumerate(calls)]
    ends = dict(stylize_branching(jobs))
    assert ends.keys() == set(range(len(calls)))
    return [(ends[number], steps) for number, steps in enumerate(shown)]


def assert_exactly_as_alone(call, result, steps):
    if isinstance(result, Exception):
        raise result
    expected, alone_steps = alone(call)
    assert_close(steps, alone_steps)
    assert (result.steps, result.evaluations) == (expected.steps, expected.evaluations)
    assert torch.equal(result.image, expected.image)


@pytest.mark.parametrize(
    ("steps", "options"),
    [
        ((6, 12, 9), {**SINGLE, "optimizer": FREE}),
        ((6, 12), {**SINGLE, "optimizer": ADAM}),
        ((4, 6), {**SINGLE, "optimizer": TORCHS}),
        ((8, 20, 12), {**SINGLE, "optimizer": Optimizer()}),  # clamped from a quarter of each on
        ((8, 20, 12), SINGLE),  # and smoothed for as long as each takes
        (([5, 8], [5, 16], [7, 8]), {}),
        (([5, 1], [5, 8], [1, 4]), {}),
        ((6, 12), {**SINGLE, "init": "noise", "color": "keep", "resample_every": 2}),
    ],
    ids=[
        "lbfgs",
        "adam",
        "line search",
        "late",
        "smoothed",
        "levels",
        "at their ends",
        "resampled",
    ],
)
def test_each_is_as_alone(calls, steps, options):
    together = calls(steps, **options)
    for call, (result, shown) in zip(together, branched(together), strict=True):
        assert_exactly_as_alone(call, result, shown)


@pytest.mark.parametrize(
    ("clamp", "steps", "made"),
    [
        # 12 steps, of which the last of 6 and of 9 are made anew, and the last picture of each.
        ("step", (6, 12, 9), 12 + 1 + 1 + 3),
        # Those of 12 and 20 part after 3, a quarter of 12, and those of 20 and 40 after 5.
        ("late", (40, 12, 20), 12 + (20 - 3) + (40 - 5) + 3),
        # The second level is of one step in the first of them, which is its last.
        ("step", ([5, 1], [5, 8]), 5 + 1 + 8 + 2),
        # The same but for what is noted of them.
        ("step", (6, 6), 6 + 1),
    ],
)
def test_common_steps_are_made_once(calls, clamp, steps, made):
    counting = Counting()
    more = {"optimizer": Optimizer(clamp=clamp), "tv_loss": counting, "tv_weight": 1.0}
    more |= {} if isinstance(steps[0], list) else SINGLE
    ends = branched(calls(steps, **more))
    assert counting.count == made
    assert [end.steps for end, _ in ends] == [
        one if isinstance(one, int) else sum(one) for one in steps
    ]


def test_equal_ones_are_scored_once(calls, monkeypatch):
    scored, score = [], one.score
    monkeypatch.setattr(one, "score", lambda *args: scored.append(1) or score(*args))
    (first, _), (second, _) = branched(calls((4, 4)))
    assert first is second and scored == [1]


@pytest.mark.parametrize("optimizer", [Optimizer(), FREE], ids=["they part before", "together"])
def test_levels_that_end_early(calls, optimizer):
    # Over after 20 steps, for the first ten have nothing to be compared with.
    steps = [24, 30], [27, 30], [29, 21]
    together = calls(steps, stop_change=255.0, optimizer=optimizer)
    for call, (result, shown) in zip(together, branched(together), strict=True):
        assert_exactly_as_alone(call, result, shown)
        assert result.steps == 40


def test_where_they_part(calls):
    def parting(first, second, **options):
        jobs = [job_of(call, None).plan for call in calls((first, second), **options)]
        return common(*jobs)

    level = {"optimizer": FREE}
    assert parting(10, 20, **SINGLE, **level) == Place(0, 9)
    assert parting(20, 20, **SINGLE, **level) == Place(1, 0)
    assert parting(12, 40, **SINGLE, optimizer=Optimizer()) == Place(0, 3)
    assert parting([5, 4], [5, 8], **level) == Place(1, 3)
    assert parting([6, 4], [5, 9], optimizer=Optimizer()) == Place(0, 4)
    # By default the second gradient is smoother already where there are more steps to come.
    assert parting(12, 40, **SINGLE) == Place(0, 1)
    assert parting([5, 4], [5, 8]) == Place(1, 1)
    assert parting(1, 20, **SINGLE, **level) == Place(0, 0)
    assert parting([5, 1], [5, 20], **level) == Place(0, 5)


def test_what_each_adds_to_the_work(calls):
    def shares(*steps, **options):
        return own_shares([job_of(call, None).plan for call in calls(steps, **options)])

    free = {**SINGLE, "optimizer": FREE}
    assert shares(40, 10, 20, **free) == pytest.approx([21 / 40, 1, 11 / 20])
    assert shares(12, 12, **free) == [1, 0]
    # The first level has a quarter of the second one's pixels.
    late = {"optimizer": Optimizer()}
    assert shares([4, 8], [4, 16], **late) == pytest.approx([1, 14 / (1 + 16)])


@pytest.mark.parametrize("broken", [0, 1])
def test_one_whose_callback_fails_leaves_the_others_alone(calls, broken):
    def hear(number, step):
        if (number, step.number) == (broken, 3):
            raise OSError("the disk is full")

    together = calls((6, 9, 12), **SINGLE, optimizer=FREE)
    found = branched(together, hear)
    assert str(found[broken][0]) == "the disk is full" and len(found[broken][1]) == 3
    for number in {0, 1, 2} - {broken}:
        assert_exactly_as_alone(together[number], *found[number])


def test_all_fail_where_their_common_steps_do(calls):
    more = {**SINGLE, "optimizer": Optimizer(clamp="step"), "tv_weight": 1.0}
    # Six of them start again from the best picture, and then no more.
    ends = [end for end, _ in branched(calls((16, 19, 40), **more, tv_loss=Counting(3)))]
    assert all(isinstance(end, RunError) for end in ends)
    assert {str(end).partition(":")[0] for end in ends} == {
        "the loss is no longer a number (tv) at step 9 (level 1)"
    }
    # 16 steps and a last picture; what follows is the longer one's alone.
    ends = [end for end, _ in branched(calls((16, 40), **more, tv_loss=Counting(18)))]
    assert [isinstance(end, RunError) for end in ends] == [False, True]


def test_an_interruption_comes_when_all_have_seen_the_step(calls):
    heard = []

    def hear(number, step):
        heard.append((number, step.number))
        if step.number == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        branched(calls((6, 9), **SINGLE, optimizer=FREE), hear)
    assert heard == [(0, 1), (1, 1), (0, 2), (1, 2)]
