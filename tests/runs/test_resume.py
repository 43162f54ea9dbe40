"""Runs that are stopped, and go on to the very picture that they would have made."""

import json
import os
import shlex
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from command_line import TINY, start
from PIL import Image
from tensorboard.compat.proto.event_pb2 import Event

# Three levels of some steps, each of which is kept.
RUN = (*TINY, "size=48", "steps=4", "pyramid=sqrt2", "pyramid.min_size=24")
RUN += (
    "checkpoint_every=0",
    "tracking.scalars_every=1",
)


def pixels(folder: Path) -> np.ndarray:
    return np.asarray(Image.open(folder / "result.png"))


def record(folder: Path) -> dict:
    return json.loads((folder / "run.json").read_text())


def logged(folder: Path) -> list[int]:
    lines = (folder / "steps.jsonl").read_text().splitlines()
    return [json.loads(line)["step"] for line in lines]


def on_board(folder: Path) -> list[int]:
    """The steps of all scalars in all event files, as they stand there.

    A record is its length (64 bits), a checksum (32), the event, and a checksum.
    """
    steps = []
    for path in sorted(folder.glob("events.out.*")):
        data, at = path.read_bytes(), 0
        while at < len(data):
            (length,) = struct.unpack_from("<Q", data, at)
            event = Event.FromString(data[at + 12 : at + 12 + length])
            steps += [event.step for value in event.summary.value if value.tag == "loss/total"]
            at += 16 + length
        assert at == len(data)
    return steps


@pytest.fixture
def stop_at(monkeypatch):
    """`stop_at(n)`: Ctrl-C reaches the next run in its n-th step."""
    from stylex.runs import recorder

    def arrange(number: int, how: int = signal.SIGINT) -> None:
        real = recorder.Listener.on_step

        def on_step(self, step):
            if step.number == number:
                os.kill(os.getpid(), how)
                time.sleep(0.01)
            return real(self, step)

        monkeypatch.setattr(recorder.Listener, "on_step", on_step)

    return arrange


@pytest.fixture
def whole(here, command):
    """The run without a stop."""
    assert command(*RUN, "hydra.run.dir=whole").status == 0
    return here / "whole"


@pytest.mark.parametrize("number", [1, 5, 8, 12])
def test_stopped_and_resumed_it_ends_in_the_same_pixels(
    here, command, stop_at, whole, number, monkeypatch
):
    stop_at(number)
    outcome = command(*RUN, "hydra.run.dir=x")
    folder = here / "x"
    assert outcome.status == 130
    assert record(folder)["status"] == "interrupted"
    assert f"interrupted after {number} steps" in outcome.out
    Image.open(folder / "result.png").load()
    monkeypatch.undo()
    monkeypatch.chdir(here)

    outcome = command(*RUN, "hydra.run.dir=x")
    assert (outcome.status, outcome.err) == (0, "")
    assert f"going on after step {number}" in outcome.out
    assert np.array_equal(pixels(folder), pixels(whole))
    assert logged(folder) == on_board(folder) == logged(whole)
    assert logged(whole) == list(range(1, len(logged(whole)) + 1))  # none twice, none missing
    one, other = record(folder), record(whole)
    assert one["resumed"] == 1
    for key in ("status", "style_error", "content_error", "steps", "evaluations", "settings"):
        assert one[key] == other[key]
    assert not (folder / "checkpoint.pt").exists()


def test_asked_to_stop_in_the_last_step_it_is_done_and_the_sweep_stops(here, command, stop_at):
    stop_at(12)
    words = (*RUN, "pyramid=single", "steps=12")
    outcome = command(*words, "hydra.run.dir=x")
    assert (outcome.status, record(here / "x")["status"]) == (130, "done")
    outcome = command("--multirun", *words, "seed=1,2", "sweep=w")
    assert outcome.status == 130
    assert "1 done, 1 pending" in outcome.out


def test_resume_names_a_folder_and_brings_its_settings(here, command, stop_at, whole, monkeypatch):
    stop_at(6)
    assert command(*RUN, "hydra.run.dir=my (runs)/a=1,b").status == 130
    monkeypatch.undo()
    monkeypatch.chdir(here)
    outcome = command("resume=my (runs)/a=1,b")
    assert (outcome.status, outcome.err) == (0, "")
    assert np.array_equal(pixels(here / "my (runs)/a=1,b"), pixels(whole))
    words = shlex.split(record(here / "my (runs)/a=1,b")["command"])
    assert not any(word.startswith("resume") for word in words)
    outcome = command("resume=my (runs)/a=1,b")
    assert outcome.status == 2 and "is done" in outcome.err


