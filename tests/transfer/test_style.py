"""What several styles, weights and masks mean."""

import numpy as np
import pytest
import torch
from aiming import parts_of
from PIL import Image

from stylex.errors import UserError
from stylex.transfer.evaluation.tiles import TiledObjective
from stylex.transfer.losses.gram import GramLoss
from stylex.transfer.losses.moments import MomentLoss
from stylex.transfer.losses.neighbours import NeighbourLoss
from stylex.transfer.losses.patches import PatchLoss
from stylex.transfer.losses.style import StyleTerm
from stylex.transfer.losses.view import Region
from stylex.transfer.masks import load_mask
from stylex.transfer.objective import Objective
from stylex.transfer.plan import plan
from stylex.transfer.pyramid import Pyramid
from stylex.transfer.style import Painting, StyleSource, sources_of
from stylex.transfer.stylize import stylize
from stylex.transfer.targets import aim_style
from stylex.transfer.vgg.network import VGG19

LAYERS = {"relu1_1": 1.0, "relu3_1": 0.5}
QUICK = {"size": 48, "steps": 2, "device": "cpu", "precision": "fp32"}
TERMS = {
    "moments": StyleTerm(MomentLoss()),
    "gram": StyleTerm(GramLoss()),
    "near": StyleTerm(NeighbourLoss(64), layers={"relu3_1": 1.0}),
    "columns": StyleTerm(NeighbourLoss(64, hypercolumns=True)),
}


@pytest.fixture
def vgg(make_weights):
    return VGG19(make_weights(), LAYERS, dtype=torch.float64)


def parts_at(vgg, image, *paintings):
    """{part: value} of all kinds of terms."""
    losses = aim_style(TERMS, vgg, paintings, image.shape[-2:], LAYERS)
    terms = [(1.0, loss) for loss in losses]
    losses = Objective(vgg, terms)(image)
    return {part: float(value) for part, value in losses.parts.items()}, losses.weights


def test_two_equal_pictures_are_one(vgg, picture):
    image, style = picture(40, 48).double(), picture(37, 44, seed=1).double()
    one, weights = parts_at(vgg, image, Painting(style))
    for shares in ((1.0, 1.0), (3.0, 2.0)):
        two, again = parts_at(vgg, image, *(Painting(style, share) for share in shares))
        assert two == pytest.approx(one, rel=1e-12) and again == weights


def test_a_mixture_is_of_the_raw_moments_and_not_of_the_covariances(vgg, picture):
    """Of weights 3 and 1: ¾ of the one's mean and Gram matrix, ¼ of the other's."""
    image, a, b = (picture(40, 48, seed=seed).double() for seed in range(3))
    found, _ = parts_at(vgg, image, Painting(a, 3.0), Painting(b, 1.0))

    def moments(x):
        flat = vgg(x)["relu3_1"][0].flatten(1)
        return flat.mean(1), flat @ flat.T / flat.shape[1]

    (mean_a, gram_a), (mean_b, gram_b), (mean, gram) = map(moments, (a, b, image))
    target_mean, target_gram = 0.75 * mean_a + 0.25 * mean_b, 0.75 * gram_a + 0.25 * gram_b
    target = target_gram - target_mean.outer(target_mean)
    expected = (mean - target_mean).square().sum() / target_mean.square().sum()
    expected += (gram - mean.outer(mean) - target).square().sum() / target.square().sum()
    assert found["style/moments/relu3_1"] == pytest.approx(float(expected), rel=1e-10)


def test_weights_of_one_and_none_are_the_first_alone(picture):
    content, a, b = picture(32, 48)[0], picture(40, 48, seed=1)[0], picture(40, 48, seed=2)[0]
    alone = stylize(content, a, **QUICK).image
    both = stylize(content, [StyleSource(a, 1.0), StyleSource(b, 0.0)], **QUICK).image
    assert torch.equal(both, alone)
    assert not torch.equal(stylize(content, [a, b], **QUICK).image, alone)


def test_a_weight_that_vanishes_beside_the_others_is_none(picture):
    content, style, other = (picture(32, 48, seed=seed)[0] for seed in range(3))
    alone = stylize(content, style, **QUICK)
    mixed = stylize(content, [StyleSource(style), StyleSource(other, weight=1e-20)], **QUICK)
    assert torch.equal(mixed.image, alone.image)


def test_a_mask_of_ones_is_none(picture):
    content, style = picture(32, 48)[0], picture(40, 48, seed=1)[0]
    alone = stylize(content, style, **QUICK)
    where, source = torch.ones(3, 8, 12), torch.ones(3, 10, 12)
    masked = stylize(content, StyleSource(style, where=where, source=source), **QUICK)
    assert torch.equal(masked.image, alone.image)
    assert masked.style_error == alone.style_error


