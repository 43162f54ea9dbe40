"""Replaying an evaluation, with a stand-in for the CUDA graph that runs it anew."""

import logging

import pytest
import torch

from stylex.transfer.evaluation.cuda_graph import WARM_UP, Recorded, on_cuda, on_its_device
from stylex.transfer.losses.base import ContentLoss, MomentLoss, TotalVariation
from stylex.transfer.losses.statistics import sums
from stylex.transfer.objective import Objective
from stylex.transfer.optim.lbfgs import LBFGS
from stylex.transfer.vgg.network import VGG19


@pytest.fixture
def parts(make_weights, picture):
    extractor = VGG19(make_weights(), ("relu1_1", "relu2_1"))
    content, style = (extractor(picture(24, 20, seed=seed)) for seed in (1, 2))
    terms = [
        (1.0, ContentLoss({"relu2_1": content["relu2_1"]}, {"relu2_1": 1.0})),
        (5.0, MomentLoss({"relu1_1": sums(style["relu1_1"])}, {"relu1_1": 1.0})),
        (2.0, TotalVariation()),
    ]
    return extractor, terms


def stand_in(work):
    """As a graph does: fills the very tensors of the first result from what is then the input."""
    losses, gradient = work()

    def replay():
        replay.count += 1
        again, slope = work()
        gradient.copy_(slope)
        losses.total.copy_(again.total)
        for part, value in again.parts.items():
            losses.parts[part].copy_(value)

    replay.count = 0
    stand_in.replay = replay
    return replay, (losses, gradient)


def test_it_is_the_same_evaluation(parts, picture):
    plain, recorded = Objective(*parts), Recorded(*parts, record=stand_in)
    for seed in (3, 4, 5):
        image = picture(24, 20, seed=seed)
        losses, gradient = plain.evaluate(image)
        again, slope = recorded.evaluate(image)
        assert torch.equal(again.total, losses.total) and torch.equal(slope, gradient)
        assert again.parts.keys() == losses.parts.keys()
        assert all(torch.equal(again.parts[part], losses.parts[part]) for part in losses.parts)
    assert stand_in.replay.count == 3  # recorded once


def test_an_optimiser_goes_the_same_way_by_it(parts, picture):
    def descend(objective):
        pixels = picture(24, 20, seed=7).requires_grad_()
        method = LBFGS([pixels])

        def closure():
            losses, pixels.grad = objective.evaluate(pixels)
            return losses.total

        for _ in range(6):
            method.step(closure)
        return pixels.detach()

    one, other = descend(Objective(*parts)), descend(Recorded(*parts, record=stand_in))
    assert torch.equal(one, other)


def test_what_cannot_be_recorded_is_done_as_ever(parts, picture, caplog):
    def refuse(work):
        raise RuntimeError("operation not permitted when stream is capturing")

    recorded, image = Recorded(*parts, record=refuse), picture(24, 20)
    with caplog.at_level(logging.WARNING):
        first, _ = recorded.evaluate(image)
        second, _ = recorded.evaluate(image)
    assert torch.equal(first.total, Objective(*parts).evaluate(image)[0].total)
    assert torch.equal(first.total, second.total)
    assert caplog.text.count("cannot be recorded") == 1


def test_memory_that_runs_out_is_said(parts, picture):
    def refuse(work):
        raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(torch.OutOfMemoryError):
        Recorded(*parts, record=refuse).evaluate(picture(24, 20))


def test_it_is_recorded_on_the_picture_s_own_device(monkeypatch):
    class OnSecond:
        is_cuda, device = True, "cuda:1"

    monkeypatch.setattr(torch.cuda, "device", lambda device: f"on {device}")
    assert on_its_device(OnSecond()) == "on cuda:1"
    with on_its_device(torch.zeros(1)):
        pass


def test_the_warm_up_is_on_a_stream_of_its_own(monkeypatch):
    """The order that CUDA asks for: another stream, warmed up and waited for, then the capture."""
    said = []

    class Stream:
        def __init__(self, name="aside"):
            self.name = name

        def wait_stream(self, other):
            said.append(f"{self.name} waits for {other.name}")

    class Within:
        def __init__(self, name):
            self.name = name

        def __enter__(self):
            said.append(f"into {self.name}")

        def __exit__(self, *error):
            said.append(f"out of {self.name}")

    class Graph:
        def replay(self):
            said.append("replay")

    monkeypatch.setattr(torch.cuda, "current_stream", lambda: Stream("here"))
    monkeypatch.setattr(torch.cuda, "Stream", Stream)
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: Within(stream.name))
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(torch.cuda, "graph", lambda graph: Within("graph"))
    replay, result = on_cuda(lambda: said.append("work") or "result")
    replay()
    assert result == "result"
    assert said == [
        *("aside waits for here", "into aside", *["work"] * WARM_UP, "out of aside"),
        *("here waits for aside", "into graph", "work", "out of graph", "replay"),
    ]
