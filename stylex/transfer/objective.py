"""The weighted sum of the losses, with every part of it reported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from stylex.transfer.losses.base import Loss, Parts
from stylex.transfer.vgg.network import VGG19, Features

Terms = Sequence[tuple[float, Loss]]


@dataclass(frozen=True)
class Losses:
    """One evaluation of the objective for a batch of B pictures.

    total: (B,). parts: {part: (B,)}, unweighted. weights: {part: its weight in the total}.
    """

    total: Tensor
    parts: Parts
    weights: Mapping[str, float]

    def detach(self) -> "Losses":
        """The same values without the graph behind them."""
        parts = {part: value.detach() for part, value in self.parts.items()}
        return Losses(self.total.detach(), parts, self.weights)


Evaluated = tuple[Losses, Tensor]
"""The losses, detached, and the gradient of their total, (B, 3, H, W)."""


class Objective:
    """image (B, 3, H, W) -> Losses: Σ weight · part over all parts of all terms.

    terms: (weight, loss) pairs; a part's weight in the total is weight · loss.weights[part].

    smoothing: of the network's gradient, (1, 1, 1, 1), see `smooth`; None: exact.

    Raises ValueError where two losses have a part of the same name.
    """

    smoothing: Tensor | None = None

    def __init__(self, extractor: VGG19, terms: Terms) -> None:
        self.extractor = extractor
        self.terms = [loss for _, loss in terms]
        self.weights: dict[str, float] = {}
        for weight, loss in terms:
            for part, own in loss.weights.items():
                if part in self.weights:
                    raise ValueError(f"two losses have a part {part}")
                self.weights[part] = weight * own

    def __call__(self, image: Tensor) -> Losses:
        return self.of(self.extractor(image, self.smoothing), image)

    def of(self, features: Features, image: Tensor) -> Losses:
        """The losses of a picture (B, 3, H, W) with these features."""
        parts: Parts = {}
        for loss in self.terms:
            parts |= loss(features, image)
        return self.weigh(parts)

    def smooth(self, amount: float) -> None:
        """How much the network's gradient is smoothed from here on, from 0 (not at all) to 1."""
        if self.smoothing is None:
            self.smoothing = torch.empty(1, 1, 1, 1, device=self.extractor.mean.device)
        self.smoothing.fill_(amount)  # in place: a CUDA graph looks here

    def redraw(self, number: int) -> None:
        """The losses of sampled positions look at those of that draw from here on: 0, 1, …"""
        for loss in self.terms:
            loss.redraw(number)

    def weigh(self, parts: Parts) -> Losses:
        """The sum of the parts by their weights."""
        total = sum(self.weights[part] * value for part, value in parts.items())
        assert isinstance(total, Tensor)  # there is at least one part
        return Losses(total, parts, self.weights)

    def evaluate(self, image: Tensor) -> Evaluated:
        """The losses of a picture (B, 3, H, W), and the gradient of their total."""
        image = image.detach().requires_grad_()
        losses = self(image)
        # The sum, because samples do not touch each other, nor do their gradients.
        (gradient,) = torch.autograd.grad(losses.total.sum(), image)
        return losses.detach(), gradient.contiguous()
