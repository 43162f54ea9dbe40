"""A CUDA graph of the evaluation, which only a GPU can run."""

import pytest
import torch

from stylex.transfer.batch import Transfer, stylize_batch
from stylex.transfer.evaluation.batch import Batches
from stylex.transfer.evaluation.cuda_graph import CudaGraphObjective
from stylex.transfer.losses.tv import TotalVariation
from stylex.transfer.objective import Objective
from stylex.transfer.optim.lbfgs import LBFGS
from stylex.transfer.plan import plan
from stylex.transfer.stylize import stylize
from stylex.transfer.vgg.network import VGG19

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]


@pytest.fixture
def parts(make_weights, picture, terms_at):
    """An extractor and terms of every family, on the GPU."""
    extractor = VGG19(make_weights(), ("relu1_1", "relu2_1", "relu3_1")).cuda()
    content, style = picture(24, 20, seed=1).cuda(), picture(24, 20, seed=2).cuda()
    return extractor, [*terms_at(extractor, content, style), (2.0, TotalVariation())]


def test_it_is_the_same_evaluation(parts, picture):
    plain, graph = Objective(*parts), CudaGraphObjective(*parts)
    for seed in (3, 4, 5):
        image = picture(24, 20, seed=seed).cuda()
        losses, gradient = plain.evaluate(image)
        again, slope = graph.evaluate(image)
        torch.testing.assert_close(again.total, losses.total)
        torch.testing.assert_close(slope, gradient)
    assert graph._graph.recorded


def test_an_optimiser_takes_the_same_steps(parts, picture):
    def descend(objective):
        pixels = picture(24, 20, seed=7).cuda().requires_grad_()
        method = LBFGS([pixels])

        def closure():
            losses, pixels.grad = objective.evaluate(pixels)
            return losses.total

        for _ in range(6):
            method.step(closure)
        return pixels.detach()

    graph = CudaGraphObjective(*parts)
    torch.testing.assert_close(descend(Objective(*parts)), descend(graph), rtol=1e-3, atol=1e-3)


def test_a_run_ends_where_it_does_on_the_cpu(picture):
    options = {"size": 48, "steps": 3, "precision": "fp32"}
    pair = picture(32, 48), picture(40, 48, seed=1)
    on_cpu = stylize(*pair, device="cpu", **options).image
    torch.testing.assert_close(
        stylize(*pair, device="cuda", **options).image, on_cpu, atol=0.02, rtol=0
    )


def test_a_batch_is_recorded_as_one_graph(parts, picture):
    extractor, terms = parts
    weighed = [(3.0 * weight, loss) for weight, loss in terms]
    objectives = [CudaGraphObjective(extractor, own) for own in (terms, weighed)]
    batches = Batches(2)
    for seed in (3, 4, 5):
        images = [picture(24, 20, seed=seed + more).cuda() for more in (0, 10)]
        found = batches.evaluate(objectives, images)
        for (losses, gradient), own, image in zip(found, (terms, weighed), images, strict=True):
            expected, slope = Objective(extractor, own).evaluate(image)
            torch.testing.assert_close(losses.total, expected.total)
            torch.testing.assert_close(gradient, slope)
    assert batches._graph.recorded


def test_a_batch_ends_where_its_runs_do(picture):
    options = {"size": 48, "steps": 3, "precision": "fp32", "device": "cuda"}
    pairs = [(picture(32, 48), picture(40, 48, seed=seed)) for seed in (1, 2)]
    found = dict(stylize_batch([Transfer(plan(*pair, **options)) for pair in pairs]))
    for number, pair in enumerate(pairs):
        expected = stylize(*pair, **options).image
        torch.testing.assert_close(found[number].image, expected, atol=0.02, rtol=0)
