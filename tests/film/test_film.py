"""Films as files, of pictures in Python and of what a run has logged."""

import os
import stat
import sys
from itertools import pairwise

import numpy as np
import pytest
import torch
from command_line import TINY
from films import read, result_of
from PIL import Image

from stylex.config.pictures import SAMPLES
from stylex.errors import RunError, UserError
from stylex.film import __main__ as command_line
from stylex.film import formats, write
from stylex.film.reel import Reel
from stylex.images.load import resize

PLAIN = (*TINY, "hydra.run.dir=x")
LONGER = (*PLAIN, "size=48", "steps=6", "pyramid.min_size=24")


def changes(frames):
    return [float(np.sqrt(np.mean((a - b) ** 2))) for a, b in pairwise(frames)]


def flat(level, width=40, height=30):
    return torch.full((3, height, width), level / 255)


@pytest.mark.parametrize(("form", "loss"), [("webp", 12), ("gif", 12)])
def test_a_film_of_pictures(tmp_path, picture, form, loss):
    """300 small changes are shown in 49 steps; the last frame stays for a second."""
    first, last = picture(30, 40, seed=1)[0], picture(30, 40)[0]
    pictures = [first + share * (last - first) for share in np.linspace(0, 1, 300)]
    write(pictures, tmp_path / f"a.{form}")
    frames, durations = read(tmp_path / f"a.{form}")
    assert sum(durations) == 49 * 80 + 1000 and durations[-1] >= 1000
    # WebP shows the frame before for longer where no pixel has changed by more than it loses.
    assert durations == [80] * 49 + [1000] or (form == "webp" and len(frames) > 30)
    assert all(frame.shape == (30, 40, 3) for frame in frames)
    assert np.abs(frames[-1] - last.permute(1, 2, 0).numpy() * 255).mean() < loss
    even = changes(frames)
    assert max(even) < 2 * min(even) or form == "gif"  # whose dithering changes, too


def test_small_pictures_are_enlarged_and_large_ones_shrunk(tmp_path, picture):
    sizes = [(30, 40), (300, 400), (900, 1200)]
    pictures = [
        resize(picture(30, 40, seed=n), *size, mode="bilinear") for n, size in enumerate(sizes)
    ]
    for form, size in (("webp", (800, 600)), ("gif", (480, 360))):
        write(pictures, tmp_path / f"a.{form}")
        with Image.open(tmp_path / f"a.{form}") as film:
            assert film.size == size and film.n_frames == 50
    frames, _ = read(tmp_path / "a.webp")
    first = picture(30, 40)[0].permute(1, 2, 0).numpy() * 255
    assert np.abs(frames[0][10::20, 10::20] - first).mean() < 12


def test_of_no_pictures_there_is_no_film(tmp_path):
    with pytest.raises(UserError, match="no pictures"):
        write([], tmp_path / "a.webp")
    assert not list(tmp_path.iterdir())


def test_a_folder_is_no_film(tmp_path):
    with pytest.raises(UserError, match="is a folder"):
        write([flat(90)], tmp_path)


def test_one_picture_alone_is_a_film_of_one_frame(tmp_path):
    write([flat(90)], tmp_path / "a.webp")
    assert len(read(tmp_path / "a.webp")[0]) == 1


def test_a_reel_stays_bounded_and_even(tmp_path):
    reel = Reel(tmp_path, (8, 6))
    for number in range(3000):
        level = 255 * (1 - 0.998**number)
        reel.add(number, Image.new("RGB", (8, 6), (round(level), 0, 0)))
        assert len(list(tmp_path.glob("*.png"))) == len(reel.samples) <= 240
    for again in (reel, Reel(tmp_path, (8, 6))):  # and as another process finds it
        frames = [np.asarray(f, float) for f in again.frames(Image.new("RGB", (8, 6), "red"))]
        assert 40 <= len(frames) <= 50
        even = changes(frames)[:-1]
        assert max(even) < 2 * min(even)


