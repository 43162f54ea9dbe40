"""The metrics against their definitions, in float64 on VGG19 written out."""

import pytest
import torch
import torch.nn.functional as F

from stylex.transfer.metrics import Score, score

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")


def test_a_picture_scores_zero_against_itself(picture):
    image = picture(20, 26)
    assert score(image, image, image) == Score(0.0, 0.0)


def expected(embedded, plain_vgg, result, content, style) -> tuple[float, float]:
    def gram(feature):
        flat = feature[0].flatten(1)
        return flat @ flat.T / flat.shape[1]

    features, f_style = (plain_vgg(embedded, x, STYLE_LAYERS) for x in (result, style))
    errors = [
        (gram(features[name]) - gram(f_style[name])).square().sum()
        / gram(f_style[name]).square().sum()
        for name in STYLE_LAYERS
    ]
    f, p = (plain_vgg(embedded, x, ["relu4_2"])["relu4_2"] for x in (result, content))
    return float(sum(errors) / 5), float((f - p).square().sum() / p.square().sum())


def test_both_errors_equal_their_definitions(embedded, plain_vgg, picture):
    result, content, style = picture(32, 24), picture(32, 24, seed=1), picture(20, 32, seed=2)
    ours = score(result, content, style)
    style_error, content_error = expected(embedded, plain_vgg, result, content, style)
    assert ours.style_error == pytest.approx(style_error, rel=1e-4)
    assert ours.content_error == pytest.approx(content_error, rel=1e-4)


def test_pictures_of_other_sizes_are_first_brought_to_the_result_s(embedded, plain_vgg, picture):
    """The content to its height and width, the style's long side down to its long side."""
    result, content, style = picture(32, 24), picture(50, 45, seed=1), picture(40, 80, seed=2)

    def resized(image, height, width):
        return F.interpolate(image, (height, width), mode="bicubic", antialias=True).clamp(0, 1)

    ours = score(result, content, style)
    style_error, content_error = expected(
        embedded, plain_vgg, result, resized(content, 32, 24), resized(style, 16, 32)
    )
    assert ours.style_error == pytest.approx(style_error, rel=1e-4)
    assert ours.content_error == pytest.approx(content_error, rel=1e-4)


def test_the_two_errors_look_at_their_own_picture(picture):
    a, b = picture(24, 24), picture(24, 24, seed=1)
    same_style, same_content = score(a, b, a), score(a, a, b)
    assert same_style.style_error == 0 < same_style.content_error
    assert same_content.content_error == 0 < same_content.style_error


def test_it_takes_no_gradient(picture):
    image = picture(20, 20).requires_grad_()
    ours = score(image, picture(20, 20), picture(20, 20, seed=1))
    assert isinstance(ours.style_error, float)
    assert isinstance(ours.content_error, float)
    assert torch.is_grad_enabled() and image.grad is None
