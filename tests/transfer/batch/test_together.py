"""Which transfers are painted together, and as many as fit."""

import time

import pytest
import torch
from batching import QUICK, STEPS, assert_as_alone, batched, job_of

from stylex.transfer.batch import batch_key, fitting, stylize_batch
from stylex.transfer.evaluation import batch as evaluation
from stylex.transfer.losses.gram import GramLoss
from stylex.transfer.losses.style import StyleTerm
from stylex.transfer.losses.tv import TotalVariation
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.plan import plan
from stylex.transfer.pyramid import Pyramid
from stylex.transfer.vgg.extractor import Extractor


class OutOfMemory:
    """Batches of more pictures than `fit` do not fit."""

    def __init__(self, monkeypatch, fit):
        self.fit, self.counts, self.evaluate = fit, [], evaluation.evaluate_together
        monkeypatch.setattr(evaluation, "evaluate_together", self)

    def __call__(self, objectives, images):
        self.counts.append(len(images))
        if len(images) > self.fit:
            raise torch.OutOfMemoryError
        return self.evaluate(objectives, images)


@pytest.mark.parametrize(
    ("fit", "counts"),
    [
        (4, [5, *[3, 2] * (2 * STEPS)]),
        (2, [5, 3, *[2, 2] * (2 * STEPS)]),  # and one alone
        (1, [5, 3, 2]),
    ],
)
def test_a_batch_that_does_not_fit_is_halved(unlike, monkeypatch, fit, counts):
    memory = OutOfMemory(monkeypatch, fit)
    assert_as_alone(unlike)
    assert memory.counts == counts


def test_one_whose_own_memory_ends_is_the_only_one_that_fails(unlike, monkeypatch):
    class Large(TotalVariation):
        def statistics(self, part, view):
            raise torch.OutOfMemoryError("that much")

    unlike[1] = (*unlike[1][:2], {"tv_loss": Large()})
    calls = unlike[:3]
    found = batched(calls)
    assert isinstance(found[1][0], torch.OutOfMemoryError)
    del calls[1], found[1]
    assert_as_alone(calls, found)


def test_the_seconds_are_shares_of_the_time(unlike):
    began = time.perf_counter()
    ends = dict(stylize_batch([job_of(call, lambda step: None) for call in unlike[:3]]))
    taken = time.perf_counter() - began
    shares = [end.seconds for end in ends.values()]
    assert min(shares) > 0 and sum(shares) < taken


@pytest.fixture
def key_of(picture):
    """The key of a plan with these settings."""

    def make(**options):
        content = options.pop("content", picture(36, 48))
        return batch_key(plan(content, picture(40, 48, seed=1), **{**QUICK, **options}))

    return make


ALIKE = [
    {"content_weight": 3.0, "style_weight": 1.0, "tv_weight": 0.0},
    {"strength": 0.3},
    {
        "seed": 5,
        "init": "noise",
        "stop_change": 0.5,
        "color": "keep",
        "parameterization": "laplacian",
    },
    {"style_losses": {"gram": StyleTerm(GramLoss())}, "style_scale": 0.8},
    {"optimizer": Optimizer(make=torch.optim.Adam)},
    {"content": torch.zeros(3, 72, 96)},
]
UNLIKE = [
    {"size": 46},
    {"steps": STEPS + 1},
    {"pyramid": Pyramid(levels=1)},
    {"pyramid": Pyramid(levels=2, first=1.0, surface_above=40), "steps": [STEPS, STEPS]},
    {"style_layers": {"relu1_1": 1.0}},
    {"style_weight": 0.0},  # whose layers are not computed
    {"extractor": Extractor(pooling="avg")},
    {"tileable": True},
    {"precision": "bf16"},
    {"content": torch.zeros(3, 48, 36)},
]
ALONE = [
    {"tile": 32},
    {"optimizer": Optimizer(make=lambda p: torch.optim.LBFGS(p, max_iter=3))},
]


def test_what_may_be_painted_together(key_of):
    assert {key_of(**options) for options in ALIKE} == {key_of()}
    assert len({key_of(), *(key_of(**options) for options in UNLIKE)}) == 1 + len(UNLIKE)
    assert {key_of(**options) for options in ALONE} == {None}


def test_what_tiles_goes_with_such_alone_though_it_has_the_same_size(picture):
    pair, options = (picture(32, 48), picture(40, 48, seed=1)), {**QUICK, "pyramid": Pyramid(1)}
    found = [plan(*pair, **options, tileable=tileable) for tileable in (False, True)]
    assert found[0].levels == found[1].levels
    assert len({*map(batch_key, found), None}) == 3


@pytest.mark.parametrize("options", [UNLIKE[0], ALONE[0]])
def test_what_may_not_is_refused(picture, options):
    calls = [(picture(36, 48), picture(40, 48), {}), (picture(36, 48), picture(40, 48), options)]
    with pytest.raises(ValueError, match="batch_key"):
        next(stylize_batch([job_of(call, lambda step: None) for call in calls]))
    assert list(stylize_batch([])) == []


def test_how_many_fit(picture):
    pair, options = (picture(36, 48), picture(40, 48)), {**QUICK, "tile": "off"}
    one_bytes = plan(*pair, **options).bytes
    many = plan(*pair, **options, available=100 * one_bytes)
    count = fitting(many)
    # The network is there once, so more than 85 fit; each takes a picture in float32 at least.
    assert 85 <= count <= 100 * one_bytes / (36 * 48 * 12)
    assert fitting(plan(*pair, **options, available=one_bytes // 2)) == 1
