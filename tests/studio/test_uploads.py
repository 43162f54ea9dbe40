"""Pictures that come through the page."""

import io

import numpy as np
import pytest
from PIL import Image

from stylex.errors import UserError
from stylex.images.thumbnails import thumbnail
from stylex.studio import uploads
from stylex.studio.uploads import cropped, keep


def encoded(kind="PNG", size=(40, 30), mode="RGB", **options):
    file = io.BytesIO()
    Image.new(mode, size, 128).save(file, kind, **options)
    return file.getvalue()


def test_a_picture_is_kept_byte_for_byte_under_a_plain_name(tmp_path):
    data = encoded()
    path = keep(data, "../../My père's cat?.jpeg", tmp_path)
    assert path.read_bytes() == data
    assert path.parent.parent == tmp_path
    assert path.name == "My père_s cat.png"  # a PNG, whatever it is called
    assert keep(data, "../../My père's cat?.jpeg", tmp_path) == path
    assert [item.name for item in tmp_path.iterdir()] == [path.parent.name]


def test_others_of_the_same_name_do_not_replace_it(tmp_path):
    first = keep(encoded(), "a.png", tmp_path)
    second = keep(encoded(size=(41, 30)), "a.png", tmp_path)
    assert first != second and first.is_file() and second.is_file()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"#!/bin/sh\nrm -rf /\n", "not a picture"),
        (b"%PDF-1.7", "PDF"),
        (encoded()[:60], "damaged"),
        (encoded("JPEG")[:-30], "damaged"),
    ],
)
def test_what_is_no_whole_picture_leaves_nothing(tmp_path, data, said):
    with pytest.raises(UserError, match=said) as refused:
        keep(data, "me.png", tmp_path)
    assert str(refused.value).startswith("me.png")
    assert str(tmp_path) not in str(refused.value)
    assert not [*tmp_path.rglob("*")]


def test_too_many_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_MEGABYTES", 0)
    with pytest.raises(UserError, match=r"me\.png has 0 MB, at most 0 allowed"):
        keep(encoded(), "me.png", tmp_path)


def test_too_many_pixels_are_refused_before_they_are_decoded(tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_PIXELS", 40 * 30 - 1)
    with pytest.raises(UserError, match="is too large: 40×30 px, at most 0.001199 megapixels"):
        keep(encoded(), "me.png", tmp_path)
    monkeypatch.setattr(uploads, "MOST_PIXELS", 40 * 30)
    assert keep(encoded(), "me.png", tmp_path).is_file()


def test_a_small_picture_is_upright_and_on_white(tmp_path):
    turned = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter to the right
    turned.write_bytes(encoded("JPEG", exif=exif))
    assert thumbnail(turned, 20).size == (15, 20)
    clear = tmp_path / "clear.png"
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(clear)
    assert np.asarray(thumbnail(clear, 8)).min() == 255


def test_a_small_picture_of_sixteen_bits(tmp_path):
    deep = tmp_path / "deep.png"
    Image.fromarray(np.array([[0, 65535], [32768, 65535]], np.uint16)).save(deep)
    shades = np.asarray(thumbnail(deep, 2))[..., 0]
    assert shades.tolist() == [[0, 255], [128, 255]]


def halves(path, kind, **options):
    """40×30 px, black left and white right."""
    image = Image.new("RGB", (40, 30))
    image.paste((255, 255, 255), (20, 0, 40, 30))
    image.save(path, kind, **options)
    return path


def test_a_part_has_the_pixels_of_its_place(tmp_path):
    path = halves(tmp_path / "a.png", "PNG")
    with Image.open(io.BytesIO(cropped(path, (0.25, 0.0, 0.75, 0.6)))) as part:
        assert (part.format, part.size) == ("PNG", (20, 18))
        assert np.asarray(part)[:, :, 0].tolist() == [[0] * 10 + [255] * 10] * 18


def test_a_part_of_a_turned_jpeg_is_upright_and_a_jpeg(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter to the right: black is above
    path = halves(tmp_path / "a.jpg", "JPEG", exif=exif, quality=95)
    with Image.open(io.BytesIO(cropped(path, (0.0, 0.0, 1.0, 0.5)))) as part:
        assert (part.format, part.size, part.getexif().get(0x0112)) == ("JPEG", (30, 20), None)
        assert np.asarray(part)[:12].max() < 16


def test_a_part_of_inks_and_of_sixteen_bits(tmp_path):
    Image.new("CMYK", (40, 30)).save(tmp_path / "inks.tif")
    with Image.open(io.BytesIO(cropped(tmp_path / "inks.tif", (0, 0, 0.5, 1)))) as part:
        assert (part.mode, part.size, part.getpixel((0, 0))) == ("RGB", (20, 30), (255, 255, 255))
    Image.fromarray(np.full((30, 40), 1000, np.uint16)).save(tmp_path / "deep.png")
    with Image.open(io.BytesIO(cropped(tmp_path / "deep.png", (0, 0, 1, 0.6)))) as part:
        assert np.asarray(part).tolist() == [[1000] * 40] * 18


@pytest.mark.parametrize(
    ("box", "said"),
    [
        ((0.5, 0, 0.5, 1), "no such part"),
        ((-0.1, 0, 1, 1), "no such part"),
        ((0, 0, 1, float("nan")), "no such part"),
        ((0, 0, 1, 0.5), "too small: at least 16 px a side"),
    ],
)
def test_what_is_no_part(tmp_path, box, said):
    with pytest.raises(UserError, match=said):
        cropped(halves(tmp_path / "a.png", "PNG"), box)
