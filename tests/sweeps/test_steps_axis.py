"""Jobs alike but for their steps: one start of a sweep makes their common steps once."""

import json
import os
import signal

import numpy as np
import pytest
from command_line import TINY
from PIL import Image
from swept import record, started, sweep_folder

from stylex.runs.recorder import RunRecorder
from stylex.transfer import level

SWEEP = ("--multirun", *TINY, "pyramid.levels=1", "optimizer.clamp=step", "init=noise", "sweep=w")


@pytest.fixture
def made(monkeypatch):
    """The steps that were made."""
    count, step = [], level.LevelState.step

    def counted(self, *args):
        count.append(1)
        return step(self, *args)

    monkeypatch.setattr(level.LevelState, "step", counted)
    return count


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


@pytest.mark.slow
def test_one_run_serves_an_axis_over_steps(here, command, paint, made):
    paint(here / "images/style/square.png", 40, 40, seed=1)
    outcome = command(*SWEEP, "tracking=light", "steps=8,4,6", "style=kahlo,square")
    assert (outcome.status, outcome.err) == (0, "")
    # The last of 4 and of 6 are the longer one's, too, where no level ends with them.
    assert len(made) == 2 * (8 + 1 + 1)
    assert [outcome.out.count(f"[{n}/6]") for n in range(1, 7)] == [1] * 6
    folder = sweep_folder(here)
    for steps in (4, 8):
        job = folder / f"steps={steps},style=square"
        alone = command(
            *(word for word in SWEEP[1:] if not word.startswith("sweep")),
            *(f"steps={steps}", "style=square", f"output={here}/alone.png"),
        )
        assert alone.status == 0
        assert np.array_equal(pixels(job / "result.png"), pixels(here / "alone.png"))
        lines = [json.loads(line) for line in (job / "steps.jsonl").read_text().splitlines()]
        assert [line["step"] for line in lines][-1] == steps
        found = record(folder, job.name)
        assert (found["steps"], found["branches"]) == (steps, 3)
        assert f"{steps} steps on cpu" in (job / "stylex.log").read_text()
    # All are done, for whatever start of the sweep.
    before = started(folder)
    words = (*SWEEP, "tracking=light", "steps=8,4,6", "style=kahlo,square")
    assert "6 jobs, 6 done before" in command(*words).out
    assert started(folder) == before


@pytest.mark.parametrize("end", [signal.SIGINT, getattr(signal, "SIGUSR1", None)])
def test_stopped_or_saved_on_the_way(here, command, made, monkeypatch, end):
    """Every job goes on from the step that it came to, and its log has each step once."""
    if end is None:
        pytest.skip("Windows has no such signal")
    words = (*SWEEP, "tracking.scalars_every=1", "optimizer.smoothing=0", "steps=6,8")
    counted, saved = level.LevelState.step, []

    def step(self, *args):
        if len(made) == 3:
            os.kill(os.getpid(), end)
        return counted(self, *args)

    def save(self, *args):
        saved.append((len(made), self.folder.path.name))
        return real(self, *args)

    real = RunRecorder.save
    monkeypatch.setattr(level.LevelState, "step", step)
    monkeypatch.setattr(RunRecorder, "save", save)
    first = command(*words)
    monkeypatch.setattr(level.LevelState, "step", counted)
    if end == signal.SIGINT:
        assert first.status == 130
        again = command(*words)
        assert (again.status, again.err) == (0, "")
        assert len(made) == 4 + 2 + 4
    else:
        assert first.status == 0
    assert {name for count, name in saved if count == 4} == {"steps=6", "steps=8"}
    for steps in (6, 8):
        job = sweep_folder(here) / f"steps={steps}"
        lines = [json.loads(line) for line in (job / "steps.jsonl").read_text().splitlines()]
        assert [line["step"] for line in lines] == [*range(1, steps + 1)]
        assert record(sweep_folder(here), job.name)["steps"] == steps


def test_what_is_noted_of_a_run_changes_no_step_of_it(here, command, made):
    outcome = command(*SWEEP, "tracking.images_every=0,1", "checkpoint_every=5,10", "steps=3")
    assert (outcome.status, outcome.err) == (0, "")
    assert len(made) == 3 and "4 runs, all done" in outcome.out


def test_a_setting_made_of_the_steps_is_another_setting(here, command, made):
    words = ("steps=3,5", "style_weight='${steps}'")
    outcome = command(*SWEEP, *words)
    assert (outcome.status, outcome.err) == (0, "")
    assert len(made) == 3 + 5
