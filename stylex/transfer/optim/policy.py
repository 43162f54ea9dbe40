"""How the picture moves: any torch optimiser, and what the loop does around it."""

import contextlib
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import torch
from torch import Tensor

from stylex.errors import UserError, check_range, check_whole, choose, quoted
from stylex.images.load import resize
from stylex.transfer.optim.lbfgs import LBFGS
from stylex.transfer.pyramid import Level

Clamp = Literal["level", "late", "step", "evaluation"]
CLAMPS = ("level", "late", "step", "evaluation")
LATE = 0.25  # of the last level's steps
TRIAL = 100  # evaluations


class Method(Protocol):
    """What the loop uses of a torch optimiser, made for one tensor (B, 3, H, W)."""

    @property
    def defaults(self) -> dict[str, Any]: ...
    @property
    def param_groups(self) -> list[dict[str, Any]]: ...
    @property
    def state(self) -> MutableMapping[Tensor, dict[str, Any]]: ...
    def step(self, closure: Callable[[], Any]) -> Any: ...
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: dict[str, Any]) -> None: ...


MakeOptimizer = Callable[[Iterable[Tensor]], Method]


@dataclass(frozen=True)
class Optimizer:
    """An optimiser and its policy.

    make: parameters -> optimiser, made anew for each level.
    clamp: when pixels are put back into [0, 1]: at the end of each `level`, within which L-BFGS is
        free, but what it comes to is not the clamped picture that is kept; `late`, the same until a
        quarter of the last level, and from there on before each evaluation; after each `step`; or
        before each `evaluation` of the loss.
    averaging: decay of an exponential average of the iterates, which is a level's result; the last
        level's only where its loss is below that of all iterates. 0 for none.
    carry: whether the next level starts with this level's state (Adam's moments), resized.
    last_lr: learning rate of the last level; None for that of the others.
    smoothing: of the network's gradient as a level begins, from 0 (exact) to 1, see `vgg.smooth`.
        It fades with the level's steps: the last ones nearly follow the objective's own gradient.
    """

    make: MakeOptimizer = LBFGS
    clamp: Clamp = "late"
    averaging: float = 0.0
    carry: bool = False
    last_lr: float | None = None
    smoothing: float = 0.0

    def __post_init__(self) -> None:
        choose(self.clamp, CLAMPS, "optimizer.clamp")
        if type(self.averaging) not in (int, float) or not 0 <= self.averaging < 1:
            given = quoted(self.averaging)
            raise UserError(f"optimizer.averaging must be from 0 to below 1, not {given}")
        if not isinstance(self.carry, bool):
            raise UserError(f"optimizer.carry must be true or false, not {quoted(self.carry)}")
        if self.last_lr is not None:
            check_range("optimizer.last_lr", self.last_lr, 1e-9, 1e9)
        check_range("optimizer.smoothing", self.smoothing, 0, 1)

    def start(self, pixels: Tensor, history: int | None = None, *, last: bool = False) -> Method:
        """One for `pixels`, (B, 3, H, W). history: the most pairs that an L-BFGS may keep.

        last: whether they are those of the last level.
        """
        method = self.make([pixels])
        (group,) = method.param_groups
        if history is not None and "history_size" in group:
            group["history_size"] = min(history, group["history_size"])
        if last and self.last_lr is not None:
            group["lr"] = self.last_lr
        return method

    def clamps_evaluation(self, done: int, steps: int, *, last: bool) -> bool:
        """Whether pixels are put back before what comes after `done` of a level's `steps`."""
        late = self.clamp == "late" and last and done >= LATE * steps
        return late or self.clamp == "evaluation"

    def smoothing_of(self, done: int, level: Level) -> float:
        """How smooth the gradient is after `done` of a level's steps, from 0 to 1.

        0 on a level for the surface alone, whose few steps were chosen with exact slopes.
        """
        return 0.0 if level.surface else self.smoothing * (1 - done / level.steps)

    @property
    def history(self) -> int | None:
        """How many pairs of pictures it keeps; None if it is no L-BFGS."""
        size = self.start(torch.zeros(1, 3, 1, 1, requires_grad=True)).defaults.get("history_size")
        return None if size is None else int(size)

    @property
    def evaluates_once(self) -> bool:
        """Whether a step begins with an evaluation of the picture as it is, and makes no other."""
        pixels = torch.zeros(1, 3, 2, 3, requires_grad=True)
        method = self.start(pixels)
        before: list[Tensor] = []

        def evaluate() -> float:
            if not (before and torch.equal(before.pop(), pixels)):
                raise _Enough
            pixels.grad = torch.ones_like(pixels) + pixels.detach()
            return 0.0

        with contextlib.suppress(_Enough):
            for _ in range(2):
                before = [pixels.detach().clone()]
                method.step(evaluate)
            return not before
        return False

    def check(self) -> None:
        """Takes two steps with a picture of 2×3 pixels, or TRIAL evaluations of them.

        Raises UserError when `carry` is asked of an optimiser whose state is no picture, and
        whatever the optimiser raises when it was made with wrong arguments.
        """
        pixels = torch.zeros(1, 3, 2, 3, requires_grad=True)
        method = self.start(pixels)
        for key in ("history_size", "max_iter"):  # torch's makes a list of history_size places
            if key in method.defaults:
                check_whole(f"optimizer.{key}", method.defaults[key], 1, 10_000)
        evaluations = 0

        def evaluate() -> float:
            nonlocal evaluations
            evaluations += 1
            if evaluations > TRIAL:
                raise _Enough
            pixels.grad = torch.ones_like(pixels) + pixels.detach()
            return 0.0

        with contextlib.suppress(_Enough):
            for _ in range(2):
                method.step(evaluate)
        for value in method.state[pixels].values() if self.carry else ():
            number = isinstance(value, int | float | None)
            if not number and not (isinstance(value, Tensor) and value.shape in ((), pixels.shape)):
                name = type(method).__name__
                raise UserError(f"optimizer.carry: the state of {name} cannot be resized")


class _Enough(Exception):  # noqa: N818
    """Ends the trial of an optimiser that would evaluate on and on."""


class Average:
    """Exponential average of the iterates, unbiased from the first on (Kingma & Ba 2015, §7.2).

    decay: 0 keeps no average: its value is the last iterate.
    """

    def __init__(self, decay: float) -> None:
        self.decay = decay
        self.sum: Tensor | None = None
        self.total = 0.0

    def add(self, image: Tensor) -> None:
        if not self.decay:
            return
        if self.sum is None:
            self.sum = torch.zeros_like(image)
        self.sum.mul_(self.decay).add_(image, alpha=1 - self.decay)
        self.total = self.total * self.decay + (1 - self.decay)

    def value(self, last: Tensor) -> Tensor:
        """The average so far, or `last` where there is none."""
        return last if self.sum is None else self.sum / self.total


def carry_state(
    old: Method, new: Method, height: int, width: int, *, tileable: bool = False
) -> None:
    """Starts `new` with `old`'s state, its pictures (moments) resized to (height, width).

    Squared moments stay non-negative because linear resizing averages.
    """
    (before,), (after,) = old.param_groups[0]["params"], new.param_groups[0]["params"]

    def resized(value: Any) -> Any:
        if isinstance(value, Tensor) and value.shape == before.shape:
            return resize(value, height, width, mode="bilinear", tileable=tileable)
        return value

    new.state[after] = {key: resized(value) for key, value in old.state[before].items()}
