"""Objectives with targets measured in small pictures."""

import pytest

from stylex.transfer.losses.content import FeatureLoss
from stylex.transfer.losses.moments import MomentLoss
from stylex.transfer.targets import aim_content, aim_style


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
        terms = []
        if content_layers:
            layers = dict.fromkeys(content_layers, 1.0)
            found = aim_content(content_loss or FeatureLoss(), vgg, content, layers, tile=tile)
            terms += [(1.0, loss) for loss in found]
        losses, layers = losses or MomentLoss(), dict.fromkeys(style_layers, 1.0)
        found = aim_style(losses, vgg, style, content.shape[-2:], layers, tile=tile)
        return terms + [(5.0, loss) for loss in found]

    return make
