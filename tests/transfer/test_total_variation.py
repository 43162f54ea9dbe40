"""Total variation against sums written out by hand."""

import pytest
import torch

from stylex.errors import UserError
from stylex.transfer.losses.tv import TotalVariation

# Down: 3, 1, 5. Right: 1, 2 in the first row, 1, 4 in the second.
SMALL = torch.tensor([[0.0, 1.0, 3.0], [3.0, 2.0, -2.0]])


def tv(image, **options):
    return TotalVariation(**options)({}, image)["tv"]


@pytest.mark.parametrize(
    ("power", "reduction", "expected"),
    [
        (1, "sum", (3 + 1 + 5) + (1 + 2 + 1 + 4)),
        (2, "sum", (9 + 1 + 25) + (1 + 4 + 1 + 16)),
        (1, "mean", 9 / 3 + 8 / 4),
        (2, "mean", 35 / 3 + 22 / 4),
    ],
)
def test_the_sums_of_a_small_picture(power, reduction, expected):
    image = SMALL.expand(1, 3, 2, 3)
    channels = 3 if reduction == "sum" else 1
    value = tv(image, power=power, reduction=reduction)
    assert value.tolist() == pytest.approx([channels * expected])


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_constant_picture_has_none(power, reduction):
    assert tv(torch.full((2, 3, 7, 5), 0.3), power=power, reduction=reduction).tolist() == [0, 0]


def test_the_mean_of_a_ramp_is_its_slope_at_every_size():
    for width in (2, 8, 33):
        ramp = (0.25 * torch.arange(width)).expand(1, 3, 4, width)
        assert tv(ramp, power=1).tolist() == pytest.approx([0.25])
        assert tv(ramp, power=2).tolist() == pytest.approx([0.0625])


def test_defaults_are_mean_squares():
    assert tv(SMALL.expand(1, 3, 2, 3)).tolist() == pytest.approx([35 / 3 + 22 / 4])


def test_samples_are_apart():
    image = torch.stack([SMALL.expand(3, 2, 3), torch.zeros(3, 2, 3)]).requires_grad_()
    values = tv(image, reduction="sum")
    assert values.tolist() == pytest.approx([3 * 57, 0])
    values.sum().backward()
    assert float(image.grad[1].abs().max()) == 0
    assert float(image.grad[0].abs().max()) > 0


@pytest.mark.parametrize("shape", [(1, 3, 1, 1), (1, 3, 4, 1), (1, 3, 1, 4)])
def test_a_picture_one_pixel_wide_has_no_neighbours_across(shape):
    image = torch.arange(12.0)[: shape[2] * shape[3]].view(1, 1, *shape[2:]).expand(shape)
    steps = max(shape[2:]) - 1  # each of height 1, in three channels
    assert tv(image, power=1, reduction="sum").tolist() == [3 * steps]


def test_its_weight_is_one_and_named_like_its_part():
    assert dict(TotalVariation().weights) == {"tv": 1.0}


def test_unknown_options_are_refused():
    with pytest.raises(UserError, match="unknown power '3'"):
        TotalVariation(power=3)
    with pytest.raises(UserError, match="unknown reduction 'men'.*'mean'"):
        TotalVariation(reduction="men")
    with pytest.raises(UserError, match="unknown stencil 'nine'.*'nine_point'"):
        TotalVariation(stencil="nine")


def nine_point(x, reduction):
    """style-transfer-pytorch's TVLoss, with the picture padded by its edges."""
    p = torch.nn.functional.pad(x, (1, 1, 1, 1), mode="replicate")
    reduced = torch.mean if reduction == "mean" else torch.sum
    total = 0
    for (down, right), weight in {(0, 1): 1 / 3, (1, 0): 1 / 3}.items():
        there = p[:, :, 1 + down : p.shape[2] - 1 + down, 1 + right : p.shape[3] - 1 + right]
        total += weight * reduced((there - p[:, :, 1:-1, 1:-1]) ** 2)
    total += reduced((p[:, :, 1:, 1:] - p[:, :, :-1, :-1]) ** 2) / 12
    total += reduced((p[:, :, 1:, :-1] - p[:, :, :-1, 1:]) ** 2) / 12
    return float(2 * total)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("size", [(6, 9), (1, 5), (4, 1), (1, 1), (2, 2)])
def test_the_nine_point_stencil_is_as_published(reduction, size):
    x = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = tv(x, stencil="nine_point", reduction=reduction)
    assert float(found) == pytest.approx(nine_point(x, reduction), rel=1e-12)


def test_the_nine_point_stencil_is_the_same_for_a_turned_picture():
    x = torch.rand(1, 3, 6, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    turned = [tv(y, stencil="nine_point") for y in (x, x.flip(2), x.flip(3), x.mT)]
    assert all(float(value) == pytest.approx(float(turned[0]), rel=1e-12) for value in turned)
