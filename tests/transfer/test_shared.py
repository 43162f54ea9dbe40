"""What pictures in one style share, and that it changes none of them."""

import gc
import weakref
from pathlib import Path

import pytest
import torch

from stylex import StyleSource, stylize, stylize_each
from stylex.images import save
from stylex.transfer import inputs, metrics, targets
from stylex.transfer.batch import Transfer, stylize_batch
from stylex.transfer.evaluation import tiles
from stylex.transfer.losses.comparison import Compared
from stylex.transfer.losses.content import ContentTerm, FeatureLoss
from stylex.transfer.losses.hypercolumns import HypercolumnMatchingLoss, HypercolumnMomentLoss
from stylex.transfer.losses.moments import MomentLoss
from stylex.transfer.losses.sliced import HistogramLoss, SlicedLoss
from stylex.transfer.losses.structure import SelfSimilarityLoss
from stylex.transfer.losses.style import StyleTerm
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.plan import plan
from stylex.transfer.pyramid import Pyramid
from stylex.transfer.shared import Latest, Shared
from stylex.transfer.vgg.extractor import Extractor
from stylex.transfer.vgg.network import VGG19

QUICK = {"size": 64, "steps": 1, "device": "cpu", "precision": "fp32"}
QUICK |= {"pyramid": Pyramid(levels=2)}
LOSSES = {"moments": StyleTerm(MomentLoss()), "sliced": StyleTerm(SlicedLoss(64, 8))}
LOSSES["guided"] = StyleTerm(HypercolumnMatchingLoss(64), levels="last")


@pytest.fixture
def looks(monkeypatch):
    """The sizes of the pictures that a network is shown to measure targets in, in order."""
    found = []

    def look(vgg, image, *args, **kwargs):
        found.append(tuple(image.shape[2:]))
        return tiles.look(vgg, image, *args, **kwargs)

    monkeypatch.setattr(targets, "look", look)
    return found


def test_each_is_the_picture_of_a_call_of_its_own(picture):
    contents = [picture(64, 48), picture(48, 64, seed=1), picture(40, 56, seed=2)]
    style = [
        StyleSource(picture(80, 56, seed=3), 2.0),
        StyleSource(picture(64, 64, seed=4), source=picture(64, 64, seed=5)),
    ]
    options = {**QUICK, "style_losses": LOSSES}
    for content, result in zip(contents, stylize_each(contents, style, **options), strict=True):
        alone = stylize(content, style, **options)
        assert torch.equal(result.image, alone.image)
        assert result.metrics == alone.metrics


def test_a_painting_is_measured_once_for_each_size(picture, looks):
    style, shared = picture(60, 44, seed=9), Shared()

    def seen(content):
        looks.clear()
        stylize(content, style, shared=shared, **QUICK)
        return sorted(size for size in looks if size in ((30, 22), (60, 44)))

    # At two levels, and for the metrics.
    assert seen(picture(64, 48)) == [(30, 22), (60, 44), (60, 44)]
    assert seen(picture(64, 48, seed=1)) == seen(picture(48, 64, seed=2)) == []
    # Another painting of that size is another one.
    style = picture(60, 44, seed=8)
    assert len(seen(picture(64, 48))) == 3


def test_a_photograph_is_measured_once_for_each_size(picture, looks):
    content, shared = picture(64, 48), Shared()

    def seen(**options):
        looks.clear()
        stylize(content, picture(60, 44), shared=shared, **{**QUICK, **options})
        return sorted(size for size in looks if size in ((32, 24), (64, 48)))

    features = {"content_losses": {"a": ContentTerm(FeatureLoss())}}
    assert seen(**features) == [(32, 24), (64, 48)]
    assert seen(**features, style_weight=9.0) == []
    means = {"content_losses": {"a": ContentTerm(FeatureLoss("mean"))}}
    assert seen(**means) == [(32, 24), (64, 48)]
    # Several losses see it at one look.
    both = {"a": ContentTerm(FeatureLoss("gatys")), "b": ContentTerm(SelfSimilarityLoss(16))}
    assert seen(content_losses=both) == [(32, 24), (64, 48)]
    assert seen(content_losses=both) == []
    # Positions that are drawn anew are another loss's from then on.
    drawn = {"content_losses": {"a": ContentTerm(SelfSimilarityLoss(16))}, "resample_every": 1}
    assert seen(**drawn) == seen(**drawn) == [(32, 24), (64, 48)]


