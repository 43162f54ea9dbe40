"""Whose colours the result has."""

import numpy as np
import pytest
import torch

from stylex.errors import UserError
from stylex.images.oklab import from_oklab, to_oklab
from stylex.transfer import color
from stylex.transfer.color import keep, match, match_lightness
from stylex.transfer.metrics import score
from stylex.transfer.pyramid import Pyramid
from stylex.transfer.style import StyleSource
from stylex.transfer.stylize import stylize

QUICK = {"size": 48, "steps": 2, "device": "cpu", "precision": "fp32"}


@pytest.fixture
def pair(picture):
    return picture(32, 48), picture(40, 48, seed=1)


def colours(image, mask=None):
    """(3, n) of the pixels that the mask, of 0 and 1, leaves."""
    flat = image[0].double().flatten(1)
    return flat if mask is None else flat[:, mask.flatten() > 0.5]


def grey_picture(height, width, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, 1, height, width, generator=generator).expand(1, 3, -1, -1).contiguous()


def assert_moments(found, wanted):
    assert torch.allclose(found.mean(1), wanted.mean(1), atol=1e-6)
    assert torch.allclose(
        torch.cov(found, correction=0), torch.cov(wanted, correction=0), atol=1e-6
    )


def test_a_matched_painting_has_the_photographs_mean_and_covariance(pair):
    photograph, painting = pair
    assert_moments(colours(match(painting, photograph)), colours(photograph))


def test_it_is_the_symmetric_map_which_moves_colours_least(pair):
    """Of the maps with these moments: Σ of squared moves is that of Bures & Wasserstein,
    |μ − ν|² + tr(Σ + T − 2 (Σ^½ T Σ^½)^½), the trace by singular values of Σ^½ T^½.
    """
    photograph, painting = pair
    before, wanted = colours(painting), colours(photograph)
    moved = colours(match(painting, photograph))
    factors = [np.linalg.cholesky(np.cov(c.numpy(), bias=True)) for c in (before, wanted)]
    cross = np.linalg.svd(factors[0].T @ factors[1], compute_uv=False).sum()
    least = (before.mean(1) - wanted.mean(1)).square().sum()
    least += before.var(1, correction=0).sum() + wanted.var(1, correction=0).sum() - 2 * cross
    assert float((moved - before).square().sum(0).mean()) == pytest.approx(float(least), rel=1e-5)


def test_matched_to_itself_it_stays(pair):
    assert torch.allclose(match(pair[0], pair[0]), pair[0], atol=1e-6)


def test_only_the_parts_that_masks_name_are_measured(pair):
    photograph, painting = pair
    where, source = torch.zeros(1, 1, 32, 48), torch.zeros(1, 1, 40, 48)
    where[..., :20], source[..., 10:30, :] = 1, 1
    moved = match(painting, photograph, source, where)
    assert_moments(colours(moved, source), colours(photograph, where))


@pytest.mark.parametrize("grey", ["painting", "photograph", "flat"])
def test_without_colours_there_is_nothing_to_spread(pair, grey):
    """A grey painting stays on a line, a grey photograph makes it grey, a flat one flat."""
    photograph, painting = pair
    if grey == "painting":
        noise = 1e-4 * torch.randn(painting.shape, generator=torch.Generator().manual_seed(0))
        moved = colours(match(grey_picture(40, 48) + noise, photograph))
        spreads = np.linalg.eigvalsh(np.cov(moved.numpy()))
        assert spreads[1] < 1e-6 < spreads[2]  # no noise, but a line
    elif grey == "photograph":
        moved = match(painting, grey_picture(32, 48))
        assert torch.allclose(moved, moved.mean(1, keepdim=True).expand_as(moved), atol=1e-6)
        assert_moments(colours(moved), colours(grey_picture(32, 48)))
    else:
        moved = match(torch.full_like(painting, 0.3), photograph)
        assert torch.allclose(colours(moved), colours(photograph).mean(1, keepdim=True), atol=1e-6)


def test_lightness_is_matched_in_oklab(pair):
    photograph, painting = pair
    found = match_lightness(painting, photograph)
    wanted = to_oklab(photograph)[:, :1]
    for of in (torch.mean, lambda image: image.std(correction=0)):
        assert float(of(found)) == pytest.approx(float(of(wanted)), abs=1e-6)
    own = to_oklab(painting)[:, 0]
    both = torch.stack([found.flatten(), own.flatten()])
    assert float(torch.corrcoef(both)[0, 1]) == pytest.approx(1, abs=1e-5)


def test_kept_colours_are_the_photographs_and_the_lightness_is_the_paintings(picture):
    photograph = 0.4 + 0.2 * picture(32, 48)
    painted = 0.4 + 0.2 * picture(32, 48, seed=2)  # mild enough for sRGB to have it all
    lab = to_oklab(keep(painted, photograph))
    assert torch.allclose(lab[:, 0], to_oklab(painted)[:, 0], atol=2e-5)
    assert torch.allclose(lab[:, 1:], to_oklab(photograph)[:, 1:], atol=2e-5)


