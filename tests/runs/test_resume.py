"""Runs that are stopped, and resumed to the very picture that they would have made."""

import os
import shlex
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from made import RUN, logged, on_board, pixels, record
from PIL import Image

from stylex.runs.checkpoint import load
from stylex.runs.folder import RunFolder
from stylex.runs.recorder import RunRecorder
from stylex.runs.run import begin, run


@pytest.mark.parametrize("number", [1, 3, 4, 6])
def test_stopped_and_resumed_it_ends_in_the_same_pixels(
    here, config, stop_at, whole, number, monkeypatch, caplog
):
    caplog.set_level("INFO")
    folder = here / "x"
    stop_at(number)
    with pytest.raises(KeyboardInterrupt):
        run(begin(config, RunFolder(folder)))
    monkeypatch.undo()
    assert record(folder)["status"] == "interrupted"
    assert f"interrupted after {number} steps" in caplog.text
    Image.open(folder / "result.png").load()

    run(begin(config, RunFolder(folder)))
    assert f"resuming after step {number}" in caplog.text
    assert np.array_equal(pixels(folder), pixels(whole))
    assert logged(folder) == on_board(folder) == logged(whole)
    assert logged(whole) == list(range(1, len(logged(whole)) + 1))  # none twice, none missing
    one, other = record(folder), record(whole)
    assert one["resumed"] == 1
    for key in ("status", "style_error", "content_error", "steps", "evaluations", "settings"):
        assert one[key] == other[key]
    assert not (folder / "checkpoint.pt").exists()
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_where_a_level_ends_there_is_a_checkpoint(here, config, monkeypatch):
    """For a process that the system ends without a word. Levels of 4, 2 and 2 steps."""
    folder, kept, real = RunFolder(here / "x"), [], RunRecorder.on_step

    def on_step(self, step):
        real(self, step)
        found = load(folder.checkpoint)
        kept.append(found and found.state["number"])

    monkeypatch.setattr(RunRecorder, "on_step", on_step)
    run(begin(replace(config, checkpoint_every=3600), folder))
    assert kept == [None, None, None, 4, 4, 6, 6, 6]


def test_what_is_kept_of_a_stopped_run_has_the_colours_of_its_result(
    here, config, stop_at, monkeypatch
):
    shown = []
    stop_at(3)
    real = RunRecorder.on_step
    monkeypatch.setattr(
        RunRecorder, "on_step", lambda self, step: shown.append(step.picture) or real(self, step)
    )
    with pytest.raises(KeyboardInterrupt):
        run(begin(replace(config, color=type(config.color)["keep"]), RunFolder(here / "x")))
    expected = shown[-1][0].permute(1, 2, 0).mul(255).round().byte().numpy()
    assert np.array_equal(pixels(here / "x"), expected)


def test_so_it_does_with_a_level_for_the_surface(here, command, stop_at, monkeypatch):
    words = (*RUN, "steps=8", "pyramid.surface_above=40")
    header = command(*words, "hydra.run.dir=whole").out
    assert "24×16 → 34×23 → 48×32 px, 16 + 8 + 3 steps" in header
    assert "from 48×32 px on for the surface alone, by relu1_1 relu2_1" in header
    stop_at(25)
    assert command(*words, "hydra.run.dir=x").status == 130
    monkeypatch.undo()
    monkeypatch.chdir(here)
    assert command("resume=x").status == 0
    assert np.array_equal(pixels(here / "x"), pixels(here / "whole"))
    assert [steps for *_, steps in record(here / "x")["levels"]] == [16, 8, 3]
    # 0.35 of more is more, too.
    outcome = command("resume=x", "steps=12")
    assert (outcome.status, record(here / "x")["levels"][-1][2]) == (0, 4)


def test_where_no_level_is_above_it_the_surface_s_size_makes_no_other_picture(here, command, done):
    outcome = command("resume=x", "pyramid.surface_above=48")
    assert (outcome.status, outcome.out.split(":")[0]) == (0, "x is done already")
    outcome = command("resume=x", "pyramid.surface_above=47")
    assert outcome.status == 2 and "pyramid.surface_above (none → 47)" in outcome.err


