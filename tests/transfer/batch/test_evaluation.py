"""Objectives evaluated together: each finds what it finds alone."""

import pytest
import torch

from stylex.transfer.evaluation import batch as evaluation
from stylex.transfer.evaluation.batch import Batches, evaluate_together
from stylex.transfer.evaluation.cuda_graph import CudaGraphObjective
from stylex.transfer.evaluation.tiles import TiledObjective
from stylex.transfer.losses.tv import TotalVariation
from stylex.transfer.objective import Objective
from stylex.transfer.vgg.network import VGG19


@pytest.fixture
def parts(make_weights, picture, terms_at):
    """A network, three lists of terms with targets of their own, and three pictures."""
    vgg = VGG19(make_weights(), ("relu1_1", "relu2_1", "relu3_1"), dtype=torch.float64)
    terms = [
        [
            *terms_at(vgg, picture(24, 20, seed=n).double(), picture(30 + n, 20, seed=9).double()),
            (float(n), TotalVariation()),
        ]
        for n in range(3)
    ]
    return vgg, terms, [picture(24, 20, seed=20 + n).double() for n in range(3)]


def test_losses_parts_and_gradients_are_each_one_s_own(parts):
    vgg, terms, images = parts
    objectives = [Objective(vgg, own) for own in terms]
    found = evaluate_together(objectives, torch.cat(images))
    for (losses, gradient), objective, image in zip(found, objectives, images, strict=True):
        expected, slope = objective.evaluate(image)
        torch.testing.assert_close(gradient, slope)
        torch.testing.assert_close(losses.total, expected.total)
        assert losses.weights == expected.weights and losses.parts.keys() == expected.parts.keys()
        for part, value in expected.parts.items():
            torch.testing.assert_close(losses.parts[part], value)
        assert not losses.total.requires_grad and gradient.is_contiguous()
        assert losses.total.shape == (1,) and gradient.shape == image.shape


def test_one_that_is_no_number_leaves_the_others_theirs(parts):
    vgg, terms, images = parts
    images[1] = images[1] * torch.nan
    found = evaluate_together([Objective(vgg, own) for own in terms], torch.cat(images))
    assert found[1][0].total.isnan() and found[1][1].isnan().all()
    for number in (0, 2):
        expected, slope = Objective(vgg, terms[number]).evaluate(images[number])
        torch.testing.assert_close(found[number][1], slope)
        torch.testing.assert_close(found[number][0].total, expected.total)


def test_what_is_in_tiles_or_the_only_one_evaluates_for_itself(parts):
    vgg, terms, images = parts
    tiled = [TiledObjective(vgg, own, 32) for own in terms]
    assert Batches(3).evaluate(tiled, images) == [None] * 3
    plain = [Objective(vgg, own) for own in terms]
    assert Batches(1).evaluate(plain, images) == [None] * 3
    assert Batches(3).evaluate(plain[:1], images[:1]) == [None]
    # As nearly equal as can be.
    assert [found is None for found in Batches(2).evaluate(plain, images)] == [False, False, True]


def test_a_graph_is_of_one_set_of_objectives_which_it_does_not_keep(parts, monkeypatch):
    """By a stand-in that computes as usual, where there is no CUDA."""
    made = []

    class Graph:
        def __init__(self):
            self.calls = 0
            made.append(self)

        def __call__(self, function, image):
            self.calls += 1
            return function(image)

    monkeypatch.setattr(evaluation, "CudaGraph", Graph)
    vgg, terms, images = parts
    objectives = [CudaGraphObjective(vgg, own) for own in terms]
    batches = Batches(3)
    for _ in range(2):
        assert None not in batches.evaluate(objectives, images)
    batches.evaluate(objectives[:2], images[:2])
    objectives[1] = CudaGraphObjective(vgg, terms[1])  # of another level
    batches.evaluate(objectives[:2], images[:2])
    assert [graph.calls for graph in made] == [0, 2, 1, 1]
    # Of several batches each would keep its own memory.
    batches.most = 2
    batches.evaluate(objectives, images)
    assert len(made) == 4
