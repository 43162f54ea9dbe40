"""Pixels of the rarer kinds of picture, against answers worked out by hand from the formats."""

import io
import logging
import os
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from stylex.errors import UserError
from stylex.images.load import load


def pixels(picture) -> np.ndarray:
    """(H, W, 3) from 0 to 255 of a loaded picture."""
    return load(picture)[0].permute(1, 2, 0).numpy() * 255


def close(a, b, tolerance=1e-2) -> None:
    np.testing.assert_allclose(a, b, atol=tolerance)


def grey(*values) -> np.ndarray:
    """One row of grey pixels."""
    return np.repeat(np.float64(values)[None, :, None], 3, 2)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, depth: int, colour: int, row: bytes, *between: bytes) -> bytes:
    """A PNG of one row, written out (PNG specification, 11.2)."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, 1, depth, colour, 0, 0, 0))
    parts = [head, *between, chunk(b"IDAT", zlib.compress(b"\0" + row)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    ("depth", "row", "key", "values"),
    [
        (1, b"\x40", 0, (255, 255)),  # black, which is transparent, and white
        (1, b"\x40", 1, (0, 255)),
        (2, b"\x60", 1, (255, 170)),  # 1 and 2 of 3
        (4, b"\xa3", 10, (255, 51)),  # 10 and 3 of 15
        (8, b"\x0a\xff", 10, (255, 255)),
        (16, b"\x0a\0\x0a\1", 0x0A00, (255, 0x0A01 / 257)),
    ],
)
def test_a_png_s_transparent_grey_in_every_depth(tmp_path, depth, row, key, values, caplog):
    (tmp_path / "a.png").write_bytes(png(2, depth, 0, row, chunk(b"tRNS", struct.pack(">H", key))))
    close(pixels(tmp_path / "a.png"), grey(*values))
    assert caplog.text.count("laid over white") == 1


@pytest.mark.parametrize(("depth", "form"), [(8, ">6B"), (16, ">6H")])
def test_a_png_s_transparent_colour(tmp_path, depth, form):
    scale = 1 if depth == 8 else 257
    row = struct.pack(form, *(scale * v for v in (10, 20, 30, 30, 20, 10)))
    key = chunk(b"tRNS", struct.pack(">3H", *(scale * v for v in (10, 20, 30))))
    (tmp_path / "a.png").write_bytes(png(2, depth, 2, row, key))
    close(pixels(tmp_path / "a.png"), [[[255, 255, 255], [30, 20, 10]]])


def test_a_palette_with_an_alpha_for_each_colour(tmp_path):
    colours = chunk(b"PLTE", bytes([255, 0, 0, 0, 255, 0, 0, 0, 255]))
    for alphas in (b"\0\x80", b"\0\x80\xff"):
        data = png(3, 8, 3, b"\0\1\2", colours, chunk(b"tRNS", alphas))
        (tmp_path / "a.png").write_bytes(data)
        close(pixels(tmp_path / "a.png"), [[[255, 255, 255], [127, 255, 127], [0, 0, 255]]], 1)
        close(pixels(Image.open(tmp_path / "a.png")), pixels(tmp_path / "a.png"))


def test_a_tiff_of_32_bits_without_a_sign(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.uint32([[0, 2**31, 2**32 - 1]]))
    close(pixels(tmp_path / "a.tif"), grey(0, 127.5, 255))


def test_a_tiff_of_12_bits(tmp_path):
    """Three bytes hold two pixels; a directory written out (TIFF 6.0, section 2)."""
    tags = [(256, 4, 2), (257, 4, 1), (258, 3, 12), (259, 3, 1), (262, 3, 1), (273, 4, 8)]
    tags += [(277, 3, 1), (278, 4, 1), (279, 4, 3)]
    data = b"II*\0" + struct.pack("<I", 12) + b"\x80\x0f\xff\0" + struct.pack("<H", len(tags))
    data += b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    (tmp_path / "a.tif").write_bytes(data + bytes(4))
    close(pixels(tmp_path / "a.tif"), grey(0x800 / 4095 * 255, 255))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.uint8([[0, 100, 255]]), (255, 155, 0)),
        (np.uint16([[0, 25700, 65535]]), (255, 155, 0)),
        (np.float32([[0, 0.25, 1]]), (255, 191.25, 0)),
    ],
)
def test_a_tiff_in_which_white_is_zero(tmp_path, values, expected):
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="miniswhite")
    close(pixels(tmp_path / "a.tif"), grey(*expected))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.5, np.nan, 1], (127.5, 0, 255)),
        ([0.5, np.inf, -np.inf], (127.5, 255, 0)),
        ([1000, np.inf, -1], (1000 / 257, 255, 0)),
        ([np.nan] * 3, (0, 0, 0)),
        ([np.inf] * 3, (255, 255, 255)),
        ([0, 1e38, 3e38], (0, 85, 255)),
    ],
)
def test_floats_that_are_no_numbers(tmp_path, values, expected):
    tifffile.imwrite(tmp_path / "a.tif", np.float32([values]), photometric="minisblack")
    close(pixels(tmp_path / "a.tif"), grey(*expected))


def test_a_cmyk_tiff(tmp_path):
    """(1 - C)(1 - K) and so on, without a profile."""
    cmyk = np.uint8([[[0, 0, 0, 0], [0, 255, 255, 0], [0, 0, 0, 255], [255, 51, 0, 102]]])
    Image.fromarray(cmyk, "CMYK").save(tmp_path / "a.tif")
    expected = [[[255, 255, 255], [255, 0, 0], [0, 0, 0], [0, 0.8 * 0.6 * 255, 0.6 * 255]]]
    close(pixels(tmp_path / "a.tif"), expected, 1)


def cmyk_jpeg(colour: tuple[int, int, int, int]) -> bytearray:
    file = io.BytesIO()
    options = {"quality": 100, "subsampling": 0}
    Image.new("CMYK", (16, 16), colour).save(file, "JPEG", **options)
    return bytearray(file.getvalue())


@pytest.mark.parametrize("transform", [0, 2])
def test_adobe_s_jpegs_hold_inverted_inks(tmp_path, transform):
    """As plain inks, or those as YCC (Adobe's technical note 5116, JFIF's equations)."""
    inks = np.float64([40, 90, 150, 30])
    data = cmyk_jpeg(tuple(int(ink) for ink in inks))
    adobe = data.index(b"\xff\xee\0\x0eAdobe")
    assert data[adobe + 15] == 0
    data[adobe + 15] = transform
    (tmp_path / "a.jpg").write_bytes(data)
    stored = 255 - inks
    if transform == 2:
        y, cb, cr = stored[:3] - [0, 128, 128]
        rgb = [y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb]
        inks[:3] = np.clip(rgb, 0, 255)  # 255 - (255 - R), inverted and back
    expected = (255 - inks[:3]) * (255 - inks[3]) / 255
    close(pixels(tmp_path / "a.jpg"), np.broadcast_to(expected, (16, 16, 3)), 2.5)


UPRIGHT = {  # what undoes each orientation, for an array (rows, columns)
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, 1),
}


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("kind", ["tiff raw", "tiff lzw", "webp", "jpeg", "pil"])
def test_every_format_is_turned_upright_once(tmp_path, kind, orientation):
    blocks = np.uint8([[[200, 40, 40], [40, 200, 40], [40, 40, 200]], [[90, 90, 90]] * 3])
    stored = Image.fromarray(blocks.repeat(16, 0).repeat(16, 1))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {
        "tiff raw": {"format": "TIFF"},
        "tiff lzw": {"format": "TIFF", "compression": "tiff_lzw"},
        "webp": {"format": "WEBP", "lossless": True},
        "jpeg": {"format": "JPEG", "quality": 95, "subsampling": 0},
        "pil": {"format": "PNG"},
    }
    stored.save(tmp_path / "a", exif=exif, **options[kind])
    read = pixels(Image.open(tmp_path / "a") if kind == "pil" else tmp_path / "a")
    close(read, UPRIGHT[orientation](np.asarray(stored)), 4 if kind == "jpeg" else 0.01)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("dpi", [{}, {"dpi": (72, 72)}])
@pytest.mark.parametrize(
    "exif", [b"Exif\0\0no directory", b"Exif\0\0II*\0\xff\xff\xff\xff", b"\xff"]
)
def test_exif_that_cannot_be_read_is_said_and_left_aside(tmp_path, form, dpi, exif, caplog):
    Image.new("RGB", (20, 10), "white").save(tmp_path / "a.jpg", form, exif=exif, **dpi)
    assert pixels(tmp_path / "a.jpg").shape == (10, 20, 3)
    said = [(r.levelno, r.getMessage().partition(" (")[0]) for r in caplog.records]
    whole = f"{tmp_path / 'a.jpg'} has EXIF data that cannot be read"
    assert said in ([(logging.WARNING, whole)], [])
    if exif.startswith(b"Exif\0\0no"):
        assert said


def test_a_lab_picture(tmp_path):
    white = Image.new("LAB", (3, 2), (255, 128, 128))
    white.save(tmp_path / "a.tif")
    close(pixels(tmp_path / "a.tif"), np.full((2, 3, 3), 255), 2)


def test_a_profile_of_another_kind_of_colour_is_left_aside(tmp_path, caplog):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    Image.new("RGB", (3, 2), "red").save(tmp_path / "a.png", icc_profile=lab)
    close(pixels(tmp_path / "a.png"), np.broadcast_to([255, 0, 0], (2, 3, 3)))
    assert "taken as sRGB" in caplog.text and caplog.text.count("a.png") == 1


def test_a_broken_picture_that_pillow_holds_is_refused(tmp_path):
    Image.effect_noise((40, 40), 50).save(tmp_path / "a.jpg")
    (tmp_path / "b.jpg").write_bytes((tmp_path / "a.jpg").read_bytes()[:-200])
    with Image.open(tmp_path / "b.jpg") as image, pytest.raises(UserError, match="the picture is"):
        load(image)
    with pytest.raises(UserError, match="0×5 px"):
        load(Image.new("RGB", (0, 5)))


def test_what_libtiff_writes_to_the_terminal_is_not_seen(tmp_path, capfd):
    Image.effect_noise((40, 40), 50).save(tmp_path / "a.tif", compression="tiff_lzw")
    data = bytearray((tmp_path / "a.tif").read_bytes())
    data[8:200] = b"\xff" * 192  # the codes themselves
    (tmp_path / "a.tif").write_bytes(data)

    def attempt(number: int) -> None:
        with pytest.raises(UserError, match="is damaged"):
            load(tmp_path / "a.tif")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(attempt, range(40)))
    os.write(2, b"afterwards it is stderr again\n")
    assert capfd.readouterr() == ("", "afterwards it is stderr again\n")