@pytest.mark.slow
def test_asked_to_stop_in_the_last_step_it_is_done_and_the_sweep_stops(here, command, stop_at):
    stop_at(3)
    words = (*RUN, "pyramid=single", "steps=3")
    outcome = command(*words, "hydra.run.dir=x")
    assert (outcome.status, record(here / "x")["status"]) == (130, "done")
    outcome = command("--multirun", *words, "seed=1,2", "sweep=w")
    assert outcome.status == 130
    assert "1 done, 1 pending" in outcome.out


def test_resume_names_a_folder_and_brings_its_settings(here, command, stop_at, whole, monkeypatch):
    stop_at(3, signal.SIGTERM)
    assert command(*RUN, "hydra.run.dir=my (runs)/a=1,b").status == 143
    monkeypatch.undo()
    monkeypatch.chdir(here)
    outcome = command("resume=my (runs)/a=1,b")
    assert (outcome.status, outcome.err) == (0, "")
    assert np.array_equal(pixels(here / "my (runs)/a=1,b"), pixels(whole))
    words = shlex.split(record(here / "my (runs)/a=1,b")["command"])
    assert not any(word.startswith("resume") for word in words)


@pytest.mark.slow
def test_what_changes_on_the_way_is_on_record(here, command, stop_at, monkeypatch):
    """Levels of 4, 2 and 2 steps; stopped in the second one, after its first."""
    stop_at(5)
    assert command(*RUN, "hydra.run.dir=x").status == 130
    monkeypatch.undo()
    monkeypatch.chdir(here)
    outcome = command("resume=x", "steps=[4,0,2]")
    assert (outcome.status, outcome.out) == (2, "") and outcome.err.count("\n") == 1
    outcome = command("resume=x", "steps=[4,1,2]", "tv_weight=3", "may_change=[tv_weight]")
    assert (outcome.status, outcome.err) == (0, "")
    assert logged(here / "x") == list(range(1, 8))
    assert record(here / "x")["changed"] == ["tv_weight (25.0 → 3.0)"]
    stop_at(5)
    assert command(*RUN, "hydra.run.dir=y").status == 130
    monkeypatch.undo()
    monkeypatch.chdir(here)
    outcome = command("resume=y", "steps=3")  # 6, 3, 3: the first level has had its 4 already
    assert (outcome.status, outcome.err) == (0, "")
    assert [steps for *_, steps in record(here / "y")["levels"]] == [4, 3, 3]
    assert shlex.split(record(here / "y")["command"])[-1] == "steps=[4,3,3]"
    assert logged(here / "y") == list(range(1, 11))


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
    stop_at(3)
    assert command(*words).status == 130
    monkeypatch.undo()
    monkeypatch.chdir(other)
    flag = f"--config-dir={started / 'own'}"
    outcome = command("resume=../started/x")
    assert outcome.status == 2 and f"was started with {flag}: add that again" in outcome.err
    outcome = command("resume=../started/x", flag)
    assert (outcome.status, outcome.err) == (0, "")
    assert (started / "o.png").exists() and list(other.iterdir()) == []
    made = record(started / "x")
    assert (made["settings"]["tv_weight"], made["settings"]["content.name"]) == (3, "a b")
    # And the command on record makes the same picture, from there.
    monkeypatch.chdir(made["cwd"])
    again = shlex.split(made["command"])[3:]
    assert command(*again, "hydra.run.dir=again").status == 0
    assert np.array_equal(pixels(Path(made["cwd"]) / "again"), pixels(started / "x"))


def test_logs_need_not_be_whole(here, command, stop_at, monkeypatch, whole):
    """A log is cut to what the checkpoint knows of; a lost one is missed, and no more."""
    stop_at(3)
    assert command(*RUN, "tracking.images_every=1", "hydra.run.dir=x").status == 130
    monkeypatch.undo()
    monkeypatch.chdir(here)
    steps = here / "x/steps.jsonl"
    steps.write_text("".join(steps.read_text().splitlines(keepends=True)[:1]) + '{"step": 2, "le')
    for path in (here / "x").glob("events.out.*"):
        path.unlink()
    (here / "x/images/000004.png").write_bytes(b"of after the checkpoint")
    outcome = command("resume=x", "tracking.images_every=0")
    assert outcome.status == 0 and outcome.out.count("lost what was logged before step 3") == 1
    assert logged(here / "x") == [1, *range(4, 9)]
    assert on_board(here / "x") == list(range(4, 9))
    names = {path.name for path in (here / "x/images").iterdir()}
    assert names == {f"{number:06d}.png" for number in range(1, 4)}
    assert np.array_equal(pixels(here / "x"), pixels(whole))


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


