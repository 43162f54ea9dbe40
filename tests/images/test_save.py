"""Every format read back by Pillow, tifffile, or a PNG reader of the test's own."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image, ImageCms

from stylex.errors import UserError
from stylex.images.save import check_format, check_size, encode, write

NAMES = ["a.png", "a.jpg", "a.jpeg", "a.webp", "a.tif", "a.tiff", "a.16.png"]


def picture(height: int = 13, width: int = 9) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(1, 3, height, width, generator=generator)


def deep_picture(height: int, width: int) -> tuple[torch.Tensor, np.ndarray]:
    """A picture, and the 65535ths that it is made of, (H, W, 3); both ends of the range occur."""
    whole = np.random.default_rng(0).integers(0, 65536, (height, width, 3))
    whole[0, 0, :2] = 0, 65535
    image = torch.from_numpy(whole / 65535).float().permute(2, 0, 1)
    return image.unsqueeze(0).contiguous(), whole


def steps(image: torch.Tensor, white: int) -> np.ndarray:
    """(H, W, 3), the nearest whole number of `white`ths, by float64 arithmetic."""
    array = image[0].double().permute(1, 2, 0).numpy() * white
    return np.floor(array + 0.5).astype(np.int64)


def chunks_of(png: bytes) -> list[tuple[bytes, bytes]]:
    """(kind, data) of each chunk, checksums verified."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, out = 8, []
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        (crc,) = struct.unpack(">I", png[at + 8 + length : at + 12 + length])
        assert crc == zlib.crc32(kind + data)
        out.append((kind, data))
        at += 12 + length
    return out