@pytest.fixture
def ffmpeg(tmp_path, monkeypatch):
    """A program of that name that keeps what it is given, and fails if there is a file `fail`."""
    folder = tmp_path.with_name(f"{tmp_path.name}-bin")
    folder.mkdir()
    program = folder / "ffmpeg"
    program.write_text(
        f"#!{sys.executable}\nimport pathlib, sys\n"
        "here = pathlib.Path(sys.argv[0]).parent\n"
        "(here / 'words').write_text('\\n'.join(sys.argv[1:]))\n"
        "if (here / 'fail').exists(): sys.exit('one\\nUnknown encoder')\n"
        "pathlib.Path(sys.argv[-1]).write_bytes(sys.stdin.buffer.read())\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def test_ffmpeg_gets_every_frame_and_the_last_one_for_a_second(tmp_path, ffmpeg):
    write([flat(level, 41, 31) for level in (0, 245)], tmp_path / "a.mp4")
    words = (ffmpeg / "words").read_text().split("\n")
    assert words[words.index("-s") + 1] == "40x30"  # even, for halved chroma
    assert words[words.index("-framerate") + 1] == "12.5"
    frames = np.frombuffer((tmp_path / "a.mp4").read_bytes(), np.uint8).reshape(-1, 30, 40, 3)
    assert len(frames) == 50 + 11  # 12 · 80 ms
    assert frames[0].max() == 0 and (frames[49:] == 245).all()
    (ffmpeg / "fail").touch()
    with pytest.raises(RunError, match="ffmpeg made no film: Unknown encoder"):
        write([flat(0), flat(9)], tmp_path / "b.mp4")
    assert {path.name for path in tmp_path.iterdir()} == {"a.mp4"}


def film(*words):
    return command_line.main([*map(str, words)])


def test_afterwards_of_what_was_logged(here, command, capsys):
    assert command(*LONGER, "tracking.images_every=1").status == 0
    capsys.readouterr()
    assert film("x", "new/me.webp") == 0
    assert capsys.readouterr().out == "new/me.webp\n"
    frames, durations = read(here / "new/me.webp")
    assert len(frames) == 50 and sum(durations) == 49 * 80 + 1000
    assert np.abs(frames[-1] - result_of(here / "x")).mean() < 8
    photograph = Image.open(SAMPLES / "content/jesse.jpg").resize(frames[0].shape[1::-1])
    assert np.abs(frames[0] - np.asarray(photograph, float)).mean() < 8
    assert command(*LONGER, "tracking.images_every=1", "init=noise", "rerun=true").status == 0
    assert film("x", "noise.webp") == 0
    with Image.open(here / "x/images/000001.png") as first:
        enlarged = first.resize(frames[0].shape[1::-1], Image.Resampling.BICUBIC)
    frames, _ = read(here / "noise.webp")
    # Brightness alone, of whose detail WebP keeps more than of colours'.
    assert np.abs(frames[0].mean(2) - np.asarray(enlarged, float).mean(2)).mean() < 8


def test_afterwards_there_may_be_nothing(here, command, capsys):
    assert command(*PLAIN).status == 0
    for path in (here / "x/images").glob("*.png"):
        path.unlink()
    for words, said in (
        (("x", "me.webp"), "x holds no pictures but its result: tracking.images_every was 0"),
        (("y", "me.webp"), "no run in y"),
        (("x", "me.png"), "no format '.png'"),
    ):
        capsys.readouterr()
        assert film(*words) == 2
        said_now = capsys.readouterr().err
        assert said in said_now and said_now.count("\n") == 1
    assert not list(here.glob("me.*"))


def test_afterwards_no_picture_of_the_run_is_overwritten(here, command, capsys, paint):
    paint(here / "me.webp")
    (here / "link.webp").symlink_to(here / "me.webp")
    words = ("content=me.webp", "output=o.webp", "tracking.images_every=1")
    assert command(*PLAIN, *words).status == 0
    before = {name: (here / name).read_bytes() for name in ("me.webp", "o.webp")}
    for name in ("me.webp", "link.webp", "o.webp"):
        capsys.readouterr()
        assert film("x", name) == 2
        said = f"stylex.film: film '{name}' would overwrite a picture of the run\n"
        assert capsys.readouterr().err == said
    assert {name: (here / name).read_bytes() for name in before} == before
    assert film("x", "new.webp") == 0
    assert film("x", "new.webp") == 0  # a film of before is replaced


def test_a_full_disk_leaves_the_film_that_was_there(tmp_path, monkeypatch):
    path = tmp_path / "a.webp"
    path.write_bytes(b"before")

    def full(frames, target):
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(formats._ENCODERS, ".webp", full)
    with pytest.raises(OSError, match="No space") as caught:
        write([flat(0), flat(9)], path)
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"before" and list(tmp_path.iterdir()) == [path]


def test_what_is_no_picture_is_refused(tmp_path):
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(UserError, match=r"a\.png"):
        write([tmp_path / "a.png", flat(3)], tmp_path / "b.webp")
    assert not (tmp_path / "b.webp").exists()
