"""OKLab against published values, and the way back into what sRGB can show."""

import pytest
import torch

from stylex.images.oklab import (
    FROM_CONES,
    FROM_LAB,
    TO_CONES,
    TO_LAB,
    from_oklab,
    into_gamut,
    to_oklab,
)

# CSS Color Module Level 4's sample code gives these for sRGB's corners.
PUBLISHED = {
    (1, 0, 0): (0.627955, 0.224863, 0.125846),
    (0, 1, 0): (0.866440, -0.233888, 0.179498),
    (0, 0, 1): (0.452014, -0.032457, -0.311528),
    (1, 1, 1): (1, 0, 0),
    (0, 0, 0): (0, 0, 0),
    (0.5, 0.5, 0.5): (0.598181, 0, 0),
}
# Ottosson 2020, "Table of example XYZ and Oklab pairs", to the three decimals printed there.
XYZ = {
    (0.950, 1.000, 1.089): (1.000, 0.000, 0.000),
    (1, 0, 0): (0.450, 1.236, -0.019),
    (0, 1, 0): (0.922, -0.671, 0.263),
    (0, 0, 1): (0.153, -1.415, -0.449),
}
# IEC 61966-2-1.
XYZ_TO_SRGB = torch.tensor(
    [
        [3.2404542, -1.5371385, -0.4985314],
        [-0.9692660, 1.8760108, 0.0415560],
        [0.0556434, -0.2040259, 1.0572252],
    ]
).double()


def pixel(*channels) -> torch.Tensor:
    return torch.tensor(channels).double().view(1, 3, 1, 1)


def encoded(light: torch.Tensor) -> torch.Tensor:
    """The formula of IEC 61966-2-1; the line goes on below 0."""
    curve = 1.055 * light.clamp(min=0) ** (1 / 2.4) - 0.055
    return torch.where(light <= 0.0031308, 12.92 * light, curve)


@pytest.mark.parametrize("rgb", PUBLISHED, ids=str)
def test_published_values(rgb):
    found = to_oklab(pixel(*rgb)).flatten()
    assert found.tolist() == pytest.approx(PUBLISHED[rgb], abs=2e-6)
    assert to_oklab(pixel(*rgb).float()).flatten().tolist() == pytest.approx(
        PUBLISHED[rgb], abs=2e-6
    )


@pytest.mark.parametrize("xyz", XYZ, ids=str)
def test_the_papers_own_table(xyz):
    """Three of its colours are far outside of sRGB."""
    linear = (XYZ_TO_SRGB @ torch.tensor(xyz).double()).view(1, 3, 1, 1)
    found = to_oklab(encoded(linear)).flatten()
    assert found.tolist() == pytest.approx(XYZ[xyz], abs=1.5e-3)


def test_there_and_back(picture):
    image = picture(20, 30).double()
    assert torch.allclose(from_oklab(to_oklab(image)), image, atol=1e-6)
    for there, back in ((TO_CONES, FROM_CONES), (TO_LAB, FROM_LAB)):
        both = torch.tensor(there).double() @ torch.tensor(back).double()
        assert torch.allclose(both, torch.eye(3).double(), atol=1e-7)


def test_what_srgb_can_show_stays(picture):
    lab = to_oklab(picture(20, 30))
    assert torch.equal(into_gamut(lab), lab)


def test_what_it_cannot_loses_chroma_only_and_no_more_than_it_must():
    generator = torch.Generator().manual_seed(0)
    lab = torch.rand(1, 3, 40, 50, generator=generator, dtype=torch.float64)
    lab[:, 1:] = 0.8 * lab[:, 1:] - 0.4
    found = into_gamut(lab)
    rgb = from_oklab(found)
    assert rgb.min() > -2e-4 and rgb.max() < 1 + 2e-4
    moved = (found != lab).any(1)[0]
    assert 0.5 < moved.double().mean() < 1
    assert torch.equal(found[:, 0], lab[:, 0])
    before, after = lab[0, 1:, moved], found[0, 1:, moved]
    chroma, kept = before.norm(dim=0), after.norm(dim=0)
    assert torch.allclose(after, before * (kept / chroma), atol=1e-12)  # the hue
    more = torch.cat([found[:, :1], found[:, 1:] * 1.001], 1)
    at_edge = from_oklab(more)[0, :, moved]
    assert ((at_edge.amax(0) > 1 + 1e-6) | (at_edge.amin(0) < -1e-6)).double().mean() > 0.98
