"""Jobs side by side: `batch=N`, against the same jobs one after another."""

import json
import os
import signal
import time

import numpy as np
import pytest
from command_line import TINY, start
from PIL import Image
from swept import record, started, sweep_folder
from test_sweep_stopped import wait_for

from stylex.runs import signals
from stylex.runs.checkpoint import load
from stylex.runs.recorder import RunRecorder

SWEEP = ("--multirun", *TINY, "tracking=light", "init=noise", "sweep=w")


def pictures(here):
    found = {}
    for path in here.glob("outputs/sweeps/w/*/result.png"):
        with Image.open(path) as picture:
            found[path.parent.name] = np.asarray(picture, dtype=float)
    return found


def test_each_job_is_as_if_it_ran_alone(here, command, paint):
    paint(here / "images/style/square.png", 40, 40, seed=1)
    words = (*SWEEP, "style_weight=1,20", "seed=0,1", "style=kahlo,square")
    assert command(*words).status == 0
    alone = pictures(here)
    figures = {job: record(sweep_folder(here), job)["style_error"] for job in alone}
    together = command(*words, "batch=3", "rerun=true")
    assert (together.status, together.err) == (0, "")
    assert [together.out.count(f"[{n}/8]") for n in range(1, 9)] == [1] * 8
    beside = pictures(here)
    assert alone.keys() == beside.keys() and len(alone) == 8
    for job, picture in beside.items():
        assert np.abs(picture - alone[job]).max() <= 2, job
        found = record(sweep_folder(here), job)
        assert found["style_error"] == pytest.approx(figures[job], rel=0.01)
        assert found["batch"] in (2, 3) and found["steps"] == 2
        folder = sweep_folder(here) / job
        assert len((folder / "steps.jsonl").read_text().splitlines()) > 0
        assert (folder / "stylex.log").read_text().count("in the manner of") == 2  # and once alone
    # And are done, for whatever start of the sweep.
    before = started(sweep_folder(here))
    assert "8 jobs, 8 done before" in command(*words).out
    assert started(sweep_folder(here)) == before


def test_only_what_agrees_goes_together(here, command):
    assert command(*SWEEP, "size=32,40", "seed=0,1", "batch=4").status == 0
    assert {record(sweep_folder(here), f"size={s},seed=0")["batch"] for s in (32, 40)} == {2}


def test_a_job_that_cannot_begin_leaves_the_others_alone(here, command):
    outcome = command(*SWEEP, "pyramid.levels=1,0", "seed=0,1,2", "batch=6")
    assert (outcome.status, outcome.err) == (1, "")
    assert "3 done, 3 failed" in outcome.out
    failed = record(sweep_folder(here), "pyramid.levels=0,seed=0")
    assert "pyramid.levels must be from 1" in failed["reason"] and failed["status"] == "failed"
    assert record(sweep_folder(here), "pyramid.levels=1,seed=1")["batch"] == 3


def test_what_a_killed_start_noted_of_a_failure_stops_no_later_one(here, command):
    words = (*SWEEP, "fail_fast=true", "steps=1")
    assert command(*words, "seed=0,1").status == 0
    (sweep_folder(here) / ".failed").touch()
    outcome = command(*words, "seed=0,1,2", "batch=2")
    assert outcome.status == 0 and "3 runs, all done" in outcome.out


@pytest.mark.slow
def test_fail_fast_begins_no_further_batch(here, command):
    words = ("seed=0,1,2,3,4", "pyramid.levels=1,1,0,1,1", "zip=seed,pyramid.levels")
    words += ("batch=2", "fail_fast=true")
    outcome = command(*SWEEP, *words)
    assert outcome.status == 1 and "2 done, 1 failed, 2 pending" in outcome.out


@pytest.mark.slow
def test_ctrl_c_keeps_each_and_a_single_run_goes_on(here, command):
    words = (*SWEEP, "size=64", "seed=0,1")
    process = start(*words, "steps=2000", "batch=2", cwd=here)
    folder = here / "outputs/sweeps/w"
    wait_for(lambda: len([*folder.glob("*/steps.jsonl")]) == 2, process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "stopped; the same command continues from here\n"
    for job in ("seed=0", "seed=1"):
        found = json.loads((folder / job / "run.json").read_text())
        assert (found["status"], found["reason"]) == ("interrupted", "stopped on request")
        assert (folder / job / "result.png").exists() and (folder / job / "checkpoint.pt").exists()
    done = load(folder / "seed=0/checkpoint.pt").state["number"]
    assert command(f"resume={folder}/seed=0", f"steps={done + 3}").status == 0
    assert record(folder, "seed=0")["steps"] == done + 3


def test_ctrl_c_while_results_are_kept_loses_none_and_begins_no_further_batch(
    here, command, monkeypatch
):
    real = RunRecorder.finish

    def finish(self, result):
        if self.folder.path.name == "seed=0":
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.5)  # longer than the patience below
        real(self, result)

    monkeypatch.setattr(signals, "PATIENCE", 0.1)
    monkeypatch.setattr(RunRecorder, "finish", finish)
    outcome = command(*SWEEP, "seed=0,1,2,3", "batch=2")
    assert outcome.status == 130
    assert "2 done" in outcome.out and "stopped; the same command continues" in outcome.err
    folders = {path.name for path in sweep_folder(here).glob("seed=*")}
    assert folders == {"seed=0", "seed=1"}
    assert {record(sweep_folder(here), name)["status"] for name in folders} == {"done"}


def test_what_is_done_is_done_however_many_would_go_together(here, command):
    assert command(*SWEEP, "seed=0,1", "batch=2").status == 0
    again = command(*SWEEP, "seed=0,1", "batch=2")
    assert (again.status, again.err) == (0, "") and "2 jobs, 2 done before" in again.out


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (("batch=0",), "batch must be from 1 to 1024, not 0"),
        (("batch=some",), "batch must be auto, off or a number of jobs, not 'some'"),
        (("batch=2", "hydra/launcher=joblib"), "batch is for jobs of one process"),
    ],
)
def test_what_is_no_batch(here, command, word, said):
    outcome = command(*SWEEP, "seed=0,1", *word)
    assert outcome.status == 2 and said in outcome.err and outcome.err.count("\n") == 1
    assert list(here.iterdir()) == []
