"""The state of one level: the picture, and all that its next step depends on."""

from typing import Any

import torch
from torch import Tensor

from stylex.errors import RunError
from stylex.images.load import resize
from stylex.transfer.objective import Losses, Objective
from stylex.transfer.optim.policy import Average, Optimizer, carry_state
from stylex.transfer.pyramid import Level

CHECK_EVERY = 10  # steps
# L-BFGS without a line search overshoots at first, by up to 30 times in runs that end well; a loss
# that is still this many times the best one after CHECK_EVERY further steps does not come back.
BEYOND = 10.0
# Pixels may leave [0, 1] between clamps, by about as much again; the last move is never evaluated.
FARTHEST = 100.0
LOST = "the picture's values are out of all bounds"


class LevelState:
    """The picture on one level, moved by one optimiser.

    image: (B, 3, h, w) in [0, 1], resized to the level's size to start from.
    before: the level before, where its optimiser's state is to be carried on.
    last: whether no level follows.
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
    ) -> None:
        self.level = level
        self.optimizer = optimizer
        self.pixels = resize(image, level.height, level.width).clamp(0, 1).requires_grad_()
        self.last = last
        self.evaluate = _Evaluation(objective, self.pixels)
        self.method = optimizer.start(self.pixels, level.history)
        if before is not None:
            carry_state(before.method, self.method, level.height, level.width)
        self.average = Average(optimizer.averaging)
        self.done = 0  # steps
        self.plateau = False
        self.restarts = 0
        self.was_beyond = False
        self.trend: float | None = None  # the loss CHECK_EVERY steps ago

    @property
    def over(self) -> bool:
        """Whether the level has had its steps, or needs no more."""
        return self.plateau or self.done >= self.level.steps

    @property
    def losses(self) -> Losses:
        """The last evaluation's."""
        return self.evaluate.losses

    @property
    def image(self) -> Tensor:
        """The picture as it is, (B, 3, H, W) in [0, 1], a copy. Raises RunError when it is none."""
        image = self.average.value(self.pixels.detach())
        if _is_lost(image):
            raise RunError(LOST)
        return image.clamp(0, 1)

    @property
    def best(self) -> Tensor | None:
        """The picture of the lowest loss on this level, (B, 3, H, W) in [0, 1], if any was good."""
        best = self.evaluate.best
        return None if best is None else best.clamp(0, 1)

    def release(self) -> None:
        """Frees what only a further step would need: all but a few pictures.

        A callback may keep the last step for long.
        """
        self.pixels.grad = None
        del self.method, self.evaluate.objective

    def step(self, rel_change: float = 0.0) -> bool:
        """Takes one step and gives whether it had to start again from the best picture.

        rel_change: the level is over when the loss falls by less than this part of itself in
            CHECK_EVERY steps; 0 for never.
        Raises RunError when the picture or its loss is no longer a finite number.
        """
        self.evaluate.clamp = self.optimizer.clamps_evaluation(
            self.done, self.level.steps, last=self.last
        )
        self.method.step(self.evaluate)
        if self.optimizer.clamp == "step":
            self.pixels.data.clamp_(0, 1)
        self.average.add(self.pixels.detach())
        self.done += 1
        at_check = self.done % CHECK_EVERY == 0 or self.over
        # Reading a value off a GPU makes it wait.
        if not (at_check or self.pixels.device.type == "cpu"):
            return False
        if (broken := self._broken()) or (at_check and self._is_beyond()):
            self._restart(broken or "the loss has diverged from its best value")
            return True
        if at_check and rel_change:
            self._look_for_plateau(rel_change)
        return False

    def _broken(self) -> str:
        """Which part is no longer a finite number, if any."""
        losses = self.losses
        if not bool(losses.total.isfinite().all()):
            parts = (part for part, value in losses.parts.items() if not value.isfinite().all())
            return f"the loss is no longer a number ({next(parts, 'the sum')})"
        return LOST if _is_lost(self.pixels) else ""

    def _is_beyond(self) -> bool:
        best, total = self.evaluate.lowest, self.losses.total
        beyond = bool(((total > BEYOND * best) & (best > 0)).any())
        twice, self.was_beyond = beyond and self.was_beyond, beyond
        return twice

    def _restart(self, reason: str) -> None:
        """Back to the best picture, once, without the optimiser's memory of how it diverged."""
        quasi_newton = self.optimizer.history is not None
        best = self.evaluate.best
        if not quasi_newton or best is None or self.restarts:
            raise RunError(reason)
        self.restarts += 1
        self.was_beyond = False
        self.pixels.data.copy_(best)
        self.method = self.optimizer.start(self.pixels, self.level.history)
        self.average = Average(self.optimizer.averaging)

    def _look_for_plateau(self, rel_change: float) -> None:
        total = float(self.losses.total.mean())
        if self.trend is not None and self.trend - total < rel_change * abs(self.trend):
            self.plateau = True
        self.trend = total

    def state(self) -> dict[str, Any]:
        """Plain numbers and tensors (not copied) from which `load` continues to the same pixels."""
        needed = not self.over or self.optimizer.carry
        return {
            "pixels": self.pixels.detach(),
            "method": self.method.state_dict() if needed else None,
            "average": (self.average.sum, self.average.total),
            "best": (self.evaluate.best, self.evaluate.lowest),
            "evaluations": self.evaluate.count,
            "done": self.done,
            "plateau": self.plateau,
            "restarts": self.restarts,
            "was_beyond": self.was_beyond,
            "trend": self.trend,
        }

    def load(self, state: dict[str, Any]) -> None:
        """Continues where `state` was taken, to the same pixels."""
        device = self.pixels.device

        def here(value: Tensor | None) -> Tensor | None:
            return None if value is None else value.to(device)

        self.pixels.data.copy_(state["pixels"])
        if state["method"] is not None:
            self.method.load_state_dict(state["method"])
        total, self.average.total = state["average"]
        self.average.sum = here(total)
        best, lowest = state["best"]
        self.evaluate.best, self.evaluate.lowest = here(best), lowest.to(device)
        self.evaluate.count = state["evaluations"]
        self.done = state["done"]
        # Without the optimiser's state the level was over, even if it may have more steps now.
        self.plateau = state["plateau"] or state["method"] is None
        self.restarts = state["restarts"]
        self.was_beyond = state["was_beyond"]
        self.trend = state["trend"]


