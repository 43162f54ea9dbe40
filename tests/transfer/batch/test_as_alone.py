"""Transfers side by side: each is what it is alone, in float64."""

import pytest
import torch
from batching import STEPS, assert_as_alone

from stylex import StyleSource
from stylex.transfer.losses.content import ContentLoss, ContentTerm, FeatureLoss
from stylex.transfer.losses.gram import GramLoss
from stylex.transfer.losses.hypercolumns import HypercolumnMatchingLoss, HypercolumnMomentLoss
from stylex.transfer.losses.moments import MomentLoss
from stylex.transfer.losses.neighbours import NeighbourLoss
from stylex.transfer.losses.patches import PatchLoss
from stylex.transfer.losses.sliced import HistogramLoss, SlicedLoss
from stylex.transfer.losses.structure import LaplacianLoss, SelfSimilarityLoss
from stylex.transfer.losses.style import StyleLoss, StyleTerm
from stylex.transfer.losses.tv import TotalVariation
from stylex.transfer.losses.w2 import WassersteinLoss
from stylex.transfer.optim.policy import Optimizer


@pytest.mark.parametrize("count", [1, 2, 5])
def test_each_is_what_it_is_alone(unlike, together, count):
    calls = unlike[-count:]
    assert_as_alone(calls)
    # Each step of both levels in one pass; the end of the last one needs no gradient.
    assert together == ([] if count == 1 else [count] * 2 * STEPS)


# One of each family, at the layers of the default.
STYLE_LOSSES = {
    "moments": MomentLoss(),
    "gram": GramLoss(),
    "gram_notebook": GramLoss("notebook"),
    "gram_scaled": GramLoss("scaled"),
    "w2": WassersteinLoss(),
    "neighbours": NeighbourLoss(40),
    "neighbours_in_columns": NeighbourLoss(40, hypercolumns=True, centred="each"),
    "sliced": SlicedLoss(60, 4, style_samples=50),
    "histogram": HistogramLoss(60),
    "patches": PatchLoss(30),
    "patches_cnnmrf": PatchLoss(30, normalization="cnnmrf"),
    "column_moments": HypercolumnMomentLoss(30),
    "column_matching": HypercolumnMatchingLoss(30),
}
CONTENT_LOSSES = {
    "features": FeatureLoss(),
    "features_scaled": FeatureLoss("scaled"),
    "selfsim": SelfSimilarityLoss(40),
    "selfsim_in_columns": SelfSimilarityLoss(40, hypercolumns=True),
    "laplacian": LaplacianLoss(4),
}
TV_LOSSES = {
    "tv": TotalVariation(),
    "tv_absolute": TotalVariation(power=1, reduction="sum"),
    "tv_nine_point": TotalVariation(stencil="nine_point"),
}


def families(base):
    """The classes of the package that can be aimed at pictures."""
    below = {kind for own in base.__subclasses__() for kind in families(own)}
    public = not base.__abstractmethods__ and not base.__name__.startswith("_")
    own = {base} if public and base.__module__.startswith("stylex.") else set()
    return below | own


def test_every_family_is_in_these_tests():
    assert {type(loss) for loss in STYLE_LOSSES.values()} == families(StyleLoss)
    assert {type(loss) for loss in CONTENT_LOSSES.values()} == families(ContentLoss)


def with_loss(name):
    if name in STYLE_LOSSES:
        return {"style_losses": {"own": StyleTerm(STYLE_LOSSES[name])}}
    if name in CONTENT_LOSSES:
        return {"content_losses": {"own": ContentTerm(CONTENT_LOSSES[name])}}
    return {"tv_loss": TV_LOSSES[name]}


@pytest.mark.parametrize("name", [*STYLE_LOSSES, *CONTENT_LOSSES, *TV_LOSSES])
def test_each_family_of_losses(picture, together, name):
    """Two of it, and the default losses beside them, where those look at the same layers."""
    content, own = picture(36, 48), {**with_loss(name), "steps": 3}
    other = own if name == "laplacian" else {"steps": 3}
    calls = [
        (content, picture(40, 48, seed=1), own),
        (content, picture(64, 40, seed=2), {**own, "seed": 5, "init": "style"}),
        (content, picture(40, 48, seed=3), other),
    ]
    assert_as_alone(calls)
    assert together == [3] * 6


def test_masks_regions_and_mixtures(picture, together):
    content = picture(36, 48)
    left, right = torch.zeros(2, 3, 36, 48)
    left[..., :20], right[..., 20:] = 1.0, 1.0
    painted = torch.ones(3, 36, 48)
    painted[:, :10] = 0.0
    mixture = [StyleSource(picture(40, 48, seed=1), 3.0), StyleSource(picture(52, 40, seed=2))]
    source = torch.zeros(3, 40, 48)
    source[:, 10:30, 5:40] = 1.0
    places = [
        StyleSource(picture(40, 48, seed=3), where=left, source=source),
        StyleSource(picture(44, 44, seed=4), where=right),
    ]
    own = {"near": StyleTerm(NeighbourLoss(40)), "moments": StyleTerm(MomentLoss())}
    calls = [
        (content, mixture, {"style_losses": own, "seed": 2}),
        (content, places, {"mask": painted, "color": "keep"}),
        (content, places, {"style_losses": own, "style_turned": True}),
        (content, picture(40, 48, seed=1), {"mask": left, "resample_every": 2}),
    ]
    assert_as_alone(calls)
    assert together == [4] * (2 * STEPS)


def test_tileable_pictures(picture, together):
    content, own = picture(48, 48), {"tileable": True, "size": 32}
    calls = [(content, picture(40, 48, seed=s), {**own, "seed": s}) for s in (1, 2)]
    assert_as_alone(calls)
    assert together == [2] * (2 * STEPS)


@pytest.mark.parametrize(
    "make",
    [lambda p: torch.optim.Adam(p, lr=0.02), lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9)],
)
def test_other_optimisers(picture, together, make):
    optimizer = Optimizer(make=make, clamp="step", averaging=0.5, carry=True)
    calls = [(picture(36, 48), picture(40, 48, seed=1), {"optimizer": optimizer})]
    calls.append((picture(36, 48), picture(40, 48, seed=2), {}))
    assert_as_alone(calls)
    assert together == [2] * (2 * STEPS)