def test_with_complementary_masks_each_region_s_loss_is_what_it_is_alone(vgg, picture):
    image = picture(40, 48).double()
    left = torch.zeros(1, 1, 40, 48).double()
    left[..., :18] = 1
    a = Painting(picture(37, 44, seed=1).double(), where=left)
    b = Painting(picture(50, 44, seed=2).double(), where=1 - left)
    both, weights = parts_at(vgg, image, a, b)
    for number, painting in enumerate((a, b), start=1):
        alone, own = parts_at(vgg, image, painting)
        for part, value in alone.items():
            kind, name = part.removeprefix("style/").split("/")
            assert both[f"style/{kind}/{number}/{name}"] == pytest.approx(value, rel=1e-12)
            assert weights[f"style/{kind}/{number}/{name}"] == own[part]
    # Each weighs as much of the whole as it is of the picture.
    assert weights["style/moments/1/relu1_1"] == pytest.approx(18 / 48)
    assert weights["style/moments/2/relu3_1"] == pytest.approx(0.5 * 30 / 48)


def test_a_position_of_a_deeper_layer_counts_as_much_as_is_white_of_what_it_pools():
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., :3] = 1
    region = Region(8, 8, mask)
    assert region.mask_at("relu2_1")[0, 0].tolist() == [[1, 0.5, 0, 0]] * 4
    assert region.mask_at("relu3_1")[0, 0].tolist() == [[0.75, 0]] * 2
    assert [region.count(layer) for layer in ("relu1_1", "relu2_1", "relu3_1")] == [24, 6, 1.5]


@pytest.mark.parametrize("tile", [None, 32])
def test_a_loss_that_is_a_sum_counts_all_of_the_picture_s_positions_under_a_mask(
    vgg, picture, tile
):
    """Udacity's has mean((FFᵀ − SSᵀ)²) / (C·N). A region weighs its share of the picture, so that
    N is the picture's.
    """
    image, style = picture(64, 96).double(), picture(40, 48, seed=1).double()
    left = torch.zeros(1, 1, 64, 96).double()
    left[..., :24] = 1
    paintings = [Painting(style, where=left)]
    (loss,) = aim_style(GramLoss("notebook"), vgg, paintings, (64, 96), {"relu1_1": 1.0})
    objective = TiledObjective(vgg, [(1.0, loss)], tile) if tile else Objective(vgg, [(1.0, loss)])
    f, s = vgg(image)["relu1_1"][0, :, :, :24].flatten(1), vgg(style)["relu1_1"][0].flatten(1)
    g, a = f @ f.T / f.shape[1], s @ s.T / s.shape[1]
    expected = 0.25 * 64 * 96 * (g - a).square().mean() / len(g)
    assert float(objective(image).total) == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize("normalization", ["relative", "cnnmrf"])
def test_under_a_mask_a_pixel_is_pulled_as_strongly_as_without_one(
    make_weights, picture, normalization
):
    vgg = VGG19(make_weights(), ["relu1_1"], dtype=torch.float64)
    image, style = picture(64, 64).double(), picture(64, 64, seed=1).double()
    left = torch.zeros(1, 1, 64, 64).double()
    left[..., :32] = 1

    def slope(painting):
        loss = PatchLoss(8192, normalization=normalization)
        found = aim_style(loss, vgg, [painting], (64, 64), {"relu1_1": 1.0})
        return Objective(vgg, [(1.0, own) for own in found]).evaluate(image)[1][..., 2:28]

    torch.testing.assert_close(slope(Painting(style, where=left)), slope(Painting(style)))


def test_what_lies_outside_of_a_hard_mask_does_not_count(vgg, picture):
    """At a layer whose positions see nothing across the edge: the pixels' own surroundings."""
    image, style = picture(40, 48).double(), picture(40, 48, seed=1).double()
    left = torch.zeros(1, 1, 40, 48).double()
    left[..., :24] = 1
    other = image.clone()
    other[..., 30:] = 0.5  # relu1_1 sees one pixel around
    parts = [parts_at(vgg, x, Painting(style, where=left))[0] for x in (image, other)]
    assert parts[0]["style/gram/relu1_1"] == pytest.approx(parts[1]["style/gram/relu1_1"])
    changed = style.clone()
    changed[..., 30:] = 0.5
    parts = [parts_at(vgg, image, Painting(x, source=left))[0] for x in (style, changed)]
    assert parts[0]["style/gram/relu1_1"] == pytest.approx(parts[1]["style/gram/relu1_1"])


