"""Float64 throughout, so that rounding is no excuse, and transfers to be painted together."""

from dataclasses import replace

import pytest
import torch
from batching import Call

from stylex import StyleSource
from stylex.transfer import batch as side_by_side
from stylex.transfer import branching, inputs
from stylex.transfer import stylize as one
from stylex.transfer.evaluation import batch as evaluation
from stylex.transfer.metrics import Score
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.vgg.extractor import Extractor


@pytest.fixture(autouse=True)
def in_float64(make_weights, monkeypatch):
    """A narrow network, and all that it sees, in float64. Figures, in float32, are left out."""
    read, resized = one.read, inputs.resized

    def read_double(planned, shared=None):
        started = read(planned, shared)
        canvas = started.canvas and replace(started.canvas, mask=started.canvas.mask.double())
        return replace(started, start=started.start.double(), canvas=canvas)

    monkeypatch.setattr(inputs, "resized", lambda *args: resized(*args).double())
    for module in (one, side_by_side, branching):
        monkeypatch.setattr(module, "read", read_double)
    monkeypatch.setattr(one, "dtype_of", lambda precision: torch.float64)
    monkeypatch.setattr(Extractor, "load", lambda self: make_weights())
    monkeypatch.setattr(one, "score", lambda *args: Score(0.0, 0.0, 0.0, 0.0))


@pytest.fixture
def together(monkeypatch):
    """How many pictures each pass of the network saw together, in order."""
    counts, evaluate = [], evaluation.evaluate_together

    def count(objectives, images):
        counts.append(len(images))
        return evaluate(objectives, images)

    monkeypatch.setattr(evaluation, "evaluate_together", count)
    return counts


@pytest.fixture
def unlike(picture) -> list[Call]:
    """Five that differ in all that jobs of a batch may."""
    content = picture(36, 48)
    return [
        (content, picture(40, 48, seed=1), {}),
        (content, picture(64, 40, seed=2), {"style_weight": 50.0, "seed": 3, "init": "noise"}),
        (picture(36, 48, seed=9), picture(40, 48, seed=1), {"tv_weight": 0.0, "init": "style"}),
        (content, picture(36, 80, seed=4), {"strength": 0.2, "seed": 8, "color": "keep"}),
        (
            content,
            [StyleSource(picture(40, 48, seed=1), 2.0), StyleSource(picture(50, 50, seed=5))],
            {
                "content_weight": 3.0,
                "init": picture(20, 30, seed=6),
                "parameterization": "laplacian",
                "optimizer": Optimizer(clamp="level"),
            },
        ),
    ]
