"""The closure of a torch optimiser: evaluates the objective, remembers the losses and the best."""

import torch
from torch import Tensor

from stylex.transfer.asking import Asked, Asking
from stylex.transfer.objective import Evaluated, Losses, Objective
from stylex.transfer.parameterization import Space


class Closure:
    """What a torch optimiser calls: fills the gradient anew, remembers the losses and the best."""

    losses: Losses

    def __init__(self, objective: Objective, space: Space, variables: Tensor) -> None:
        self.objective = objective
        self.space, self.variables = space, variables
        self.clamp = False
        self.count = 0
        self.best: Tensor | None = None  # (B, 3, H, W), of the lowest total
        self.lowest = torch.full((len(variables),), torch.inf, device=variables.device)  # (B,)
        self._ahead: Evaluated | None = None

    def __call__(self) -> float:
        self.variables.grad = None
        image = self.current()
        self.losses, gradient = self._ahead or self.objective.evaluate(image)
        self._ahead = None
        self._remember(image, self.losses.total)
        self.variables.grad = self.space.gradient(gradient)
        return self.losses.total.sum()  # type: ignore[return-value]  # a float would wait for the device

    def current(self) -> Tensor:
        """The picture to be evaluated, (B, 3, H, W)."""
        if self.clamp:
            self.space.clamp_(self.variables.data)
        return self.space.picture(self.variables.detach())

    def ask(self) -> Asking[None]:
        """Asks for what the next call needs: the evaluation of the current picture."""
        self._ahead = yield Asked(self.objective, self.current)

    def forget(self) -> None:
        """Forgets the best picture so far: the next one will be the best."""
        self.best = None
        self.lowest.fill_(torch.inf)

    def value(self, image: Tensor) -> None:
        """Evaluates a picture that nothing moves from any more: without the gradient, which is two
        thirds of the work.
        """
        with torch.no_grad():
            self._remember(image, self.objective(image).total)

    def _remember(self, image: Tensor, totals: Tensor) -> None:
        """The picture, if it is the best."""
        self.count += 1
        # Without asking whether it is better, for which a GPU would wait.
        better = (totals < self.lowest) & totals.isfinite()
        before = image if self.best is None else self.best
        self.best = torch.where(better.view(-1, 1, 1, 1), image, before)
        self.lowest = torch.where(better, totals, self.lowest)