def test_resuming_with_other_settings_says_which(here, command, stop_at, monkeypatch, paint):
    paint(here / "images/style/mine.png", 64, 64)
    stop_at(6)
    assert command(*RUN, "style=mine", "hydra.run.dir=x").status == 130
    monkeypatch.undo()
    monkeypatch.chdir(here)
    before = {path.name: path.read_bytes() for path in (here / "x").glob("*.*") if path.is_file()}

    for words, said in (
        (["tv_weight=3"], "tv_weight (25.0 → 3.0); go on with may_change=[tv_weight]"),
        (["style=kahlo"], "style (another picture)"),
        (["size=40"], "size cannot change on the way"),
        (["size=40", "may_change=[size]"], "size cannot change on the way"),
        (["optimizer=adam", "may_change=[optimizer]"], "cannot change on the way"),
        (["tv_weight=3", "seed=4", "may_change=[seed]"], "differs: tv_weight"),
    ):
        outcome = command("resume=x", *words)
        assert (outcome.status, outcome.out) == (2, "")
        assert outcome.err.count("\n") == 1 and said in outcome.err
    paint(here / "images/style/mine.png", 64, 64, seed=5)
    assert "another picture" in command("resume=x").err
    after = {path.name: path.read_bytes() for path in (here / "x").glob("*.*") if path.is_file()}
    assert after == before  # nothing was touched

    paint(here / "images/style/mine.png", 64, 64)
    outcome = command("resume=x", "tv_weight=3", "may_change=[tv_weight]", "steps=6")
    assert (outcome.status, outcome.err) == (0, "")
    settings = record(here / "x")["settings"]
    assert (settings["tv_weight"], settings["steps"]) == (3.0, 6)


def test_what_changes_on_the_way_is_on_record(here, command, stop_at, monkeypatch):
    """Levels of 8, 4 and 4 steps; stopped in the second one, after its first."""
    stop_at(9)
    assert command(*RUN, "hydra.run.dir=x").status == 130
    monkeypatch.undo()
    monkeypatch.chdir(here)
    outcome = command("resume=x", "steps=[8,0,4]")
    assert (outcome.status, outcome.out) == (2, "") and outcome.err.count("\n") == 1
    outcome = command("resume=x", "steps=[8,1,2]", "tv_weight=3", "may_change=[tv_weight]")
    assert (outcome.status, outcome.err) == (0, "")
    assert logged(here / "x") == list(range(1, 12))
    assert record(here / "x")["changed"] == ["tv_weight (25.0 → 3.0)"]
    stop_at(9)
    assert command(*RUN, "hydra.run.dir=y").status == 130
    monkeypatch.undo()
    monkeypatch.chdir(here)
    outcome = command("resume=y", "steps=3")  # 6, 3, 3: the first level has had its 8 already
    assert (outcome.status, outcome.err) == (0, "")
    assert [steps for *_, steps in record(here / "y")["levels"]] == [8, 3, 3]
    assert shlex.split(record(here / "y")["command"])[-1] == "steps=[8,3,3]"
    assert logged(here / "y") == list(range(1, 15))


def test_from_another_folder_with_configs_of_ones_own(here, command, stop_at, monkeypatch, paint):
    """Everything that was named from where the run began is still found."""
    started, other = here / "started", here / "other"
    paint(started / "a b.png", 64, 64)
    paint(started / "images/style/mine.png", 64, 64, seed=1)
    (started / "own/experiment").mkdir(parents=True)
    (started / "own/experiment/mild.yaml").write_text("# @package _global_\ntv_weight: 3\n")
    other.mkdir()
    monkeypatch.chdir(started)
    words = (*RUN, "content=a b.png", "style=mine", "output=o.png", "experiment=mild")
    words = ("--config-dir", "own", *words, "hydra.run.dir=x")
    stop_at(6)
    assert command(*words).status == 130
    monkeypatch.undo()
    monkeypatch.chdir(other)
    outcome = command("resume=../started/x")
    assert (outcome.status, outcome.err) == (0, "")
    assert (started / "o.png").exists() and list(other.iterdir()) == []
    made = record(started / "x")
    assert (made["settings"]["tv_weight"], made["settings"]["content.name"]) == (3, "a_b")
    # And the command on record makes the same picture, from there.
    monkeypatch.chdir(made["cwd"])
    again = shlex.split(made["command"])[3:]
    assert command(*again, "hydra.run.dir=again").status == 0
    assert np.array_equal(pixels(Path(made["cwd"]) / "again"), pixels(started / "x"))