def test_sampled_positions_lie_in_the_mask_and_are_the_same_points_at_every_layer():
    mask = torch.zeros(1, 1, 64, 96)
    mask[..., 16:32, 48:80] = 1
    region = Region(64, 96, mask, seed=3)
    place, rows, columns = region.positions("relu1_1", 500)
    assert torch.equal(place, torch.arange(500))
    assert {int(rows.min()), int(rows.max())} <= {16, 31} and rows.unique().numel() == 16
    assert (int(columns.min()), int(columns.max())) == (48, 79)
    _, deep_rows, deep_columns = region.positions("relu3_1", 500)
    assert torch.equal(deep_rows, rows // 4) and torch.equal(deep_columns, columns // 4)
    _, again, _ = Region(64, 96, mask, seed=3).positions("relu1_1", 500)
    _, others, _ = Region(64, 96, mask, seed=4).positions("relu1_1", 500)
    assert torch.equal(again, rows) and not torch.equal(others, rows)


def test_the_relaxed_earth_mover_s_distance_is_as_published():
    """Kolkin et al. 2019, eq. 4 to 6, written out over all positions, which are all sampled."""
    generator = torch.Generator().manual_seed(0)
    f = torch.rand(1, 4, 1, 1, generator=generator).expand(1, 4, 6, 7).double()
    f = f + torch.rand(1, 4, 6, 7, generator=generator).double()
    s = torch.rand(1, 4, 5, 9, generator=generator).double()
    loss = NeighbourLoss(400)
    (value,) = parts_of(loss, {"relu1_1": s}, {"relu1_1": 1.0}, {"relu1_1": f}).values()

    def sample(x, size):
        _, rows, columns = Region(*size).positions("relu1_1", 400)
        return x[0, :, rows, columns].T

    x, y = sample(f, (6, 7)), sample(s, (5, 9))
    mean = y.mean(0)
    cost = [
        [
            1 - float((a - mean) @ (b - mean) / ((a - mean).norm() * (b - mean).norm()))
            for b in y.unique(dim=0)
        ]
        for a in x
    ]
    nearest = torch.tensor(cost).amin(1).mean()
    counts = [int((y == b).all(1).sum()) for b in y.unique(dim=0)]
    covered = sum(c * min(row[j] for row in cost) for j, c in enumerate(counts)) / 400
    assert float(value) == pytest.approx(max(float(nearest), covered), rel=1e-6)


def test_a_picture_matched_with_itself_costs_nothing(vgg, picture):
    image = picture(40, 48).double()
    found, _ = parts_at(vgg, image, Painting(image))
    assert all(abs(value) < 1e-12 for value in found.values())


@pytest.mark.parametrize(
    ("style", "words"),
    [
        ([], "no style"),
        ([StyleSource("a.png", 0.0)], "no style"),
        (StyleSource("a.png", -1.0), "weight of a style"),
        (StyleSource("a.png", float("nan")), "weight of a style"),
    ],
)
def test_styles_that_make_no_sense_are_refused(style, words):
    with pytest.raises(UserError, match=words):
        sources_of(style)


def test_a_black_mask_is_refused_and_grey_is_in_between(picture):
    with pytest.raises(UserError, match="black all over"):
        load_mask(torch.zeros(3, 8, 8), (16, 16), "a style")
    grey = load_mask(torch.full((3, 8, 8), 0.5), (16, 20), "a style")
    assert grey.shape == (1, 1, 16, 20) and float(grey.mean()) == pytest.approx(0.5)
    assert load_mask(torch.ones(3, 8, 8), (16, 16), "a style") is None


def test_the_plan_counts_every_painting_at_its_own_size(picture):
    content, style = picture(64, 96)[0], picture(200, 300, seed=1)[0]
    options = {**QUICK, "size": 96, "available": 10**12}
    one = plan(content, style, **options)
    assert one.style_sizes == [(64, 96)]
    large = plan(content, style, **options, style_scale=3.0)
    assert large.style_sizes == [(192, 288)] and large.bytes > one.bytes
    two = plan(content, [style, style], **options)
    assert two.bytes - one.bytes == 64 * 96 * 3 * 4
    near = {"near": StyleTerm(NeighbourLoss(2048))}
    matched = plan(content, style, **options, style_losses=near)
    assert matched.bytes - one.bytes > 2048**2 * 4 * 3


def test_the_plan_starts_and_decodes_nothing(tmp_path, picture):
    """From the pictures' headers alone."""
    path = tmp_path / "a.jpg"
    pixels = np.random.default_rng(0).integers(0, 255, (300, 200, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    path.write_bytes(path.read_bytes()[:2000])  # a header, and hardly any pixels
    found = plan(path, path, size=128, device="cpu", steps=[7], pyramid=Pyramid(levels=1))
    assert (found.size, found.steps) == ((128, 85), 7)
    assert found.pixel_steps == 128 * 85 * 7 and found.seconds(1e-6) == pytest.approx(0.07616)


def test_the_record_names_every_style_with_its_weight_and_masks(picture):
    content, style = picture(64, 96)[0], picture(60, 90, seed=1)[0]
    white = torch.ones(3, 8, 12)
    styles = [StyleSource(style, 3.0, where=white), StyleSource(style, source=white)]
    found = plan(content, styles, **QUICK).record()["styles"]
    assert found == [
        {"size": [48, 32], "weight": 3.0, "where": True, "source": False},
        {"size": [48, 32], "weight": 1.0, "where": False, "source": True},
    ]
