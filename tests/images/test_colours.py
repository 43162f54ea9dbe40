"""Pixels of every kind of picture, against answers worked out by hand from the formats."""

import io
import logging
import struct

import numpy as np
import pytest
import tifffile
from picture_files import COLOURS, chunk, close, pixels, png
from PIL import Image


def test_a_cmyk_jpeg_is_converted(tmp_path):
    cmyk = np.zeros((16, 16, 4), np.uint8)
    cmyk[:, 8:] = (0, 255, 255, 0)  # red; white on the left
    Image.fromarray(cmyk, "CMYK").save(tmp_path / "a.jpg", quality=100)
    read = pixels(tmp_path / "a.jpg")
    close(read[:, 2:6], np.full((16, 4, 3), 255), 4)
    close(read[:, 10:14], np.broadcast_to([255, 0, 0], (16, 4, 3)), 4)


def test_transparency_is_laid_over_white_and_said_once(tmp_path, caplog):
    rgba = np.dstack([COLOURS, np.array([[255, 0, 128], [255, 64, 255]], np.uint8)])
    Image.fromarray(rgba).save(tmp_path / "a.png")
    alpha = rgba[..., 3:] / 255
    with caplog.at_level(logging.INFO):
        close(pixels(tmp_path / "a.png"), alpha * COLOURS + (1 - alpha) * 255, 1.01)
    assert len(caplog.records) == 1
    assert "a.png" in caplog.text and "white" in caplog.text


def test_an_opaque_alpha_channel_is_not_mentioned(tmp_path, caplog):
    Image.fromarray(COLOURS).convert("RGBA").save(tmp_path / "a.png")
    with caplog.at_level(logging.INFO):
        close(pixels(tmp_path / "a.png"), COLOURS)
    assert not caplog.records


def test_palettes_with_and_without_a_transparent_colour(tmp_path):
    image = Image.new("P", (3, 1))
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    image.putdata([0, 1, 2])
    image.save(tmp_path / "a.png")
    close(pixels(tmp_path / "a.png"), [[[255, 0, 0], [0, 255, 0], [0, 0, 255]]])
    image.save(tmp_path / "b.png", transparency=1)
    close(pixels(tmp_path / "b.png"), [[[255, 0, 0], [255, 255, 255], [0, 0, 255]]])


def test_a_transparent_colour_of_an_rgb_picture(tmp_path):
    Image.fromarray(COLOURS).save(tmp_path / "a.png", transparency=(10, 20, 30))
    expected = COLOURS.copy()
    expected[1, 1] = 255
    close(pixels(tmp_path / "a.png"), expected)


def test_grey_grey_with_alpha_and_one_bit(tmp_path):
    grey = np.array([[0, 100, 255]], np.uint8)
    Image.fromarray(grey).save(tmp_path / "l.png")
    close(pixels(tmp_path / "l.png"), np.repeat(grey[..., None], 3, 2))
    alpha = Image.merge("LA", [Image.fromarray(grey), Image.fromarray(np.uint8([[255, 0, 255]]))])
    alpha.save(tmp_path / "la.png")
    close(pixels(tmp_path / "la.png"), np.repeat(np.array([[0, 255, 255]])[..., None], 3, 2))
    Image.fromarray(grey > 50).save(tmp_path / "1.png")
    close(pixels(tmp_path / "1.png"), np.repeat(np.array([[0, 255, 255]])[..., None], 3, 2))


def test_sixteen_bit_grey_keeps_its_steps(tmp_path):
    deep = np.array([[0, 1, 256, 32768, 65534, 65535]], np.uint16)
    Image.fromarray(deep).save(tmp_path / "a.png")
    tifffile.imwrite(tmp_path / "a.tif", deep, photometric="minisblack")
    for name in ("a.png", "a.tif"):
        close(pixels(tmp_path / name), np.repeat(deep[..., None] / 257, 3, 2), 1e-4)


@pytest.mark.parametrize(
    ("values", "white"),
    [
        (np.array([[0, 1000, 65535]], np.int32), 65535),
        (np.array([[0, 1000, 2**30]], np.int32), 2**30),
        (np.array([[-5, 0, 1000]], np.int32), 65535),
        (np.array([[0, 0.25, 1]], np.float32), 1),
        (np.array([[0, 0.25, 0.5]], np.float32), 1),
        (np.array([[0, 100, 250]], np.float32), 255),
        (np.array([[0, 100, 1e4]], np.float32), 65535),
        (np.array([[-1, np.nan, 0.5]], np.float32), 1),
    ],
)
def test_tiffs_of_32_bits_are_scaled_to_their_white(tmp_path, values, white):
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="minisblack")
    expected = np.nan_to_num(values).clip(0) / white * 255
    close(pixels(tmp_path / "a.tif"), np.repeat(expected[..., None], 3, 2))


def grey(*values) -> np.ndarray:
    """One row of grey pixels."""
    return np.repeat(np.float64(values)[None, :, None], 3, 2)


def png_row(width: int, depth: int, colour: int, row: bytes, *between: bytes) -> bytes:
    return png(width, 1, depth, colour, b"\0" + row, *between)


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
    (tmp_path / "a.png").write_bytes(
        png_row(2, depth, 0, row, chunk(b"tRNS", struct.pack(">H", key)))
    )
    close(pixels(tmp_path / "a.png"), grey(*values))
    assert caplog.text.count("laid over white") == 1


@pytest.mark.parametrize(("depth", "form"), [(8, ">6B"), (16, ">6H")])
def test_a_png_s_transparent_colour(tmp_path, depth, form):
    scale = 1 if depth == 8 else 256
    row = struct.pack(form, *(scale * v for v in (10, 20, 30, 30, 20, 10)))
    key = chunk(b"tRNS", struct.pack(">3H", *(scale * v for v in (10, 20, 30))))
    (tmp_path / "a.png").write_bytes(png_row(2, depth, 2, row, key))
    close(pixels(tmp_path / "a.png"), [[[255, 255, 255], [30, 20, 10]]])


def test_a_palette_with_an_alpha_for_each_colour(tmp_path):
    colours = chunk(b"PLTE", bytes([255, 0, 0, 0, 255, 0, 0, 0, 255]))
    for alphas in (b"\0\x80", b"\0\x80\xff"):
        data = png_row(3, 8, 3, b"\0\1\2", colours, chunk(b"tRNS", alphas))
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


def test_a_lab_picture(tmp_path):
    white = Image.new("LAB", (3, 2), (255, 128, 128))
    white.save(tmp_path / "a.tif")
    close(pixels(tmp_path / "a.tif"), np.full((2, 3, 3), 255), 2)
