"""Content as structure: which places of the photograph resemble each other, and its edges."""

from collections.abc import Iterable, Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from stylex.errors import check_whole
from stylex.transfer.losses.base import (
    Layers,
    Look,
    Loss,
    Statistics,
    add_to,
    hypercolumn,
    used_parts,
)
from stylex.transfer.losses.comparison import Compared, Comparison
from stylex.transfer.losses.content import ContentLoss, kept
from stylex.transfer.losses.sampled import sampled_rows, unit_rows
from stylex.transfer.losses.view import Region, View
from stylex.transfer.losses.window import whole
from stylex.transfer.vgg.layers import IMAGE, channels
from stylex.transfer.vgg.network import Features

ROUNDING = 1e-6  # of a cosine distance in float32, at most
FLAT = 1 / 255  # of the pixels' range: edges that are smaller in the mean are none


class StructureLoss(Comparison, ContentLoss):
    """A content loss that compares statistics of the picture with those of the photograph.

    By default they are of sampled positions, the same in both, whatever the draw.
    """

    keeps_photograph = True

    def aim(self, look: Look, region: Region, layers: Layers) -> Loss:
        parts = used_parts(self, layers)
        seen = {layer for own, _ in parts.values() for layer in own}
        found: dict[str, Statistics] = {}
        photograph: Features = {}  # from the first other draw on

        def measure(view: View) -> None:
            add_to(found, view.layer, self.statistics(view.within(region)))

        def again() -> Mapping[str, Statistics]:
            if not photograph:
                photograph.update(kept(look, seen))
            return {
                layer: self.statistics(View(layer, x, whole(x), region))
                for layer, x in photograph.items()
            }

        look(seen, measure)
        return Compared(self, region, parts, found, again if self.keeps_photograph else None)


class SelfSimilarityLoss(StructureLoss):
    """n · mean |D_x/ΣD_x − D_c/ΣD_c| over n sampled positions (Kolkin et al. 2019, eq. 8 and 9).

    D: the cosine distances between the features of every two positions, of the picture (x) and, at
    the same positions, of the photograph (c), each column over its sum. Colours and textures may
    change altogether as long as what was alike stays alike.

    The equation has the mean alone; the authors' file multiplies it by n, as here, which makes it a
    mean of the columns' sums, of order 1 for any n.

    samples: positions. hypercolumns: the features of all layers at one position are one vector;
    by default each layer is compared on its own.

    Raises UserError for `samples` out of range.
    """

    def __init__(self, samples: int = 1024, hypercolumns: bool = False) -> None:
        check_whole("samples", samples, 2, 65536)
        self.samples = samples
        self.hypercolumns = hypercolumns

    def parts(self, layers: Layers) -> Mapping[str, tuple[Sequence[str], float]]:
        return hypercolumn(layers) if self.hypercolumns else super().parts(layers)

    def statistics(self, view: View) -> Statistics:
        return (view.sampled(self.samples),)

    def target(self, photograph: Mapping[str, Statistics]) -> Tensor:
        return self_similarity(_rows(photograph))

    def value(self, picture: Mapping[str, Statistics], target: Tensor) -> Tensor:
        difference: Tensor = (self_similarity(_rows(picture)) - target).abs()
        return difference.sum(1).mean(1)

    def workspace(self, layers: Iterable[str], height: int, width: int, itemsize: int) -> int:
        layers = list(layers)
        matrices = 1 if self.hypercolumns else len(layers)
        rows = sum(4 * 4 * self.samples * channels(layer) for layer in layers)
        return matrices * 5 * 4 * self.samples**2 + rows


def _rows(samples: Mapping[str, Statistics]) -> Tensor:
    """All layers' features side by side, (B, n, C)."""
    return torch.cat([*sampled_rows(samples).values()], 2)


def self_similarity(rows: Tensor) -> Tensor:
    """The cosine distances between every two of n features (B, n, C): (B, n, n), each column over
    its sum.
    """
    rows = unit_rows(rows)
    distances = (1 - rows @ rows.mT).clamp_min(0)
    # Rows that are all alike differ by rounding, which is no structure.
    sums = distances.sum(1, keepdim=True).clamp_min(ROUNDING * distances.shape[1])
    return distances / sums


class LaplacianLoss(StructureLoss):
    """‖L(pool(x)) − L(pool(c))‖² (Li et al. 2017, "Laplacian-steered neural style transfer").

    L: the 3×3 Laplacian, summed over the three colours. Of the pixels themselves, averaged over
    blocks: the photograph's edges stay where they are, whatever the features make of them.

    Departures: over the squares of the photograph's own, or of edges of a grey level where it has
    none, so that weights mean the same for every photograph and size (the authors' file has a mean
    of squares of pixels up to 255, times 100); and the outermost blocks count, too, as if they went
    on beyond the edge.

    pool: px of a block's side; in the paper 4, or 4 and 16 as two terms.

    Raises UserError for one out of range.
    """

    keeps_photograph = False
    ends_at_edges = True

    def __init__(self, pool: int = 4) -> None:
        check_whole("pool", pool, 1, 256)
        self.pool = pool

    def parts(self, layers: Layers) -> Mapping[str, tuple[Sequence[str], float]]:
        return {"laplacian": ((IMAGE,), 1.0)}

    def statistics(self, view: View) -> Statistics:
        """The blocks' means, (B, 3, H/pool, W/pool), of which a tile has a part."""
        down, across = view.region.once(
            ("blocks", self.pool, view.window, view.patch.device),
            lambda: tuple(self._blocks(view, axis) for axis in (0, 1)),
        )
        x = view.features
        return (down.to(x.dtype) @ x @ across.to(x.dtype).mT,)

    def _blocks(self, view: View, axis: int) -> Tensor:
        """(blocks, positions of the window): 1/pool where a position lies in a block."""
        window, device = view.window, view.patch.device
        start = (window.top, window.left)[axis]
        length = (window.height, window.width)[axis]
        blocks = max(1, view.region.size(IMAGE)[axis] // self.pool)
        block = torch.arange(start, start + length, device=device) // self.pool
        return (block == torch.arange(blocks, device=device).unsqueeze(1)).float() / self.pool

    def target(self, photograph: Mapping[str, Statistics]) -> tuple[Tensor, Tensor]:
        edges = _edges(photograph)
        return edges, edges.square().sum((1, 2, 3)).clamp_min(FLAT**2 * edges[0].numel())

    def value(self, picture: Mapping[str, Statistics], target: tuple[Tensor, Tensor]) -> Tensor:
        edges, scale = target
        difference: Tensor = _edges(picture) - edges
        return difference.square().sum((1, 2, 3)) / scale


def _edges(blocks: Mapping[str, Statistics]) -> Tensor:
    """The Laplacian of the blocks, summed over the colours, (B, 1, h, w)."""
    ((means,),) = blocks.values()
    grey = means.sum(1, keepdim=True)  # of a linear filter the sum is the filter of the sum
    around = F.pad(grey, (1, 1, 1, 1), mode="replicate")
    beside = around[..., 1:-1, :-2] + around[..., 1:-1, 2:]
    return 4 * grey - beside - around[..., :-2, 1:-1] - around[..., 2:, 1:-1]
