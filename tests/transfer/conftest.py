"""Objectives with targets measured in small pictures."""

from functools import partial

import pytest

from stylex.transfer.evaluation.tiles import look
from stylex.transfer.losses.content import ContentLoss
from stylex.transfer.losses.moments import MomentLoss
from stylex.transfer.losses.style import StyleTerm, aim
from stylex.transfer.pyramid import Level
from stylex.transfer.style import Painting, aims_at


@pytest.fixture(scope="session")
def terms_at():
    """`terms_at(vgg, content, style, …)`: (weight, loss) pairs aimed at these pictures.

    style: an image or paintings. content_layers, style_layers: names; by default the deepest and
    all that `vgg` hands out.
    """

    def make(
        vgg,
        content,
        style,
        *,
        content_layers=None,
        style_layers=None,
        content_loss=None,
        losses=None,
        tile=None,
    ):
        names = [name for name in vgg.layers if name in vgg.outputs]
        content_layers = [names[-1]] if content_layers is None else content_layers
        style_layers = names if style_layers is None else style_layers
        paintings = style if isinstance(style, list) else [Painting(style)]
        terms = []
        if content_layers:
            photograph = partial(look, vgg, content, tile=tile)
            layers = dict.fromkeys(content_layers, 1.0)
            terms.append((1.0, (content_loss or ContentLoss()).aim(photograph, layers)))
        losses = losses or {"moments": StyleTerm(MomentLoss())}
        aims = aims_at(Level(*content.shape[-2:], 1), paintings, vgg, tile=tile)
        found = aim(losses, dict.fromkeys(style_layers, 1.0), aims)
        return terms + [(5.0, loss) for loss in found]

    return make
