"""The weighted sum of the losses."""

import pytest
import torch
from aiming import aimed

from stylex.transfer.losses.content import FeatureLoss
from stylex.transfer.losses.gram import GramLoss
from stylex.transfer.losses.tv import TotalVariation
from stylex.transfer.objective import Objective
from stylex.transfer.vgg.network import VGG19


class Part:
    """A loss whose parts are fixed multiples of the picture's mean per sample."""

    def __init__(self, weights, multiples):
        self.weights, self.multiples = weights, multiples

    def __call__(self, features, image):
        return {name: multiple * image.mean((1, 2, 3)) for name, multiple in self.multiples.items()}


def test_the_total_is_the_sum_of_weight_times_own_weight_times_part():
    terms = [
        (2.0, Part({"a/x": 0.5, "a/y": 3.0}, {"a/x": 10.0, "a/y": 100.0})),
        (0.25, Part({"b": 1.0}, {"b": 1000.0})),
    ]
    objective = Objective(lambda image, smoothing: {}, terms)
    image = torch.stack([torch.full((3, 2, 2), 0.5), torch.full((3, 2, 2), 1.0)])
    losses = objective(image)
    assert losses.weights == {"a/x": 1.0, "a/y": 6.0, "b": 0.25}
    assert {part: value.tolist() for part, value in losses.parts.items()} == {
        "a/x": [5.0, 10.0],
        "a/y": [50.0, 100.0],
        "b": [500.0, 1000.0],
    }
    # 1 · 5 + 6 · 50 + 0.25 · 500
    assert losses.total.tolist() == [430.0, 860.0]


def test_parts_of_one_name_are_refused():
    terms = [(1.0, Part({"a/x": 1.0}, {"a/x": 1.0})), (1.0, Part({"a/x": 1.0}, {"a/x": 2.0}))]
    with pytest.raises(ValueError, match="two losses have a part a/x"):
        Objective(lambda image, smoothing: {}, terms)


def test_the_losses_get_the_extractor_s_features_of_the_picture(make_weights, picture):
    vgg = VGG19(make_weights(), ["relu1_2", "relu2_1"])
    image, content, style = picture(12, 14), picture(12, 14, seed=1), picture(20, 9, seed=2)
    features, p, s = vgg(image), vgg(content), vgg(style)
    terms = [
        (3.0, aimed(FeatureLoss(normalization="mean"), p, {"relu2_1": 2.0}, features)),
        (7.0, aimed(GramLoss(normalization="mean"), s, {"relu1_2": 0.5}, features)),
        (11.0, TotalVariation()),
    ]
    losses = Objective(vgg, terms)(image)
    f, t = (x["relu1_2"][0].double().flatten(1) for x in (features, s))
    gram = (f @ f.T / f.shape[1] - t @ t.T / t.shape[1]).square().mean()
    content_part = (features["relu2_1"] - p["relu2_1"]).double().square().mean()
    pixels = image.double()
    tv = pixels.diff(dim=2).square().mean() + pixels.diff(dim=3).square().mean()
    assert losses.total.shape == (1,)
    assert losses.total.item() == pytest.approx(
        float(6 * content_part + 3.5 * gram + 11 * tv), rel=1e-4
    )


def test_detached_losses_keep_their_values_and_drop_the_graph():
    objective = Objective(lambda image, smoothing: {}, [(2.0, Part({"a": 1.0}, {"a": 3.0}))])
    losses = objective(torch.ones(1, 3, 1, 1, requires_grad=True))
    assert losses.total.requires_grad and losses.parts["a"].requires_grad
    detached = losses.detach()
    assert not detached.total.requires_grad and not detached.parts["a"].requires_grad
    assert (detached.total.item(), detached.parts["a"].item(), detached.weights) == (6, 3, {"a": 2})
