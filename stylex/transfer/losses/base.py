"""What every loss is: parts, each a function of additive statistics of some layers.

Additive over positions: the statistics of a picture's tiles add up to its own, so that a picture
need not be seen at once. The gradient then follows tile by tile from the derivative of the part by
its statistics, which is exact (evaluation/tiles.py).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import torch
from torch import Tensor

from stylex.transfer.limits import MOST_WEIGHT
from stylex.transfer.losses.view import Region, View
from stylex.transfer.losses.window import whole
from stylex.transfer.vgg.layers import IMAGE
from stylex.transfer.vgg.network import Features

Parts = dict[str, Tensor]
Statistics = tuple[Tensor, ...]
Layers = Mapping[str, float]  # {layer: weight}
Look = Callable[[Iterable[str], Callable[[View], None]], None]
"""look(layers, visit) computes these layers of one picture and calls `visit` with each tile."""


Key = TypeVar("Key")


def add_to(totals: dict[Key, Statistics], key: Key, more: Statistics) -> None:
    """Adds statistics of further positions to those that `totals` has so far."""
    before = totals.get(key)
    totals[key] = (
        more if before is None else tuple(a + b for a, b in zip(before, more, strict=True))
    )


class Criterion:
    """A loss that is yet to be aimed at pictures.

    keeps_photograph: whether it keeps the photograph's layers where positions are drawn anew.
    ends_at_edges: whether it knows where a picture ends, so that it does not go with tileable ones.
    """

    keeps_photograph = False
    ends_at_edges = False

    @property
    def likeness(self) -> Hashable:
        """Equal for losses of one class with the same settings, its attributes without a `_`.

        Of its own kind where a setting has no hash, as a list.
        """
        found = type(self), tuple(sorted((k, v) for k, v in vars(self).items() if k[0] != "_"))
        try:
            hash(found)
        except TypeError:
            return object()
        return found

    def parts(self, layers: Layers) -> Mapping[str, tuple[Sequence[str], float]]:
        """{part: (the layers that it looks at together, its weight)}, for layers {layer: weight}.

        By default each layer on its own.
        """
        return {layer: ((layer,), weight) for layer, weight in layers.items()}

    def workspace(self, layers: Iterable[str], height: int, width: int, itemsize: int) -> int:
        """Bytes that it takes beside the features of a picture of height × width px.

        itemsize: bytes of a feature. For the estimate of a run's memory; by default nothing, which
        is near enough for statistics that are much smaller than a layer.
        """
        return 0


def used_parts(loss: Criterion, layers: Layers) -> dict[str, tuple[Sequence[str], float]]:
    """The parts that have a weight."""
    return {part: own for part, own in loss.parts(layers).items() if own[1]}


def hypercolumn(layers: Layers) -> Mapping[str, tuple[Sequence[str], float]]:
    """One part that looks at all layers of a weight together."""
    used = [layer for layer, weight in layers.items() if weight]
    return {"hypercolumns": (used, sum(layers.values()))} if used else {}


AnyCriterion = TypeVar("AnyCriterion", bound=Criterion, covariant=True)


LEVELS = ("all", "last", "others")


@dataclass(frozen=True)
class Term(Generic[AnyCriterion]):
    """One criterion among others of its kind.

    weight: of the term, at the first level. layers: {layer: weight}; None for those that all terms
    share. level_factor: what its weight is multiplied by from each level to the next. levels: on
    which it counts: `all`, the `last`, or the `others`.
    """

    loss: AnyCriterion
    weight: float = 1.0
    layers: Layers | None = None
    level_factor: float = 1.0
    levels: str = "all"

    def layers_or(self, shared: Layers) -> Layers:
        """Its own layers, or those that all terms share."""
        return shared if self.layers is None else self.layers

    def at_level(
        self: "Term[AnyCriterion]", number: int, count: int
    ) -> "Term[AnyCriterion] | None":
        """With its weight at that level of so many, from 0 on; None where it does not count."""
        if self.levels != "all" and (self.levels == "last") != (number + 1 == count):
            return None
        return replace(self, weight=min(self.weight * self.level_factor**number, MOST_WEIGHT))


def used_layers(terms: Iterable[Term[Criterion]], layers: Layers) -> dict[str, None]:
    """The layers that the terms look at, each once. layers: of terms without their own."""
    return dict.fromkeys(
        layer
        for term in terms
        for own, _ in used_parts(term.loss, term.layers_or(layers)).values()
        for layer in own
    )


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

    def redraw(self, number: int) -> None:  # noqa: B027
        """Looks at the sampled positions of that draw from here on, see `Region.redraw`.

        By default nothing: for losses of all positions.
        """

    def settled(self) -> "Loss":
        """The same, without what only a redraw would need: none follows."""
        return self

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


class Named(Loss):
    """A loss under another name: its parts are called `<prefix>/<part>`.

    weight: multiplies those of its parts.
    """

    def __init__(self, loss: Loss, prefix: str, weight: float = 1.0) -> None:
        self.loss = loss
        self._own = {f"{prefix}/{part}": part for part in loss.layers}
        self.weights = {name: weight * loss.weights[part] for name, part in self._own.items()}
        self.layers = {name: loss.layers[part] for name, part in self._own.items()}

    def statistics(self, part: str, view: View) -> Statistics:
        return self.loss.statistics(self._own[part], view)

    def value(self, part: str, statistics: Mapping[str, Statistics]) -> Tensor:
        return self.loss.value(self._own[part], statistics)

    def redraw(self, number: int) -> None:
        self.loss.redraw(number)


def at_least_float32(x: Tensor) -> Tensor:
    """In float32 at least, to be summed over many positions."""
    return x if x.dtype == torch.float64 else x.float()


def scaled(squares: Tensor, sizes: Tensor) -> Tensor:
    """Σ d² / (Σ |d| + 10⁻⁸) for differences d, (B,): pulls about as hard from far as from near
    (style-transfer-pytorch's ScaledMSELoss, in its objective before W2).
    """
    return squares / (sizes + 1e-8)


def floored(denominator: Tensor) -> Tensor:
    """Keeps a division by an all-zero target finite; real ones are many orders larger."""
    return denominator.clamp_min(1e-12)
