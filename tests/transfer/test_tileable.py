"""Pictures that tile: a rolled picture has the same value, and its gradient rolls along."""

import pytest
import torch
import torch.nn.functional as F

from stylex.errors import UserError
from stylex.images.load import resize
from stylex.transfer.losses.content import ContentTerm
from stylex.transfer.losses.gram import GramLoss
from stylex.transfer.losses.moments import MomentLoss
from stylex.transfer.losses.patches import PatchLoss
from stylex.transfer.losses.structure import LaplacianLoss
from stylex.transfer.losses.style import StyleTerm
from stylex.transfer.losses.tv import TotalVariation
from stylex.transfer.losses.view import Region, View
from stylex.transfer.losses.w2 import WassersteinLoss
from stylex.transfer.losses.window import whole
from stylex.transfer.objective import Objective
from stylex.transfer.plan import plan
from stylex.transfer.pyramid import Pyramid
from stylex.transfer.stylize import stylize
from stylex.transfer.targets import aim_style
from stylex.transfer.vgg.layers import IMAGE
from stylex.transfer.vgg.network import VGG19

LAYERS = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]
SHIFT = 16  # px: one position of the deepest layer


def rolled(x, down=SHIFT, right=3 * SHIFT):
    return x.roll((down, right), (2, 3))


@pytest.mark.parametrize("loss", [MomentLoss, GramLoss, WassersteinLoss])
@pytest.mark.parametrize("stencil", ["forward", "nine_point"])
@pytest.mark.parametrize("pooling", ["max", "avg"])
def test_the_value_of_a_rolled_picture_is_the_picture_s_and_the_gradient_rolls_along(
    make_weights, picture, loss, stencil, pooling
):
    vgg = VGG19(make_weights(), LAYERS, pooling=pooling).double()
    vgg.dtype = torch.float64
    image, painting = picture(48, 80).double(), picture(40, 64, seed=1).double()
    layers = dict.fromkeys(LAYERS, 0.2)
    style = aim_style({"a": StyleTerm(loss())}, vgg, painting, (48, 80), layers)
    tv = TotalVariation(stencil=stencil, power=1).tileable()
    terms = [*((5.0, one) for one in style), (30.0, tv)]
    tiling = vgg.edged("opposite")
    one, gradient = Objective(tiling, terms).evaluate(image)
    other, along = Objective(tiling, terms).evaluate(rolled(image))
    torch.testing.assert_close(other.total, one.total, rtol=1e-9, atol=0)
    assert float(one.parts["tv"]) > 0
    torch.testing.assert_close(along, rolled(gradient), rtol=1e-6, atol=1e-12)
    # Which it is not for pictures that end at their edges.
    ends = Objective(vgg, terms)
    assert abs(float(ends(rolled(image)).total / ends(image).total) - 1) > 1e-4


def test_the_network_sees_the_tile_as_in_a_plane_of_tiles(make_weights, picture, plain_vgg):
    """Far from the edges of 3×3 tiles the features are those of the tile alone."""
    image, weights = picture(32, 48), make_weights()
    found = VGG19(weights, LAYERS[:4]).edged("opposite")(image)
    plane = plain_vgg(weights, image.repeat(1, 1, 7, 7), LAYERS[:4])
    for pools, layer in enumerate(LAYERS[:4]):
        h, w = 32 >> pools, 48 >> pools
        middle = plane[layer][..., 3 * h : 4 * h, 3 * w : 4 * w].float()
        torch.testing.assert_close(found[layer], middle, rtol=1e-4, atol=1e-4)


def test_beyond_a_mirrored_edge_is_what_lies_before_it(make_weights, picture):
    """The first convolution by `F.pad`; and no picture is too small."""
    image, weights = picture(6, 9), make_weights()
    vgg = VGG19(weights, ["conv1_1"], normalize=False)
    padded = F.pad(image, (1, 1, 1, 1), mode="reflect")
    expected = F.conv2d(padded, weights.kernels["conv1_1"], weights.biases["conv1_1"])
    torch.testing.assert_close(vgg.edged("mirrored")(image)["conv1_1"], expected)
    assert vgg.edges == "own"
    flat = torch.full((1, 3, 16, 16), 0.25)
    for edges in ("mirrored", "opposite"):  # of one colour there is no frame, however deep
        for layer in VGG19(weights, LAYERS).edged(edges)(flat).values():
            torch.testing.assert_close(layer, layer[..., :1, :1].expand_as(layer))


