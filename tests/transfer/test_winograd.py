"""Winograd's convolutions against direct ones in float64, and the published transforms."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from stylex.transfer.vgg import network, winograd
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


def test_in_bfloat16_they_are_within_some_rounding():
    """Its numbers have 8 bits; direct convolutions are within .004, these within .02."""
    x, kernels, bias = torch.randn(1, 64, 16, 24), torch.randn(32, 64, 3, 3), torch.randn(32)
    ours = x.to(torch.bfloat16, memory_format=torch.channels_last).requires_grad_()
    of_winograd = winograd.transformed(kernels, torch.bfloat16)
    found = winograd.convolve(ours, of_winograd, bias.bfloat16(), 1)
    exact = x.double().requires_grad_()
    expected = F.conv2d(exact, kernels.double(), bias.double(), padding=1)
    assert found.dtype == torch.bfloat16
    assert relative(found, expected) < 0.03
    above = torch.randn_like(found)
    (gradient,) = torch.autograd.grad(found, ours, above)
    (slope,) = torch.autograd.grad(expected, exact, above.double())
    assert gradient.dtype == torch.bfloat16
    assert relative(gradient, slope) < 0.03


def test_in_bfloat16_the_transforms_are_exact():
    for transforms in (winograd._THERE, winograd._BACK):
        for matrix in (transforms.data, transforms.result):
            assert torch.equal(matrix.bfloat16().float(), matrix)


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


def test_only_many_channels_on_x86_are_worth_it(monkeypatch):
    there = torch.backends.mkl.is_available()
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    for dtype in (torch.float32, torch.bfloat16):
        assert winograd.is_faster(192, dtype) is there
        assert winograd.is_faster(512, dtype, torch.device("cpu")) is there
        assert not winograd.is_faster(128, dtype)
        assert not winograd.is_faster(512, dtype, torch.device("cuda"))
    assert not winograd.is_faster(512, torch.float64)


def test_in_bfloat16_they_are_not_where_amx_multiplies(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": True})
    assert not winograd.is_faster(512, torch.bfloat16)
    assert winograd.is_faster(512, torch.float32) is torch.backends.mkl.is_available()


@pytest.mark.parametrize(
    ("name", "newer", "expected"),
    [("AMD EPYC", True, False), ("AMD EPYC", False, True), ("Intel(R) Core(TM)", True, True)],
)
def test_not_in_float32_where_direct_ones_have_wider_registers(monkeypatch, name, newer, expected):
    here = {"cpu_name": name, "avx512_bf16": True, "avx512_vp2intersect": newer}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: here)
    there = torch.backends.mkl.is_available()
    assert winograd.is_faster(512, torch.float32) is (expected and there)
    assert winograd.is_faster(512, torch.bfloat16) is there


def test_of_few_positions_it_is_not():
    assert winograd.is_large(torch.empty(1, 512, 10, 16))  # 3 × 4 tiles
    assert not winograd.is_large(torch.empty(8, 512, 12, 12))  # 3 × 3, of each sample


@pytest.mark.parametrize(
    ("dtype", "rounding"), [(torch.float32, 1e-5), (torch.bfloat16, 0.03)], ids=["fp32", "bf16"]
)
def test_the_network_s_features_and_gradient_are_those_of_direct_convolutions(
    embedded, picture, dtype, rounding
):
    layers = ("relu2_2", "relu3_1", "relu5_1")
    image = picture(64, 80)
    ours, exact = image.clone().requires_grad_(), image.double().requires_grad_()
    found = VGG19(embedded, layers, dtype=dtype)(ours)
    expected = VGG19(embedded, layers, dtype=torch.float64)(exact)
    for layer in layers:
        assert relative(found[layer], expected[layer]) < rounding
    for features in (found, expected):
        sum(x.double().square().mean() for x in features.values()).backward()
    # Rounding decides which of two nearly equal features a pooling takes for the larger: in float32
    # a thousandth of the gradient, in bfloat16 a tenth, in whatever order it adds up.
    assert relative(ours.grad, exact.grad) < (0.02 if dtype == torch.float32 else 0.2)


def test_transformed_kernels_are_made_once_and_go_with_the_last_network(
    embedded, picture, monkeypatch
):
    monkeypatch.setattr(network, "is_faster", lambda channels, *of: channels >= 192)
    weights, image = replace(embedded), picture(64, 80)
    one, other = VGG19(weights, ["relu2_2"]), VGG19(weights, ["relu3_1"])
    expected = other(image)
    assert [name for name, _ in weights._transformed] == ["conv2_1", "conv2_2", "conv3_1"]
    known = dict(weights._transformed)
    one(image)
    assert all(one._transformed[name]() is known[name, torch.float32] for name in one._transformed)
    del known, other
    assert [name for name, _ in weights._transformed] == ["conv2_1", "conv2_2"]
    del one
    assert not weights._transformed

    without = VGG19(weights, ["relu3_1"], keeps_kernels=False)
    assert torch.equal(without(image)["relu3_1"], expected["relu3_1"])
    assert not weights._transformed
