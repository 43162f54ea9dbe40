"""What a file is counts, not what it is called; what is no picture is called what it is."""

import logging
import os
import re
import socket

import numpy as np
import pytest
import torch
from picture_files import refused
from PIL import Image, features

from stylex.images import formats, save
from stylex.images.formats import is_result
from stylex.images.load import load

RED = np.broadcast_to(np.float32([1, 0, 0])[:, None, None], (3, 4, 6))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "PPM", "AVIF"])
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.pdf", "a"])
def test_a_file_s_name_does_not_matter(tmp_path, form, name):
    if form == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    Image.new("RGB", (6, 4), "red").save(tmp_path / name, form)
    assert np.abs(load(tmp_path / name)[0].numpy() - RED).max() < 0.02


BOX = b"\0\0\0\x20ftyp"
ELSE = [
    (b"<!DOCTYPE html><html><body>404", "an HTML page", "save the picture itself"),
    (b"\n\n<HTML>\n<img src='a.jpg'>", "an HTML page", "save the picture itself"),
    (b"\xef\xbb\xbf<!doctype HTML><svg>", "an HTML page", "save the picture itself"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing", "export it as PNG"),
    (b"<?xml version='1.0'?>\n<!-- of Inkscape -->\n<svg>", "an SVG drawing", "export it as PNG"),
    (b"some words\n", "text", "what can be read is JPEG, PNG"),
    ("Grüße, 写真\n".encode(), "text", "what can be read is JPEG, PNG"),
    (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a PDF document", "export it"),
    (b"%!PS-Adobe-3.0 EPSF-3.0\n", "a PostScript drawing", "export it"),
    (b"\xc5\xd0\xd3\xc6\x1e\0\0\0", "a PostScript drawing", "export it"),
    (b"8BPS\0\1\0\0", "a Photoshop document", "export it"),
    (b"gimp xcf v011\0", "a GIMP document", "export it"),
    (b"\0\0\1\0\2\0\x10\x10", "an icon", "export it"),
    (b"icns\0\0\1\0", "an icon", "export it"),
    (BOX + b"heic\0\0\0\0mif1heic", "a HEIC picture", "convert it"),
    (BOX + b"mif1\0\0\0\0mif1heic", "a HEIC picture", "convert it"),
    (BOX + b"crx \0\0\0\1crx isom", "a camera's raw picture", "develop it"),
    (b"FUJIFILMCCD-RAW 0201", "a camera's raw picture", "develop it"),
    (b"IIU\0\x18\0\0\0", "a camera's raw picture", "develop it"),
    (BOX + b"isom\0\0\2\0isomiso2", "a video", "save one frame of it"),
    (b"\xff\x0a\xfa\x1f\x41\x91", "a JPEG XL picture", "convert it"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 picture", "convert it"),
    (b"v/1\1\2\0\0\0", "a high dynamic range picture", "convert it"),
    (b"PK\3\4\x14\0\6\0", "an archive", "unpack it"),
    (b"\x1f\x8b\x08\0", "an archive", "unpack it"),
    (b"BM\0\1\2\3 with no header of a bitmap\0", "not a picture", "what can be read is JPEG, PNG"),
    (bytes(500), "not a picture", "what can be read is JPEG, PNG"),
]


@pytest.mark.parametrize(("content", "what", "advice"), ELSE)
@pytest.mark.parametrize("name", ["a.jpg", "a.tif"])
def test_what_is_no_picture_is_called_what_it_is(tmp_path, name, content, what, advice):
    (tmp_path / name).write_bytes(content)
    message = refused(tmp_path / name)
    assert message.startswith(f"{tmp_path / name} is {what}") and advice in message


@pytest.mark.parametrize("form", ["ICO", "TGA", "PCX", "SGI", "DDS", "QOI", "JPEG2000"])
def test_formats_that_pillow_knows_besides_are_not_opened(tmp_path, form):
    Image.new("RGB", (16, 16), "red").save(tmp_path / "a.png", form)
    assert "is" in refused(tmp_path / "a.png")


def test_all_formats_are_listed():
    assert re.split(", | or ", formats.LISTED) == list(formats.FORMATS)


@pytest.mark.parametrize(("name", "brand"), [("webp", b"RIFF\0\0\0\0WEBPVP8 "), ("avif", None)])
def test_what_the_installed_pillow_lacks_is_said(tmp_path, monkeypatch, name, brand):
    content = brand or BOX + b"avif\0\0\0\0avifmif1"
    (tmp_path / "a.jpg").write_bytes(content)
    monkeypatch.setattr("PIL.features.check", lambda feature: feature != name)
    message = refused(tmp_path / "a.jpg")
    assert "the Pillow installed here cannot read: convert it" in message and "a.jpg" in message


def several(form: str, path) -> None:
    frames = [Image.new("RGB", (6, 4), colour) for colour in ("red", "blue", "green")]
    options = {"lossless": True} if form == "WEBP" else {}
    frames[0].save(path, form, save_all=True, append_images=frames[1:], **options)


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "TIFF", "MPO", "AVIF"])
def test_of_several_pictures_the_first_is_taken_and_this_is_said_once(tmp_path, form, caplog):
    if form == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    several(form, tmp_path / "a.jpg")
    picture = load(tmp_path / "a.jpg")[0].numpy()
    assert np.abs(picture - RED).max() < (0.02 if form in ("AVIF", "MPO") else 1e-6)
    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [
        (logging.WARNING, f"{tmp_path / 'a.jpg'} holds several pictures: taking the first")
    ]


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "TIFF", "JPEG", "BMP"])
def test_of_a_single_one_nothing_is_said(tmp_path, form, caplog):
    Image.new("RGB", (6, 4), "red").save(tmp_path / "a", form)
    load(tmp_path / "a")
    assert not caplog.records


