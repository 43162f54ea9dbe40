"""What is no picture: one line that names the file."""

import io
import os

import numpy as np
import pytest
import torch
from PIL import Image, features

from stylex.errors import UserError
from stylex.images.load import load


def refused(picture) -> str:
    with pytest.raises(UserError) as caught:
        load(picture)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.txt", b"hello\n" * 50),
        ("empty.png", b""),
        ("text.jpg", b"GIF? no"),
        ("head.png", b"\x89PNG\r\n\x1a\n"),
    ],
)
def test_a_file_that_is_no_picture_is_named(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert str(tmp_path / name) in refused(tmp_path / name)


def test_a_missing_file_is_named(tmp_path):
    assert "no such file" in refused(tmp_path / "gone.jpg")
    assert str(tmp_path / "gone.jpg") in refused(str(tmp_path / "gone.jpg"))


def test_a_home_of_nobody_is_refused():
    assert "nobody-of-that-name" in refused("~nobody-of-that-name/a.jpg")


def test_a_name_that_no_file_can_have_is_refused():
    for name in ("x" * 5000, "a\0b.png"):
        refused(name)


def test_a_folder_is_named(tmp_path):
    assert refused(tmp_path) == f"{tmp_path} is a folder, so it cannot be read"


def test_a_pipe_is_refused_rather_than_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    message = refused(tmp_path / "pipe.png")
    assert "pipe.png" in message and "no regular file" in message


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGB", (2, 2)).save(path)
    path.chmod(0)
    assert refused(path) == f"cannot read {path}: Permission denied"


def noise(size: int = 24) -> Image.Image:
    array = np.random.default_rng(0).integers(0, 256, (size, size, 3), dtype=np.uint8)
    return Image.fromarray(array)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.tif", "a.gif", "a.bmp"])
def test_half_a_picture_is_refused(tmp_path, name):
    path = tmp_path / name
    noise().save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert str(path) in refused(path)


@pytest.mark.parametrize(
    "name", ["a.png", "a.jpg", "a.webp", "a.tif", "a.gif", "a.bmp", "a.ppm", "a.avif"]
)
def test_a_damaged_picture_is_read_or_refused_naming_it(tmp_path, name):
    """Whatever a decoder trips over, it ends in a picture or in one line."""
    if name == "a.avif" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    options = {} if name in ("a.gif", "a.bmp", "a.ppm") else {"exif": exif}
    noise(9).save(file, name[2:].replace("jpg", "jpeg").replace("tif", "tiff"), **options)
    generator = np.random.default_rng(1)
    path, refusals = tmp_path / name, 0
    for _ in range(150):
        data = bytearray(file.getvalue())
        where = min(len(data) - 1, int(generator.exponential(60)))  # mostly in the header
        data[where] = generator.integers(256)
        path.write_bytes(data[: generator.integers(1, 2 * len(data))])
        try:
            message, shape = "", load(path).shape[:2]
        except UserError as error:
            message = str(error)
        if message:
            refusals += 1
            assert str(path) in message and "\n" not in message
        else:
            assert shape == (1, 3)
    assert refusals > 10


@pytest.mark.parametrize("error", [EOFError(), SyntaxError(), OSError(), ValueError("two\nlines")])
def test_a_decoder_s_complaint_may_be_empty_or_long(tmp_path, monkeypatch, error):
    noise().save(tmp_path / "a.png")

    def fail(self) -> None:
        raise error

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", fail)
    assert "a.png is damaged" in refused(tmp_path / "a.png")


def test_a_picture_of_far_too_many_pixels_is_refused(tmp_path, monkeypatch):
    noise(30).save(tmp_path / "bomb.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    message = refused(tmp_path / "bomb.png")
    assert "bomb.png" in message and "too large" in message


def test_tensors_are_taken_with_and_without_a_batch_of_one():
    image = torch.rand(3, 4, 5)
    assert torch.equal(load(image), image[None])
    assert torch.equal(load(image[None]), image[None])
    low = load(image.double().requires_grad_())
    assert low.dtype == torch.float32 and not low.requires_grad


@pytest.mark.parametrize(
    "shape", [(4, 5), (1, 4, 5), (4, 5, 3), (2, 3, 4, 5), (1, 1, 4, 5), (3, 0, 5), (1, 1, 3, 4, 5)]
)
def test_a_tensor_of_another_shape_is_refused_with_it(shape):
    message = refused(torch.rand(shape))
    assert str(tuple(shape)) in message and "(3, H, W)" in message


@pytest.mark.parametrize("value", [-0.01, 1.01, 255.0, float("nan"), float("inf")])
def test_a_tensor_outside_the_range_is_refused(value):
    image = torch.full((3, 4, 4), 0.5)
    image[1, 2, 3] = value
    assert "[0, 1]" in refused(image)
