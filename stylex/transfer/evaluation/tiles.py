"""The same objective evaluated tile by tile: exact, in memory that the tiles' size sets.

The losses need only sums over positions. So the network is cut into stages, and of the whole
picture only what enters a stage is kept. A first pass, without gradients, computes every stage tile
by tile and adds up the sums. The derivative of the loss by those sums is small and exact. A second
pass goes back from the last stage to the first: it computes each tile again, with gradients, and
adds what the sums and the next stage ask of it to the gradient of what had entered.

That is gradient checkpointing (Chen et al. 2016) in space as well as in depth. Cutting in depth
keeps the tiles' rims narrow: they reach only as far as a stage's own convolutions see.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from stylex.transfer.evaluation.window import Window, tiles
from stylex.transfer.losses.base import IMAGE, Loss, Parts, Totals
from stylex.transfer.losses.statistics import Sums, sums
from stylex.transfer.objective import Losses, Objective
from stylex.transfer.vgg.layers import LAYERS, smallest_side
from stylex.transfer.vgg.network import VGG19, Features

# After the first pooling a layer is still large, and the rim to see across it narrow.
CUTS = ("pool2", "pool3", "pool4")
# The side of each stage's tiles, so that all take about the same memory: 64 channels at full size,
# 256 at a quarter of the sides, 512 at an eighth and a sixteenth.
SIDES = (1.0, 0.5, 1 / 3, 1 / 3)
LEAST = 32  # px: the smallest tile that is more picture than rim


@dataclass(frozen=True)
class Stage:
    """Successive layers, from after one cut to the next.

    side: of its tiles, relative to the first stage's. shrink: the product of its poolings.
    rim: how far its output sees to each side, rounded up to a multiple of shrink.
    """

    layers: tuple[str, ...]
    side: float
    shrink: int
    rim: int

    def tiles(self, x: Tensor, side: int) -> list[Window]:
        """Of what enters the stage."""
        height, width = x.shape[-2:]
        return tiles(height, width, round(max(side, LEAST) * self.side), self.shrink, self.rim)


def stages(layers: Iterable[str]) -> list[Stage]:
    """How successive layers from the first on are cut."""
    groups: list[list[str]] = [[]]
    for name in layers:
        if groups[-1] and groups[-1][-1] in CUTS:
            groups.append([])
        groups[-1].append(name)
    return [_stage(tuple(group), side) for group, side in zip(groups, SIDES, strict=False)]


def _stage(layers: tuple[str, ...], side: float) -> Stage:
    rim, shrink = 0, 1
    for name in reversed(layers):
        if name.startswith("pool"):
            rim, shrink = 2 * rim, 2 * shrink
        elif name.startswith("conv"):
            rim += 1
    return Stage(layers, side, shrink, -(-rim // shrink) * shrink)


class TiledObjective(Objective):
    """An `Objective` whose values and gradients come from tiles of about `tile` px squared."""

    def __init__(self, extractor: VGG19, terms: list[tuple[float, Loss]], tile: int) -> None:
        super().__init__(extractor, terms)
        self.tile = tile

    @torch.no_grad()
    def __call__(self, image: Tensor) -> Losses:
        """The losses; not to be differentiated, see `evaluate`."""
        return self._losses(self._sums(image)[1])[0]

    @torch.no_grad()
    def evaluate(self, image: Tensor) -> tuple[Losses, Tensor]:
        inputs, totals = self._sums(image.detach())
        losses, wanted = self._losses(totals)
        gradient: Tensor | None = None  # of what leaves the stage; the last one's is not used
        for stage in reversed(self._stages):
            gradient = self._back(stage, inputs.pop(), gradient, wanted)
        assert gradient is not None
        return losses, gradient

    @property
    def _stages(self) -> list[Stage]:
        return stages(self.extractor.layers)

    def _looking_at(self, layer: str) -> list[tuple[str, Loss]]:
        """The parts that a layer's sums are for, with the losses that make them."""
        parts = [(part, loss) for loss in self.terms for part in loss.layers]
        return [(part, loss) for part, loss in parts if loss.layers[part] == layer]

    def _sums(self, image: Tensor) -> tuple[list[Tensor], dict[str, "_Total"]]:
        """What enters each stage, and of each part the sums over its whole layer."""
        totals: dict[str, _Total] = {}

        def visit(view: View) -> None:
            for part, loss in self._looking_at(view.layer):
                found = _Total(loss.sums(view.layer, view.patch, view.window), *view.window.end)
                totals[part] = totals[part] + found if part in totals else found

        return _forward(self.extractor, self._stages, image, self.tile, visit), totals

    def _losses(self, totals: dict[str, "_Total"]) -> tuple[Losses, dict[str, Totals]]:
        """The losses, and the derivative of their total by each part's sums."""
        parts: Parts = {}
        leaves = {
            part: tuple(value.detach().requires_grad_() for value in total.values)
            for part, total in totals.items()
        }
        with torch.enable_grad():
            for loss in self.terms:
                for part, layer in loss.layers.items():
                    total = totals[part]
                    parts[part] = loss.value(layer, leaves[part], total.height, total.width)
            losses = self.weigh(parts)
            flat = [value for values in leaves.values() for value in values]
            found = iter(torch.autograd.grad(losses.total.sum(), flat, materialize_grads=True))
        return losses.detach(), {
            part: tuple(next(found) for _ in values) for part, values in leaves.items()
        }

    def _back(
        self, stage: Stage, x: Tensor, above: Tensor | None, wanted: dict[str, Totals]
    ) -> Tensor:
        """The gradient of what enters a stage from that of what leaves it and of the sums."""
        gradient = torch.zeros_like(x)
        for window in stage.tiles(x, self.tile):
            patch = window.patch_of(x, stage.rim).detach()
            patch = patch.contiguous(memory_format=torch.channels_last).requires_grad_()
            with torch.enable_grad():
                out, seen = _run(self.extractor, stage, patch, window)
                roots: list[Tensor] = []
                asked: list[Tensor] = []
                for view in seen:
                    for part, loss in self._looking_at(view.layer):
                        roots += loss.sums(view.layer, view.patch, view.window)
                        asked += wanted[part]
                if above is not None:
                    inner = window.shrunk(stage.shrink)
                    roots.append(inner.inside(out))
                    asked.append(inner.of(above))
                (found,) = torch.autograd.grad(roots, patch, asked)
            window.patch_of(gradient, stage.rim).add_(found)
        return gradient