def _is_lost(pixels: Tensor) -> bool:
    return not bool((pixels.abs() < FARTHEST).all())  # which NaN is not, either


class _Evaluation:
    """What a torch optimiser calls: fills the gradient anew, remembers the losses and the best."""

    losses: Losses

    def __init__(self, objective: Objective, pixels: Tensor) -> None:
        self.objective = objective
        self.pixels = pixels
        self.clamp = False
        self.count = 0
        self.best: Tensor | None = None  # (B, 3, H, W), of the lowest total
        self.lowest = torch.full((len(pixels),), torch.inf, device=pixels.device)  # (B,)

    def __call__(self) -> float:
        if self.clamp:
            self.pixels.data.clamp_(0, 1)
        self.pixels.grad = None
        self.losses, self.pixels.grad = self.objective.evaluate(self.pixels)
        self.count += 1
        self._remember(self.losses.total)
        return self.losses.total.sum()  # type: ignore[return-value]  # a float would wait for the device

    def _remember(self, totals: Tensor) -> None:
        # Without asking whether it is better, for which a GPU would wait.
        better = (totals < self.lowest) & totals.isfinite()
        pixels = self.pixels.detach()
        before = pixels if self.best is None else self.best
        self.best = torch.where(better.view(-1, 1, 1, 1), pixels, before)
        self.lowest = torch.where(better, totals, self.lowest)
