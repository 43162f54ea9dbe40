"""What a loss sees: a tile of a layer, and the region of the picture that counts."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor

from stylex.transfer.losses.window import Window
from stylex.transfer.vgg.layers import layer_size, poolings

Made = TypeVar("Made")


@dataclass(eq=False)
class Region:
    """Where in a picture a loss looks.

    height, width: px of the picture.
    mask: (1, 1, height, width) in [0, 1]: how much each pixel counts; None for all alike.
    share: the interval of [0, 1) that this picture makes of a mixture of several.
    seed, draw: of the sampled positions, see `redraw`.
    """

    height: int
    width: int
    mask: Tensor | None = None
    share: tuple[float, float] = (0.0, 1.0)
    seed: int = 0
    draw: int = 0
    _known: dict[Any, Any] = field(default_factory=dict, repr=False)
    _drawn: dict[Any, Any] = field(default_factory=dict, repr=False)

    def once(self, key: tuple[Any, ...], make: Callable[[], Made]) -> Made:
        """What `make` gives, made at the first call only: an evaluation needs the same each time,
        and a CUDA graph cannot copy it from the host.
        """
        if key not in self._known:
            self._known[key] = make()
        made: Made = self._known[key]
        return made

    def once_drawn(self, key: tuple[Any, ...], make: Callable[[], Made]) -> Made:
        """The same of what depends on the sampled positions."""
        if key not in self._drawn:
            self._drawn[key] = make()
        made: Made = self._drawn[key]
        return made

    def redraw(self, number: int) -> None:
        """From here on the sampled positions are those of that draw: 0, 1, … from the seed."""
        if number != self.draw:
            self.draw = number
            self._drawn.clear()

    def size(self, layer: str) -> tuple[int, int]:
        """(height, width) of the layer."""
        return layer_size(layer, self.height, self.width)

    def mask_at(self, layer: str) -> Tensor | None:
        """The mask at the layer's size, (1, 1, H, W): averaged as the network pools."""
        if self.mask is None:
            return None
        pools = poolings(layer)
        return self.once(("mask", pools), lambda: self._pooled(pools))

    def _pooled(self, times: int) -> Tensor:
        mask = self.mask
        assert mask is not None
        for _ in range(times):
            mask = F.avg_pool2d(mask, 2)
        return mask

    def count(self, layer: str) -> float:
        """How many of the layer's positions count, each by its mask; over the share: what sums over
        this picture's positions are divided by to become its part of the mixture's mean.
        """
        return self.once(("count", layer), lambda: self._count(layer))

    def _count(self, layer: str) -> float:
        mask = self.mask_at(layer)
        height, width = self.size(layer)
        positions = height * width if mask is None else float(mask.cpu().double().sum())
        start, end = self.share
        # A mask may vanish at a deep layer; its sums are 0 then, too.
        return max(positions, 1e-6) / (end - start)

    def positions(self, layer: str, count: int, reach: int = 0) -> tuple[Tensor, Tensor, Tensor]:
        """`count` sampled positions of a layer, as (place among the sample, row, column).

        The places are those of this picture's share. The same points of the picture at every layer,
        so that the samples of several layers belong together; drawn evenly over the mask.
        reach: how far from the layer's edges they stay, where it has the room.
        """
        y, x = self.once_drawn(("points", count), lambda: self._points(count))
        height, width = self.size(layer)
        start, end = (round(edge * count) for edge in self.share)
        place = torch.arange(start, end)
        rows, columns = (y[place] * height).long(), (x[place] * width).long()
        return place, rows.clamp(reach, height - 1 - reach), columns.clamp(reach, width - 1 - reach)

    def _points(self, count: int) -> tuple[Tensor, Tensor]:
        """(y, x) in [0, 1), each (count,): of a scrambled Sobol sequence, any part of which covers
        the picture more evenly than independent points.
        """
        # The draws' seeds are far apart, so that neighbouring seeds share none.
        seed = (int(self.seed) + self.draw * 0x9E3779B1) % 2**63
        sequence = torch.quasirandom.SobolEngine(3, scramble=True, seed=seed)
        y, x, inside = sequence.draw(count, dtype=torch.float64).T
        if self.mask is None:
            return y, x
        # Inverse of the cumulated mask for the pixel, the other number for the place in it.
        total = self.mask.cpu().double().flatten().cumsum(0)
        pixel = torch.searchsorted(total, y * total[-1], right=True).clamp_max(len(total) - 1)
        row, column = pixel // self.width, pixel % self.width
        return (row + inside) / self.height, (column + x) / self.width


