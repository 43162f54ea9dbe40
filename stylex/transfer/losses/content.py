"""Content: what of the photograph is to stay; by default its features, position by position."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

import torch
from torch import Tensor

from stylex.errors import choose
from stylex.transfer.losses.base import (
    Criterion,
    Layers,
    Look,
    Loss,
    Statistics,
    Term,
    at_least_float32,
    floored,
    scaled,
)
from stylex.transfer.losses.view import Region, View
from stylex.transfer.losses.window import whole
from stylex.transfer.vgg.layers import channels, layer_size
from stylex.transfer.vgg.network import Features

Normalization = Literal["relative", "mean", "gatys", "scaled"]

# k in k · Σ (F − P)², for features of C channels and N positions, P the content picture's.
CONTENT_FACTORS: dict[str, Callable[[int, int, Tensor], Tensor | float]] = {
    # Scale-free: does not move with network, layer or picture size.
    "relative": lambda c, n, p: 1 / floored(at_least_float32(p).square().sum((1, 2, 3))),
    "mean": lambda c, n, p: 1 / (c * n),
    "gatys": lambda c, n, p: 0.5,  # Gatys et al. 2016, eq. 1
}


class ContentLoss(Criterion, ABC):
    """A distance between a picture and the photograph, both of one size."""

    @abstractmethod
    def aim(self, look: Look, region: Region, layers: Layers) -> Loss:
        """The loss with its targets measured in the photograph that `look` shows.

        region: all of the photograph. layers: {layer: weight}. Its parts are those of `parts`.
        """


ContentTerm = Term[ContentLoss]


class FeatureLoss(ContentLoss):
    """k · ‖F − P‖² per layer (Gatys et al. 2016, eq. 1, which has k = ½).

    normalization: names k, see CONTENT_FACTORS; or `scaled`: see `scaled`.

    Raises UserError for a name that is not one of them.
    """

    def __init__(self, normalization: Normalization = "relative") -> None:
        choose(normalization, (*CONTENT_FACTORS, "scaled"), "normalization")
        self.factor = CONTENT_FACTORS.get(normalization)

    def aim(self, look: Look, region: Region, layers: Layers) -> Loss:
        return _Aimed(kept(look, layers), layers, self.factor)

    def workspace(self, layers: Iterable[str], height: int, width: int, itemsize: int) -> int:
        """Bytes of the targets."""
        return kept_bytes(layers, height, width, itemsize)


def kept(look: Look, layers: Iterable[str]) -> Features:
    """The whole layers of the picture that `look` shows."""
    found: Features = {}

    def keep(view: View) -> None:
        tile, size = view.features, view.region.size(view.layer)
        if tile.shape[2:] == size:
            found[view.layer] = tile
            return
        if view.layer not in found:
            layer = tile.new_empty(*tile.shape[:2], *size)
            found[view.layer] = layer.contiguous(memory_format=torch.channels_last)
        view.window.of(found[view.layer]).copy_(tile)

    look(layers, keep)
    return found


@contextmanager
def one_look(look: Look, region: Region, layers: Iterable[str]) -> Iterator[Look]:
    """A look for several losses, at which the network computes the picture once.

    layers: those that several losses ask for, which are kept until the context ends; others are
    computed anew at each look. region: all of the picture.
    """
    layers, found = set(layers), Features()

    def show(wanted: Iterable[str], visit: Callable[[View], None]) -> None:
        wanted = set(wanted)
        if lasts and not found and wanted & layers:
            found.update(kept(look, layers))
        for layer in wanted & found.keys():
            visit(View(layer, found[layer], whole(found[layer]), region))
        if others := wanted - found.keys():
            look(others, visit)

    lasts = True
    yield show
    lasts = False
    found.clear()


def kept_bytes(layers: Iterable[str], height: int, width: int, itemsize: int) -> int:
    """Bytes of what `kept` gives for a picture of that size."""
    sizes = ((channels(layer), *layer_size(layer, height, width)) for layer in layers)
    return sum(c * h * w * itemsize for c, h, w in sizes)


class _Aimed(Loss):
    def __init__(
        self,
        targets: Features,
        weights: Mapping[str, float],
        factor: Callable[[int, int, Tensor], Tensor | float] | None,
    ) -> None:
        self.weights = dict(weights)
        self.layers = {layer: (layer,) for layer in weights}
        self.targets = targets
        self.factors = factor and {
            layer: factor(p.shape[1], p.shape[2] * p.shape[3], p) for layer, p in targets.items()
        }

    def statistics(self, part: str, view: View) -> Statistics:
        difference = at_least_float32(view.features - view.window.of(self.targets[view.layer]))
        squares = difference.square().sum((1, 2, 3))
        return (squares,) if self.factors else (squares, difference.abs().sum((1, 2, 3)))

    def value(self, part: str, statistics: Mapping[str, Statistics]) -> Tensor:
        (layer,) = self.layers[part]
        squares, *sizes = statistics[layer]
        return self.factors[layer] * squares if self.factors else scaled(squares, *sizes)