def test_a_photograph_is_scored_against_after_one_look(picture, monkeypatch):
    content, shared, found = picture(64, 48), Shared(), []

    def look(*args, **kwargs):
        found.append(1)
        return tiles.look(*args, **kwargs)

    monkeypatch.setattr(metrics, "look", look)

    def looks(content, style, **options):
        found.clear()
        result = stylize(content, style, shared=shared, **{**QUICK, **options})
        assert result.metrics == vars(metrics.score(result.image, content, style))
        return len(found) - 2  # the comparison looks at both

    assert looks(content, picture(60, 44)) == 2
    assert looks(content, picture(40, 44, seed=2), style_weight=9.0) == 1
    assert looks(picture(64, 48, seed=1), picture(60, 44)) == 2


def test_a_file_is_read_once_for_each_size(picture, tmp_path, monkeypatch):
    paths, decoded, real = [tmp_path / "a.png", tmp_path / "b.png"], [], inputs.load
    for seed, path in enumerate(paths):
        save.write(picture(64, 48, seed=seed), path)

    def load(given):
        decoded.extend([given.name] if isinstance(given, Path) else [])
        return real(given)

    monkeypatch.setattr(inputs, "load", load)
    shared = Shared()

    def result(**options):
        decoded.clear()
        return stylize(*paths, shared=shared, **{**QUICK, **options}).image

    first = result()
    assert decoded == ["a.png", "b.png"]
    assert torch.equal(result(), first) and decoded == []
    result(size=56)
    assert decoded == ["a.png", "b.png"]
    # Other bytes are another picture, whatever its name.
    paths[1].write_bytes(paths[0].read_bytes())
    assert not torch.equal(result(), first) and decoded == []
    save.write(picture(64, 48, seed=7), paths[1])
    result()
    assert decoded == ["b.png"]


def test_what_differs_is_not_taken_for_the_same(picture):
    """Losses, layers and networks of other settings measure the same painting anew."""
    content, style, shared = picture(48, 40), picture(48, 40, seed=1), Shared()
    for options in (
        {"style_losses": {"a": StyleTerm(SlicedLoss(64, 8))}},
        {"style_losses": {"a": StyleTerm(SlicedLoss(128, 8))}},
        {"style_losses": {"a": StyleTerm(SlicedLoss(128, 8), layers={"relu2_1": 1.0})}},
        {"extractor": Extractor(pooling="avg")},
        {"extractor": Extractor(padding="zeros")},
        {"seed": 5, "style_losses": {"a": StyleTerm(SlicedLoss(64, 8))}},
        {"tileable": True},
        {"precision": "bf16"},
        {"content_losses": {"a": ContentTerm(FeatureLoss("mean"))}},
        {"content_losses": {"a": ContentTerm(FeatureLoss("mean"), layers={"relu2_2": 1.0})}},
        {"content_losses": {"a": ContentTerm(SelfSimilarityLoss(16))}},
        {"content_losses": {"a": ContentTerm(SelfSimilarityLoss(16))}, "seed": 4},
        {"content_losses": {"a": ContentTerm(SelfSimilarityLoss(16))}, "resample_every": 1},
        {},
    ):
        here = stylize(content, style, shared=shared, **{**QUICK, **options})
        assert torch.equal(here.image, stylize(content, style, **{**QUICK, **options}).image)


def test_losses_are_alike_that_are_of_one_class_with_the_same_settings():
    assert HistogramLoss(64).likeness == HistogramLoss(64).likeness
    assert HistogramLoss(64).likeness != HistogramLoss(65).likeness
    assert HistogramLoss(64).likeness != HypercolumnMomentLoss(64).likeness


