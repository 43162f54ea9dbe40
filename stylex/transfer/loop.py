"""The algorithm: optimise the picture's own pixels, level by level (Gatys et al. 2016, §2.3)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from stylex.errors import RunError
from stylex.transfer.images import resize
from stylex.transfer.objective import Losses, Objective
from stylex.transfer.optimizers import Average, Optimizer, carry_state
from stylex.transfer.pyramid import Level


@dataclass(frozen=True)
class Step:
    """What one optimiser step did.

    number: 1 … over all levels. level: index of the level. evaluations: of the objective so far.
    losses: the last evaluation, of the picture before the step's last move.
    """

    number: int
    level: int
    evaluations: int
    losses: Losses
    pixels: Tensor
    average: Average

    @property
    def image(self) -> Tensor:
        """The result if it ended here: (B, 3, H, W) in [0, 1], a copy. Ask within `on_step`.

        Raises RunError when it is no picture any more.
        """
        image = self.average.value(self.pixels.detach())
        if not bool(image.isfinite().all()):
            raise RunError(
                f"the picture is no longer numbers at step {self.number} (level {self.level + 1}): "
                "try a smaller optimizer.lr, smaller weights, or precision=fp32"
            )
        return image.clamp(0, 1)


def optimize(
    image: Tensor,
    levels: Sequence[Level],
    objective_at: Callable[[Level], Objective],
    optimizer: Optimizer,
    on_step: Callable[[Step], None] = lambda step: None,
) -> Step:
    """The picture that minimises the objective, from `image`, through `levels` (coarse to fine).

    image: (B, 3, h, w), RGB in [0, 1], of any size: each level starts from the last one's result,
        resized. objective_at makes the level's objective. on_step hears of every step.
    Raises RunError when a level does not end in a picture.
    Returns the last step; its image is the result, (B, 3, H, W) in [0, 1] at the last level's size.
    """
    number = evaluations = 0
    previous: torch.optim.Optimizer | None = None
    for index, level in enumerate(levels):
        pixels = resize(image, level.height, level.width).clamp(0, 1).requires_grad_()
        evaluate = _Evaluation(objective_at(level), pixels, clamp=optimizer.clamp == "evaluation")
        method = optimizer.make([pixels])
        if previous is not None:
            carry_state(previous, method, level.height, level.width)
        average = Average(optimizer.averaging)
        for _ in range(level.steps):
            method.step(evaluate)
            if optimizer.clamp == "step":
                pixels.data.clamp_(0, 1)
            average.add(pixels.detach())
            number += 1
            step = Step(
                number, index, evaluations + evaluate.count, evaluate.losses, pixels, average
            )
            on_step(step)
        evaluations += evaluate.count
        image, previous = step.image, method if optimizer.carry else None
    return step


class _Evaluation:
    """What a torch optimiser calls: fills the gradient anew and remembers the losses."""

    losses: Losses

    def __init__(self, objective: Objective, pixels: Tensor, *, clamp: bool) -> None:
        self.objective = objective
        self.pixels = pixels
        self.clamp = clamp
        self.count = 0

    def __call__(self) -> float:
        if self.clamp:
            self.pixels.data.clamp_(0, 1)
        self.pixels.grad = None
        losses = self.objective(self.pixels)
        total = losses.total.sum()  # samples do not touch each other, nor do their gradients
        total.backward()
        self.losses = losses.detach()
        self.count += 1
        return total.detach()  # type: ignore[return-value]  # a float would wait for the device
