"""The state of one level: the picture, and all that its next step depends on."""

from typing import Any

import torch
from torch import Tensor

from stylex.errors import RunError
from stylex.transfer.asking import Asking
from stylex.transfer.closure import Closure
from stylex.transfer.masks import Canvas
from stylex.transfer.objective import Losses, Objective
from stylex.transfer.optim.policy import Average, Method, Optimizer, carry_state
from stylex.transfer.parameterization import Parameterization, space_of
from stylex.transfer.pyramid import Level

CHECK_EVERY = 10  # steps
# An optimiser without a line search may overshoot in runs that end well; a loss that is still so
# many times the best one after CHECK_EVERY further steps does not come back.
DIVERGED = 10.0
# Pixels may leave [0, 1] between clamps, by about as much again.
FARTHEST = 100.0
RESTARTS = 6  # each at half the step length of the one before
OUT_OF_BOUNDS = "the picture's values are out of all bounds"


class LevelState:
    """The picture on one level, moved by one optimiser.

    image: what it starts from, (B, 3, H, W) at the level's size, in [0, 1] but for added details.
    before: the level before, where its optimiser's state is to be carried on.
    last: whether no level follows.
    parameterization: what the optimiser moves. canvas: what may be painted, of any size.
    resample_every: steps after which sampled positions are drawn anew; 0 for never. Values of two
        draws cannot be compared: the best picture is the best of the last draw, and L-BFGS begins
        afresh with each.
    tileable: beyond an edge of `image` comes the opposite one, where it is resized.
    """

    def __init__(
        self,
        image: Tensor,
        level: Level,
        objective: Objective,
        optimizer: Optimizer,
        before: "LevelState | None" = None,
        *,
        last: bool = True,
        parameterization: Parameterization = "pixels",
        canvas: Canvas | None = None,
        resample_every: int = 0,
        tileable: bool = False,
    ) -> None:
        self.level = level
        self.optimizer = optimizer
        self.space = space_of(parameterization, level.height, level.width, canvas)
        self.variables = self.space.variables(image).requires_grad_()
        self.last = last
        self.resample_every = resample_every
        self.evaluate = Closure(objective, self.space, self.variables)
        self.method = self._new_method()
        if before is not None:
            size = level.height, level.width
            carry_state(before.method, self.method, *size, tileable=tileable)
        self.average = Average(optimizer.averaging)
        self.done = 0  # steps
        self.plateau = False
        self.restarts = 0
        self.was_far_above = False
        self.earlier: Tensor | None = None  # the picture CHECK_EVERY steps ago
        self.result: Tensor | None = None  # of the last level, once it is over

    @property
    def over(self) -> bool:
        """Whether the level has had its steps, or needs no more."""
        return self.plateau or self.done >= self.level.steps

    @property
    def losses(self) -> Losses:
        """Of the picture before the last move."""
        return self.evaluate.losses

    @property
    def pixels(self) -> Tensor:
        """Where the last move led, (B, 3, H, W), not always in [0, 1]."""
        return self.space.picture(self.variables.detach())

    @property
    def picture(self) -> Tensor:
        """What to keep if nothing followed, (B, 3, H, W) in [0, 1], a copy.

        At the end of the last level the best picture evaluated. Until then what the last move led
        to, if it started from the best picture so far, and otherwise that one; of averaged iterates
        the average.
        """
        if self.result is not None:
            return self.result.clone()
        moved = self.space.restored(self.average.value(self.pixels))
        best = self.evaluate.best
        if best is None:
            return moved.clamp(0, 1)
        from_best = (self.losses.total <= self.evaluate.lowest) | (self.optimizer.averaging > 0)
        good = from_best & (moved.abs() < FARTHEST).flatten(1).all(1)
        return torch.where(good.view(-1, 1, 1, 1), moved, best).clamp(0, 1)

    def release(self) -> None:
        """Frees what only a further step would need: all but a few pictures.

        A callback may keep the last step for long. The next level may carry on the optimiser.
        """
        self.variables.grad = None
        del self.evaluate.objective
        if self.last or not self.optimizer.carry:
            del self.method

    def step(self, stop_change: float = 0.0) -> Asking[bool]:
        """Takes one step and gives whether it had to start again from the best picture.

        stop_change: the level is over when CHECK_EVERY steps change no picture of the batch by as
            many grey levels, of 255, root mean square; 0 for never.
        Raises RunError when the picture or its loss is no longer a finite number.
        """
        if self.resample_every:
            self._draw()
        self.evaluate.clamp = self.optimizer.clamps_evaluation(
            self.done, self.level.steps, last=self.last
        )
        if amount := self.optimizer.smoothing_of(self.done, self.level):
            self.evaluate.objective.smooth(amount)
        yield from self.evaluate.ask()
        self.method.step(self.evaluate)
        if self.optimizer.clamp == "step":
            self.space.clamp_(self.variables.data)
        self.average.add(self.pixels)
        self.done += 1
        restarted = self._check(stop_change)
        if self.last and self.over:
            self.result = self._best_of_all()
        return restarted

    def _draw(self) -> None:
        """The positions that the next step looks at."""
        draw, of_draw = divmod(self.done, self.resample_every)
        self.evaluate.objective.redraw(draw)
        if self.done and not of_draw:
            self.evaluate.forget()
            if self.optimizer.history is not None:
                self._restart_method()

    def _check(self, stop_change: float) -> bool:
        """Looks for what has diverged, and for a plateau; whether it started again."""
        at_check = self.done % CHECK_EVERY == 0 or self.over
        # Reading a value off a GPU makes it wait.
        if not (at_check or self.variables.device.type == "cpu"):
            return False
        if (broken := self._broken()) or (at_check and self._is_far_above()):
            self._restart(broken or "the loss has diverged from its best value")
            return True
        if not (self.resample_every or self.losses.total.any()):
            self.plateau = True  # nothing is below 0; of other positions it may be more
        elif at_check and stop_change:
            self._look_for_plateau(stop_change)
        return False

    def _best_of_all(self) -> Tensor:
        """The best picture in [0, 1]: evaluates what the last move led to, which nothing else does.

        One evaluation; two where pixels were free to leave the range, and the best of them has not
        been evaluated within it.
        """
        best = self.evaluate.best
        candidates = [self.space.restored(self.average.value(self.pixels))]
        were_free = self.optimizer.clamp in ("level", "late") and not self.evaluate.clamp
        if were_free and best is not None:
            candidates.append(best)
            self.evaluate.forget()
        for candidate in candidates:
            self.evaluate.value(candidate.clamp(0, 1))
        best = self.evaluate.best
        if best is None or not bool(self.evaluate.lowest.isfinite().all()):
            raise RunError(self._broken() or OUT_OF_BOUNDS)
        return best.clamp(0, 1)

    def _broken(self) -> str:
        """Which part is no longer a finite number, if any."""
        losses = self.losses
        if not bool(losses.total.isfinite().all()):
            parts = (part for part, value in losses.parts.items() if not value.isfinite().all())
            return f"the loss is no longer a number ({next(parts, 'the sum')})"
        return "" if bool((self.pixels.abs() < FARTHEST).all()) else OUT_OF_BOUNDS  # nor NaN

    def _is_far_above(self) -> bool:
        """Whether the loss was far above its best at this check and the one before."""
        best, total = self.evaluate.lowest, self.losses.total
        above = bool(((total > DIVERGED * best) & (best > 0)).any())
        twice, self.was_far_above = above and self.was_far_above, above
        return twice

    def _restart(self, reason: str) -> None:
        """Back to the best picture, with half the step length and a fresh optimiser memory."""
        quasi_newton = self.optimizer.history is not None
        best = self.evaluate.best
        never_good = not bool(self.evaluate.lowest.isfinite().all())
        if not quasi_newton or best is None or never_good or self.restarts == RESTARTS:
            raise RunError(reason)
        self.was_far_above = False
        self.variables.data.copy_(self.space.variables(best))
        self.restarts += 1
        self._restart_method()
        self.average = Average(self.optimizer.averaging)

    def _new_method(self) -> Method:
        return self.optimizer.start(self.variables, self.level.history, last=self.last)

    def _restart_method(self) -> None:
        self.method = self._new_method()
        (group,) = self.method.param_groups
        for length in ("lr", "first_move"):  # an L-BFGS's first move is that long, whatever its lr
            if length in group:
                group[length] *= 0.5**self.restarts

    def _look_for_plateau(self, stop_change: float) -> None:
        now = self.pixels.clamp(0, 1)
        if self.earlier is not None:
            change = 255 * (now - self.earlier).square().mean((1, 2, 3)).sqrt()
            self.plateau = bool((change < stop_change).all())
        self.earlier = now

    def state(self) -> dict[str, Any]:
        """Plain numbers and tensors (not copied) from which `load` continues to the same pixels."""
        needed = not self.over or self.optimizer.carry
        return {
            "pixels": self.variables.detach(),
            "result": self.result,
            "method": self.method.state_dict() if needed else None,
            "average": (self.average.sum, self.average.total),
            "best": (self.evaluate.best, self.evaluate.lowest),
            "last_total": self.losses.total,
            "evaluations": self.evaluate.count,
            "done": self.done,
            "plateau": self.plateau,
            "restarts": self.restarts,
            "was_far_above": self.was_far_above,
            "earlier": self.earlier,
        }

    def load(self, state: dict[str, Any]) -> None:
        """Continues where `state` was taken, to the same pixels."""
        device = self.variables.device

        def here(value: Tensor | None) -> Tensor | None:
            return None if value is None else value.to(device)

        self.variables.data.copy_(state["pixels"])
        self.result = here(state["result"])
        if state["method"] is not None:
            self.method.load_state_dict(state["method"])
        total, self.average.total = state["average"]
        self.average.sum = here(total)
        best, lowest = state["best"]
        self.evaluate.best, self.evaluate.lowest = here(best), lowest.to(device)
        self.evaluate.losses = Losses(state["last_total"].to(device), {}, {})
        self.evaluate.count = state["evaluations"]
        self.done = state["done"]
        # Without the optimiser's state the level was over, even if it may have more steps now.
        self.plateau = state["plateau"] or state["method"] is None
        self.restarts = state["restarts"]
        self.was_far_above = state["was_far_above"]
        self.earlier = here(state["earlier"])
