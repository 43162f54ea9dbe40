"""Windows cover a picture once, and find their places in patches and in pooled layers."""

import pytest
import torch

from stylex.transfer.losses.window import Window, tiles, whole


@pytest.mark.parametrize(("height", "width"), [(1, 1), (40, 64), (97, 131), (8, 500)])
@pytest.mark.parametrize("side", [8, 33, 64, 1000])
@pytest.mark.parametrize(("align", "halo"), [(1, 0), (4, 8), (2, 4)])
def test_tiles_cover_every_position_once_and_start_where_poolings_do(
    height, width, side, align, halo
):
    counts = torch.zeros(height, width)
    for window in tiles(height, width, side, align, halo):
        window.of(counts).add_(1)
        assert max(window.height, window.width) <= side + align - 1
        assert not any(n % align for n in (window.top, window.left, window.above, window.before))
    assert torch.equal(counts, torch.ones(height, width))


def test_a_window_s_patch_and_its_inside():
    layer = torch.arange(20 * 30.0).view(1, 1, 20, 30)
    for window in tiles(20, 30, 12, 4, 8):
        patch = window.patch_of(layer, 8)
        assert torch.equal(window.inside(patch), window.of(layer))
        bottom, right = window.end
        assert patch.shape[2:] == (
            min(20, bottom + 8) - max(0, window.top - 8),
            min(30, right + 8) - max(0, window.left - 8),
        )


def test_after_pooling_it_is_where_its_positions_went():
    # Rows 8 … 21 of 21, columns 4 … 12: after two poolings rows 2 … 5, the odd one dropped.
    window = Window(8, 4, 13, 8, 8, 4).shrunk(4)
    assert window == Window(2, 1, 3, 2, 2, 1)
    assert window.end == (21 // 4, 12 // 4)


def test_the_gradient_of_the_inside_is_zero_around_it():
    patch = torch.rand(2, 3, 5, 7, dtype=torch.float64, requires_grad=True)
    window = Window(9, 9, 2, 3, 1, 2)
    assert torch.autograd.gradcheck(window.inside, patch)
    (gradient,) = torch.autograd.grad(window.inside(patch).sum(), patch)
    expected = torch.zeros(2, 3, 5, 7, dtype=torch.float64)
    expected[:, :, 1:3, 2:5] = 1
    assert torch.equal(gradient, expected)


def test_differences_within_the_patch_are_one_fewer():
    layer = torch.rand(1, 1, 9, 4)
    window = Window(top=4, left=0, height=5, width=4, above=1)  # as many differences as its rows
    falls = window.patch_of(layer, 1).diff(dim=2)
    assert torch.equal(window.inside(falls), layer[..., 4:, :].diff(dim=2))


def test_the_whole_layer_is_a_window_without_a_rim():
    layer = torch.rand(1, 2, 3, 4)
    assert whole(layer) == Window(0, 0, 3, 4)
    assert whole(layer).inside(layer) is layer