@pytest.mark.slow
def test_jobs_of_a_sweep_are_resumed_too(here, command, stop_at, monkeypatch, whole):
    stop_at(3)
    words = ("--multirun", *RUN, "seed=0", "sweep=w")
    assert command(*words).status == 130
    monkeypatch.undo()
    monkeypatch.chdir(here)
    assert command(*words).status == 0
    folder = here / "outputs/sweeps/w/only"
    assert record(folder)["resumed"] == 1
    assert np.array_equal(pixels(folder), pixels(whole))


# While the fifth step's checkpoint is written, of which the log tells already.
KILLED = """
import os, signal
from stylex import cli
from stylex.runs import checkpoint
real = checkpoint.Checkpoints.save
def save(self, make):
    if make().state["number"] == 5:
        with checkpoint.replacing(self.path) as file:
            file.write(b"half of it")
            file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
    real(self, make)
checkpoint.Checkpoints.save = save
cli.main()
"""


def test_killed_without_a_word_and_resumed(here, command, whole):
    words = [sys.executable, "-c", KILLED, *RUN, "checkpoint_every=0", "hydra.run.dir=x"]
    checkout = Path(__file__).resolve().parents[2]
    process = subprocess.run(words, cwd=here, env={**os.environ, "PYTHONPATH": str(checkout)})
    assert process.returncode == -signal.SIGKILL
    assert record(here / "x")["status"] == "running"  # nobody could say otherwise
    assert [path.suffix for path in (here / "x").glob(".checkpoint.pt.*")] == [".part"]
    outcome = command(*RUN, "hydra.run.dir=x")
    assert (outcome.status, outcome.err) == (0, "")
    assert "resuming after step 4" in outcome.out
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


SAMPLED = (
    *("loss/content=selfsim", "loss=neighbours", "loss.style.neighbours.layers={relu2_1: 1}"),
    *("loss.style.neighbours.samples=60", "loss.content.selfsim.samples=50"),
    "+loss.content.laplacian._target_=stylex.transfer.losses.structure.LaplacianLoss",
)


def test_losses_of_sampled_positions_are_resumed_to_the_same_pixels(
    here, command, stop_at, monkeypatch
):
    assert command(*RUN, *SAMPLED, "hydra.run.dir=straight").status == 0
    stop_at(5)
    assert command(*RUN, *SAMPLED, "hydra.run.dir=x").status == 130
    monkeypatch.undo()
    monkeypatch.chdir(here)
    outcome = command("resume=x")
    assert (outcome.status, outcome.err) == (0, "")
    assert np.array_equal(pixels(here / "x"), pixels(here / "straight"))


@pytest.mark.slow
@pytest.mark.parametrize("how", ["keep", "luminance", "match"])
def test_in_the_photographs_colours_it_is_resumed_to_the_same_pixels(
    here, command, stop_at, monkeypatch, how
):
    """What is shown on the way has its colours; the optimiser goes on with what it painted."""
    words = (*RUN, f"color={how}", "tracking.images_every=1")
    assert command(*words, "hydra.run.dir=straight").status == 0
    stop_at(5)
    assert command(*words, "hydra.run.dir=x").status == 130
    monkeypatch.undo()
    monkeypatch.chdir(here)
    assert command("resume=x").status == 0
    assert np.array_equal(pixels(here / "x"), pixels(here / "straight"))
    one, other = record(here / "x"), record(here / "straight")
    assert one["style_error"] == other["style_error"]
    last = sorted((here / "x/images").iterdir())[-1]
    assert np.array_equal(np.asarray(Image.open(last)), pixels(here / "x"))
    names = [path.name for path in sorted((here / "straight/images").iterdir())]
    for name in names:
        images = [np.asarray(Image.open(here / f / "images" / name)) for f in ("x", "straight")]
        assert np.array_equal(*images)
    assert (here / "x/painted.png").exists() == (how != "match")


def test_kept_colours_keep_their_depth(here, command):
    words = (*RUN, "color=keep", "output=o.tif", "hydra.run.dir=x")
    assert command(*words).status == 0
    deep = tifffile.imread(here / "o.tif")
    assert deep.dtype == np.uint16 and len(np.unique(deep & 255)) > 200
    assert np.array_equal((deep / 257).round().astype(np.uint8), pixels(here / "x"))