def read_png16(png: bytes) -> np.ndarray:
    """RGB of 16 bits by the specification's filters 0 to 4, one byte at a time."""
    chunks = chunks_of(png)
    assert chunks[0][0] == b"IHDR" and chunks[-1] == (b"IEND", b"")
    width, height, *rest = struct.unpack(">IIBBBBB", chunks[0][1])
    assert rest == [16, 2, 0, 0, 0]
    raw = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    stride = 6 * width
    assert len(raw) == height * (stride + 1)
    before, rows = [0] * stride, []
    for y in range(height):
        line = raw[y * (stride + 1) : (y + 1) * (stride + 1)]
        row: list[int] = []
        for i, byte in enumerate(line[1:]):
            left, up = (row[i - 6] if i >= 6 else 0), before[i]
            corner = before[i - 6] if i >= 6 else 0
            near = left + up - corner
            paeth = min((left, up, corner), key=lambda v: abs(near - v))
            row.append((byte + (0, left, up, (left + up) // 2, paeth)[line[0]]) & 255)
        before = row
        rows.append(np.frombuffer(bytes(row), ">u2").reshape(width, 3))
    return np.stack(rows).astype(np.int64)


def read_tiff16(data: bytes) -> np.ndarray:
    """RGB of 16 bits, deflated, each sample less the one to its left (TIFF 6.0, section 14)."""
    with Image.open(io.BytesIO(data)) as file:
        tags = dict(file.tag_v2)
    width, height = tags[256], tags[257]
    # Bits per sample, compression, photometric interpretation, samples per pixel, predictor.
    described = (tags[258], tags[259], tags[262], tags[277], tags.get(284, 1), tags[317])
    assert described == ((16, 16, 16), 8, 2, 3, 1, 2)
    pieces = zip(tags[273], tags[279], strict=True)
    raw = b"".join(zlib.decompress(data[at : at + length]) for at, length in pieces)
    assert data[:4] == b"II*\0" and len(raw) == 6 * width * height
    differences = np.frombuffer(raw, "<u2").reshape(height, width, 3)
    return np.cumsum(differences, 1, np.uint16).astype(np.int64)


def test_an_8_bit_png_holds_the_nearest_steps():
    image = picture()
    with Image.open(io.BytesIO(encode(image, "a.png"))) as read:
        assert (read.format, read.mode) == ("PNG", "RGB")
        np.testing.assert_array_equal(np.asarray(read), steps(image, 255))


@pytest.mark.parametrize("size", [(13, 9), (1, 1), (1, 40), (40, 1), (64, 65)])
def test_a_16_bit_png_holds_every_step_exactly(size):
    image, whole = deep_picture(*size)
    np.testing.assert_array_equal(read_png16(encode(image, "a.16.png")), whole)


def test_pillow_reads_the_16_bit_png_too():
    image = picture()
    with Image.open(io.BytesIO(encode(image, "a.16.png"))) as read:
        read.load()
        assert read.size == (9, 13)
        assert int(np.abs(np.asarray(read.convert("RGB")) - steps(image, 255)).max()) <= 1


@pytest.mark.parametrize("size", [(13, 9), (1, 1), (1, 40), (40, 1), (3, 4), (64, 65), (300, 200)])
def test_a_tiff_holds_every_16_bit_step_exactly(size):
    image, whole = deep_picture(*size)
    data = encode(image, "a.tif")
    np.testing.assert_array_equal(read_tiff16(data), whole)
    with Image.open(io.BytesIO(data)) as read:
        assert read.mode == "RGB"
        np.testing.assert_array_equal(np.asarray(read), whole >> 8)


@pytest.mark.parametrize(
    ("name", "format_"), [("a.jpg", "JPEG"), ("a.jpeg", "JPEG"), ("a.webp", "WEBP")]
)
def test_lossy_formats_are_near_and_keep_their_colours(name, format_):
    """Red and blue stripes two pixels wide: halved chroma would mix them."""
    red = torch.tensor([0.9, 0.1, 0.1]).view(1, 3, 1, 1)
    image = red.expand(1, 3, 32, 32).clone()
    if format_ == "JPEG":
        image[:, :, :, 1::2] = torch.tensor([0.1, 0.1, 0.9]).view(3, 1, 1)
    with Image.open(io.BytesIO(encode(image, name))) as read:
        assert (read.format, read.size) == (format_, (32, 32))
        error = np.abs(np.asarray(read.convert("RGB")).astype(int) - steps(image, 255))
    assert error.mean() < 6


@pytest.mark.parametrize("name", [n for n in NAMES if not n.startswith("a.tif")])
def test_the_file_is_tagged_as_srgb(name):
    with Image.open(io.BytesIO(encode(picture(), name))) as read:
        data = read.info["icc_profile"]
    profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
    assert "sRGB" in ImageCms.getProfileDescription(profile)
    primaries = profile.profile.red_primary, profile.profile.green_primary
    # Of sRGB (IEC 61966-2-1), adapted to D50: x and y.
    assert primaries[0][1][:2] == pytest.approx((0.6484, 0.3309), abs=2e-3)
    assert primaries[1][1][:2] == pytest.approx((0.3212, 0.5979), abs=2e-3)


def test_a_tiff_is_tagged_as_srgb():
    with tifffile.TiffFile(io.BytesIO(encode(picture(), "a.tif"))) as file:
        data = file.pages[0].iccprofile
    assert "sRGB" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(data)))


TEXTS = {
    "stylex": "style_weight=8 size=512",
    "Title": "Café — 夜の星 ☆",
    "Long": "x" * 70000,
    "e": "",
}


@pytest.mark.parametrize("name", ["a.png", "a.16.png"])
def test_texts_travel_inside_a_png(name):
    with Image.open(io.BytesIO(encode(picture(), name, TEXTS))) as read:
        read.load()
        assert {key: str(value) for key, value in read.text.items()} == TEXTS
    data = dict(
        chunk.split(b"\0", 1)
        for kind, chunk in chunks_of(encode(picture(), name, TEXTS))
        if kind == b"iTXt"
    )
    # After the keyword: uncompressed, method 0, no language, no translated keyword, UTF-8.
    assert data[b"Title"] == b"\0\0\0\0" + TEXTS["Title"].encode()


@pytest.mark.parametrize("name", ["a.jpg", "a.webp", "a.tif"])
def test_other_formats_leave_texts_out(name):
    assert encode(picture(), name, TEXTS) == encode(picture(), name)


@pytest.mark.parametrize("name", NAMES)
def test_equal_pictures_are_equal_files_and_others_are_not(name):
    texts = {"a": "b"}
    assert encode(picture(), name, texts) == encode(picture().clone(), name, dict(texts))
    assert encode(picture(), name) != encode(1 - picture(), name)


def test_the_profile_does_not_bear_the_day_s_date():
    """Its header's bytes 24 to 36 are a date; Pillow's own profile has today's there."""
    with Image.open(io.BytesIO(encode(picture(), "a.png"))) as read:
        (year,) = struct.unpack(">H", read.info["icc_profile"][24:26])
    assert year == 2000


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_of_one_or_none_and_values_outside_the_range(name):
    image = picture() * 3 - 1
    assert encode(image, name) == encode(image[0], name) == encode(image.clamp(0, 1), name)


@pytest.mark.parametrize("name", ["A.PNG", "dir.d/a.JPG", "a.b.c.png", "a.16.PNG", "x.16.tif"])
def test_a_name_s_ending_is_read_in_any_case(name):
    check_format(name)
    assert len(encode(picture(), name)) > 50


def test_only_16_png_is_deep():
    deep = dict(chunks_of(encode(picture(), "a.16.png")))[b"IHDR"][8]
    shallow = dict(chunks_of(encode(picture(), "a.1.png")))[b"IHDR"][8]
    assert (deep, shallow) == (16, 8)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.pgn", "output 'a.pgn': no format '.pgn', did you mean '.png'"),
        ("a.jpge", "'.jp"),
        ("a.tiffs", "did you mean '.tiff'"),
        ("a.bmp", r"no format '.bmp'"),
        ("result", r"output 'result' names no format .one of .png"),
        (".png", "names no format"),
        ("a.", "names no format|no format"),
    ],
)
def test_an_unknown_format_is_refused_with_the_nearest(name, message):
    with pytest.raises(UserError, match=message):
        check_format(name)
    with pytest.raises(UserError, match=message):
        encode(picture(), name)


