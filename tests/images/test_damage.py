"""Never half a picture, nor one that fills the memory: cut, short and overlarge files are refused.

Each is read as the whole picture or not at all.
"""

import contextlib
import errno
import io
import os
import struct
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tifffile
import torch
from picture_files import encoded, noise, png, refused
from PIL import Image, features

from stylex.errors import UserError
from stylex.images import damage
from stylex.images.load import load, to_array

FILES = {
    "a.jpg": ("JPEG", {}),
    "progressive.jpg": ("JPEG", {"progressive": True}),
    "a.png": ("PNG", {}),
    "a.webp": ("WEBP", {}),
    "lossless.webp": ("WEBP", {"lossless": True}),
    "a.tif": ("TIFF", {}),
    "lzw.tif": ("TIFF", {"compression": "tiff_lzw"}),
    "jpeg.tif": ("TIFF", {"compression": "jpeg"}),
    "a.gif": ("GIF", {}),
    "a.bmp": ("BMP", {}),
    "a.ppm": ("PPM", {}),
    "a.avif": ("AVIF", {}),
}


@pytest.mark.parametrize("name", FILES)
def test_wherever_a_file_is_cut_off_it_is_not_read_in_part(tmp_path, name):
    form, options = FILES[name]
    if form == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    data, path = encoded(Image.fromarray(noise(40, 50)), form, **options), tmp_path / name
    path.write_bytes(data)
    whole = load(path)
    cuts = {0, 1, 2, 4, 8, 16, 32, 64, *(len(data) * k // 20 for k in range(20))}
    for cut in [*cuts, *(len(data) - k for k in (64, 32, 16, 8, 4, 2, 1))]:
        path.write_bytes(data[:cut])
        picture = None
        with contextlib.suppress(UserError):
            picture = load(path)
        if picture is not None:  # what is missing is no pixel of it
            assert cut > 0.95 * len(data), cut
            assert torch.equal(picture, whole), cut


@pytest.mark.parametrize("name", ["a.jpg", "progressive.jpg", "a.png", "a.gif", "lzw.tif"])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
def test_a_download_that_ends_in_zeros_is_refused(tmp_path, name, share):
    """Where the format lets it be seen: plain pixels and WebP's may well be zeros."""
    form, options = FILES[name]
    data = encoded(Image.fromarray(noise(40, 50)), form, **options)
    kept = int(share * len(data))
    (tmp_path / name).write_bytes(data[:kept] + bytes(len(data) - kept))
    assert str(tmp_path / name) in refused(tmp_path / name)
    (tmp_path / name).write_bytes(data + b"trailer \xff\xda")  # a telephone's, say
    assert load(tmp_path / name).shape == (1, 3, 40, 50)


@pytest.mark.parametrize("rows", [0, 1, 7])
def test_a_png_of_too_few_rows_is_refused(tmp_path, rows):
    """Sound in every checksum: Pillow leaves the rest black."""
    path = tmp_path / "a.png"
    path.write_bytes(png(5, 8, 8, 2, (b"\0" + b"\xc8" * 15) * 8))
    assert torch.equal(load(path), torch.full((1, 3, 8, 5), 200 / 255))
    path.write_bytes(png(5, 8, 8, 2, (b"\0" + b"\xc8" * 15) * rows))
    assert f"{path} is damaged" in refused(path)


def test_an_interlaced_png_is_counted_by_its_passes(tmp_path):
    """Of 5×3 px, Adam7 has passes of 1×1, 1×1, 0, 1×1, 3×1, 2×2 and 5×1 px (PNG, 8.2)."""
    passes = [[1], [1], [1], [3], [2, 2], [5]]
    rows = b"".join(b"\0" + b"\x50" * width for rows in passes for width in rows)
    path = tmp_path / "a.png"
    path.write_bytes(png(5, 3, 8, 0, rows, interlaced=1))
    assert torch.equal(load(path), torch.full((1, 3, 3, 5), 80 / 255))
    path.write_bytes(png(5, 3, 8, 0, rows[:-6], interlaced=1))
    assert "of its pixels are missing" in refused(path)


def test_a_png_with_a_wrong_checksum_is_refused(tmp_path):
    data = bytearray(png(5, 8, 8, 2, (b"\0" + b"\xc8" * 15) * 8))
    data[data.index(b"IEND") - 5] ^= 1  # the last byte of IDAT's checksum
    (tmp_path / "a.png").write_bytes(data)
    assert "checksum" in refused(tmp_path / "a.png")


def tiff(**options) -> bytearray:
    file = io.BytesIO()
    tifffile.imwrite(file, noise(16, 12), photometric="rgb", rowsperstrip=4, **options)
    return bytearray(file.getvalue())


def entries(data: bytearray):
    """(where, tag, type, count, value) of the directory's entries."""
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    for where in range(at + 2, at + 2 + 12 * count, 12):
        yield where, *struct.unpack_from("<HHII", data, where)


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_tiff_without_some_of_its_strips_is_refused(tmp_path, compression):
    data, path = tiff(compression=compression), tmp_path / "a.tif"
    path.write_bytes(data)
    assert np.array_equal(to_array(load(path), 255), noise(16, 12))
    for where, tag, *_ in entries(data):
        if tag in (273, 279):  # where the strips are, and of how many bytes
            struct.pack_into("<I", data, where + 4, 3)
    path.write_bytes(data)
    assert f"{path} is damaged" in refused(path)


def test_separate_planes_are_all_there(tmp_path):
    path = tmp_path / "a.tif"
    planes = np.ascontiguousarray(noise(16, 12).transpose(2, 0, 1))
    tifffile.imwrite(path, planes, photometric="rgb", planarconfig="separate", rowsperstrip=16)
    assert np.array_equal(to_array(load(path), 255), noise(16, 12))


def test_a_raw_file_s_preview_is_not_taken_for_the_picture(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", noise(16, 12), photometric="rgb", subfiletype=1)
    assert "a small preview" in refused(tmp_path / "a.tif")


def huge(form: str, width: int, height: int) -> bytes:
    """The head of a picture of so many pixels, and little else."""
    data = bytearray(encoded(Image.new("RGB", (9, 9)), form))
    if form == "PNG":
        return png(width, height, 8, 2, bytes(1000))
    if form == "JPEG":
        struct.pack_into(">HH", data, data.index(b"\xff\xc0") + 5, height, width)
    if form == "GIF":
        struct.pack_into("<HH", data, 6, width, height)
    if form == "BMP":
        struct.pack_into("<ii", data, 18, width, height)
    if form == "PPM":
        data = data.replace(b"9 9", b"%d %d" % (width, height))
    if form == "TIFF":
        for where, tag, *_ in entries(data):
            if tag in (256, 257):
                struct.pack_into("<HII", data, where + 2, 4, 1, width if tag == 256 else height)
    if form == "WEBP":  # VP8X: flags, then 24 bits each for width and height, less one
        sides = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
        body = b"WEBPVP8X" + struct.pack("<II", 10, 0) + sides + bytes(data[12:])
        return b"RIFF" + struct.pack("<I", len(body)) + body
    return bytes(data)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "PPM", "TIFF"])
def test_a_bomb_is_refused_before_it_goes_off(tmp_path, form):
    resource = pytest.importorskip("resource")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (tmp_path / "bomb").write_bytes(huge(form, 30000, 29000))
    assert refused(tmp_path / "bomb") == (
        f"{tmp_path / 'bomb'} is too large: "
        "Image size (870000000 pixels) exceeds limit of 178956970 pixels"
    )
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KB on Linux


def test_webp_s_bombs_are_smaller(tmp_path):
    """It has 14 bits for a side; Pillow itself refuses it, in its words."""
    (tmp_path / "bomb").write_bytes(huge("WEBP", 16384, 16383))
    message = refused(tmp_path / "bomb")
    assert str(tmp_path / "bomb") in message
    assert "damaged" in message or "268419072" in message


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "PPM", "TIFF", "WEBP"])
def test_few_bytes_are_not_a_hundred_million_pixels(tmp_path, form):
    (tmp_path / "a").write_bytes(huge(form, 12000, 10000))
    message = refused(tmp_path / "a")
    assert "is damaged" in message and str(tmp_path / "a") in message


