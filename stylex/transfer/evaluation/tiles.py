"""The same objective evaluated tile by tile: exact, in memory that the tiles' size sets.

The losses need only statistics that are additive over positions. So the network is cut into stages,
and of the whole picture only what enters a stage is kept. A first pass, without gradients, computes
every stage tile by tile and adds up the statistics. The derivative of the loss by those is small
and exact. A second pass goes back from the last stage to the first: it computes each tile again,
with gradients, and backpropagates the derivatives of the statistics and of what the next stage
took, into the gradient of what had entered.

That is gradient checkpointing (Chen et al. 2016) in space as well as in depth. Cutting in depth
keeps the tiles' halos narrow: they reach only as far as a stage's own convolutions see.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from stylex.transfer.losses.base import Loss, Parts, Statistics, add_to
from stylex.transfer.losses.view import Region, View
from stylex.transfer.losses.window import Window, tiles
from stylex.transfer.objective import Losses, Objective, Terms
from stylex.transfer.vgg.layers import IMAGE, LAYERS, up_to
from stylex.transfer.vgg.network import VGG19

_ByPart = dict[tuple[str, str], Statistics]  # (part, layer)

# After the first pooling a layer is still large, and the halo to see across it narrow.
CUTS = ("pool2", "pool3", "pool4")
# The side of each stage's tiles, so that all take about the same memory: 64 channels at full size,
# 256 at a quarter of the sides, 512 at an eighth and a sixteenth.
SIDES = (1.0, 0.5, 1 / 3, 1 / 3)
LEAST = 32  # px: the smallest tile that is more picture than halo


@dataclass(frozen=True)
class Stage:
    """Successive layers, from after one cut to the next.

    side: of its tiles, relative to the first stage's. shrink: the product of its poolings.
    halo: how far its output sees to each side, rounded up to a multiple of shrink.
    """

    layers: tuple[str, ...]
    side: float
    shrink: int
    halo: int

    def tiles(self, x: Tensor, side: int) -> list[Window]:
        """Of what enters the stage."""
        height, width = x.shape[-2:]
        return tiles(height, width, round(max(side, LEAST) * self.side), self.shrink, self.halo)


def stages(layers: Iterable[str]) -> list[Stage]:
    """How successive layers from the first on are cut."""
    groups: list[list[str]] = [[]]
    for name in layers:
        if groups[-1] and groups[-1][-1] in CUTS:
            groups.append([])
        groups[-1].append(name)
    return [_stage(tuple(group), side) for group, side in zip(groups, SIDES, strict=False)]


def _stage(layers: tuple[str, ...], side: float) -> Stage:
    halo, shrink = 0, 1
    for name in reversed(layers):
        if name.startswith("pool"):
            halo, shrink = 2 * halo, 2 * shrink
        elif name.startswith("conv"):
            halo += 1
    return Stage(layers, side, shrink, -(-halo // shrink) * shrink)


class TiledObjective(Objective):
    """An `Objective` whose values and gradients come from tiles of about `tile` px squared."""

    def __init__(self, extractor: VGG19, terms: Terms, tile: int) -> None:
        super().__init__(extractor, terms)
        self.tile = tile
        self.stages = stages(extractor.layers)

    @torch.no_grad()
    def __call__(self, image: Tensor) -> Losses:
        """The losses; not to be differentiated, see `evaluate`."""
        return self._losses(self._measure(image)[1])[0]

    @torch.no_grad()
    def evaluate(self, image: Tensor) -> tuple[Losses, Tensor]:
        region = Region(*image.shape[-2:])
        inputs, totals = self._measure(image.detach())
        losses, derivatives = self._losses(totals)
        gradient: Tensor | None = None  # of what leaves the stage; the last one's is not used
        for stage in reversed(self.stages):
            gradient = self._backward(stage, inputs.pop(), gradient, derivatives, region)
        assert gradient is not None
        return losses, gradient

    def _looking_at(self, layer: str) -> list[tuple[str, Loss]]:
        """The parts that look at a layer, with their losses."""
        return [
            (part, loss)
            for loss in self.terms
            for part, layers in loss.layers.items()
            if layer in layers
        ]

    def _measure(self, image: Tensor) -> tuple[list[Tensor], _ByPart]:
        """What enters each stage, and of each part the statistics of its whole layers."""
        totals: _ByPart = {}

        def visit(view: View) -> None:
            for part, loss in self._looking_at(view.layer):
                add_to(totals, (part, view.layer), loss.statistics(part, view))

        return _forward(self.extractor, self.stages, image, self.tile, visit), totals

    def _losses(self, totals: _ByPart) -> tuple[Losses, _ByPart]:
        """The losses, and the derivative of their total by each statistic."""
        parts: Parts = {}
        leaves = {
            key: tuple(value.detach().requires_grad_() for value in values)
            for key, values in totals.items()
        }
        with torch.enable_grad():
            for loss in self.terms:
                for part, layers in loss.layers.items():
                    statistics = {layer: leaves[part, layer] for layer in layers}
                    parts[part] = loss.value(part, statistics)
            losses = self.weigh(parts)
            flat = [value for values in leaves.values() for value in values]
            found = iter(torch.autograd.grad(losses.total.sum(), flat, materialize_grads=True))
        return losses.detach(), {
            key: tuple(next(found) for _ in values) for key, values in leaves.items()
        }

    def _backward(
        self,
        stage: Stage,
        x: Tensor,
        above: Tensor | None,
        derivatives: _ByPart,
        region: Region,
    ) -> Tensor:
        """The gradient of what enters a stage from that of what leaves it and of the statistics."""
        gradient = torch.zeros_like(x)
        for window in stage.tiles(x, self.tile):
            patch = window.patch_of(x, stage.halo).detach()
            patch = patch.contiguous(memory_format=torch.channels_last).requires_grad_()
            with torch.enable_grad():
                out, views = _run(self.extractor, stage, patch, window, region, self.smoothing)
                outputs: list[tuple[Tensor, Tensor]] = []  # with the gradient of each
                for view in views:
                    for part, loss in self._looking_at(view.layer):
                        statistics = loss.statistics(part, view)
                        outputs += zip(statistics, derivatives[part, view.layer], strict=True)
                if above is not None:
                    inner = window.shrunk(stage.shrink)
                    outputs.append((inner.inside(out), inner.of(above)))
                # A statistic may not depend on the features, as the number of positions.
                roots, grads = zip(*((y, g) for y, g in outputs if y.requires_grad), strict=True)
                (found,) = torch.autograd.grad(roots, patch, grads)
            window.patch_of(gradient, stage.halo).add_(found)
        return gradient


def _forward(
    vgg: VGG19, cut: list[Stage], image: Tensor, side: int, visit: Callable[[View], None]
) -> list[Tensor]:
    """Computes all stages, tile by tile. Gives what entered each of them, the image first."""
    inputs, region = [image], Region(*image.shape[-2:])
    for number, stage in enumerate(cut, start=1):
        x, whole = inputs[-1], None
        for window in stage.tiles(x, side):
            out, views = _run(vgg, stage, window.patch_of(x, stage.halo), window, region)
            for view in views:
                visit(view)
            if number < len(cut):
                inner = window.shrunk(stage.shrink)
                if whole is None:
                    whole = _empty(x, out.shape[1], stage.shrink, out.dtype)
                inner.of(whole).copy_(inner.inside(out))
        if whole is not None:
            inputs.append(whole)
    return inputs


def _run(
    vgg: VGG19,
    stage: Stage,
    patch: Tensor,
    window: Window,
    region: Region,
    smoothing: Tensor | None = None,
) -> tuple[Tensor, list[View]]:
    """One tile of one stage: what leaves it, and the layers to be seen on the way."""
    views = []
    if stage.layers[0] == LAYERS[0]:
        views.append(View(IMAGE, patch, window, region))
        patch = vgg.preprocess(patch)
    out, features = vgg.run(patch, stage.layers, smoothing)
    pools = 0
    for name in stage.layers:
        pools += name.startswith("pool")
        if name in features:
            views.append(View(name, features[name], window.shrunk(1 << pools), region))
    return out, views


def _empty(x: Tensor, channels: int, shrink: int, dtype: torch.dtype) -> Tensor:
    """A layer of that many channels at a fraction of x's sides, to be filled."""
    height, width = (side // shrink for side in x.shape[-2:])
    layer = torch.empty(len(x), channels, height, width, dtype=dtype, device=x.device)
    return layer.contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def look(
    vgg: VGG19,
    image: Tensor,
    layers: Iterable[str],
    visit: Callable[[View], None],
    tile: int | None = None,
) -> None:
    """Hands every tile of these layers of image (1, 3, H, W) to `visit`, to measure targets.

    layers: of those that `vgg` hands out. Nothing past the deepest of them is computed.
    tile: px; None for all at once.
    """
    layers = set(layers)

    def visit_layer(view: View) -> None:
        if view.layer in layers:
            visit(view)

    _forward(
        vgg, stages(up_to(layers) or LAYERS[:1]), image, tile or max(image.shape[-2:]), visit_layer
    )