def test_sampled_positions_follow_the_seed(picture):
    def parts(seed):
        found = []
        stylize(
            *(picture(48, 40), picture(48, 40, seed=1)),
            **{**QUICK, "init": picture(48, 40, seed=2), "seed": seed},
            content_losses={"a": ContentTerm(SelfSimilarityLoss(16), layers={"relu1_1": 1.0})},
            style_losses={"a": StyleTerm(SlicedLoss(64, 8), layers={"relu1_1": 1.0})},
            on_step=lambda step: found.append(step.losses.parts),
        )
        return {part: float(value) for part, value in found[0].items() if part != "tv"}

    one, other = parts(0), parts(4)
    assert {part.partition("/")[0] for part in one} == {"content", "style"}
    assert not any(other[part] == value for part, value in one.items())


def test_the_network_is_made_once(picture, monkeypatch):
    made = []
    real = VGG19.__init__
    monkeypatch.setattr(VGG19, "__init__", lambda *a, **k: made.append(1) or real(*a, **k))
    contents = [picture(48, 48, seed=seed) for seed in range(3)]
    assert len([*stylize_each(contents, picture(48, 48, seed=3), **QUICK)]) == 3
    assert len(made) == 2  # the objective's, and that of the metrics


def test_what_was_used_longest_ago_makes_room():
    def found(value):
        return {"term": {"relu1_1": (torch.full((25,), value),)}}  # 100 bytes

    latest, made = Latest(most=250), []

    def get(key):
        return latest.get(key, lambda: made.append(key) or found(float(key)))

    for key in (1, 2, 1, 3, 1, 2):
        assert get(key)["term"]["relu1_1"][0][0] == key
    assert made == [1, 2, 3, 2]
    # What alone is too large is kept all the same: it is in use.
    small, big = Latest(most=10), found(1.0)
    assert small.get("big", lambda: big) is big and small.get("big", found) is big


def test_pictures_are_taken_one_by_one(picture):
    taken = []

    def contents():
        for seed in range(2):
            taken.append(seed)
            yield picture(48, 48, seed=seed)

    results = stylize_each(contents(), picture(48, 48, seed=3), **QUICK)
    assert taken == []
    next(results)
    assert taken == [0]


def test_side_by_side_each_has_its_own_picture_and_figures(picture):
    """In float32, by the real network: to rounding. Neither starts from the photograph, where the
    self-similarity has a kink, and rounding decides for one of its slopes.
    """
    content, options = picture(48, 64), {**QUICK, "steps": 2, "optimizer": Optimizer()}
    calls = [
        (content, picture(80, 56, seed=3), {"init": "style"}),
        (content, picture(64, 64, seed=4), {"style_weight": 20.0, "init": "noise", "seed": 2}),
    ]
    jobs = [Transfer(plan(*pair, **options, **own)) for *pair, own in calls]
    found = dict(stylize_batch(jobs))
    for number, (*pair, own) in enumerate(calls):
        before, now = stylize(*pair, **options, **own), found[number]
        torch.testing.assert_close(now.image, before.image, rtol=0, atol=1e-3)
        assert now.metrics == pytest.approx(before.metrics, rel=1e-3)
        assert (now.steps, now.evaluations) == (before.steps, before.evaluations)
    assert found[0].metrics["style_error"] != pytest.approx(found[1].metrics["style_error"], 0.1)


def test_the_network_and_the_photograph_are_not_kept_by_what_was_measured(picture):
    shared, options = Shared(), {"content_losses": {"a": ContentTerm(SelfSimilarityLoss(16))}}
    stylize(picture(48, 40), picture(48, 40, seed=1), shared=shared, **{**QUICK, **options})
    networks = [weakref.ref(network) for network in shared._networks.values()]
    assert networks and any(isinstance(made, Compared) for made in shared.measured._known.values())
    shared._networks.clear()
    gc.collect()
    assert [network() for network in networks] == [None] * len(networks)