def test_a_densely_packed_picture_of_sane_size_is_read(tmp_path):
    side = 2048
    Image.new("RGB", (side, side), "red").save(tmp_path / "a.webp", lossless=True)
    assert (tmp_path / "a.webp").stat().st_size * damage.SPARSE < side * side
    assert load(tmp_path / "a.webp").shape == (1, 3, side, side)


def test_the_limit_is_pillow_s_own(tmp_path, monkeypatch):
    Image.fromarray(noise(30, 40)).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 599)
    assert "(1200 pixels) exceeds limit of 1198 pixels" in refused(tmp_path / "a.png")
    for most in (600, None):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", most)
        assert load(tmp_path / "a.png").shape == (1, 3, 30, 40)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1)])
def test_any_shape_is_read(tmp_path, size):
    pixels = noise(size[1], size[0])
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert np.array_equal(to_array(load(tmp_path / "a.png"), 255), pixels)


def test_a_broken_picture_that_pillow_holds_is_refused(tmp_path):
    Image.effect_noise((40, 40), 50).save(tmp_path / "a.jpg")
    (tmp_path / "b.jpg").write_bytes((tmp_path / "a.jpg").read_bytes()[:-200])
    with Image.open(tmp_path / "b.jpg") as image, pytest.raises(UserError, match="the picture is"):
        load(image)
    with pytest.raises(UserError, match="0×5 px"):
        load(Image.new("RGB", (0, 5)))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (EOFError(), "is damaged"),
        (SyntaxError(), "is damaged"),
        (OSError("broken data stream"), "is damaged: broken data stream"),
        (ValueError("two\nlines"), r"is damaged: two\nlines"),
        (TypeError("'NoneType' object is not iterable"), "is damaged"),
        (OSError(errno.EINVAL, "Invalid argument"), "is damaged"),  # a seek to nowhere
        (MemoryError(), "is too large for this machine's memory"),
    ],
)
def test_what_a_decoder_raises_is_said_in_one_line(tmp_path, monkeypatch, error, said):
    Image.fromarray(noise(3, 4)).save(tmp_path / "a.png")

    def fail(self) -> None:
        raise error

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", fail)
    assert refused(tmp_path / "a.png") == f"{tmp_path / 'a.png'} {said}"


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
