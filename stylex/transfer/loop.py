"""The algorithm: optimise the picture's own pixels, level by level (Gatys et al. 2016, §2.3)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from stylex.errors import RunError
from stylex.transfer.level import LevelState
from stylex.transfer.objective import Losses, Objective
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.pyramid import Level


@dataclass(frozen=True)
class Step:
    """What one optimiser step did. Its picture and state are valid within `on_step`.

    number: 1 … over all levels. level: index of the level. evaluations: of the objective so far.
    restarted: the loss had diverged, and the picture is back at its best.
    """

    number: int
    level: int
    evaluations: int
    now: LevelState
    levels: Sequence[Level]
    restarted: bool = False

    @property
    def losses(self) -> Losses:
        """The last evaluation, of the picture before the step's last move."""
        return self.now.losses

    @property
    def ends_level(self) -> bool:
        """Whether the next step is one of the next level."""
        return self.now.over

    @property
    def picture(self) -> Tensor:
        """What to keep if nothing followed, (B, 3, H, W) in [0, 1]: see `LevelState.picture`."""
        return self.now.picture

    def state(self) -> dict[str, Any]:
        """All that `optimize` needs to go on from here: plain numbers and tensors, not copied."""
        return {
            "number": self.number,
            "level": self.level,
            "evaluations": self.evaluations,
            "memory_plan": [(level.tile, level.history) for level in self.levels],
            "level_state": self.now.state(),
            "random": torch.get_rng_state(),
        }


def optimize(
    image: Tensor,
    levels: Sequence[Level],
    objective_at: Callable[[Level], Objective],
    optimizer: Optimizer,
    on_step: Callable[[Step], None] = lambda step: None,
    *,
    rel_change: float = 0.0,
    state: dict[str, Any] | None = None,
) -> Step:
    """The picture that minimises the objective, from `image`, through `levels` (coarse to fine).

    image: (B, 3, h, w), RGB in [0, 1], of any size: each level starts from the last one's result,
        resized. objective_at makes the level's objective. on_step is called after every step.
    rel_change: ends a level early, see `LevelState.step`; 0 for never.
    state: that of an earlier call's step, to go on from there to the very same result.

    Raises RunError, naming step and level, when the picture or its loss is no longer a number.
    Returns the last step; its picture is the result, (B, 3, H, W) in [0, 1] at the last level's
    size, the best of all that were evaluated there.
    """
    number = evaluations = first = 0
    if state is not None:
        number, first = state["number"], state["level"]
        evaluations = state["evaluations"] - state["level_state"]["evaluations"]
    now: LevelState | None = None
    step: Step | None = None
    for index, level in enumerate(levels[first:], first):
        before = now if optimizer.carry else None
        now = step = None  # the last level's memory makes room for the next one's
        last = index + 1 == len(levels)
        now = LevelState(image, level, objective_at(level), optimizer, before, last=last)
        if state is not None:
            now.load(state["level_state"])
            torch.set_rng_state(state["random"])
            state = None
        count = evaluations + now.evaluate.count
        step = Step(number, index, count, now, levels)
        while not now.over:
            number += 1
            try:
                restarted = now.step(rel_change)
            except RunError as error:
                place = f"step {number} (level {index + 1})"
                raise RunError(f"{error} at {place}: {ADVICE}") from error
            count = evaluations + now.evaluate.count
            step = Step(number, index, count, now, levels, restarted)
            on_step(step)
        evaluations += now.evaluate.count
        image = now.picture
        if last or not optimizer.carry:
            now.release()
    assert step  # there is at least one level
    return step


ADVICE = "try a smaller optimizer.lr, smaller weights, or precision=fp32"