def test_where_srgb_ends_the_lightness_is_kept(picture):
    photograph, painted = picture(32, 48), picture(32, 48, seed=2)
    found = keep(painted, photograph)
    assert found.min() >= 0 and found.max() <= 1
    assert torch.allclose(to_oklab(found)[:, 0], to_oklab(painted)[:, 0], atol=1e-3)
    chroma = [to_oklab(image)[:, 1:].norm(dim=1) for image in (found, photograph)]
    assert (chroma[0] <= chroma[1] + 1e-3).all() and (chroma[0] < chroma[1] - 0.01).any()


def test_a_picture_of_many_rows_is_finished_in_parts(picture, monkeypatch):
    painted, photograph = picture(33, 20), picture(66, 40, seed=1)
    whole = keep(painted, photograph)
    monkeypatch.setattr(color, "AT_ONCE", 100)
    assert torch.allclose(keep(painted, photograph), whole, atol=1e-5)


@pytest.mark.parametrize("how", ["keep", "luminance", "match"])
def test_a_grey_photograph_gives_a_grey_result(picture, how):
    photograph, painting = grey_picture(32, 48), picture(40, 48, seed=1)
    if how == "match":  # what it is painted after
        _, (seen,) = color.seen(how, photograph, [color.Painting(painting)])
        image = seen.image
    else:
        image = stylize(photograph, painting, **QUICK, color=how).image
    assert float((image - image.mean(1, keepdim=True)).abs().max()) < 1e-4
    assert image.std() > 0.05


def test_keep_finishes_what_style_paints(pair):
    """The same steps; only what is shown, kept and measured differs."""
    shown, painted = [], []
    options = {**QUICK, "pyramid": Pyramid(levels=2, factor=1.4)}
    plain = stylize(*pair, **options, on_step=lambda s: painted.append(s.picture))
    kept = stylize(*pair, **options, color="keep", on_step=lambda s: shown.append(s.picture))
    assert plain.painted is None
    assert torch.equal(kept.painted, plain.image)
    assert torch.equal(kept.image, keep(plain.image, pair[0])) and not torch.equal(
        kept.image, plain.image
    )
    for one, other in zip(shown, painted, strict=True):
        assert torch.equal(one, keep(other, pair[0]))
    assert kept.metrics == vars(score(kept.image, *pair))


def test_match_paints_after_fitted_paintings_and_is_measured_by_the_given_ones(pair, picture):
    other = picture(36, 44, seed=5)
    where = torch.zeros(1, 3, 32, 48)
    where[..., :24] = 1
    styles = [StyleSource(pair[1], where=where), StyleSource(other, 2.0, where=1 - where)]
    fitted = [
        StyleSource(match(pair[1], pair[0], None, where[:, :1]).clamp(0, 1), where=where),
        StyleSource(
            match(other, pair[0], None, 1 - where[:, :1]).clamp(0, 1), 2.0, where=1 - where
        ),
    ]
    started = []
    found = stylize(pair[0], styles, **QUICK, color="match", on_start=started.append)
    assert torch.equal(found.image, stylize(pair[0], fitted, **QUICK).image)
    assert found.metrics == vars(score(found.image, pair[0], started[0].paintings))
    assert torch.equal(started[0].paintings[0].image, pair[1])


def test_luminance_paints_grey_after_grey_and_keeps_the_colours(pair):
    photograph, painting = pair

    def grey(lightness):
        none = torch.zeros_like(lightness).expand(1, 2, -1, -1)
        return from_oklab(torch.cat([lightness.clamp(0, 1), none], 1)).clamp(0, 1)

    content = grey(to_oklab(photograph)[:, :1])
    style = grey(match_lightness(painting, photograph))
    found = stylize(photograph, painting, **QUICK, color="luminance")
    painted = stylize(content, style, **QUICK).image
    assert torch.equal(found.painted, painted)
    assert torch.equal(found.image, keep(painted, photograph))
    assert found.metrics == vars(score(found.image, *pair))


def test_another_word_is_refused(pair):
    with pytest.raises(UserError, match="unknown color 'keeps', did you mean 'keep'"):
        stylize(*pair, **QUICK, color="keeps")


@pytest.mark.parametrize("how", ["match", "luminance"])
def test_the_part_of_a_painting_is_fitted_to_the_part_that_it_is_for(picture, how):
    photograph, painting = (0.3 + 0.3 * picture(32, 48, seed=seed) for seed in (0, 1))
    photograph[..., :24] *= 0.7
    painting[..., 20:] *= 0.6
    source, where = torch.zeros(1, 1, 32, 48), torch.zeros(1, 1, 32, 48)
    source[..., 20:] = where[..., :24] = 1
    given = color.Painting(painting, source=source, where=where)
    _, (found,) = color.seen(how, photograph, [given])

    def light(image):
        return float((image if how == "match" else to_oklab(image)[:, :1]).mean())

    assert light(found.image[..., 20:]) == pytest.approx(light(photograph[..., :24]), abs=2e-3)
    assert light(found.image) != pytest.approx(light(photograph[..., :24]), abs=2e-2)
