"""Winograd's convolutions against direct ones in float64, and the published transforms."""

import pytest
import torch
import torch.nn.functional as F

from stylex.transfer.vgg import winograd
from stylex.transfer.vgg.network import VGG19


def relative(found, expected):
    return float((found.detach() - expected.detach()).norm() / expected.detach().norm())


@pytest.mark.parametrize("tiles", [3, 192], ids=["in blocks", "at once"])
@pytest.mark.parametrize(
    ("height", "width", "padding"),
    [
        (3, 3, 0),
        (3, 3, 1),
        (9, 14, 0),
        (9, 14, 1),
        (16, 24, 0),
        (16, 24, 1),
        (1, 31, 1),
        (31, 2, 1),
    ],
)
def test_values_and_gradients_are_those_of_a_convolution(
    monkeypatch, tiles, height, width, padding
):
    size = height, width
    monkeypatch.setattr(winograd, "TILES", tiles)
    x, kernels, bias = torch.randn(2, 5, *size), torch.randn(7, 5, 3, 3), torch.randn(7)
    ours = x.contiguous(memory_format=torch.channels_last).requires_grad_()
    found = winograd.convolve(ours, winograd.transformed(kernels), bias, padding)
    exact = x.double().requires_grad_()
    expected = F.conv2d(exact, kernels.double(), bias.double(), padding=padding)
    assert found.shape == expected.shape
    assert found.is_contiguous(memory_format=torch.channels_last)
    assert relative(found, expected) < 1e-5
    above = torch.randn_like(found)
    (gradient,) = torch.autograd.grad(found, ours, above)
    (slope,) = torch.autograd.grad(expected, exact, above.double())
    assert relative(gradient, slope) < 1e-5


def test_at_its_points_the_transforms_are_those_of_the_paper():
    """Lavin & Gray's equations for F(4×4, 3×3), at 0, 1, −1, 2 and −2.

    How a factor is shared among the three is free, so that they are compared as one.
    """
    a = [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]]
    b = [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ]
    g = [
        [1 / 4, 0, 0],
        [-1 / 6, -1 / 6, -1 / 6],
        [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6],
        [0, 0, 1],
    ]
    published = [torch.tensor(rows, dtype=torch.float64) for rows in (a, b, g)]
    found = winograd._matrices((0.0, 1.0, -1.0, 2.0, -2.0))
    together = [torch.einsum("yi,id,ik->iydk", *matrices) for matrices in (found, published)]
    assert torch.allclose(*together, atol=1e-12)


def test_only_many_channels_in_float32_on_x86_are_worth_it():
    there = torch.backends.mkl.is_available()
    assert winograd.is_faster(192, torch.float32) is there
    assert winograd.is_faster(512, torch.float32, torch.device("cpu")) is there
    assert not winograd.is_faster(128, torch.float32)
    assert not winograd.is_faster(512, torch.bfloat16)
    assert not winograd.is_faster(512, torch.float32, torch.device("cuda"))


def test_of_few_positions_it_is_not():
    assert winograd.is_large(torch.empty(1, 512, 10, 16))  # 3 × 4 tiles
    assert not winograd.is_large(torch.empty(8, 512, 12, 12))  # 3 × 3, of each sample


def test_the_network_s_features_and_gradient_are_those_of_direct_convolutions(embedded, picture):
    layers = ("relu2_2", "relu3_1", "relu5_1")
    image = picture(64, 80)
    ours, exact = image.clone().requires_grad_(), image.double().requires_grad_()
    found = VGG19(embedded, layers)(ours)
    expected = VGG19(embedded, layers, dtype=torch.float64)(exact)
    for layer in layers:
        assert relative(found[layer], expected[layer]) < 1e-5
    for features in (found, expected):
        sum(x.square().mean() for x in features.values()).backward()
    # Rounding decides which of two nearly equal features a pooling takes for the larger: in float32
    # a thousandth of the gradient, in whatever order it adds up.
    assert relative(ours.grad, exact.grad) < 0.02
