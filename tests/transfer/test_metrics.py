"""The metrics against their definitions, in float64 on VGG19 written out."""

from dataclasses import astuple

import pytest
import torch
import torch.nn.functional as F

from stylex.transfer.metrics import Score, score
from stylex.transfer.shared import Shared
from stylex.transfer.style import Painting

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")


def test_a_picture_scores_zero_against_itself(picture):
    image = picture(20, 26)
    assert score(image, image, image) == Score(0.0, 0.0, 0.0, 0.0)


def test_against_a_copy_of_the_painting_the_distance_stays_a_number_to_compare(picture):
    """S(photograph) would be rounding; a thousandth is the least that counts."""
    result, image = picture(32, 24), picture(32, 24, seed=1)
    far = score(result, picture(32, 24, seed=2), image).style_distance
    assert far < score(result, image, image).style_distance < 1e4


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


def points(image) -> list[list[float]]:
    """The places in the unit square at which positions are sampled: (down, right) of each.

    As many as a small picture has pixels.
    """
    count = min(4096, image.shape[2] * image.shape[3])
    sequence = torch.quasirandom.SobolEngine(3, scramble=True, seed=0)
    return sequence.draw(count, dtype=torch.float64)[:, :2].tolist()


def at(feature, places):
    """(n, C): the features (1, C, h, w) at these places of the unit square."""
    height, width = feature.shape[2:]
    return torch.stack([feature[0, :, int(a * height), int(b * width)] for a, b in places])


def sliced(ours, theirs) -> float:
    """Heitz et al. 2021, eq. 7, of two samples (n, C) along 128 directions of length 1."""
    channels = ours.shape[1]
    generator = torch.Generator().manual_seed(channels)
    drawn = torch.randn(channels, 128, generator=generator, dtype=torch.float64)
    total = 0.0
    for direction in drawn.T:
        unit = direction / direction.norm()
        one, other = sorted((ours @ unit).tolist()), sorted((theirs @ unit).tolist())
        total += sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) / len(one)
    return total / 128


def expected_distance(embedded, plain_vgg, result, content, style) -> float:
    of_result, of_content, of_style = (
        plain_vgg(embedded, x, STYLE_LAYERS) for x in (result, content, style)
    )
    ratios, places = [], points(result)
    for name in STYLE_LAYERS:
        target = at(of_style[name], places)
        ours, own = (sliced(at(f[name], places), target) for f in (of_result, of_content))
        ratios.append(ours / own)
    return sum(ratios) / 5


def expected_structure(embedded, plain_vgg, result, content, grid) -> float:
    """Kolkin et al. 2019, eq. 8 and 9, over the positions (row, column) of `grid`."""

    def similarity(image):
        feature = plain_vgg(embedded, image, ["relu4_2"])["relu4_2"]
        rows = [feature[0, :, y, x] for y, x in grid]
        table = [[1 - float(a @ b / (a.norm() * b.norm())) for b in rows] for a in rows]
        sums = [sum(row[j] for row in table) for j in range(len(rows))]
        return [[row[j] / sums[j] for j in range(len(rows))] for row in table]

    n = len(grid)
    ours, own = similarity(result), similarity(content)
    return sum(abs(ours[i][j] - own[i][j]) for i in range(n) for j in range(n)) / n


def test_the_other_two_equal_their_definitions(embedded, plain_vgg, picture):
    result, content, style = picture(32, 24), picture(32, 24, seed=1), picture(20, 32, seed=2)
    ours = score(result, content, style)
    distance = expected_distance(embedded, plain_vgg, result, content, style)
    assert ours.style_distance == pytest.approx(distance, rel=1e-4)
    grid = [(y, x) for y in range(4) for x in range(3)]
    structure = expected_structure(embedded, plain_vgg, result, content, grid)
    assert ours.structure_error == pytest.approx(structure, rel=1e-4)


def test_the_sample_stands_for_all_positions_and_all_directions(embedded, plain_vgg, picture):
    """Of every position, along 2048 other directions."""
    generator = torch.Generator().manual_seed(1)
    pictures = [picture(48, 64, seed=seed) for seed in range(3)]
    ours = score(*pictures)
    result, content, style = (plain_vgg(embedded, x, STYLE_LAYERS) for x in pictures)
    ratios = []
    for name in STYLE_LAYERS:
        shape = 2048, result[name].shape[1]
        directions = torch.randn(shape, generator=generator, dtype=torch.float64)
        directions /= directions.norm(dim=1, keepdim=True)
        a, b, c = (
            (directions @ f[name][0].flatten(1)).sort(1).values for f in (result, content, style)
        )
        ratios.append(float((a - c).square().mean() / (b - c).square().mean()))
    assert ours.style_distance == pytest.approx(sum(ratios) / 5, rel=0.05)


