"""The algorithm: optimise the picture's own pixels, level by level (Gatys et al. 2016, §2.3)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from stylex.errors import RunError
from stylex.images.load import resize
from stylex.transfer.asking import Asking, alone
from stylex.transfer.level import LevelState
from stylex.transfer.masks import Canvas
from stylex.transfer.objective import Losses, Objective
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.parameterization import Parameterization
from stylex.transfer.pyramid import Level


def resized_start(level: Level, image: Tensor) -> Tensor:
    """The picture at the level's size, (B, 3, H, W) in [0, 1]."""
    return resize(image, level.height, level.width).clamp(0, 1)


def unchanged(image: Tensor) -> Tensor:
    """The picture itself."""
    return image


@dataclass(frozen=True)
class Step:
    """What one optimiser step did. Its picture and state are valid within `on_step`.

    number: 1 … over all levels. level: index of the level. evaluations: of the objective so far.
    level_state: the picture and the optimiser on that level. start: what the level started from,
        where its objective depends on it. finish: see `optimize`.
    restarted: the loss had diverged, and the picture is back at its best.
    """

    number: int
    level: int
    evaluations: int
    level_state: LevelState
    levels: Sequence[Level]
    start: Tensor | None = None
    restarted: bool = False
    finish: Callable[[Tensor], Tensor] = unchanged

    @property
    def losses(self) -> Losses:
        """The last evaluation, of the picture before the step's last move."""
        return self.level_state.losses

    @property
    def ends_level(self) -> bool:
        """Whether the next step is one of the next level."""
        return self.level_state.over

    @property
    def is_last(self) -> bool:
        """Whether no step follows."""
        return self.ends_level and self.level + 1 == len(self.levels)

    @property
    def picture(self) -> Tensor:
        """What to keep if nothing followed, (B, 3, H, W) in [0, 1], finished."""
        return self.finish(self.painted)

    @property
    def painted(self) -> Tensor:
        """The same as the optimiser has it: see `LevelState.picture`."""
        return self.level_state.picture

    def state(self) -> dict[str, Any]:
        """All that `optimize` needs to continue here: plain numbers and tensors, not copied."""
        return {
            "number": self.number,
            "level": self.level,
            "evaluations": self.evaluations,
            "memory_plan": [(level.tile, level.history) for level in self.levels],
            "start": self.start,
            "level_state": self.level_state.state(),
            "random": torch.get_rng_state(),
        }


def optimizing(
    image: Tensor,
    levels: Sequence[Level],
    objective_at: Callable[[Level, Tensor], Objective],
    optimizer: Optimizer,
    on_step: Callable[[Step], None] = lambda step: None,
    *,
    stop_change: float = 0.0,
    parameterization: Parameterization = "pixels",
    canvas: Canvas | None = None,
    resample_every: int = 0,
    start_from: Callable[[Level, Tensor], Tensor] = resized_start,
    keep_start: bool = False,
    finish: Callable[[Tensor], Tensor] = unchanged,
    tileable: bool = False,
    state: dict[str, Any] | None = None,
) -> Asking[Step]:
    """The picture that minimises the objective, from `image`, through `levels` (coarse to fine).

    image: (B, 3, h, w), RGB in [0, 1], of any size.
    start_from: makes of the last level's result what a level starts from, by default resizes it.
    objective_at: makes the level's objective, of the level and what it starts from.
    on_step: called after every step.
    stop_change: ends a level early, see `LevelState.step`; 0 for never.
    parameterization, canvas, resample_every, tileable: see `LevelState`.
    keep_start: whether the state has what its level started from: an objective depends on it.
    finish: makes of a picture (B, 3, h, w) the one to show and to keep. The next level and the
        state have the picture without it.
    state: that of an earlier call's step, to continue from there to the very same result. It is
        emptied.

    Raises RunError, naming step and level, when the picture or its loss is no longer a number.
    Returns the last step; its picture is the result, (B, 3, H, W) in [0, 1] at the last level's
    size, of the best that was evaluated there.
    """
    number = evaluations = first = 0
    if state is not None:
        number, first = state["number"], state["level"]
        evaluations = state["evaluations"] - state["level_state"]["evaluations"]
    current: LevelState | None = None
    step: Step | None = None
    for index, level in enumerate(levels[first:], first):
        before = current if optimizer.carry else None
        current = step = None  # a level is freed, but for a few pictures, before the next is made
        last = index + 1 == len(levels)
        start = start_from(level, image)
        if state is not None and state["start"] is not None:
            start = state["start"].to(image.device)
        current = LevelState(
            start,
            level,
            objective_at(level, start),
            optimizer,
            before,
            last=last,
            parameterization=parameterization,
            canvas=canvas,
            resample_every=resample_every,
            tileable=tileable,
        )
        del before
        if state is not None:
            current.load(state["level_state"])
            torch.set_rng_state(state["random"])
            state.clear()  # its pictures are the level's now, or no longer needed
            state = None
        count = evaluations + current.evaluate.count
        kept = start if keep_start else None
        del start
        step = Step(number, index, count, current, levels, kept, finish=finish)
        while not current.over:
            number += 1
            try:
                restarted = yield from current.step(stop_change)
            except RunError as error:
                place = f"step {number} (level {index + 1})"
                raise RunError(f"{error} at {place}: {ADVICE}") from error
            count = evaluations + current.evaluate.count
            step = Step(number, index, count, current, levels, kept, restarted, finish)
            on_step(step)
        evaluations += current.evaluate.count
        image = current.picture
        current.release()
    assert step  # there is at least one level
    return step


optimize = alone(optimizing)


ADVICE = "try a smaller optimizer.lr, smaller weights, or precision=fp32"
