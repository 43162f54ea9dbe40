"""What a picture may be given as, and what is refused in one line."""

import io
import os

import numpy as np
import pytest
import torch
from picture_files import COLOURS, close, noise, pixels, refused
from PIL import Image

from stylex.images.load import load, resize, to_array, to_pil


def test_a_png_s_bytes_are_255ths(tmp_path):
    Image.fromarray(COLOURS).save(tmp_path / "a.png")
    for picture in (tmp_path / "a.png", str(tmp_path / "a.png"), Image.fromarray(COLOURS)):
        close(pixels(picture), COLOURS)


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


@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float32, np.float64, ">f4"])
def test_arrays_of_bytes_and_of_floats(dtype):
    array = COLOURS if dtype == np.uint8 else (COLOURS / 255).astype(dtype)
    close(pixels(array), COLOURS, 0.13 if dtype == np.float16 else 1e-4)
    close(pixels(array[..., :1]), np.repeat(COLOURS[..., :1], 3, 2), 0.13)


def test_an_array_of_bytes_is_the_same_as_a_picture_of_them():
    for array in (noise(5, 7), noise(5, 7)[..., 0]):
        assert torch.equal(load(array), load(Image.fromarray(array)))


def test_a_grey_array_and_one_with_alpha():
    grey = COLOURS[..., 0]
    close(pixels(grey), np.repeat(grey[..., None], 3, 2))
    alpha = np.uint8([[255, 0, 128], [255, 64, 255]])
    share = alpha[..., None] / 255
    close(pixels(np.dstack([COLOURS, alpha])), share * COLOURS + (1 - share) * 255)


def test_an_array_is_copied_whatever_its_layout():
    array = noise(6, 8)
    for view in (array[::-1, ::2], np.asfortranarray(array), array.swapaxes(0, 1)):
        close(pixels(view), view)
    array.flags.writeable = False
    close(pixels(array), array)
    floats = np.zeros((4, 4, 3), np.float32)
    picture = load(floats)
    floats[:] = 1
    assert not picture.any()
    floats.flags.writeable = False  # which torch would warn of
    assert load(floats).all()


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros((3, 4, 5)), "(H, W, 3), (H, W) or (H, W, 4), not (3, 4, 5)"),
        (np.zeros((1, 4, 5, 3)), "not (1, 4, 5, 3)"),
        (np.zeros(4), "not (4,)"),
        (np.zeros((0, 5, 3)), "not (0, 5, 3)"),
        (np.zeros((4, 5, 2)), "not (4, 5, 2)"),
        (np.zeros((4, 5, 3), np.uint16), "uint8 or of floats in [0, 1], not of uint16"),
        (np.zeros((4, 5, 3), int), "not of int64"),
        (np.zeros((4, 5, 3), bool), "not of bool"),
        (np.zeros((4, 5, 3), complex), "not of complex128"),
        (np.full((4, 5, 3), None), "not of object"),
        (np.full((4, 5, 3), 1.01), "values outside [0, 1]"),
        (np.full((4, 5, 3), -1e-3), "values outside [0, 1]"),
        (np.full((4, 5), np.nan), "values outside [0, 1]"),
    ],
)
def test_an_array_of_another_shape_or_kind_is_refused_with_it(array, said):
    message = refused(array)
    assert message.startswith("a picture's array ") and message.endswith(said)


def test_a_tensor_of_whole_numbers_is_refused():
    message = refused(torch.zeros(3, 4, 5, dtype=torch.uint8))
    assert message == "a picture's tensor is of floats in [0, 1], not of torch.uint8"


@pytest.mark.parametrize(
    ("thing", "kind"),
    [
        (None, "NoneType"),
        (7, "int"),
        ([[0.5]], "list"),
        (b"\x89PNG", "bytes: PIL.Image.open(io.BytesIO(…)) makes a PIL picture of them"),
        (io.BytesIO(), "BytesIO: PIL.Image.open(…) makes a PIL picture of it"),
    ],
)
def test_what_is_no_picture_is_refused_with_what_is(thing, kind):
    assert refused(thing) == (
        f"a picture is a path, a PIL picture, a tensor (3, H, W) or an array (H, W, 3), not {kind}"
    )


def test_in_inference_mode_pictures_are_ordinary_tensors(tmp_path):
    """Ones that a gradient can be taken of afterwards."""
    Image.fromarray(COLOURS).save(tmp_path / "a.png")
    with torch.inference_mode():
        pictures = [tmp_path / "a.png", Image.fromarray(COLOURS), COLOURS, torch.rand(1, 3, 2, 3)]
        loaded = [load(picture) for picture in pictures]
    for picture in loaded:
        weight = torch.ones((), requires_grad=True)
        (picture * weight).sum().backward()
        assert weight.grad == picture.sum()
