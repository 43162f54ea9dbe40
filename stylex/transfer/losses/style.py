"""What a style loss is, and how one is aimed at paintings.

A style is a distribution of features. A style loss is a distance between two of them, the
picture's and the style's, each seen through the same additive statistics. So several paintings are
a mixture (their statistics add up), masks say which positions count, and both may be looked at
tile by tile; the loss need not know.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from stylex.transfer.losses.base import Look, Loss, Statistics, add
from stylex.transfer.losses.view import Region, View

Layers = Mapping[str, float]


class StyleLoss(ABC):
    """A distance between the features of a picture and those of a style."""

    def parts(self, layers: Layers) -> Mapping[str, tuple[Sequence[str], float]]:
        """{part: (the layers that it looks at together, its weight)}, for layers {layer: weight}.

        By default each layer on its own.
        """
        return {layer: ((layer,), weight) for layer, weight in layers.items()}

    @abstractmethod
    def statistics(self, view: View) -> Statistics:
        """What the view's window adds to the statistics of its layer: tensors (B, …).

        Sums over positions, divided by `view.count` where they are to be means, so that those of
        all tiles, and of all pictures of a mixture, add up; or `view.sampled(n)`.
        """

    def target(self, style: Mapping[str, Statistics]) -> Any:
        """What `value` compares with, from {layer: the style's statistics}: by default these.

        Once for each level: the place for what is costly and depends on the style alone.
        """
        return style

    @abstractmethod
    def value(self, picture: Mapping[str, Statistics], target: Any) -> Tensor:
        """The distance, (B,), from {layer: the picture's statistics} and what `target` gave."""

    def workspace(self, layers: Iterable[str], height: int, width: int, itemsize: int) -> int:
        """Bytes that it takes beside the features of a picture of height × width px.

        itemsize: bytes of a feature. For the estimate of a run's memory; by default nothing, which
        is near enough for statistics that are much smaller than a layer.
        """
        return 0


@dataclass(frozen=True)
class StyleTerm:
    """One style loss among others.

    weight: of the term. layers: {layer: weight}; None for those that all terms share.
    """

    loss: StyleLoss
    weight: float = 1.0
    layers: Layers | None = None


@dataclass(frozen=True)
class Aim:
    """A region of the picture, and the paintings that it is to look like.

    paintings: for each how to look at it, and its region: which part counts, and for how much.
    weight: of the region's losses.
    """

    region: Region
    paintings: Sequence[tuple[Look, Region]]
    weight: float = 1.0


def aim(terms: Mapping[str, StyleTerm], layers: Layers, aims: Sequence[Aim]) -> list[Loss]:
    """The style losses of a picture: a part for each term, region and group of layers.

    terms: {name: term}. layers: {layer: weight}, for terms without layers of their own.
    A part is called `style/<term>/<region>/<part>`, without the term where there is one only, and
    without the number of the region likewise.
    """
    losses: list[Loss] = []
    for number, target in enumerate(aims, start=1):
        region = [str(number)] if len(aims) > 1 else []
        views = {name: _Statistics(term, layers) for name, term in terms.items()}
        for look, painting in target.paintings:
            _measure(look, painting, list(views.values()))
        for name, found in views.items():
            prefix = "/".join(["style", *([name] if len(terms) > 1 else []), *region])
            losses.append(_Aimed(found, prefix, target.region, target.weight))
    return losses


class _Statistics:
    """A term's statistics of a style, in the making."""

    def __init__(self, term: StyleTerm, layers: Layers) -> None:
        self.term = term
        used = layers if term.layers is None else term.layers
        self.parts = {
            part: (layers, weight)
            for part, (layers, weight) in term.loss.parts(used).items()
            if weight
        }
        self.layers = {layer for layers, _ in self.parts.values() for layer in layers}
        self.of: dict[str, Statistics] = {}

    def add(self, view: View) -> None:
        found, before = self.term.loss.statistics(view), self.of.get(view.layer)
        self.of[view.layer] = found if before is None else add(before, found)


def _measure(look: Look, region: Region, terms: Sequence[_Statistics]) -> None:
    """One look at a painting for all terms."""

    def visit(view: View) -> None:
        for term in terms:
            if view.layer in term.layers:
                term.add(view.within(region))

    look({layer for term in terms for layer in term.layers}, visit)


class _Aimed(Loss):
    """A style loss with its targets in one region of the picture."""

    def __init__(self, found: _Statistics, prefix: str, region: Region, weight: float) -> None:
        self.loss, self.region = found.term.loss, region
        self.weights = {
            f"{prefix}/{part}": found.term.weight * weight * own
            for part, (_, own) in found.parts.items()
        }
        self.layers = {f"{prefix}/{part}": layers for part, (layers, _) in found.parts.items()}
        self.targets = {
            f"{prefix}/{part}": self.loss.target({layer: found.of[layer] for layer in layers})
            for part, (layers, _) in found.parts.items()
        }

    def statistics(self, part: str, view: View) -> Statistics:
        return self.loss.statistics(view.within(self.region))

    def value(self, part: str, statistics: Mapping[str, Statistics]) -> Tensor:
        return self.loss.value(statistics, self.targets[part])


def used_layers(terms: Mapping[str, StyleTerm], layers: Layers) -> dict[str, None]:
    """The layers that the terms look at, each once."""
    return dict.fromkeys(
        layer
        for term in terms.values()
        for own, weight in term.loss.parts(layers if term.layers is None else term.layers).values()
        if weight
        for layer in own
    )
