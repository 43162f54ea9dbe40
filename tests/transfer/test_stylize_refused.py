"""What cannot be done is said before anything is computed."""

import pytest
import torch

from stylex.errors import UserError
from stylex.transfer.pyramid import Pyramid
from stylex.transfer.stylize import stylize
from stylex.transfer.vgg.extractor import Extractor

NAN = float("nan")


def refused(*pictures, **options) -> str:
    """The one line of the refusal; neither the plan nor a step came first."""

    def too_late(event) -> None:
        raise AssertionError("it had already begun")

    options = {"size": 48, "steps": 2, "device": "cpu", "precision": "fp32", **options}
    with pytest.raises(UserError) as caught:
        stylize(*pictures, **options, on_start=too_late, on_step=too_late)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"style_layers": {"relu4-2": 1}}, ["relu4-2", "layers.style", "'relu4_2'"]),
        ({"content_layers": {"relu9_9": 1}}, ["relu9_9", "layers.content"]),
        ({"style_layers": {"relu9_9": 0}}, ["relu9_9", "layers.style"]),
        ({"style_layers": {"relu1_1": NAN}}, ["layers.style.relu1_1", "nan"]),
        ({"style_layers": {"relu1_1": -1.0}}, ["layers.style.relu1_1", "-1"]),
        ({"content_layers": {"relu4_2": float("inf")}}, ["layers.content.relu4_2", "inf"]),
        ({"content_weight": 0, "style_weight": 0}, ["nothing to optimise"]),
        ({"style_weight": 1e20}, ["style_weight", "1e+12", "1e+20"]),
        (
            {"style_weight": 1e9, "style_layers": {"relu1_1": 1e6}},
            ["style_weight · loss.style.moments.weight · layers.style.relu1_1", "1e+12", "1e+15"],
        ),
        ({"content_layers": {}, "style_layers": {"relu1_1": 0}}, ["nothing to optimise"]),
        ({"init": "nois"}, ["init", "nois", "'noise'"]),
        ({"init": "./nothing.png"}, ["init", "nothing.png"]),
        ({"init": "~nobody-of-that-name/a.png"}, ["init", "a.png"]),
        ({"fit": "lnog"}, ["fit", "'long'"]),
        ({"steps": [1, 2, 3]}, ["steps has 3", "48×32 px", "1 level"]),
        ({"device": "gpu"}, ["device", "gpu"]),
        ({"precision": "fp8"}, ["precision", "fp8"]),
        ({"precision": "tf32"}, ["tf32", "CUDA"]),
        ({"extractor": Extractor(weights="embeded")}, ["extractor.weights", "'embedded'"]),
        ({"extractor": Extractor(convention="cafe")}, ["extractor.convention", "'caffe'"]),
    ],
)
def test_a_mistake_is_named(picture, options, words):
    message = refused(picture(32, 48), picture(40, 48), **options)
    assert all(word in message for word in words), message


@pytest.mark.parametrize(
    ("sides", "words"),
    [
        (((8, 48), (40, 48)), ["content", "48×8 px", "16 px"]),
        (((32, 48), (40, 9)), ["style", "9×40 px", "16 px"]),
    ],
)
def test_a_picture_too_small_for_the_layers_is_named(picture, sides, words):
    message = refused(*(picture(*s) for s in sides))
    assert all(word in message for word in words), message


def test_a_picture_made_too_small_is_named(picture):
    assert "content" in refused(picture(32, 48), picture(40, 48), size=20)
    assert "style" in refused(picture(32, 48), picture(40, 48), style_scale=0.1)


def test_a_picture_that_cannot_be_read_is_named(picture, tmp_path):
    assert "gone.jpg" in refused(tmp_path / "gone.jpg", picture(32, 48))
    assert "gone.jpg" in refused(picture(32, 48), str(tmp_path / "gone.jpg"))
    assert "(2, 3, 32, 32)" in refused(torch.rand(2, 3, 32, 32), picture(32, 48))


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"steps": 0}, "steps"),
        ({"steps": -3}, "steps"),
        ({"steps": [0]}, "steps"),
        ({"size": 0}, "size"),
        ({"content_weight": NAN}, "content_weight"),
        ({"style_weight": float("inf")}, "style_weight"),
        ({"tv_weight": NAN}, "tv_weight"),
        ({"tv_weight": -1.0}, "tv_weight"),
        ({"style_scale": NAN}, "style_scale"),
        ({"style_size": 0}, "style_size"),
        ({"seed": -1}, "seed"),
    ],
)
def test_a_number_or_word_that_makes_no_sense_is_named(picture, options, word):
    assert word in refused(picture(32, 48), picture(40, 48), **options)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Pyramid(levels=0), "pyramid.levels"),
        (lambda: Pyramid(factor=1.0), "pyramid.factor"),
        (lambda: Pyramid(factor=NAN), "pyramid.factor"),
        (lambda: Pyramid(min_size=0), "pyramid.min_size"),
        (lambda: Pyramid(first=-1), "pyramid.first"),
        (lambda: Extractor(pooling="mean"), "extractor.pooling 'mean'"),
        (lambda: Extractor(padding="zero"), "extractor.padding 'zero'.*'zeros'"),
    ],
)
def test_settings_that_make_no_sense_are_named(make, words):
    with pytest.raises(UserError, match=words):
        make()


def test_more_levels_than_the_layers_leave_room_for_are_refused(picture):
    assert "pyramid.levels=9" in refused(
        picture(32, 48), picture(40, 48), pyramid=Pyramid(levels=9)
    )