def test_more_positions_than_the_grid_has_are_evenly_left_out(embedded, plain_vgg, picture):
    """Of 40 positions across the middle ones of 32 equal parts; both rows, being fewer."""
    result, content = picture(16, 320), picture(16, 320, seed=1)
    columns = [x for x in range(40) if any(int((i + 0.5) * 40 / 32) == x for i in range(32))]
    assert len(columns) == 32 and columns[:6] == [0, 1, 3, 4, 5, 6]
    grid = [(y, x) for y in range(2) for x in columns]
    structure = expected_structure(embedded, plain_vgg, result, content, grid)
    ours = score(result, content, picture(16, 20, seed=2))
    assert ours.structure_error == pytest.approx(structure, rel=1e-4)


def test_the_photograph_itself_is_as_far_from_the_painting_as_it_is(picture):
    photograph = picture(24, 40)
    ours = score(photograph, photograph, picture(30, 24, seed=1))
    assert (ours.style_distance, ours.structure_error, ours.content_error) == (1, 0, 0)
    assert ours.style_error > 0


def test_the_painting_itself_has_no_distance_to_it(picture):
    painting = picture(24, 40, seed=1)
    ours = score(painting, picture(24, 40), painting)
    assert ours.style_distance == ours.style_error == 0 < ours.structure_error


def test_half_of_the_way_is_about_half_of_the_distance(picture):
    """Contrast that is nearer to the painting's is nearer in every layer."""
    painting = picture(40, 48)
    photograph = 0.5 + 0.2 * (painting - 0.5)
    ways = [photograph + share * (painting - photograph) for share in (0.25, 0.5, 0.75)]
    far, half, near = (score(way, photograph, painting).style_distance for way in ways)
    assert 1 > far > half > near > 0


def test_of_several_paintings_the_mixture_counts(embedded, plain_vgg, picture):
    """Of weights 3 and 1: ¾ of the sample from one, ¼ from the other."""
    result, content = picture(32, 24), picture(32, 24, seed=1)
    one, other = picture(20, 32, seed=2), picture(32, 28, seed=3)
    ours = score(result, content, [Painting(one, 3.0), Painting(other, 1.0)])
    f_result, f_content, f_one, f_other = (
        plain_vgg(embedded, x, STYLE_LAYERS) for x in (result, content, one, other)
    )
    places, ratios = points(result), []
    three = 3 * len(places) // 4
    for name in STYLE_LAYERS:
        parts = at(f_one[name], places[:three]), at(f_other[name], places[three:])
        pair = (sliced(at(f[name], places), torch.cat(parts)) for f in (f_result, f_content))
        ratios.append(next(pair) / next(pair))
    assert ours.style_distance == pytest.approx(sum(ratios) / 5, rel=1e-4)


def test_of_several_places_the_mean_over_their_areas(picture):
    """A quarter is held to one painting, the rest to another; each is scored alone, too."""
    result, content = picture(32, 48), picture(32, 48, seed=1)
    left = torch.zeros(1, 1, 32, 48)
    left[..., :12] = 1
    one = Painting(picture(30, 48, seed=2), where=left)
    other = Painting(picture(48, 40, seed=3), where=1 - left)
    both, first, second = (score(result, content, x) for x in ([one, other], [one], [other]))
    for name in ("style_error", "style_distance"):
        alone = 0.25 * getattr(first, name) + 0.75 * getattr(second, name)
        assert getattr(both, name) == pytest.approx(alone, rel=1e-5)
    assert both.structure_error == first.structure_error


def test_what_is_known_of_the_photograph_is_known_of_that_region_alone(picture):
    result, content, style = picture(32, 48), picture(32, 48, seed=1), picture(30, 40, seed=2)
    left, shared = torch.zeros(1, 1, 32, 48), Shared()
    left[..., :20] = 1
    for where in (None, left, 1 - left):
        painting = [Painting(style, where=where)]
        assert score(result, content, painting, shared=shared) == score(result, content, painting)


@pytest.mark.parametrize("tile", [32, 64])
def test_in_tiles_the_figures_are_the_same(picture, tile):
    result, content, style = picture(90, 150), picture(90, 150, seed=1), picture(120, 100, seed=2)
    where = torch.linspace(0, 1, 150).expand(1, 1, 90, 150)
    for paintings in (style, [Painting(style, where=where), Painting(style.flip(3))]):
        whole, tiled = (score(result, content, paintings, side) for side in (None, tile))
        assert astuple(tiled) == pytest.approx(astuple(whole), rel=1e-4)


def test_flat_pictures_have_finite_figures(picture):
    """Without contrast nothing resembles anything more than something else."""
    grey, white = torch.full((1, 3, 32, 40), 0.5), torch.ones(1, 3, 32, 40)
    for pictures in ((grey, white, white), (white, grey, grey), (picture(32, 40), grey, grey)):
        assert all(0 <= value < 1e15 for value in astuple(score(*pictures)))
