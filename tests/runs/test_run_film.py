"""A run's film: made as it goes, of an interrupted run, of a resumed one, and refused in time."""

import numpy as np
import pytest
from command_line import TINY
from films import read, result_of
from PIL import Image

from stylex.config.pictures import SAMPLES

PLAIN = (*TINY, "hydra.run.dir=x")
LONGER = (*PLAIN, "size=48", "steps=6", "pyramid.min_size=24")


def test_a_run_leaves_its_film(here, command):
    outcome = command(*LONGER, "film=films/me.webp")
    assert (outcome.status, outcome.err) == (0, "")
    frames, durations = read(here / "films/me.webp")
    assert len(frames) == 50 and durations == [80] * 49 + [1000]
    assert frames[0].shape == (40, 48, 3) or frames[0].shape == (32, 48, 3)
    assert np.abs(frames[-1] - result_of(here / "x")).mean() < 8
    with Image.open(here / "x/result.png") as result:
        assert result.size == frames[0].shape[1::-1]
    assert not (here / "x/film").exists()
    # It begins with the photograph, as small as the first level has it.
    height, width = frames[0].shape[:2]
    photograph = Image.open(SAMPLES / "content/jesse.jpg").resize((24, 24 * height // width))
    first = Image.fromarray(frames[0].astype(np.uint8)).resize(photograph.size)
    assert np.abs(np.asarray(first, float) - np.asarray(photograph, float)).mean() < 8


@pytest.mark.slow
def test_it_changes_nothing_else(here, command):
    assert (
        command(*PLAIN).status == command(*PLAIN[:-1], "hydra.run.dir=y", "film=f.gif").status == 0
    )
    assert (here / "x/result.png").exists()
    assert np.array_equal(result_of(here / "x"), result_of(here / "y"))
    assert {p.name for p in (here / "y").iterdir()} == {p.name for p in (here / "x").iterdir()} - {
        *(p.name for p in (here / "x").glob("events.*"))
    } | {p.name for p in (here / "y").glob("events.*")}


@pytest.mark.slow
def test_of_an_interrupted_run_and_of_the_same_resumed(here, command, stop_at, monkeypatch):
    stop_at(9)  # the first level has 12 steps
    outcome = command(*LONGER, "film=me.webp")
    assert outcome.status == 130
    assert outcome.out.endswith("and the film so far:\nme.webp\n")
    before, _ = read(here / "me.webp")
    assert np.abs(before[-1] - result_of_size(here / "x", before[-1])).mean() < 8
    waiting = {path.name: path.read_bytes() for path in (here / "x/film").iterdir()}
    assert "000000.png" in waiting and max(waiting) <= "000009.png"
    (here / "x/film/000010.png").write_bytes(b"of after the checkpoint")
    monkeypatch.undo()
    monkeypatch.chdir(here)
    outcome = command("resume=x")
    assert (outcome.status, outcome.err) == (0, "")
    frames, _ = read(here / "me.webp")
    assert np.abs(frames[-1] - result_of(here / "x")).mean() < 8
    # From the very beginning, not from where it was resumed.
    assert np.abs(frames[0] - before[0]).mean() < 8
    assert not (here / "x/film").exists()
    assert command(*LONGER, "film=whole.webp", "hydra.run.dir=y").status == 0
    whole, _ = read(here / "whole.webp")
    assert len(whole) == len(frames)
    assert np.mean([np.abs(a - b).mean() for a, b in zip(whole, frames, strict=True)]) < 3


def result_of_size(folder, like):
    with Image.open(folder / "result.png") as image:
        return np.asarray(image.resize(like.shape[1::-1], Image.Resampling.BICUBIC), np.float32)


def test_kept_colours_are_in_the_film(here, command):
    assert command(*PLAIN, "color=keep", "film=me.webp").status == 0
    frames, _ = read(here / "me.webp")
    assert np.abs(frames[-1] - result_of(here / "x")).mean() < 8


def test_finished_without_the_film_it_is_not_done(here, command):
    assert command(*PLAIN, "film=me.webp").status == 0
    assert "is done already" in command(*PLAIN, "film=me.webp").out
    for words, said in (
        (["film=you.webp"], "film (me.webp → you.webp)"),
        (["film=me.webp"], "gone"),
    ):
        (here / "me.webp").unlink(missing_ok=True)
        outcome = command(*PLAIN, *words)
        assert outcome.status == 2 and said in outcome.err
    assert "is done already" in command(*PLAIN).out


REFUSED = [
    ("film=me.avi", "film 'me.avi': no format '.avi'"),
    ("film=me.wepb", "did you mean '.webp'"),
    ("film=me", "film 'me' names no format (one of .webp, .gif, .mp4)"),
    ("film=folder.webp", "is a folder"),
    ("film=file/me.gif", "cannot be written"),
    ("film=me.mp4", "needs ffmpeg"),
]


@pytest.mark.parametrize(("word", "said"), REFUSED)
def test_before_anything_is_painted(here, command, monkeypatch, word, said):
    monkeypatch.setenv("PATH", str(here))
    (here / "folder.webp").mkdir()
    (here / "file").touch()
    outcome = command(*TINY, word)
    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert said in outcome.err
    assert {path.name for path in here.iterdir()} == {"folder.webp", "file"}


def test_a_picture_of_the_run_is_not_overwritten(here, command, paint):
    paint(here / "me.webp")
    before = (here / "me.webp").read_bytes()
    (here / "link.webp").symlink_to(here / "me.webp")
    for words in (
        ("content=me.webp", "film=./me.webp"),
        ("content=me.webp", f"film=../{here.name}/me.webp"),
        ("content=me.webp", "film=link.webp"),
        ("output=o.webp", f"film=../{here.name}/o.webp"),
    ):
        outcome = command(*TINY, *words)
        assert outcome.status == 2 and "would overwrite a picture of the run" in outcome.err
    assert (here / "me.webp").read_bytes() == before


FILES = [
    (("film=me.webp",), "film is one file, but a sweep makes many: leave it out"),
    (
        ("film=${seed}.webp", "color=style,keep"),
        "two jobs would write film '1.webp': put color into its name, as "
        "film='${seed}-${color}.webp'",
    ),
    (
        ("output=x/${seed}.png", "content=jesse,coffee"),
        "two jobs would write output 'x/1.png': put content into its name, as "
        "output='x/${seed}-${content.name}.png'",
    ),
    (
        ("output=a.png,b.png",),
        "two jobs would write output 'a.png': put seed into its name, as output='a-${seed}.png'",
    ),
    (("output=${seed}.png", "loss=gram,w2"), "two jobs would write output '1.png': put loss into"),
]


@pytest.mark.parametrize(("words", "said"), FILES)
def test_two_jobs_of_a_sweep_write_no_one_file(here, command, words, said):
    outcome = command("--multirun", *TINY, "seed=1,2", *words)
    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert said in outcome.err
    assert not list(here.iterdir())


@pytest.mark.slow
def test_a_sweep_makes_many(here, command):
    outcome = command("--multirun", *TINY, "seed=1,2", "film=me.webp")
    assert outcome.status == 2 and "film is one file, but a sweep makes many" in outcome.err
    words = ("film='f${seed}.webp'", "tracking=light", "sweep=w")
    assert command("--multirun", *TINY, "seed=1,2", *words).status == 0
    assert {path.name for path in here.glob("*.webp")} == {"f1.webp", "f2.webp"}