def test_logs_need_not_be_whole(here, command, stop_at, monkeypatch, whole):
    """A log is cut to what the checkpoint knows of; a lost one is missed, and no more."""
    stop_at(6)
    assert command(*RUN, "tracking.images_every=1", "hydra.run.dir=x").status == 130
    monkeypatch.undo()
    monkeypatch.chdir(here)
    steps = here / "x/steps.jsonl"
    steps.write_text("".join(steps.read_text().splitlines(keepends=True)[:4]) + '{"step": 5, "le')
    for path in (here / "x").glob("events.out.*"):
        path.unlink()
    (here / "x/images/000007.png").write_bytes(b"of after the checkpoint")
    outcome = command("resume=x", "tracking.images_every=0")
    assert outcome.status == 0 and outcome.out.count("lost what was logged before step 6") == 1
    assert logged(here / "x") == [1, 2, 3, 4, *range(7, 17)]
    assert on_board(here / "x") == list(range(7, 17))
    names = {path.name for path in (here / "x/images").iterdir()}
    assert names == {f"{number:06d}.png" for number in range(1, 7)}
    assert np.array_equal(pixels(here / "x"), pixels(whole))


def test_what_cannot_be_resumed(here, command, stop_at, monkeypatch):
    for folder in (".", "nowhere"):
        outcome = command(f"resume={folder}")
        assert outcome.status == 2 and "no run in" in outcome.err
    assert "one run" in command("--multirun", "resume=x", "seed=1,2").err
    stop_at(2)
    assert command(*RUN, "hydra.run.dir=x").status == 130
    monkeypatch.undo()
    monkeypatch.chdir(here)
    record_text = (here / "x/run.json").read_text()
    (here / "x/run.json").write_text("{")
    outcome = command("resume=x")
    assert outcome.status == 2 and "run.json cannot be read" in outcome.err
    assert (here / "x/result.png").exists()
    (here / "x/run.json").write_text(record_text)
    (here / "x/checkpoint.pt").write_bytes(b"no checkpoint")
    outcome = command("resume=x")
    assert outcome.status == 2 and "checkpoint.pt cannot be read" in outcome.err
    (here / "x/checkpoint.pt").unlink()
    outcome = command("resume=x")
    assert outcome.status == 0 and "going on" not in outcome.out
    assert "from the beginning" in outcome.out + outcome.err


def test_a_record_of_something_else_is_left_alone(here, command):
    (here / "x").mkdir()
    (here / "x/run.json").write_text("[1, 2]")
    (here / "x/result.png").write_text("precious")
    outcome = command(*RUN, "hydra.run.dir=x")
    assert (outcome.status, outcome.out) == (2, "")
    assert "no record of a run" in outcome.err and outcome.err.count("\n") == 1
    assert sorted(os.listdir(here / "x")) == ["result.png", "run.json"]
    assert (here / "x/result.png").read_text() == "precious"


def test_a_checkpoint_holds_plain_tensors_only(here, command, stop_at):
    stop_at(3)
    assert command(*RUN, "hydra.run.dir=x").status == 130
    path = here / "x/checkpoint.pt"
    assert torch.load(path, weights_only=True)["state"]["number"] == 3

    class Payload:
        def __reduce__(self):
            return os.mkdir, (str(here / "owned"),)

    torch.save(Payload(), path)
    outcome = command("resume=x")
    assert outcome.status == 2 and outcome.err.count("\n") == 1
    assert not (here / "owned").exists()


def test_jobs_of_a_sweep_go_on_too(here, command, stop_at, monkeypatch, whole):
    stop_at(6)
    words = ("--multirun", *RUN, "style_weight=5,6", "sweep=w")
    assert command(*words).status == 130
    monkeypatch.undo()
    monkeypatch.chdir(here)
    assert command(*words).status == 0
    folder = here / "outputs/sweeps/w/style_weight=5"
    assert record(folder)["resumed"] == 1
    assert np.array_equal(pixels(folder), pixels(whole))


def test_killed_without_a_word_and_resumed(here, whole):
    process = start(*RUN, "hydra.run.dir=x", cwd=here)
    checkpoint = here / "x/checkpoint.pt"
    end = time.monotonic() + 60
    while not checkpoint.exists() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.005)
    process.kill()
    process.communicate()
    assert record(here / "x")["status"] == "running"  # nobody could say otherwise
    process = start(*RUN, "hydra.run.dir=x", cwd=here)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert "going on after step" in out
    assert np.array_equal(pixels(here / "x"), pixels(whole))
    assert logged(here / "x") == on_board(here / "x") == logged(whole)
    assert not [path for path in (here / "x").iterdir() if path.name.startswith(".")]


@pytest.mark.slow
def test_twenty_runs_killed_at_random_moments():
    script = Path(__file__).resolve().parents[2] / "benchmarks" / "resume.py"
    words = [sys.executable, str(script), "--runs", "20", "--size", "0"]
    done = subprocess.run(words, capture_output=True, text=True)
    print(done.stdout)
    assert done.returncode == 0, done.stderr
    assert "20 of 20 identical" in done.stdout
