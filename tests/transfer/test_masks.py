"""Masks: what stays of the photograph, and where a style goes."""

import math

import numpy as np
import pytest
import torch
from PIL import Image
from test_level import Bowl, saved
from test_loop import flat, of

from stylex import StyleSource, stylize
from stylex.errors import UserError
from stylex.images.load import load_brightness, resize
from stylex.transfer.loop import optimize
from stylex.transfer.masks import Canvas, both, feathered, load_canvas, load_mask
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.parameterization import Laplacian, Masked, Pixels, space_of
from stylex.transfer.pyramid import Level, Pyramid

QUICK = {"size": 48, "steps": 3, "device": "cpu", "precision": "fp32"}
ADAM = Optimizer(make=lambda p: torch.optim.Adam(p, lr=0.05), averaging=0.9, clamp="step")
RUNS = {
    "content": {},
    "noise": {"init": "noise"},
    "style": {"init": "style", "optimizer": Optimizer(clamp="level")},
    "bands": {"init": "noise", "parameterization": "laplacian"},
    "average": {"optimizer": ADAM},
    "average of bands": {"optimizer": ADAM, "parameterization": "laplacian"},
    "each evaluation": {"optimizer": Optimizer(clamp="evaluation")},
    "tiles": {"tile": 32},
    "levels": {"pyramid": Pyramid(levels=2), "init": "noise"},
    "feather": {"mask_feather": 6},
}


