"""Transfers that differ in their steps alone, whose common beginnings are painted once.

A run of 500 steps and one of 1000 make the same first 499, where nothing that they do depends on
how many there will be. The second then goes on from there, as if it had been resumed: the pictures
are those of separate runs, to the pixel, and all of them cost what the longest does.
"""

import copy
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import torch

from stylex.transfer.asking import alone
from stylex.transfer.batch import Transfer
from stylex.transfer.device import computing_in
from stylex.transfer.loop import Step
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.plan import Plan
from stylex.transfer.pyramid import Level, work_of
from stylex.transfer.shared import Shared
from stylex.transfer.started import Started, read
from stylex.transfer.stylize import Result, keep_of, network_of, painting, result_of


class Place(NamedTuple):
    """After so many steps of a level; both count from 0."""

    level: int
    steps: int


START = Place(0, 0)


def common(first: Plan, second: Plan) -> Place:
    """How far the two are the same, where they differ in their steps alone.

    Where they part at the beginning of a level, the end of the one before; where they are the same
    throughout, one past the last level.
    """
    policy = first.settings.optimizer
    count = min(len(first.levels), len(second.levels))
    for number, (one, other) in enumerate(zip(first.levels, second.levels, strict=False)):
        if one == other:
            continue
        if steps := _common_steps(policy, one, other, last=number + 1 == count):
            return Place(number, steps)
        return Place(number - 1, first.levels[number - 1].steps) if number else START
    return Place(count, 0)


def _common_steps(policy: Optimizer, one: Level, other: Level, *, last: bool) -> int:
    """Of two levels that are not equal. The last step is not the same as one in the midst."""
    if replace(one, steps=other.steps) != other:  # another share of the memory, say
        return 0
    most = min(one.steps, other.steps) - 1
    for done in range(most):
        if _policy_at(policy, done, one, last) != _policy_at(policy, done, other, last):
            return done
    return most


def _policy_at(policy: Optimizer, done: int, level: Level, last: bool) -> tuple[bool, float]:
    """What of a step depends on how many there will be."""
    clamps = policy.clamps_evaluation(done, level.steps, last=last)
    return clamps, policy.smoothing_of(done, level)


def own_shares(plans: Sequence[Plan]) -> list[float]:
    """For each how much of its work none of the others does for it, in [0, 1]."""
    shares = [1.0] * len(plans)
    order = sorted(range(len(plans)), key=lambda number: _steps(plans[number]))
    for index, number in enumerate(order):
        own = plans[number]
        places = [common(plans[other], own) for other in order[:index]]
        level, steps = max(places, default=START)
        made = sum(_steps(own)[:level]) + steps
        shares[number] = 1 - work_of(own.levels, made) / own.pixel_steps
    return shares


def _steps(planned: Plan) -> list[int]:
    return [level.steps for level in planned.levels]


@torch.inference_mode(False)
@torch.enable_grad()
def stylize_branching(
    jobs: Sequence[Transfer], shared: Shared | None = None
) -> Iterator[tuple[int, Result | Exception]]:
    """Paints all of them, each step that several have in common once.

    Each ends in the picture that a call of `stylize` would give, and its callbacks see the same
    steps. `Result.seconds` are those that it would have taken by itself.

    Gives the number of each, from 0, with its result, or with what it raised: the fewest steps
    first. One whose callbacks fail does not change the others.

    jobs: alike but for the steps, and without a `state`. shared: with other calls.

    A KeyboardInterrupt of an `on_step` is raised when the others have been shown that step, too.
    """
    shared, runs = shared or Shared(), [_Run(number, job) for number, job in enumerate(jobs)]
    runs.sort(key=lambda run: _steps(run.plan))
    for index, run in enumerate(runs):
        run.later = [(later, common(run.plan, later.plan)) for later in runs[index + 1 :]]
        for later, place in run.later:
            # Of several that it has as much in common with, the first one comes by.
            if place > later.leaves:
                later.source, later.leaves = run, place
    started = None
    for run in runs:
        try:
            started = replace(started, plan=run.plan) if started else read(run.plan, shared)
            run.begin(started)
        except Exception as error:
            run.error = error
    for run in runs:
        run.paint(shared)
        outcome = run.error or run.result
        assert outcome
        yield run.number, outcome


class _Run:
    """A job on its way. later: those that come after it, and how far it goes with each.

    source: the one that it leaves at the place `leaves`, with its `state` there, when that has
    taken so many `seconds`; from the start by itself where there is none.
    """

    def __init__(self, number: int, job: Transfer) -> None:
        self.number, self.job, self.plan = number, job, job.plan
        self.later: Sequence[tuple[_Run, Place]] = ()
        self.source: _Run | None = None
        self.leaves = START
        self.state: dict[str, Any] | None = None
        self.seconds = 0.0
        self.result: Result | None = None
        self.error: Exception | None = None

    def begin(self, started: Started) -> None:
        self.started = started
        self.job.on_start(started)

    def show(self, step: Step) -> KeyboardInterrupt | None:
        """Calls its `on_step`; gives an interruption."""
        if not self.error:
            try:
                self.job.on_step(replace(step, levels=self.plan.levels))
            except KeyboardInterrupt as error:
                return error
            except Exception as error:
                self.error = error
        return None

    def paint(self, shared: Shared) -> None:
        """Goes on from where it leaves its source, also for those that go some way with it."""
        if not any(one.source is self and not one.error for one, _ in self.later) and self.error:
            return
        if self.source and self.leaves.level == len(self.plan.levels):
            self.result = self.source.result  # the very same
            return
        self.began, self.here = time.perf_counter() - self.seconds, START
        try:
            with computing_in(self.plan.precision):
                vgg, keep = network_of(self.started, shared), keep_of(self.started, shared)
                painted = alone(painting)(self.started, vgg, self._on_step, self.state, keep)
            seconds = time.perf_counter() - self.began
            self.result = result_of(painted, self.started, seconds, shared)
        except Exception as error:
            for one in (self, *(one for one, end in self.later if end > self.here)):
                one.error = one.error or error  # each would have come to the same
        self.state = None

    def _on_step(self, step: Step) -> None:
        self.here = here = Place(step.level, step.level_state.done)
        interrupted = self.show(step)
        waiting = False
        for one, end in self.later:
            if here > end:
                continue
            # A level that ends early does so for both, and only then do they differ.
            early = step.level_state.plateau and here.level == end.level
            if leaving := here == end or early:
                step = _as_it_is(step)
            interrupted = one.show(step) or interrupted
            if leaving and (one.source is self or early):
                one.source, one.state = self, copy.deepcopy(step.state())
                one.seconds = time.perf_counter() - self.began
            waiting |= not leaving and not one.error
        if interrupted:
            raise interrupted
        if self.error and not waiting:
            raise self.error


def _as_it_is(step: Step) -> Step:
    """The step, whose picture stays what it is now."""
    picture = step.picture
    return replace(step, finish=lambda painted: picture)
