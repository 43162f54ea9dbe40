"""Pictures of every kind read, from files made in the test."""

import io
import logging
import struct

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image, ImageCms

from stylex.images.load import load, resize, to_array, to_pil

# 2 rows of 3 different colours.
COLOURS = np.array(
    [[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[255, 255, 0], [10, 20, 30], [200, 100, 50]]],
    np.uint8,
)


def pixels(picture) -> np.ndarray:
    """(H, W, 3) from 0 to 255 of a loaded picture, its form checked."""
    tensor = load(picture)
    assert tensor.dtype == torch.float32
    assert tensor.shape[:2] == (1, 3)
    assert tensor.is_contiguous()
    assert float(tensor.min()) >= 0
    assert float(tensor.max()) <= 1
    return tensor[0].permute(1, 2, 0).numpy() * 255


def close(a, b, tolerance=1e-3) -> None:
    np.testing.assert_allclose(a, b, atol=tolerance)


def test_a_png_s_bytes_are_255ths(tmp_path):
    Image.fromarray(COLOURS).save(tmp_path / "a.png")
    for picture in (tmp_path / "a.png", str(tmp_path / "a.png"), Image.fromarray(COLOURS)):
        close(pixels(picture), COLOURS)


# Where EXIF says that the stored rows and columns belong: what undoes each orientation.
UPRIGHT = {
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
@pytest.mark.parametrize("mode", ["RGB", "I;16"])
def test_exif_orientation_is_honoured(tmp_path, orientation, mode):
    stored = COLOURS if mode == "RGB" else COLOURS[..., 0].astype(np.uint16) * 257
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(stored).save(tmp_path / "a.png", exif=exif)
    expected = COLOURS if mode == "RGB" else np.repeat(COLOURS[..., :1], 3, 2)
    close(pixels(tmp_path / "a.png"), UPRIGHT[orientation](expected))


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


def test_an_animation_gives_its_first_frame_and_says_so(tmp_path, caplog):
    frames = [Image.new("RGB", (4, 3), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    with caplog.at_level(logging.INFO):
        close(pixels(tmp_path / "a.gif"), np.broadcast_to([255, 0, 0], (3, 4, 3)))
    assert "taking the first" in caplog.text and "a.gif" in caplog.text


def test_to_pil_rounds_and_to_array_scales():
    image = (
        torch.tensor([0.0, 0.4 / 255, 0.6 / 255, 1.0, 1.7, -0.3])
        .view(1, 1, 1, 6)
        .expand(1, 3, 1, 6)
    )
    assert np.asarray(to_pil(image))[0, :, 1].tolist() == [0, 0, 1, 255, 255, 0]
    assert to_array(image[0], 65535)[0, :, 2].tolist() == [0, 103, 154, 65535, 65535, 0]
    close(pixels(to_pil(load(Image.fromarray(COLOURS)))), COLOURS)


def test_resizing_to_the_same_size_is_a_copy():
    image = torch.rand(2, 3, 5, 7)
    same = resize(image, 5, 7)
    assert torch.equal(same, image)
    assert same.data_ptr() != image.data_ptr()


@pytest.mark.parametrize("mode", ["bicubic", "bilinear"])
@pytest.mark.parametrize("size", [(3, 4), (40, 50), (11, 31)])
def test_resizing_keeps_a_flat_colour_and_takes_no_gradient(mode, size):
    resized = resize(torch.full((1, 3, 13, 17), 0.3, requires_grad=True), *size, mode=mode)
    torch.testing.assert_close(resized, torch.full((1, 3, *size), 0.3))
    assert not resized.requires_grad


def test_resizing_averages_what_it_cannot_show():
    """Stripes one pixel wide turn grey; without antialiasing they would stay black or white."""
    stripes = (torch.arange(64) % 2).float().expand(1, 3, 64, 64)
    inner = resize(stripes, 21, 21)[..., 2:-2]  # sampled without, it runs from 0 to 1
    assert float((inner - 0.5).abs().max()) < 0.06
    noise = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    assert resize(noise, 20, 20).mean().item() == pytest.approx(noise.mean().item(), abs=5e-3)


def test_a_picture_from_memory_need_not_have_a_name():
    file = io.BytesIO()
    Image.fromarray(COLOURS).save(file, "PNG", icc_profile=b"broken")
    close(pixels(Image.open(file)), COLOURS)


def test_every_mode_that_pillow_converts_is_taken():
    for mode in ("RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "P", "L", "LA", "1", "I", "F"):
        image = Image.new(mode, (3, 2))
        assert load(image).shape == (1, 3, 2, 3), mode