def tv_of(image, **options):
    view = View(IMAGE, image, whole(image), Region(*image.shape[2:]))
    loss = TotalVariation(**options).tileable()
    return float(loss.value("tv", {IMAGE: loss.statistics("tv", view)}))


def test_total_variation_has_all_neighbours(picture):
    x = picture(5, 7).double()
    around = F.pad(x, (1, 1, 1, 1), mode="circular")
    h, w = 5, 7

    def moved(down, right):
        return around[..., 1 + down : 1 + down + h, 1 + right : 1 + right + w]

    down, right = (moved(1, 0) - x) ** 2, (moved(0, 1) - x) ** 2
    assert tv_of(x) == pytest.approx(float(down.mean() + right.mean()))
    assert tv_of(x, reduction="sum") == pytest.approx(float(down.sum() + right.sum()))
    fall, rise = (moved(1, 1) - x) ** 2, (moved(1, 0) - moved(0, 1)) ** 2
    nine = (down + right).mean() * 2 / 3 + (fall + rise).mean() / 6
    assert tv_of(x, stencil="nine_point") == pytest.approx(float(nine))
    assert tv_of(torch.ones(1, 3, 4, 4)) == 0


@pytest.mark.parametrize("size", [(24, 36), (7, 9), (13, 40), (12, 18)])
def test_a_tile_is_resized_as_in_a_plane_of_tiles(picture, size):
    image = picture(12, 18).double()
    found = resize(image, *size, tileable=True)
    assert found.shape[2:] == size
    plane = resize(image.repeat(1, 1, 5, 5), 5 * size[0], 5 * size[1])
    middle = plane[..., 2 * size[0] : 3 * size[0], 2 * size[1] : 3 * size[1]]
    torch.testing.assert_close(found, middle)
    # Rolled by whole pixels of both sizes.
    if size == (24, 36):
        torch.testing.assert_close(
            resize(image.roll((5, 7), (2, 3)), *size, tileable=True),
            found.roll((10, 14), (2, 3)),
        )


TEXTURE = {"content_weight": 0, "init": "noise", "device": "cpu", "precision": "fp32"}


def test_the_sides_of_all_levels_are_multiples_of_a_position(picture):
    options = {**TEXTURE, "tileable": True, "enlarge": True, "pyramid": Pyramid(factor=2**0.5)}
    found = plan(picture(60, 90), picture(40, 40), size=500, **options)
    assert found.size == (336, 496)  # of 333 × 500
    sizes = [(level.height, level.width) for level in found.levels]
    assert sizes[-1] == found.size and len(sizes) > 3
    assert all(side % 16 == 0 for size in sizes for side in size)
    assert all(level.tile is None for level in found.levels)
    small = plan(picture(60, 90), picture(40, 40), size=500, available=10**8, **options)
    assert all(level.tile is None for level in small.levels)


def seam(image):
    """The mean step across the edges over that between other neighbours."""
    steps = [(image.roll(-1, d) - image).abs().mean((0, 1, 5 - d)) for d in (2, 3)]
    return max(float(s[-1] / s[:-1].mean()) for s in steps)


def test_a_texture_tiles(picture):
    style = picture(64, 64, seed=3)
    options = {**TEXTURE, "size": 64, "steps": 30, "enlarge": True, "fit": "square"}
    options |= {"pyramid": Pyramid(min_size=32)}
    plain = stylize(picture(64, 64), style, **options).image
    tile = stylize(picture(64, 64), style, **options, tileable=True).image
    assert seam(tile) < 2 and seam(plain) > 5


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tile": 256}, "tile=256 does not go with tileable=true"),
        ({"style_losses": {"p": StyleTerm(PatchLoss(64))}}, "loss.style.p does not go with"),
        (
            {"content_losses": {"l": ContentTerm(LaplacianLoss())}, "content_weight": 1},
            "loss.content.l does not go with tileable=true: it ends at the edges",
        ),
    ],
)
def test_what_ends_at_edges_is_refused(picture, options, said):
    with pytest.raises(UserError, match=said):
        stylize(picture(32, 32), picture(32, 32), **{**TEXTURE, "tileable": True, **options})
