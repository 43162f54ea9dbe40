"""Small pictures: the colours, the way up and the proportions of the large ones."""

import subprocess
import sys

import numpy as np
import pytest
from picture_files import UPRIGHT, encoded, noise, refused, turned
from PIL import Image
from test_profiles import swapped_profile

from stylex.images.load import load
from stylex.images.thumbnails import at_size, thumbnail


def blocks(*colours, side: int = 400) -> np.ndarray:
    """Squares side by side."""
    return np.uint8([colours]).repeat(side, 0).repeat(side, 1)


ROW = blocks((200, 40, 40), (40, 200, 40), (40, 40, 200))
CLEAR = np.dstack([ROW, np.full(ROW.shape[:2], 128, np.uint8)])
DEEP = Image.fromarray(ROW[..., 0].astype(np.uint16) * 257)
KINDS = {
    "rgb.png": (Image.fromarray(ROW), {}),
    "rgb.jpg": (Image.fromarray(ROW), {"quality": 95}),
    "grey.jpg": (Image.fromarray(ROW[..., 0]), {"quality": 95}),
    "palette.png": (Image.fromarray(ROW).quantize(4), {}),
    "alpha.png": (Image.fromarray(CLEAR), {}),
    "deep.png": (DEEP, {}),
    "cmyk.tif": (Image.fromarray(ROW).convert("CMYK"), {}),
    "profile.png": (Image.fromarray(ROW), {"icc_profile": swapped_profile()}),
    "profile.jpg": (Image.fromarray(ROW), {"icc_profile": swapped_profile(), "quality": 95}),
    "colour.png": (Image.fromarray(ROW), {"transparency": (40, 200, 40)}),
}


@pytest.mark.parametrize("name", KINDS)
def test_its_colours_are_those_of_the_picture(tmp_path, name, caplog):
    image, options = KINDS[name]
    image.save(tmp_path / name, **options)
    for small in (thumbnail(tmp_path / name, 60), at_size(tmp_path / name, 20, 60)):
        assert (small.mode, small.size) == ("RGB", (60, 20))
        assert not caplog.records  # what `load` warns of is not repeated for each thumbnail
        expected = load(tmp_path / name)[0, :, 200, 200::400].T.numpy() * 255
        assert np.abs(np.asarray(small)[10, 10::20] - expected).max() < 3
        caplog.clear()


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_it_is_upright(tmp_path, form, orientation):
    data = encoded(Image.fromarray(ROW), form, exif=turned(orientation))
    (tmp_path / "a").write_bytes(data)
    upright = UPRIGHT[orientation](ROW)
    small = thumbnail(tmp_path / "a", 30)
    assert small.size == (30, 10) if upright.shape[1] > upright.shape[0] else (10, 30)
    error = np.asarray(small)[5::10, 5::10] - upright[200::400, 200::400].astype(int)
    assert np.abs(error).max() < 12


@pytest.mark.parametrize(
    ("size", "longest", "expected"),
    [((300, 200), 60, (60, 40)), ((20, 30), 60, (20, 30)), ((1000, 3), 60, (60, 1))],
)
def test_its_long_side_is_bounded_and_it_is_never_enlarged(tmp_path, size, longest, expected):
    Image.new("RGB", size).save(tmp_path / "a.png")
    assert thumbnail(tmp_path / "a.png", longest).size == expected


def test_an_exact_size_may_be_larger(tmp_path):
    Image.new("RGB", (20, 10), "red").save(tmp_path / "a.png")
    large = at_size(tmp_path / "a.png", 30, 60)
    assert large.size == (60, 30)
    assert large.getextrema() == ((255, 255), (0, 0), (0, 0))


def test_what_it_cannot_show_is_averaged(tmp_path):
    Image.fromarray(noise(512, 512)).save(tmp_path / "a.png")
    small = np.asarray(thumbnail(tmp_path / "a.png", 16)).astype(float)
    means = noise(512, 512).astype(float).reshape(16, 32, 16, 32, 3).mean((1, 3))
    assert np.abs(small - means)[1:-1, 1:-1].mean() < 3  # single pixels differ by 85 on average


def test_a_damaged_picture_is_refused_by_name(tmp_path):
    (tmp_path / "a.png").write_bytes(encoded(Image.fromarray(noise(40, 50)), "PNG")[:2000])
    assert refused(tmp_path / "a.png", lambda path: thumbnail(path, 20)).startswith(
        f"{tmp_path / 'a.png'} is damaged"
    )
    assert "no such file" in refused(tmp_path / "b.png", lambda path: at_size(path, 2, 2))


def test_torch_and_numpy_are_not_waited_for(tmp_path):
    Image.fromarray(ROW).save(tmp_path / "a.jpg")
    code = (
        "import sys\nfrom stylex.images import colours, damage, decode, formats, thumbnails\n"
        "decode.size_of(sys.argv[1]), decode.read(sys.argv[1])\n"
        "thumbnails.thumbnail(sys.argv[1], 9)\n"
        "assert not {'torch', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.jpg")], check=True)