@dataclass(frozen=True)
class _Total:
    """A part's sums so far, and up to which row and column of the layer."""

    values: Totals
    height: int
    width: int

    def __add__(self, other: "_Total") -> "_Total":
        values = tuple(a + b for a, b in zip(self.values, other.values, strict=True))
        return _Total(values, max(self.height, other.height), max(self.width, other.width))


@dataclass(frozen=True)
class View:
    """What a tile shows of a layer: the patch (B, C, h, w) that holds the window's positions."""

    layer: str
    patch: Tensor
    window: Window


def _forward(
    vgg: VGG19, cut: list[Stage], image: Tensor, side: int, visit: Callable[[View], None]
) -> list[Tensor]:
    """Computes all stages, tile by tile. Gives what entered each of them, the image first."""
    inputs = [image]
    for number, stage in enumerate(cut, start=1):
        x, whole = inputs[-1], None
        for window in stage.tiles(x, side):
            out, seen = _run(vgg, stage, window.patch_of(x, stage.rim), window)
            for view in seen:
                visit(view)
            if number < len(cut):
                inner = window.shrunk(stage.shrink)
                whole = _room(x, out.shape[1], stage.shrink, out.dtype) if whole is None else whole
                inner.of(whole).copy_(inner.inside(out))
        if whole is not None:
            inputs.append(whole)
    return inputs


def _run(vgg: VGG19, stage: Stage, patch: Tensor, window: Window) -> tuple[Tensor, list[View]]:
    """One tile of one stage: what leaves it, and the layers asked for on the way."""
    seen = []
    if stage.layers[0] == LAYERS[0]:
        seen.append(View(IMAGE, patch, window))
        patch = vgg.enter(patch)
    out, features = vgg.run(patch, stage.layers)
    pools = 0
    for name in stage.layers:
        pools += name.startswith("pool")
        if name in features:
            seen.append(View(name, features[name], window.shrunk(1 << pools)))
    return out, seen


def _room(x: Tensor, channels: int, shrink: int, dtype: torch.dtype) -> Tensor:
    """For a layer of that many channels at a fraction of x's sides."""
    height, width = (side // shrink for side in x.shape[-2:])
    room = torch.empty(len(x), channels, height, width, dtype=dtype, device=x.device)
    return room.contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def measure(
    vgg: VGG19, image: Tensor, keep: Iterable[str], add: Iterable[str], tile: int | None = None
) -> tuple[Features, dict[str, Sums]]:
    """Targets from image (1, 3, H, W): the features of the layers to `keep`, the sums of others.

    Nothing past the deepest of them is computed. tile: px; None for all at once.
    """
    keep, add = set(keep), set(add)
    deepest = max(LAYERS.index(name) for name in keep | add)
    kept: Features = {}
    added: dict[str, Sums] = {}

    def visit(view: View) -> None:
        layer, inside = view.layer, view.window.inside(view.patch)
        if layer in add:
            added[layer] = added[layer] + sums(inside) if layer in added else sums(inside)
        if layer in keep:
            if layer not in kept:
                kept[layer] = _room(image, inside.shape[1], smallest_side([layer]), inside.dtype)
            view.window.of(kept[layer]).copy_(inside)

    side = tile or max(image.shape[-2:])
    _forward(vgg, stages(LAYERS[: deepest + 1]), image, side, visit)
    return kept, added
