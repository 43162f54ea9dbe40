"""`output=auto`: a picture beside the content picture, and nothing that was there is lost."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from command_line import TINY as SMALL
from command_line import only_run
from PIL import Image

from stylex.runs import output as module
from stylex.runs.folder import RunFolder
from stylex.runs.recorder import RunRecorder

TINY = (*SMALL, "tracking=light")


def pictures_in(folder):
    return sorted(path.name for path in folder.glob("*.png"))


def record(folder):
    return json.loads((folder / "run.json").read_text())


def test_it_lies_beside_the_content_picture_and_is_told(here, command, paint):
    paint(here / "album/me.jpg")
    outcome = command("content=album/me.jpg", "style=kahlo", "output=auto", *TINY)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.endswith(f"\n{Path('album/me-kahlo.png')}\n")
    saved = here / "album/me-kahlo.png"
    run = only_run(here)
    assert saved.read_bytes() == (run / "result.png").read_bytes()
    made = record(run)
    assert made["output"]["path"] == str(saved)
    assert made["settings"]["output"] == "auto" and "output=auto" in made["command"]
    assert {path.name for path in here.iterdir()} == {"album", "outputs"}


def test_the_thumbnail_is_the_picture_at_320_px(tmp_path):
    colours = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1]]).T.view(1, 3, 1, 3)
    row = colours.repeat_interleave(400, 3).expand(1, 3, 400, 1200)
    folder = RunFolder(tmp_path / "x")
    module.save_result(row, folder, {})
    with Image.open(folder.thumbnail) as small:
        assert (small.format, small.size) == ("JPEG", (320, 107))
        found = torch.from_numpy(np.asarray(small)[50, 50::107].copy())
    assert float((found - 255 * torch.eye(3)).abs().max()) < 6


def test_of_the_shipped_pictures_it_lies_here(here, command):
    (here / "auto").write_text("a file of this name changes nothing")
    assert command("output=auto", *TINY).status == 0
    assert pictures_in(here) == ["jesse-kahlo.png"]
    assert (here / "auto").read_text().startswith("a file")


@pytest.mark.slow
def test_other_runs_take_the_next_names_and_the_same_run_its_own(here, command):
    mine = here / "jesse-kahlo.png"
    mine.write_bytes(b"somebody's own")
    for folder, seed in (("a", 1), ("b", 2), ("a", 4), ("b", 3)):
        words = (f"hydra.run.dir={folder}", f"seed={seed}", "init=noise", "rerun=true")
        assert command(*words, "output=auto", *TINY).status == 0
        assert pictures_in(here) == [
            "jesse-kahlo-2.png",
            *(["jesse-kahlo-3.png"] if (here / "b").exists() else []),
            "jesse-kahlo.png",
        ]
        name = {"a": "jesse-kahlo-2.png", "b": "jesse-kahlo-3.png"}[folder]
        assert (here / name).read_bytes() == (here / folder / "result.png").read_bytes()
        assert record(here / folder)["output"]["path"] == str(here / name)
    assert mine.read_bytes() == b"somebody's own"


def test_a_picture_that_its_owner_has_changed_since_is_left_alone(here, command):
    words = ("hydra.run.dir=x", "output=auto", "rerun=true", *TINY)
    command(*words)
    (here / "jesse-kahlo.png").write_bytes(b"retouched")
    assert command(*words).status == 0
    assert (here / "jesse-kahlo.png").read_bytes() == b"retouched"
    assert record(here / "x")["output"]["path"] == str(here / "jesse-kahlo-2.png")
    # With another style it is another picture, and its name no longer true.
    assert command("style=night", *words).status == 0
    assert pictures_in(here) == ["jesse-kahlo-2.png", "jesse-kahlo.png", "jesse-night.png"]


def test_a_name_that_another_run_takes_meanwhile_is_not_taken_from_it(here, command, monkeypatch):
    write = module.write_atomically

    def taken(path, data, **kwargs):
        if path.name == "jesse-kahlo.png":
            path.write_bytes(b"another run's")
        write(path, data, **kwargs)

    monkeypatch.setattr(module, "write_atomically", taken)
    assert command("output=auto", *TINY).status == 0
    assert (here / "jesse-kahlo.png").read_bytes() == b"another run's"
    with Image.open(here / "jesse-kahlo-2.png") as saved:
        assert saved.size == (32, 21)
    assert record(only_run(here))["output"]["path"].endswith("jesse-kahlo-2.png")


def test_resumed_from_elsewhere_it_is_saved_where_it_was_to_be(here, command, monkeypatch, stop_at):
    started, other = here / "started", here / "other"
    started.mkdir()
    other.mkdir()
    monkeypatch.chdir(started)
    stop_at(2)
    assert command("output=auto", "hydra.run.dir=x", *TINY, "steps=4").status == 130
    monkeypatch.undo()
    assert pictures_in(started) == [] and record(started / "x")["status"] == "interrupted"
    monkeypatch.chdir(other)
    outcome = command("resume=../started/x")
    assert (outcome.status, outcome.err) == (0, "")
    assert "resuming after step 2" in outcome.out
    assert pictures_in(started) == ["jesse-kahlo.png"] and list(other.iterdir()) == []
    assert outcome.out.endswith(f"\n{started / 'jesse-kahlo.png'}\n")


def test_a_run_killed_after_writing_finds_its_picture_again(here, command, monkeypatch):
    words = ("output=auto", "hydra.run.dir=x", *TINY)

    def dies(self, result):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(RunRecorder, "finish", dies)
        assert command(*words).status == 130
    assert pictures_in(here) == ["jesse-kahlo.png"]
    assert command(*words).status == 0
    assert pictures_in(here) == ["jesse-kahlo.png"]


@pytest.mark.slow
def test_in_a_sweep_the_names_say_what_varies(here, command):
    words = ("output=auto", "sweep=s", *TINY)
    seeds = (123456789, 123456790)
    both = f"seed={seeds[0]},{seeds[1]}"
    assert command("--multirun", "style=night", both, *words).status == 0
    made = {f"jesse-night,seed={seed}.png" for seed in seeds}
    assert {*pictures_in(here)} == made
    job = here / f"outputs/sweeps/s/seed={seeds[0]}/result.png"
    saved = here / f"jesse-night,seed={seeds[0]}.png"
    assert saved.read_bytes() == job.read_bytes()
    again = ("style=night", f"seed={seeds[0]}", "rerun=true", "--multirun")
    assert command(*again, *words).status == 0
    assert {*pictures_in(here)} == made
    assert saved.read_bytes() == job.read_bytes()


def test_one_named_file_is_not_for_many_jobs(here, command):
    advice = {"a.png": "say output=auto", "auto,a.png": "as output='a-${seed}.png'"}
    for output, said in advice.items():
        outcome = command("--multirun", "seed=1,2", f"output={output}", *TINY)
        assert (outcome.status, outcome.err.count("\n")) == (2, 1)
        assert said in outcome.err
    assert list(here.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs a folder nobody may write to")
def test_a_place_that_cannot_be_written_is_one_line_before_anything(here, command, paint):
    with paint(here / "me.png").open("rb") as file:
        folder = f"/proc/{os.getpid()}/fd"
        outcome = command(f"content={folder}/{file.fileno()}", "output=auto", *TINY)
        assert (outcome.status, outcome.err.count("\n")) == (2, 1)
        assert outcome.err.startswith(f"stylex: output '{folder}/{file.fileno()}-kahlo.png' cannot")
    assert not (here / "outputs").exists()
    long = "x" * 240
    paint(here / f"{long}.png")
    outcome = command(f"content={long}.png", "output=auto", *TINY)
    assert (outcome.status, outcome.err.count("\n")) == (2, 1)
    assert "cannot be written" in outcome.err


@pytest.mark.parametrize("value", ["Auto", "./auto"])
def test_only_the_word_itself_means_it(here, command, value):
    outcome = command(f"output={value}", *TINY)
    assert (outcome.status, outcome.err.count("\n")) == (2, 1)
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("words", [("hydra.run.dir=x",), ("--multirun", "seed=1,2", "sweep=w")])
def test_a_format_without_such_large_pictures_is_refused_before_anything(
    here, command, monkeypatch, words
):
    monkeypatch.setattr("stylex.images.save._LONGEST", {".webp": 20})
    output = "output='me${seed}.webp'" if "--multirun" in words else "output=me.webp"
    outcome = command(*words, output, *TINY)
    assert outcome.status == (1 if "--multirun" in words else 2)
    assert "sides of at most 20 px, not" in outcome.err + outcome.out
    assert not [*here.rglob("result.png")] and not [*here.glob("*.webp")]
    assert (here / "x").exists() is False
