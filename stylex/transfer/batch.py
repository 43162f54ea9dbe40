"""Several transfers side by side, whose pictures the network sees as one batch.

Each has its own weights, targets, optimiser, callbacks and end: it is optimised as if alone, but
pauses before each evaluation. Those for which they pause are then made together, which is what a
GPU gains from.
"""

import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from stylex.transfer.asking import Asked
from stylex.transfer.device import computing_in, dtype_of
from stylex.transfer.evaluation.batch import Batches
from stylex.transfer.evaluation.memory import SPARE, network_bytes
from stylex.transfer.loop import Step
from stylex.transfer.metrics import CONTENT_LAYER, STYLE_LAYERS
from stylex.transfer.objective import Evaluated
from stylex.transfer.plan import Plan
from stylex.transfer.shared import Shared
from stylex.transfer.started import Started, read
from stylex.transfer.stylize import Painted, Result, keep_of, network_of, painting, result_of


@dataclass(frozen=True)
class Transfer:
    """A transfer of a batch: its plan, and what `stylize` takes besides.

    With a `state`, a plan of that state's memory plan: `plan(…, memory_plan=state["memory_plan"])`.
    """

    plan: Plan
    on_start: Callable[[Started], None] = lambda started: None
    on_step: Callable[[Step], None] = lambda step: None
    state: dict[str, Any] | None = None


def batch_key(plan: Plan) -> Hashable | None:
    """Equal for transfers that can be painted together; None for one that can only be alone.

    They have levels and steps, layers, network, device and precision in common. Pictures, weights,
    losses, seed, start, masks, colours and the optimiser are each one's own.
    """
    given = plan.settings
    if any(level.tile for level in plan.levels) or not given.optimizer.evaluates_once:
        return None
    levels = tuple(
        (level.height, level.width, level.steps, frozenset(plan.terms_at(level).layers))
        for level in plan.levels
    )
    network = given.extractor, given.tileable
    return levels, network, plan.device, plan.precision


def fitting(plan: Plan) -> int:
    """How many such transfers fit into the available memory together, by estimate; at least 1."""
    scored = CONTENT_LAYER, *STYLE_LAYERS
    network = network_bytes(plan.layers, scored, dtype_of(plan.precision), plan.device)
    return max(1, int((SPARE * plan.available_bytes - network) / (plan.bytes - network)))


@torch.inference_mode(False)
@torch.enable_grad()
def stylize_batch(
    jobs: Sequence[Transfer], shared: Shared | None = None
) -> Iterator[tuple[int, Result | Exception]]:
    """Paints all of them side by side, each as a call of `stylize` would.

    An evaluation is the same to rounding. Where a loss has a kink, rounding decides on a slope, as
    of the self-similarity at the photograph itself, and the pictures differ as those of two
    machines do.

    Gives the number of each, from 0, with its result, or with what it raised, as soon as it ends.
    One that fails does not change the others. One that ends a level early waits for them at the
    next. `Result.seconds` is each one's share of the time.

    jobs: of one `batch_key`, or a single one of any. A batch that does not fit into the memory is
    halved, see `Batches`. shared: with other calls.

    Raises ValueError for jobs that cannot be painted together. A KeyboardInterrupt of an `on_step`
    is raised when the others have ended their step, too, so that each can keep what it has.
    """
    keys = {batch_key(job.plan) for job in jobs}
    if len(jobs) > 1 and (None in keys or len(keys) > 1):
        raise ValueError("these transfers cannot be painted together: see batch_key")
    shared, batches = shared or Shared(), Batches(max(1, len(jobs)))
    running: dict[int, _Running] = {}
    for number, job in enumerate(jobs):
        try:
            one = _Running(job, shared)
            one.go_on()
            running[number] = one
        except Exception as error:
            yield number, error
    while running:
        now = _together(running)
        found = _evaluate([*now.values()], batches)
        interrupted = None
        for number, one in now.items():
            try:
                one.go_on(found.pop(0))
            except KeyboardInterrupt as error:
                interrupted = error
            except Exception as error:
                del running[number]
                yield number, error
        # Only when all have ended their step: scoring takes long.
        for number in [number for number, one in running.items() if one.painted]:
            yield number, running.pop(number).outcome(shared)
        if interrupted:
            raise interrupted


class _Running:
    """A job under way.

    asked: the evaluation before which it is paused; None once it has `painted`.
    """

    asked: Asked | None = None
    painted: Painted | None = None

    def __init__(self, job: Transfer, shared: Shared) -> None:
        self.started = read(job.plan, shared)
        vgg = network_of(self.started, shared)
        job.on_start(self.started)
        self.seconds = 0.0
        self._paused = painting(
            self.started, vgg, job.on_step, job.state, keep_of(self.started, shared)
        )

    def go_on(self, found: Evaluated | None = None) -> None:
        """To the next pause, or the end. found: what it asked for; None to evaluate alone."""
        began = time.perf_counter()
        # A level's objective makes room for the next one's.
        self.asked = None
        with computing_in(self.started.plan.precision):
            try:
                self.asked = self._paused.send(found)
            except StopIteration as end:
                self.painted = end.value
        self.seconds += time.perf_counter() - began

    def outcome(self, shared: Shared) -> Result | Exception:
        """What it has painted, with its figures, or why it cannot be scored."""
        assert self.painted
        try:
            return result_of(self.painted, self.started, self.seconds, shared)
        except Exception as error:
            return error


def _together(running: Mapping[int, _Running]) -> dict[int, _Running]:
    """Those of the smallest level: who is at a larger one waits for them there."""
    if len(running) == 1:
        return dict(running)
    sizes = {number: _image(one).shape[2:] for number, one in running.items()}
    smallest = min(sizes.values())
    return {number: one for number, one in running.items() if sizes[number] == smallest}


def _image(one: _Running) -> Tensor:
    assert one.asked
    return one.asked.image()


def _evaluate(running: Sequence[_Running], batches: Batches) -> list[Evaluated | None]:
    """What each of them has asked for; None for one that is alone, and evaluates for itself."""
    if len(running) == 1:
        return [None]
    began = time.perf_counter()
    objectives = [one.asked.objective for one in running if one.asked]
    with computing_in(running[0].started.plan.precision):
        found = batches.evaluate(objectives, [_image(one) for one in running])
    for one in running:
        one.seconds += (time.perf_counter() - began) / len(running)
    return found
