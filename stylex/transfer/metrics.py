"""Four fixed metrics that compare any two results, whatever they were optimised for.

Towards the paintings, over relu1_1 … relu5_1:

    style_error      mean over layers of ‖G − A‖²/‖A‖², G and A Gram matrices. Sees how strongly
                     features occur, and occur together. Misses how they are distributed, as a
                     grain of the right strength has the same matrix as strokes have; favours
                     losses of moments, of which it is one.
    style_distance   mean over layers of S(result)/S(photograph), S the sliced Wasserstein distance
                     to the painting (Heitz et al. 2021, eq. 7). Sees the whole distribution of the
                     features of single positions. Misses which positions lie side by side: how
                     long strokes are, and shapes, so far as the features do not see them; favours
                     `sliced` and `histogram`. 1 for the photograph itself.

Towards the photograph, at relu4_2:

    content_error    ‖F − P‖²/‖P‖². Sees every feature at its place. Misses that a face in other
                     colours and brushwork still is that face; favours `features`.
    structure_error  Σ|D − D_P|, mean over columns, D the cosine distances between all positions
                     of a grid, each column over its sum (Kolkin et al. 2019, eq. 8 and 9). Sees
                     which places resemble each other: outlines, arrangement. Misses colours and
                     textures, and whatever is finer than the grid; favours `selfsim`.

All are 0 for a perfect match, and lower is better. Always in float32, on the embedded VGG19 (max
pooling, replicated first layer), at the result's own size, against the style picture with its long
side at most the result's; on the same sampled positions and directions, and a grid of at most 32 ×
32 positions. Of several paintings the mixture counts, of several places the mean over their areas.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from stylex.images.load import resize, sides
from stylex.transfer.device import computing_in
from stylex.transfer.evaluation.tiles import look
from stylex.transfer.losses.base import Loss, Parts, Statistics, add_to, floored
from stylex.transfer.losses.gram import GramLoss
from stylex.transfer.losses.sliced import SlicedLoss
from stylex.transfer.losses.structure import self_similarity
from stylex.transfer.losses.style import StyleTerm
from stylex.transfer.losses.view import Region, View
from stylex.transfer.pyramid import fit_size
from stylex.transfer.shared import Shared, fingerprint
from stylex.transfer.style import Painting
from stylex.transfer.targets import aim_style
from stylex.transfer.vgg.layers import channels, layer_size
from stylex.transfer.vgg.network import VGG19
from stylex.transfer.vgg.weights import load_weights

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
CONTENT_LAYER = "relu4_2"
SAMPLES, DIRECTIONS = 4096, 128  # of style_distance; no more samples than there are pixels
ALIKE = 1e-3  # of style_distance: a photograph that is no farther from the painting is a copy of it
GRID = 32  # positions of structure_error along each side, at most


@dataclass(frozen=True)
class Score:
    """All 0 for a perfect match; lower is better."""

    style_error: float
    content_error: float
    style_distance: float
    structure_error: float


def score(
    result: Tensor,
    content: Tensor,
    style: Tensor | Sequence[Painting],
    tile: int | None = None,
    shared: Shared | None = None,
) -> Score:
    """Scores one result, (1, 3, H, W), against its pictures, (1, 3, ·, ·), all in [0, 1].

    style: one painting, or several. tile: px of the squares to look at one after another; None for
    all at once. shared: with the scoring of other results in the same style.
    """
    paintings = [Painting(style)] if isinstance(style, Tensor) else style
    with computing_in("fp32"), torch.no_grad():
        return _score(result.float(), content, paintings, tile, shared)


def _score(
    result: Tensor,
    content: Tensor,
    paintings: Sequence[Painting],
    tile: int | None,
    shared: Shared | None,
) -> Score:
    size, device = sides(result), result.device

    def build() -> VGG19:
        layers = *STYLE_LAYERS, CONTENT_LAYER
        return VGG19(load_weights("embedded"), layers, device=device, keeps_kernels=False)

    vgg = shared.network(("metrics", device), build) if shared else build()
    content = resize(content.to(device), *size).clamp(0, 1)
    sliced = SlicedLoss(min(SAMPLES, size[0] * size[1]), DIRECTIONS)
    terms = {"error": StyleTerm(GramLoss()), "distance": StyleTerm(sliced)}
    keep = shared.keep("metrics", device) if shared else None
    styles = aim_style(
        terms,
        vgg,
        [_at_most(painting, max(size)) for painting in paintings],
        size,
        dict.fromkeys(STYLE_LAYERS, 1.0),
        tile=tile,
        device=device,
        keep=keep,
    )
    errors, distances = (_of(name, styles) for name in terms)
    statistics, features = _look_at(result, vgg, [*errors, *distances], tile)
    measure = partial(_look_at, content, vgg, distances, tile)
    if keep:
        seen = [(content, Region(*size, painting.where)) for painting in paintings]
        own, photograph = keep(("photograph", fingerprint(seen, tile)), measure)
    else:
        own, photograph = measure()
    found, to_photograph = _parts(styles, statistics), _parts(distances, own)
    relative = {part: found[part] / value.clamp_min(ALIKE) for part, value in to_photograph.items()}
    return Score(
        style_error=_mean(errors, found),
        content_error=float(
            (features - photograph).square().sum() / floored(photograph.square().sum())
        ),
        style_distance=_mean(distances, relative),
        structure_error=float((_on_grid(features) - _on_grid(photograph)).abs().sum(1).mean()),
    )


def _of(term: str, losses: Sequence[Loss]) -> list[Loss]:
    """Those of one term, for all places."""
    return [loss for loss in losses if all(part.split("/")[1] == term for part in loss.weights)]


def _look_at(
    image: Tensor, vgg: VGG19, losses: Sequence[Loss], tile: int | None
) -> tuple[dict[str, Statistics], Tensor]:
    """One look at a picture: the statistics of the losses' parts, each of which has one layer, and
    CONTENT_LAYER, (1, C, h, w).
    """
    statistics: dict[str, Statistics] = {}
    features = image.new_empty(
        1, channels(CONTENT_LAYER), *layer_size(CONTENT_LAYER, *sides(image))
    )

    def visit(view: View) -> None:
        if view.layer == CONTENT_LAYER:
            view.window.of(features).copy_(view.features)
        for loss in losses:
            for part, (layer,) in loss.layers.items():
                if layer == view.layer:
                    add_to(statistics, part, loss.statistics(part, view))

    look(vgg, image, vgg.outputs, visit, tile)
    return statistics, features


def _parts(losses: Sequence[Loss], statistics: Mapping[str, Statistics]) -> Parts:
    return {
        part: loss.value(part, {layer: statistics[part]})
        for loss in losses
        for part, (layer,) in loss.layers.items()
    }


def _mean(losses: Sequence[Loss], parts: Parts) -> float:
    """Over layers, and over places by their areas."""
    weights = {part: weight for loss in losses for part, weight in loss.weights.items()}
    total = sum(weight * float(parts[part]) for part, weight in weights.items())
    return total / sum(weights.values())


def _on_grid(features: Tensor) -> Tensor:
    """The self-similarity of evenly spread positions of features (1, C, h, w), (1, n, n)."""
    rows, columns = (
        ((torch.arange(n, device=features.device) + 0.5) * (side / n)).long()
        for side, n in ((side, min(side, GRID)) for side in sides(features))
    )
    return self_similarity(features[:, :, rows][:, :, :, columns].flatten(2).mT)


def _at_most(painting: Painting, side: int) -> Painting:
    size = fit_size(*sides(painting.image), side)
    return replace(painting, image=resize(painting.image, *size).clamp(0, 1))
