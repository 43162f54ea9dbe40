"""What a style loss is, and how one is aimed at paintings.

A style is a distribution of features. A style loss is a distance between two of them, the
picture's and the style's, each seen through the same additive statistics. So several paintings are
a mixture (their statistics add up), masks say which positions count, and both may be looked at
tile by tile; the loss need not know.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import Tensor

from stylex.transfer.losses.base import (
    Layers,
    Look,
    Loss,
    Named,
    Statistics,
    Term,
    add_to,
    used_layers,
    used_parts,
)
from stylex.transfer.losses.comparison import Compared, Comparison
from stylex.transfer.losses.view import Region, View


class StyleLoss(Comparison):
    """A distance between the features of a picture and those of a style."""

    sees_start = False

    def guide(self, photograph: Tensor, start: Tensor | None) -> Tensor:
        """The picture that guides what goes where, (1, 3, H, W); by default the photograph.

        start: what the level starts from, of the same shape; None on the first one. A loss that
        looks at it says so by `sees_start`.
        """
        return photograph

    def style_statistics(self, view: View) -> Statistics:
        """What a painting's window adds to the style's statistics; by default as of the picture's.

        The place for a larger sample, which is taken once for each level.
        """
        return self.statistics(view)

    def aim(
        self,
        style: Mapping[str, Statistics],
        region: Region,
        layers: Layers,
        guide: Look | None = None,
    ) -> Loss:
        """The loss with its targets in a region of the picture.

        style: {layer: its statistics}. layers: {layer: weight}. guide: how to look at the picture
        that `guide` gave, for losses that compare more than two.
        """
        return Compared(self, region, used_parts(self, layers), style)


StyleTerm = Term[StyleLoss]


@dataclass(frozen=True)
class Aim:
    """A region of the picture, and the paintings that it is to look like.

    paintings: for each how to look at it, and its region: which part counts, and for how much.
    weight: of the region's losses. guide: how to look at the picture that guides a loss. key: equal
    where the paintings, as they are seen, are; None if nothing is kept.
    """

    region: Region
    paintings: Sequence[tuple[Look, Region]]
    weight: float = 1.0
    guide: Callable[[StyleLoss], Look] | None = None
    key: Hashable = None


Keep = Callable[[Hashable, Callable[[], Any]], Any]
"""keep(key, measure): what `measure` gives now, or gave before for that key."""


def aim(
    terms: Mapping[str, StyleTerm],
    layers: Layers,
    aims: Sequence[Aim],
    keep: Keep = lambda key, measure: measure(),
) -> list[Loss]:
    """The style losses of a picture: a part for each term, region and group of layers.

    terms: {name: term}. layers: {layer: weight}, for terms without layers of their own. keep: for
    statistics that are known from an earlier call; by default none are.
    A part is called `style/<term>/<region>/<part>`, without the term where there is one only, and
    without the number of the region likewise.
    """
    losses: list[Loss] = []
    for number, target in enumerate(aims, start=1):
        region = [str(number)] if len(aims) > 1 else []
        seen = tuple(
            (name, *used_layers([term], layers), term.loss.likeness) for name, term in terms.items()
        )
        found = keep((target.key, seen), partial(_measure, target, terms, layers))
        for name, term in terms.items():
            prefix = "/".join(["style", *([name] if len(terms) > 1 else []), *region])
            guide = target.guide and target.guide(term.loss)
            loss = term.loss.aim(found[name], target.region, term.layers_or(layers), guide)
            losses.append(Named(loss, prefix, term.weight * target.weight))
    return losses


class _Statistics:
    """A term's statistics of a style, in the making."""

    def __init__(self, term: StyleTerm, layers: Layers) -> None:
        self.term = term
        self.layers = used_layers([term], layers)
        self.of: dict[str, Statistics] = {}

    def add(self, view: View) -> None:
        add_to(self.of, view.layer, self.term.loss.style_statistics(view))


def _measure(
    target: Aim, terms: Mapping[str, StyleTerm], layers: Layers
) -> dict[str, dict[str, Statistics]]:
    """Each term's statistics of the paintings together."""
    views = {name: _Statistics(term, layers) for name, term in terms.items()}
    for look, painting in target.paintings:
        _look_at(look, painting, list(views.values()))
    return {name: view.of for name, view in views.items()}


def _look_at(look: Look, region: Region, terms: Sequence[_Statistics]) -> None:
    """One look at a painting for all terms."""

    def visit(view: View) -> None:
        for term in terms:
            if view.layer in term.layers:
                term.add(view.within(region))

    look({layer for term in terms for layer in term.layers}, visit)
