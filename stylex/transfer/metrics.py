"""Two fixed metrics that compare any two results, whatever they were optimised for.

    style_error    mean over relu1_1 … relu5_1 of ‖G − A‖²/‖A‖², G and A Gram matrices
    content_error  ‖F − P‖²/‖P‖² at relu4_2

Always in float32, on the embedded VGG19 (max pooling, replicated first layer), at the result's own
size, against the style picture with its long side at most the result's. Of several paintings the
mixture counts, of several places the mean over their areas.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from stylex.images.load import resize, sides
from stylex.transfer.device import computing_in
from stylex.transfer.evaluation.tiles import TiledObjective
from stylex.transfer.losses.content import FeatureLoss
from stylex.transfer.losses.gram import GramLoss
from stylex.transfer.objective import Terms
from stylex.transfer.pyramid import fit_size
from stylex.transfer.style import Painting
from stylex.transfer.targets import aim_content, aim_style
from stylex.transfer.vgg.network import VGG19
from stylex.transfer.vgg.weights import load_weights

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
CONTENT_LAYER = "relu4_2"


@dataclass(frozen=True)
class Score:
    """Both 0 for a perfect match; lower is better."""

    style_error: float
    content_error: float


def score(
    result: Tensor, content: Tensor, style: Tensor | Sequence[Painting], tile: int | None = None
) -> Score:
    """Scores one result, (1, 3, H, W), against its pictures, (1, 3, ·, ·), all in [0, 1].

    style: one painting, or several. tile: px of the squares to look at one after another; None for
    all at once.
    """
    paintings = [Painting(style)] if isinstance(style, Tensor) else style
    with computing_in("fp32"):
        return _score(result.float(), content, paintings, tile)


def _score(
    result: Tensor, content: Tensor, paintings: Sequence[Painting], tile: int | None
) -> Score:
    height, width = sides(result)
    device = result.device
    vgg = VGG19(load_weights("embedded"), (*STYLE_LAYERS, CONTENT_LAYER)).to(device)
    content = resize(content.to(device), height, width).clamp(0, 1)
    paintings = [_at_most(painting, max(height, width)) for painting in paintings]
    styles = aim_style(
        *(GramLoss(), vgg, paintings, (height, width)),
        dict.fromkeys(STYLE_LAYERS, 1 / len(STYLE_LAYERS)),
        tile=tile,
        device=device,
    )
    photograph = aim_content(FeatureLoss(), vgg, content, {CONTENT_LAYER: 1}, tile=tile)
    area = sum(sum(loss.weights.values()) for loss in styles)
    terms: Terms = [
        *((1 / area, loss) for loss in styles),
        # For its part, not for the total.
        *((0, loss) for loss in photograph),
    ]
    # In one tile, if need be: nothing here is to be differentiated.
    losses = TiledObjective(vgg, terms, tile or max(height, width))(result)
    return Score(float(losses.total), float(losses.parts[f"content/{CONTENT_LAYER}"]))


def _at_most(painting: Painting, side: int) -> Painting:
    size = fit_size(*sides(painting.image), side)
    return replace(painting, image=resize(painting.image, *size).clamp(0, 1))
