"""A CUDA graph of the evaluation, which only a GPU can run."""

import pytest
import torch

from stylex.transfer.evaluation.cuda_graph import CudaGraphObjective
from stylex.transfer.losses.tv import TotalVariation
from stylex.transfer.objective import Objective
from stylex.transfer.optim.lbfgs import LBFGS
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
