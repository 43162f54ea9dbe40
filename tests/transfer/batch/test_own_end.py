"""Of transfers side by side each ends, fails and is resumed on its own."""

import pytest
import torch
from batching import CLOSE, STEPS, alone, assert_as_alone, assert_close, batched, job_of, seen

from stylex.errors import RunError, UserError
from stylex.images import save
from stylex.transfer.batch import stylize_batch
from stylex.transfer.losses.tv import TotalVariation


def test_one_that_ends_a_level_early_waits_for_the_others(picture, together):
    # Over after twenty steps: the first ten have nothing to be compared with.
    still = {"stop_change": 255.0, "steps": 22}
    calls = [
        (picture(36, 48), picture(40, 48, seed=1), still),
        (picture(36, 48), picture(40, 48, seed=2), {"steps": 22}),
    ]
    found = batched(calls)
    assert_as_alone(calls, found)
    assert [len(steps) for _, steps in found] == [40, 44]
    # They begin the second level together; the end of one comes with a step of the other.
    assert together == [2] * (20 + 20)


class Cliff(TotalVariation):
    """From one evaluation on, for so many, not a number."""

    def __init__(self, at, count):
        super().__init__()
        self.wrong, self.number = range(at, at + count), 0

    def value(self, part, statistics):
        self.number += 1
        value = super().value(part, statistics)
        return value * torch.nan if self.number in self.wrong else value


def test_one_that_diverges_for_a_moment_starts_again_on_its_own(picture, together):
    def calls():
        return [
            (picture(36, 48), picture(40, 48, seed=1), {}),
            (picture(36, 48), picture(40, 48, seed=2), {"tv_loss": Cliff(3, 1)}),
        ]

    found = batched(calls())
    assert_as_alone(calls(), found)
    restarted = [[n for n, step in enumerate(steps, 1) if step["number"][3]] for _, steps in found]
    assert restarted == [[], [3]]
    assert together == [2] * (2 * STEPS)


def test_one_that_diverges_for_good_fails_alone(picture, together):
    more = {"steps": [4, 12]}
    calls = [
        (picture(36, 48), picture(40, 48, seed=1), more),
        (picture(36, 48), picture(40, 48, seed=2), {**more, "tv_loss": Cliff(6, 10**9)}),
        (picture(36, 48), picture(40, 48, seed=3), more),
    ]
    ends = batched(calls)
    error, steps = ends.pop(1)
    del calls[1]
    assert isinstance(error, RunError)
    # Six restarts from what the second level began with.
    assert "no longer a number (tv) at step 12 (level 2)" in str(error)
    assert [step["number"][3] for step in steps] == [False] * 5 + [True] * 6
    assert_as_alone(calls, ends)
    assert together == [3] * 12 + [2] * 4


def test_from_any_step_on_one_is_resumed_alone(unlike):
    calls = unlike[1:]
    for call, (result, steps) in zip(calls, batched(calls), strict=True):
        for number in (2, STEPS, STEPS + 3):
            again, rest = alone(call, steps[number - 1]["state"])
            assert_close(rest, steps[number:])
            torch.testing.assert_close(again.image, result.image, **CLOSE)


def test_runs_that_were_stopped_at_different_steps_go_on_together(unlike, together):
    calls = unlike[:3]
    whole = [alone(call) for call in calls]
    stopped_at = [1, STEPS + 2, 0]
    states = [
        steps[number - 1]["state"] if number else None
        for (_, steps), number in zip(whole, stopped_at, strict=True)
    ]
    found = batched(calls, states)
    for (result, steps), (expected, all_steps), number in zip(
        found, whole, stopped_at, strict=True
    ):
        assert_close(steps, all_steps[number:])
        torch.testing.assert_close(result.image, expected.image, **CLOSE)
    # The second waits until the others are at its level, and is done two steps before them.
    assert together == [2] * 3 + [3] * 2 + [2] * 2


class Broken(TotalVariation):
    """Raises at its third evaluation, together with others and again alone."""

    number = 0

    def value(self, part, statistics):
        self.number += 1
        if self.number >= 3:
            raise ZeroDivisionError("a loss of one's own")
        return super().value(part, statistics)


def test_what_one_s_loss_or_callback_raises_ends_that_one(picture, together):
    content, styles = picture(36, 48), [picture(40, 48, seed=seed) for seed in range(4)]
    calls = [(content, style, {}) for style in styles]
    calls[1] = (content, styles[1], {"tv_loss": Broken()})
    steps = [[], []]

    def fail(step):
        if step.number == 5:
            raise OSError("no space left")

    jobs = [
        job_of(calls[0], lambda step: steps[0].append(seen(step))),
        job_of(calls[1], lambda step: None),
        job_of(calls[2], fail),
        job_of(calls[3], lambda step: steps[1].append(seen(step))),
    ]
    order = []
    ends = {}
    for number, end in stylize_batch(jobs):
        order.append(number)
        ends[number] = end
    assert order == [1, 2, 0, 3]
    assert isinstance(ends[1], ZeroDivisionError) and isinstance(ends[2], OSError)
    assert_as_alone([calls[0], calls[3]], [(ends[0], steps[0]), (ends[3], steps[1])])
    # In the third round each evaluates for itself.
    assert together == [4, 4, 4, 3, 3, *[2] * (STEPS - 1)]


def test_a_picture_that_cannot_be_read_is_that_one_s_matter(picture, tmp_path, together):
    call = (picture(36, 48), picture(40, 48, seed=1), {})
    broken = tmp_path / "style.png"
    save.write(picture(40, 48), broken)
    job = job_of((picture(36, 48), broken, {}), lambda step: None)
    broken.write_bytes(broken.read_bytes()[:200])
    steps = []
    ends = dict(stylize_batch([job, job_of(call, lambda step: steps.append(seen(step)))]))
    assert isinstance(ends[0], UserError)
    assert_as_alone([call], [(ends[1], steps)])


def test_an_interrupt_comes_when_all_have_ended_their_step(unlike):
    steps = [0, 0, 0]

    def on_step(number):
        def note(step):
            steps[number] = step.number
            if number != 1 and step.number == 3:
                raise KeyboardInterrupt

        return note

    jobs = [job_of(call, on_step(number)) for number, call in enumerate(unlike[:3])]
    with pytest.raises(KeyboardInterrupt):
        list(stylize_batch(jobs))
    assert steps == [3, 3, 3]


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_it_does_not_depend_on_the_caller_s_mode(unlike, mode):
    with mode():
        found = batched(unlike[:2])
        assert torch.is_inference_mode_enabled() == (mode is torch.inference_mode)
        assert not torch.is_grad_enabled()
    assert_as_alone(unlike[:2], found)
