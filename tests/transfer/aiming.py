"""Losses aimed at features that a test has made itself, without a network."""

from torch import Tensor

from stylex.transfer.losses.base import Look, Loss, Named, Parts
from stylex.transfer.losses.content import ContentLoss
from stylex.transfer.losses.style import Aim, StyleLoss, StyleTerm, aim
from stylex.transfer.losses.view import Region, View
from stylex.transfer.losses.window import whole
from stylex.transfer.vgg.layers import IMAGE, poolings

Features = dict[str, Tensor]


def region_of(features: Features) -> Region:
    """All of the picture that these would be features of."""
    layer, x = next(iter(features.items()))
    return Region(x.shape[2] << poolings(layer), x.shape[3] << poolings(layer))


def shown(features: Features) -> Look:
    """A look at a picture of these features."""

    def look(layers, visit) -> None:
        for layer in layers:
            visit(View(layer, features[layer], whole(features[layer]), region_of(features)))

    return look


def aimed(
    loss: ContentLoss | StyleLoss, targets: Features, weights: dict[str, float], at: Features
) -> Loss:
    """The loss with these targets, for pictures of the size that `at` are features of."""
    if isinstance(loss, ContentLoss):
        return Named(loss.aim(shown(targets), region_of(targets), weights), "content")
    aims = [Aim(region_of(at), [(shown(targets), region_of(targets))])]
    (found,) = aim({"style": StyleTerm(loss)}, weights, aims)
    return found


def parts_of(
    loss: ContentLoss | StyleLoss, targets: Features, weights: dict[str, float], features: Features
) -> Parts:
    """The parts of a picture with these features."""
    image = features.get(IMAGE, next(iter(features.values())).new_zeros(1, 3, 1, 1))
    return aimed(loss, targets, weights, features)(features, image)
