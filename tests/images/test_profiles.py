"""Embedded colour profiles: their colours become sRGB's."""

import logging
import struct

import numpy as np
import pytest
from picture_files import COLOURS, close, pixels
from PIL import Image, ImageCms


def swapped_profile() -> bytes:
    """sRGB with the red and the blue primary exchanged: what it calls red is blue."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack(">I", data[128:132])
    entries = [132 + 12 * i for i in range(count)]
    tags = {bytes(data[at : at + 4]): at for at in entries}
    red, blue = tags[b"rXYZ"], tags[b"bXYZ"]
    data[red + 4 : red + 12], data[blue + 4 : blue + 12] = (
        data[blue + 4 : blue + 12],
        data[red + 4 : red + 12],
    )
    return bytes(data)


def linear_grey_profile() -> bytes:
    """An ICC 2.4 grey profile of gamma 1, written out: header, white point and curve."""

    def tag(kind: bytes, body: bytes) -> bytes:
        data = kind + bytes(4) + body
        return data + bytes(-len(data) % 4)

    white = b"".join(struct.pack(">i", round(v * 65536)) for v in (0.9642, 1.0, 0.8249))
    bodies = {
        b"desc": tag(b"desc", struct.pack(">I", 7) + b"linear\0" + bytes(8 + 3 + 67)),
        b"wtpt": tag(b"XYZ ", white),
        b"kTRC": tag(b"curv", struct.pack(">I", 0)),  # no entries: the identity
    }
    start, table, body = 128 + 4 + 12 * len(bodies), struct.pack(">I", len(bodies)), b""
    for name, data in bodies.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data
    head = struct.pack(">I", start + len(body)) + bytes(4) + struct.pack(">I", 0x02400000)
    head += b"mntrGRAYXYZ " + struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    return (head + white).ljust(128, b"\0") + table + body


def test_a_profile_s_colours_become_srgb_s(tmp_path):
    Image.fromarray(COLOURS).save(tmp_path / "a.png", icc_profile=swapped_profile())
    close(pixels(tmp_path / "a.png"), COLOURS[..., ::-1], 1.01)


def test_a_profile_goes_with_transparency_and_palettes(tmp_path):
    rgba = Image.fromarray(COLOURS).convert("RGBA")
    rgba.putpixel((1, 1), (0, 0, 0, 0))
    rgba.save(tmp_path / "a.png", icc_profile=swapped_profile())
    expected = COLOURS[..., ::-1].copy()
    expected[1, 1] = 255
    close(pixels(tmp_path / "a.png"), expected, 1.01)
    palette = Image.fromarray(COLOURS).quantize(8)
    palette.save(tmp_path / "p.png", icc_profile=swapped_profile())
    close(pixels(tmp_path / "p.png"), np.asarray(palette.convert("RGB"))[..., ::-1], 1.01)


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_linear_grey_profile_becomes_srgb_s_curve(tmp_path, mode):
    grey = np.array([[0, 13, 64, 128, 255]], np.uint8)
    image = Image.fromarray(grey).convert(mode)
    image.save(tmp_path / "a.png", icc_profile=linear_grey_profile())
    light = grey / 255  # IEC 61966-2-1
    srgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    close(pixels(tmp_path / "a.png"), np.repeat(255 * srgb[..., None], 3, 2), 1.5)


def test_so_does_one_of_16_bit_grey(tmp_path):
    grey = np.array([[0, 13, 64, 128, 255]], np.uint16)
    Image.fromarray(grey * 257).save(tmp_path / "a.png", icc_profile=linear_grey_profile())
    light = grey / 255  # IEC 61966-2-1
    srgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    close(pixels(tmp_path / "a.png"), np.repeat(255 * srgb[..., None], 3, 2), 1.5)


@pytest.mark.parametrize(
    "profile", [b"no profile at all", swapped_profile()[:200], linear_grey_profile()]
)
def test_a_profile_that_cannot_be_used_is_said_and_left_aside(tmp_path, caplog, profile):
    Image.fromarray(COLOURS).save(tmp_path / "a.png", icc_profile=profile)
    with caplog.at_level(logging.INFO):
        close(pixels(tmp_path / "a.png"), COLOURS)
    assert [r.getMessage() for r in caplog.records if "a.png" in r.getMessage()]
    assert "taken as sRGB" in caplog.text


def test_a_profile_of_another_kind_of_colour_is_left_aside(tmp_path, caplog):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    Image.new("RGB", (3, 2), "red").save(tmp_path / "a.png", icc_profile=lab)
    close(pixels(tmp_path / "a.png"), np.broadcast_to([255, 0, 0], (2, 3, 3)))
    assert "taken as sRGB" in caplog.text and caplog.text.count("a.png") == 1
