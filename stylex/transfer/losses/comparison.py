"""Losses that compare additive statistics of the picture with those of other pictures."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor

from stylex.transfer.losses.base import Criterion, Loss, Statistics
from stylex.transfer.losses.view import Region, View


class Comparison(Criterion, ABC):
    """A distance between two pictures, each seen through the same additive statistics."""

    @abstractmethod
    def statistics(self, view: View) -> Statistics:
        """What the view's window adds to the statistics of its layer: tensors (B, …).

        Sums over positions, divided by `view.count` where they are to be means, so that those of
        all tiles, and of all pictures of a mixture, add up; or `view.sampled(n)`.
        """

    def target(self, statistics: Mapping[str, Statistics]) -> Any:
        """What `value` compares with, from {layer: statistics of the picture to compare with}: by
        default these.

        Once for each level: the place for what is costly and depends on that picture alone.
        """
        return statistics

    @abstractmethod
    def value(self, picture: Mapping[str, Statistics], target: Any) -> Tensor:
        """The distance, (B,), from {layer: the picture's statistics} and what `target` gave."""


class Compared(Loss):
    """A comparison with its targets, in one region of the picture.

    parts: as `Criterion.parts` has them. found: {layer: statistics to compare with}. again: gives
    those after a redraw, where the other picture is sampled at the same positions.
    """

    def __init__(
        self,
        loss: Comparison,
        region: Region,
        parts: Mapping[str, tuple[Sequence[str], float]],
        found: Mapping[str, Statistics],
        again: Callable[[], Mapping[str, Statistics]] | None = None,
    ) -> None:
        self.loss, self.region, self.again = loss, region, again
        self.draw = region.draw
        self.weights = {part: weight for part, (_, weight) in parts.items()}
        self.layers = {part: layers for part, (layers, _) in parts.items()}
        self._aim(found)

    def _aim(self, found: Mapping[str, Statistics]) -> None:
        self.targets = {
            part: self.loss.target({layer: found[layer] for layer in layers})
            for part, layers in self.layers.items()
        }

    def statistics(self, part: str, view: View) -> Statistics:
        return self.loss.statistics(view.within(self.region))

    def value(self, part: str, statistics: Mapping[str, Statistics]) -> Tensor:
        return self.loss.value(statistics, self.targets[part])

    def settled(self) -> "Compared":
        self.again = None
        return self

    def redraw(self, number: int) -> None:
        self.region.redraw(number)
        if self.again and number != self.draw:
            self._aim(self.again())
        self.draw = number  # the region's own may be another loss's doing