@dataclass(frozen=True)
class View:
    """A tile of a layer.

    patch: (B, C, h, w), the features at the window's positions and in a halo around them.
    window: which positions of the layer are the tile's own.
    region: what of the picture counts.
    """

    layer: str
    patch: Tensor
    window: Window
    region: Region

    def within(self, region: Region) -> "View":
        """The same for a loss that looks at that region only."""
        return replace(self, region=region)

    @property
    def features(self) -> Tensor:
        """The window's own positions, (B, C, h, w)."""
        return self.window.inside(self.patch)

    @property
    def mask(self) -> Tensor | None:
        """How much each of them counts, (1, 1, h, w) in [0, 1]; None for all alike."""
        mask = self.region.mask_at(self.layer)
        return None if mask is None else self.window.of(mask)

    @property
    def chosen(self) -> Tensor | None:
        """The places among the window's positions, row by row, of those that count at all.

        None where these are most of them, so that to leave the others out would gain nothing.
        """
        mask = self.mask
        if mask is None:
            return None
        return self.region.once(("chosen", self.layer, self.window), lambda: _chosen(mask))

    @property
    def positions(self) -> float:
        """How many positions the window has, for a loss that is a sum over them.

        All of them, also under a mask: the loss of a region weighs what part of the picture it is,
        see `aim_style`, and would be that part of it once more.
        """
        return float(self.window.height * self.window.width)

    @property
    def count(self) -> float:
        """What sums over the layer's positions are divided by to become means, see `Region`."""
        return self.region.count(self.layer)

    def sampled(self, count: int, reach: int = 0) -> Tensor:
        """The features at `count` sampled positions of the layer, (B, count, C).

        Rows whose position lies in another tile, or in another picture of the mixture, are 0: they
        add up. The positions are the same at each evaluation, until `Region.redraw`.
        reach: with 1, the 3×3 positions around each side by side, (B, count, 9C), and so on; 0
        beyond the layer's edges.
        """
        around = range(-reach, reach + 1)
        return torch.cat([self._at(count, reach, (y, x)) for y in around for x in around], 2)

    def _at(self, count: int, reach: int, offset: tuple[int, int]) -> Tensor:
        """The features that far down and right of the sampled positions, (B, count, C)."""
        # The same window may come with another halo, as when the photograph is looked at.
        across = self.patch.shape[3]
        place, index = self.region.once_drawn(
            ("sample", self.layer, count, reach, offset, self.window, across, self.patch.device),
            lambda: self._own(count, reach, offset),
        )
        flat = self.patch.permute(0, 2, 3, 1).flatten(1, 2)  # (B, N, C), a view if channels-last
        rows = flat.index_select(1, index)
        if len(place) == count:
            return rows
        return rows.new_zeros(len(rows), count, rows.shape[2]).index_copy(1, place, rows)

    def _own(self, count: int, reach: int, offset: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """Of the sampled positions those in the window: their places, and where in the patch."""
        window = self.window
        place, rows, columns = self.region.positions(self.layer, count, reach)
        rows, columns = rows + offset[0] - window.top, columns + offset[1] - window.left
        own = (rows >= 0) & (rows < window.height) & (columns >= 0) & (columns < window.width)
        index = (rows + window.above) * self.patch.shape[3] + columns + window.before
        return place[own].to(self.patch.device), index[own].to(self.patch.device)


MOST_CHOSEN = 0.75  # of the positions


def _chosen(mask: Tensor) -> Tensor | None:
    (found,) = mask.flatten().nonzero(as_tuple=True)
    return found if len(found) < MOST_CHOSEN * mask.numel() else None
