"""Pictures upright, and their upright sizes from their headers alone."""

import logging

import numpy as np
import pytest
import torch
from picture_files import UPRIGHT, chunk, encoded, noise, pixels, refused, turned
from PIL import Image, features

from stylex.images import decode
from stylex.images.load import load, size_of

KINDS = {
    "jpeg": ("JPEG", {"quality": 95, "subsampling": 0}),
    "mpo": ("MPO", {"quality": 95, "subsampling": 0}),
    "png": ("PNG", {}),
    "webp": ("WEBP", {"lossless": True}),
    "tiff raw": ("TIFF", {}),
    "tiff lzw": ("TIFF", {"compression": "tiff_lzw"}),
    "avif": ("AVIF", {"quality": 100, "subsampling": "4:4:4"}),
}
BLOCKS = np.uint8([[[200, 40, 40], [40, 200, 40], [40, 40, 200]], [[90, 90, 90]] * 3])
BLOCKS = BLOCKS.repeat(16, 0).repeat(16, 1)  # 32 rows, 48 columns


def written(path, kind, orientation):
    form, options = KINDS[kind]
    if form == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    path.write_bytes(encoded(Image.fromarray(BLOCKS), form, exif=turned(orientation), **options))
    return path


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("kind", KINDS)
def test_every_format_is_turned_upright_once(tmp_path, kind, orientation):
    path = written(tmp_path / "a", kind, orientation)
    upright = UPRIGHT[orientation](BLOCKS)
    for picture in (path, Image.open(path)):
        assert size_of(picture) == upright.shape[:2]
        tolerance = 0.01 if kind in ("png", "webp") or "tiff" in kind else 8
        np.testing.assert_allclose(pixels(picture), upright, atol=tolerance)
        assert size_of(picture) == upright.shape[:2]  # of a decoded picture, too


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_sixteen_bit_grey_is_turned_too(tmp_path, orientation):
    stored = noise(2, 3)[..., 0]
    deep = Image.fromarray(stored.astype(np.uint16) * 257)
    (tmp_path / "a.png").write_bytes(encoded(deep, "PNG", exif=turned(orientation)))
    upright = UPRIGHT[orientation](stored)
    np.testing.assert_allclose(pixels(tmp_path / "a.png")[..., 0], upright, atol=1e-3)


XMP = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
LATE = {
    "eXIf": chunk(b"eXIf", turned(6).removeprefix(b"Exif\0\0")),
    "iTXt": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
    "tEXt": chunk(b"tEXt", b"Raw profile type exif\0\nexif\n 1\n" + turned(6).hex().encode()),
}


@pytest.mark.parametrize("kind", LATE)
def test_a_png_may_state_it_after_its_pixels(tmp_path, kind):
    data, path = encoded(Image.fromarray(BLOCKS), "PNG"), tmp_path / "a.png"
    end = data.index(b"IEND") - 4
    path.write_bytes(data[:end] + LATE[kind] + data[end:])
    with Image.open(path) as opened:
        assert size_of(path) == size_of(opened) == (48, 32)
    np.testing.assert_array_equal(pixels(path), UPRIGHT[6](BLOCKS))


@pytest.mark.parametrize(
    ("form", "orientation"),
    [(form, None) for form in ("JPEG", "PNG", "GIF", "BMP", "PPM")] + [("JPEG", 8), ("PNG", 8)],
)
def test_a_size_is_read_without_the_pixels(tmp_path, form, orientation):
    path = tmp_path / "a"
    options = {"exif": turned(orientation)} if orientation else {}
    data = encoded(Image.fromarray(noise(200, 300)), form, **options)
    path.write_bytes(data[: len(data) // 10])
    assert size_of(path) == decode.size_of(path) == ((300, 200) if orientation else (200, 300))
    refused(path)


def test_a_size_is_refused_in_the_words_of_loading(tmp_path):
    (tmp_path / "text.png").write_text("hello")
    (tmp_path / "empty.png").touch()
    (tmp_path / "head.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    for name in ("text.png", "empty.png", "head.png", "gone.png", "."):
        assert refused(tmp_path / name, size_of) == refused(tmp_path / name)


def test_a_tensor_and_an_array_have_a_size():
    assert size_of(torch.rand(3, 4, 5)) == size_of(torch.rand(1, 3, 4, 5)) == (4, 5)
    assert size_of(noise(4, 5)) == size_of(noise(4, 5)[..., 0]) == (4, 5)
    for wrong in (torch.rand(4, 5), noise(4, 5, 2), b"", None, Image.new("RGB", (0, 5))):
        assert refused(wrong, size_of) == refused(wrong)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("dpi", [{}, {"dpi": (72, 72)}])
@pytest.mark.parametrize(
    "exif", [b"Exif\0\0no directory", b"Exif\0\0II*\0\xff\xff\xff\xff", b"\xff"]
)
def test_exif_that_cannot_be_read_is_said_and_left_aside(tmp_path, form, dpi, exif, caplog):
    Image.new("RGB", (20, 10), "white").save(tmp_path / "a.jpg", form, exif=exif, **dpi)
    assert size_of(tmp_path / "a.jpg") == (10, 20)
    assert not caplog.records
    assert load(tmp_path / "a.jpg").shape == (1, 3, 10, 20)
    said = [(r.levelno, r.getMessage().partition(" (")[0]) for r in caplog.records]
    whole = f"{tmp_path / 'a.jpg'} has EXIF data that cannot be read"
    assert said in ([(logging.WARNING, whole)], [])
    if exif.startswith(b"Exif\0\0no"):
        assert said