def test_links_are_followed_and_dead_and_circular_ones_refused(tmp_path):
    Image.new("RGB", (6, 4), "red").save(tmp_path / "a.png")
    for name, target in [("good", "a.png"), ("dead", "nothing"), ("loop", "loop")]:
        (tmp_path / name).symlink_to(target)
    assert np.array_equal(load(tmp_path / "good")[0], RED)
    assert refused(tmp_path / "dead") == f"no such file: {tmp_path / 'dead'}"
    assert str(tmp_path / "loop") in refused(tmp_path / "loop")


def test_devices_and_sockets_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's path has to be short
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("a.png")
        assert refused("a.png") == "a.png is no regular file, so it cannot be read"
    for device in ("/dev/zero", "/dev/null"):
        if os.path.exists(device):
            assert device in refused(device)


@pytest.mark.parametrize("now", ["gone", "a folder", "empty"])
def test_a_file_may_change_between_the_look_and_the_reading(tmp_path, monkeypatch, now):
    path = tmp_path / "a.png"
    if now == "a folder":
        path.mkdir()
    if now == "empty":
        path.touch()
    monkeypatch.setattr("stylex.images.decode.existing_file", lambda name: path)
    assert str(path) in refused(path)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("two\nlines.png", "two\\nlines.png"),
        ("bell\a\x1b[31m.png", "bell\\x07\\x1b[31m.png"),
        ("gpj.\u202etxt.png", "gpj.\\u202etxt.png"),  # shown backwards from there
        (os.fsdecode(b"byte\xff.png"), "byte\\udcff.png"),
        ("Bild ü 写真.png", "Bild ü 写真.png"),
    ],
)
def test_any_name_is_shown_in_one_line(tmp_path, name, shown, caplog):
    assert f"{tmp_path}/{shown}" in refused(tmp_path / name)  # there is none yet
    path = tmp_path / name
    path.write_bytes(b"")
    assert refused(path) == f"{tmp_path}/{shown} is empty"
    several("GIF", path)
    load(path)
    assert [r.getMessage().partition(" holds")[0] for r in caplog.records] == [
        f"{tmp_path}/{shown}"
    ]


@pytest.mark.parametrize("suffix", [".png", ".16.png", ".jpg", ".webp", ".tif"])
def test_a_result_is_known_by_its_metadata(tmp_path, suffix):
    noise = torch.rand(1, 3, 200, 200, generator=torch.Generator().manual_seed(0))
    texts = {"Software": "stylex 0.1.0", "stylex": "settings"}
    save.write(noise, tmp_path / f"o{suffix}", texts)
    assert (tmp_path / f"o{suffix}").stat().st_size > 8192
    assert is_result(tmp_path / f"o{suffix}")
    save.write(noise, tmp_path / f"other{suffix}")  # the same pixels
    assert not is_result(tmp_path / f"other{suffix}")


def test_what_cannot_be_read_is_no_result(tmp_path):
    assert not is_result(tmp_path / "missing.png")
