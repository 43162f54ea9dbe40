"""What every loss is: parts, each a function of additive statistics of some layers.

Additive over positions: the statistics of a picture's tiles add up to its own, so that a picture
need not be seen at once. The gradient then follows tile by tile from the derivative of the part by
its statistics, which is exact (evaluation/tiles.py).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence

import torch
from torch import Tensor

from stylex.transfer.evaluation.window import whole
from stylex.transfer.losses.view import Region, View
from stylex.transfer.vgg.layers import IMAGE
from stylex.transfer.vgg.network import Features

Parts = dict[str, Tensor]
Statistics = tuple[Tensor, ...]
Look = Callable[[Iterable[str], Callable[[View], None]], None]
"""look(layers, visit) computes these layers of one picture and calls `visit` with each tile."""


def add(before: Statistics, more: Statistics) -> Statistics:
    """Statistics of some positions together with those of others."""
    return tuple(a + b for a, b in zip(before, more, strict=True))


class Loss(ABC):
    """A term of the objective that knows its targets.

    Samples of a batch never influence each other.

    weights: {part: its weight within the term}. layers: {part: the layers that it looks at}, of
    which IMAGE is the picture itself.
    """

    weights: Mapping[str, float]
    layers: Mapping[str, Sequence[str]]

    @abstractmethod
    def statistics(self, part: str, view: View) -> Statistics:
        """What the view's window adds to the part's statistics of its layer: tensors (B, …)."""

    @abstractmethod
    def value(self, part: str, statistics: Mapping[str, Statistics]) -> Tensor:
        """The part, (B,), unweighted, from {layer: its statistics over all positions}."""

    def __call__(self, features: Features, image: Tensor) -> Parts:
        """All parts, unweighted, of a picture that is seen at once."""
        parts, region = {}, Region(*image.shape[-2:])
        for part, layers in self.layers.items():
            seen = {layer: image if layer == IMAGE else features[layer] for layer in layers}
            statistics = {
                layer: self.statistics(part, View(layer, x, whole(x), region))
                for layer, x in seen.items()
            }
            parts[part] = self.value(part, statistics)
        return parts


def exact(x: Tensor) -> Tensor:
    """In float32 at least, to be summed over many positions."""
    return x if x.dtype == torch.float64 else x.float()


def nonzero(denominator: Tensor) -> Tensor:
    """Keeps a division by an all-zero target finite; real ones are many orders larger."""
    return denominator.clamp_min(1e-12)
