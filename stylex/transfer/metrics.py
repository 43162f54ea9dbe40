"""The fixed yardstick: two figures that compare any two results, whatever they were optimised for.

    style_error    mean over relu1_1 … relu5_1 of ‖G − A‖²/‖A‖², G and A Gram matrices
    content_error  ‖F − P‖²/‖P‖² at relu4_2

Always in float32, on the embedded VGG19 (max pooling, replicated first layer), at the result's own
size, against the style picture with its long side at most the result's.
"""

from dataclasses import dataclass

from torch import Tensor

from stylex.images.load import resize, sides
from stylex.transfer.device import computing_in
from stylex.transfer.evaluation.tiles import TiledObjective, measure
from stylex.transfer.losses.base import ContentLoss, GramLoss, Loss
from stylex.transfer.pyramid import fit_size
from stylex.transfer.vgg.network import VGG19
from stylex.transfer.vgg.weights import load_weights

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
CONTENT_LAYER = "relu4_2"


@dataclass(frozen=True)
class Score:
    """Both 0 for a perfect match; lower is better."""

    style_error: float
    content_error: float


def score(result: Tensor, content: Tensor, style: Tensor, tile: int | None = None) -> Score:
    """Scores one result, (1, 3, H, W), against its two pictures, (1, 3, ·, ·), all in [0, 1].

    tile: px of the squares to look at one after another; None for all at once.
    """
    with computing_in("fp32"):
        return _score(result, content, style, tile)


def _score(result: Tensor, content: Tensor, style: Tensor, tile: int | None) -> Score:
    height, width = sides(result)
    device = result.device
    extractor = VGG19(load_weights("embedded"), (*STYLE_LAYERS, CONTENT_LAYER)).to(device)
    content = resize(content.to(device), height, width).clamp(0, 1)
    size = fit_size(*sides(style), max(height, width))
    style = resize(style.to(device), *size).clamp(0, 1)
    features, _ = measure(extractor, content, [CONTENT_LAYER], (), tile)
    _, sums = measure(extractor, style, (), STYLE_LAYERS, tile)
    terms: list[tuple[float, Loss]] = [
        (1, GramLoss(sums, dict.fromkeys(STYLE_LAYERS, 1 / len(STYLE_LAYERS)))),
        (0, ContentLoss(features, {CONTENT_LAYER: 1})),  # for its part, not for the total
    ]
    # In one tile, if need be: nothing here is to be differentiated.
    losses = TiledObjective(extractor, terms, tile or max(height, width))(result.float())
    return Score(float(losses.total), float(losses.parts[f"content/{CONTENT_LAYER}"]))