def random(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(*shape, generator=generator, dtype=torch.float64)


def half(height, width, *, white="right"):
    mask = torch.zeros(3, height, width)
    mask[..., width // 2 :] = 1
    return mask if white == "right" else 1 - mask


@pytest.mark.parametrize("name", RUNS)
def test_where_a_mask_is_black_the_photograph_stays_to_the_bit(picture, tmp_path, name):
    content, style = picture(64, 96), picture(40, 48, seed=1)
    result = stylize(
        content, style, **QUICK, mask=half(32, 48), **{"mask_feather": 0, **RUNS[name]}
    )
    photograph = resize(content, 32, 48).clamp(0, 1)
    assert torch.equal(result.image[..., :24], photograph[..., :24])
    change = (result.image - photograph).abs().mean((0, 1, 2))
    assert float(change[30:].min()) > 0.01
    result.save(tmp_path / "a.png")
    kept = np.asarray(Image.open(tmp_path / "a.png"))[:, :24]
    expected = photograph[0, ..., :24].permute(1, 2, 0).mul(255).round().byte().numpy()
    assert np.array_equal(kept, expected)


def test_it_stays_in_every_picture_on_the_way(picture):
    content, kept = picture(32, 48), []
    stylize(
        *(content, picture(40, 48, seed=1)),
        **{**QUICK, "optimizer": ADAM, "mask": half(32, 48), "mask_feather": 0},
        on_step=lambda step: kept.append(torch.equal(step.picture[..., :24], content[..., :24])),
    )
    assert kept == [True] * 3


def test_where_the_losses_see_grey_what_stays_is_grey_to_them_too(picture):
    content, painted, shown = picture(32, 48), [], []
    stylize(
        *(content, picture(40, 48, seed=1)),
        **{**QUICK, "color": "luminance", "mask": half(32, 48), "mask_feather": 0},
        on_step=lambda step: (painted.append(step.painted), shown.append(step.picture)),
    )
    red, green, blue = painted[-1][0, :, :, :24]
    torch.testing.assert_close(red, green, rtol=0, atol=1e-5)
    torch.testing.assert_close(blue, green, rtol=0, atol=1e-5)
    assert torch.equal(shown[-1][..., :24], content[..., :24])


def test_of_two_grey_masks_the_product_counts():
    grey = torch.full((1, 1, 2, 3), 0.5)
    assert torch.equal(both(grey, grey, ""), grey / 2)
    assert both(grey, None, "") is both(None, grey, "") is grey


def test_without_a_mask_or_with_a_white_one_the_pixels_are_the_same(picture):
    content, style = picture(32, 48), picture(40, 48, seed=1)
    plain = stylize(content, style, **QUICK).image
    assert torch.equal(stylize(content, style, **QUICK, mask=torch.ones(3, 16, 24)).image, plain)


def test_each_of_two_halves_is_nearer_to_its_own_style(picture, embedded, plain_vgg):
    """By Gram matrices of a network written out plainly, away from the edge."""
    content, a = picture(64, 64), picture(64, 64, seed=1)
    b = 1 - picture(64, 64, seed=2).roll(1, 1)
    left, right = half(64, 64, white="left"), half(64, 64)
    styles = [StyleSource(a[0], where=left), StyleSource(b[0], where=right)]
    options = {**QUICK, "size": 64, "steps": 25, "style_weight": 25.0}
    image = stylize(content, styles, **options).image

    def gram(x):
        f = plain_vgg(embedded, x, ["relu2_1"])["relu2_1"][0].flatten(1)
        return f @ f.T / f.shape[1]

    halves = {"a": gram(image[..., :28]), "b": gram(image[..., 36:])}
    to = {
        name: {
            style: float((gram(x) - own).norm() / gram(x).norm())
            for style, x in zip("ab", (a, b), strict=True)
        }
        for name, own in halves.items()
    }
    assert to["a"]["a"] < 0.5 * to["a"]["b"] and to["b"]["b"] < 0.5 * to["b"]["a"]


def test_only_part_of_a_painting_counts(picture):
    """Half of the painting is black: masked out, the result is as if it were not there."""
    content, style = picture(32, 48), picture(32, 48, seed=1)
    spoilt = style.clone()
    spoilt[..., :24] = 0
    masked = stylize(content, StyleSource(spoilt[0], source=half(32, 48)), **QUICK).image
    whole, own = (stylize(content, x, **QUICK).image for x in (spoilt, style[..., 24:]))
    assert (masked - own).square().mean() < 0.3 * (whole - own).square().mean()


@pytest.mark.parametrize("inner", [Pixels(), Laplacian(9, 13)], ids=["pixels", "bands"])
def test_a_masked_picture_and_its_gradient_are_as_written(inner):
    """p + m · (x − p), and by finite differences."""
    photograph, mask = random(1, 3, 9, 13), random(1, 1, 9, 13, seed=1)
    mask[..., :4] = 0
    space, x, weights = (
        Masked(inner, Canvas(photograph, mask)),
        random(1, 3, 9, 13, seed=2),
        random(1, 3, 9, 13, seed=3),
    )
    z = inner.variables(x)
    expected = photograph + mask * (x - photograph)
    torch.testing.assert_close(space.picture(z), expected, rtol=0, atol=1e-12)
    found = space.gradient(space.picture(z).cos() * weights)  # of Σ weights · sin
    flat_z = z.flatten()
    for i in range(0, flat_z.numel(), 29):
        step = torch.zeros_like(flat_z)
        step[i] = 1e-5
        high, low = (
            float((space.picture((flat_z + s).view(z.shape)).sin() * weights).sum())
            for s in (step, -step)
        )
        assert float(found.flatten()[i]) == pytest.approx((high - low) / 2e-5, abs=1e-7)


def test_the_variables_of_a_masked_picture_make_it_again_as_far_as_can_be():
    photograph, mask = random(1, 3, 9, 13), random(1, 1, 9, 13, seed=1)
    space = Masked(Pixels(), Canvas(photograph, mask))
    made = space.picture(random(1, 3, 9, 13, seed=2))
    torch.testing.assert_close(space.picture(space.variables(made)), made)
    far = space.variables(torch.ones_like(photograph))  # nearest: white paint wherever there is any
    assert bool((far[mask.expand_as(far) > 0.01] == 1).all())


def test_at_another_size_a_mask_is_resized():
    photograph, mask = random(1, 3, 16, 16), torch.zeros(1, 1, 16, 16).double()
    mask[..., 8:] = 1
    space = space_of("pixels", 8, 8, Canvas(photograph, mask))
    white = space.picture(torch.ones(1, 3, 8, 8).double())
    small = resize(photograph, 8, 8).clamp(0, 1)
    assert torch.equal(white[..., :3], small[..., :3]) and bool((white[..., 5:] == 1).all())


@pytest.mark.parametrize("make", [Optimizer(), ADAM], ids=["lbfgs", "adam"])
@pytest.mark.parametrize("stop_at", [2, 4, 6])
def test_under_a_mask_it_goes_on_from_any_step_to_the_same_pixels(make, stop_at):
    canvas = Canvas(random(1, 3, 8, 12).float(), random(1, 1, 8, 12, seed=1).float())
    levels, states = [Level(4, 6, 4), Level(8, 12, 5)], {}
    call = (flat(0.2), levels, of(Bowl(0.8)), make)

    def keep(step):
        states[step.number] = saved(step.state())

    whole = optimize(*call, keep, canvas=canvas)
    again = optimize(*call, state=states[stop_at], canvas=canvas)
    assert torch.equal(again.picture, whole.picture)


def test_a_feathered_edge_rises_inwards_and_nothing_black_turns_grey():
    edge = torch.zeros(1, 1, 20, 20)
    edge[..., 8:] = 1
    found = feathered(edge, 4)  # squares of five px
    # At the picture's own border it does not fade.
    expected = torch.tensor([0.0] * 8 + [0.2, 0.4, 0.6, 0.8] + [1.0] * 8)
    torch.testing.assert_close(found[0, 0], expected.expand(20, 20))
    assert torch.equal(feathered(edge, 0), edge)
    half = torch.zeros(1, 1, 20, 200)
    half[..., 100:] = 1
    for picture in (half, half.mT):  # squares larger than the picture is high
        corner = feathered(picture, 50)[0, 0, -1, -1]
        assert float(corner) == 1
    torch.testing.assert_close(feathered(torch.full_like(edge, 0.5), 6), torch.full_like(edge, 0.5))
    soft = random(1, 1, 20, 20).float()
    assert bool((feathered(soft, 4) <= soft + 1e-6).all())


@pytest.mark.parametrize("width", [1, 2, 3, 5, 6])
def test_a_feather_is_of_whole_squares(width):
    """Eroded and averaged square by square, of the next odd number of px above `width`."""
    mask = (random(1, 1, 15, 17) > 0.1).float()
    reach = math.ceil(width / 2)
    side = 2 * reach + 1

    def squares(x):
        edge = torch.nn.functional.pad(x, [reach] * 4, "replicate")
        return edge.unfold(2, side, 1).unfold(3, side, 1).flatten(4)

    expected = squares(squares(mask).amin(4)).mean(4)
    torch.testing.assert_close(feathered(mask, width), expected)


def test_by_default_an_edge_rises_over_a_200th_of_the_long_side():
    for size in ((20, 400), (400, 20)):
        white = half(*size) if size[1] == 400 else half(20, 400).mT
        found = load_canvas("", torch.zeros(1, 3, *size), white, None).mask
        line = found[0, 0, 5] if size[1] == 400 else found[0, 0, :, 5]
        expected = torch.tensor([0, 0, 1 / 3, 2 / 3, 1, 1])  # two px: squares of three
        torch.testing.assert_close(line[198:204], expected)


def test_what_is_transparent_is_out():
    """A white cut-out on nothing is a mask, too; grey paint at half opacity is a quarter."""
    pixels = np.zeros((4, 6, 4), np.uint8)
    pixels[:, 3:] = 255
    pixels[:, 2] = (128, 128, 128, 128)
    found = load_mask(Image.fromarray(pixels), (4, 6), "mask")
    assert found[0, 0, 0].tolist() == pytest.approx([0, 0, 0.252, 1, 1, 1], abs=0.01)
    both = load_brightness(pixels), load_brightness(Image.fromarray(pixels))
    torch.testing.assert_close(*both, rtol=0, atol=1 / 255)


def test_alpha_is_the_content_picture_s_own(picture):
    pixels = np.full((32, 48, 4), 200, np.uint8)
    pixels[..., :24, 3], pixels[..., 24:, 3] = 0, 255
    style = picture(40, 48, seed=1)
    result = stylize(Image.fromarray(pixels), style, **QUICK, mask="alpha", mask_feather=0).image
    assert bool((result[..., :24] == 1).all())  # transparency is laid over white
    assert float((result[..., 30:] - 200 / 255).abs().mean()) > 0.01
    assert torch.equal(stylize(pixels, style, **QUICK, mask="alpha", mask_feather=0).image, result)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"mask": torch.zeros(3, 32, 48)}, "mask is black all over"),
        ({"mask": torch.ones(3, 32, 32)}, "mask must have the content picture's proportions"),
        ({"mask": "gone.png"}, "mask: no such file: gone.png"),
        ({"mask": "alpha"}, "no transparent part"),
        ({"mask": half(32, 48), "mask_feather": 300}, "mask_feather=300 px"),
        ({"mask": half(32, 48), "mask_feather": -1}, "mask_feather must be from 0"),
        ({"mask": half(32, 48), "mask_feather": 1.5}, "mask_feather must be a whole number"),
    ],
)
def test_masks_of_no_use_are_refused(picture, settings, words):
    with pytest.raises(UserError, match=words):
        stylize(picture(32, 48), picture(40, 48, seed=1), **QUICK, **settings)