@pytest.mark.parametrize("name", ["a.webp", "a.JPG"])
def test_sides_that_a_format_does_not_have_are_refused(name):
    longest = {".webp": 16383, ".jpg": 65500}[Path(name).suffix.lower()]
    check_size(name, longest, 8)
    with pytest.raises(UserError, match=f"sides of at most {longest} px, not {longest + 1}"):
        check_size(name, 8, longest + 1)
    with pytest.raises(UserError, match=f"at most {longest} px"):
        encode(torch.zeros(1, 3, 1, longest + 1), name)
    check_size("a.png", 70000, 8)


def test_a_picture_is_written_below_one_s_home_in_new_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    write(picture(), "~/x/y/a.png", TEXTS)
    assert (tmp_path / "x" / "y" / "a.png").read_bytes() == encode(picture(), "a.png", TEXTS)
    write(1 - picture(), tmp_path / "x" / "y" / "a.png")  # replaced
    assert [file.name for file in (tmp_path / "x" / "y").iterdir()] == ["a.png"]
    assert (tmp_path / "x" / "y" / "a.png").read_bytes() == encode(1 - picture(), "a.png")


@pytest.mark.parametrize("name", ["a.pgn", "file/a.png", "folder.png"])
def test_a_picture_that_cannot_be_written_leaves_nothing(tmp_path, name):
    (tmp_path / "file").touch()
    (tmp_path / "folder.png").mkdir()
    with pytest.raises((UserError, OSError)):
        write(picture(), tmp_path / name)
    assert sorted(file.name for file in tmp_path.rglob("*")) == ["file", "folder.png"]