def test_masks_of_styles_that_are_of_no_use_are_refused(picture):
    content, style = picture(32, 48), picture(40, 48, seed=1)
    left, right = half(32, 48, white="left"), half(32, 48)
    for source, settings, words in (
        (StyleSource(style, where=torch.ones(3, 40, 20)), {}, "the mask of style 1 must have"),
        (StyleSource(style, source=torch.ones(3, 20, 40)), {}, "the source mask of style 1"),
        (StyleSource(style, source=torch.zeros(3, 40, 48)), {}, "source mask of style 1 is black"),
        (StyleSource(style, where=left), {"mask": right}, "white only where mask lets nothing"),
    ):
        with pytest.raises(UserError, match=words):
            stylize(content, source, **QUICK, **settings, mask_feather=0)


def test_the_style_is_looked_for_within_the_mask_alone(picture):
    """What lies far outside of it changes neither the paint nor its measured distance."""
    style, mask = picture(40, 48, seed=1), torch.zeros(3, 48, 96)
    mask[..., 64:] = 1
    one, other = picture(48, 96), picture(48, 96)
    other[..., :16] = picture(48, 16, seed=5)
    layers = {"style_layers": {"relu1_1": 1.0}, "content_weight": 0.0, "tv_weight": 0.0}
    made = [
        stylize(x, style, **{**QUICK, "size": 96}, **layers, mask=mask, pyramid=Pyramid(levels=1))
        for x in (one, other)
    ]
    torch.testing.assert_close(made[0].image[..., 64:], made[1].image[..., 64:])


def test_a_canvas_of_a_white_mask_is_none(picture):
    photograph = picture(32, 48)
    assert load_canvas(photograph, photograph, torch.ones(3, 32, 48), None) is None
