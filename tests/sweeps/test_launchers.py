"""The same sweeps in other processes, by Hydra's own plugins."""

import json
import os
import signal

import pytest
from command_line import TINY, start
from test_sweep_stopped import wait_for

SWEEP = ("--multirun", *TINY, "tracking=light", "sweep=w")


def records(here):
    paths = here.glob("outputs/sweeps/w/*/run.json")
    return {path.parent.name: json.loads(path.read_text()) for path in paths}


def run(here, *words, launcher, strict=True):
    """The sweep in a process of its own, which starts others."""
    process = start(*words, f"hydra/launcher={launcher}", cwd=here, strict=strict)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


@pytest.mark.parametrize(
    "launcher", ["joblib", pytest.param("submitit_local", marks=pytest.mark.slow)]
)
def test_jobs_in_processes_of_their_own(here, command, monkeypatch, launcher):
    monkeypatch.delenv("OMP_NUM_THREADS")
    words = (*SWEEP, "pyramid.levels=1,0")
    parallel = ("hydra.launcher.n_jobs=2",) if launcher == "joblib" else ()
    status, out, err = run(here, *words, *parallel, launcher=launcher)
    assert (status, err) == (1, "")
    found = records(here)
    assert {job: record["status"] for job, record in found.items()} == {
        "pyramid.levels=1": "done",
        "pyramid.levels=0": "failed",
    }
    assert "pyramid.levels must be from 1" in found["pyramid.levels=0"]["reason"]
    assert "1 done, 1 failed" in out
    folder = here / "outputs/sweeps/w"
    assert {path.name for path in folder.iterdir()} >= {"sheet.png", "summary.csv", "report.html"}
    if parallel:  # jobs share the cores
        shared = max(1, len(os.sched_getaffinity(0)) // 2)
        assert found["pyramid.levels=1"]["threads"] == shared

    again = command(*words)
    assert (again.status, again.err) == (1, "")
    assert "2 jobs, 1 done before" in again.out


@pytest.mark.slow
def test_a_killed_worker_loses_its_job_and_says_so(here, command):
    words = (*SWEEP, "size=64", "steps=40", "style_weight=1,2")
    process = start(*words, "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", cwd=here)
    folder = here / "outputs/sweeps/w"
    wait_for(lambda: list(folder.glob("*/run.json")), process)
    (begun, *_) = folder.glob("*/run.json")
    os.kill(int((begun.parent / ".lock").read_text()), signal.SIGKILL)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert err.startswith("stylex: the launcher gave up") and err.count("\n") == 1
    assert "interrupted" in out
    again = command(*words)
    assert (again.status, again.err) == (0, "")
    assert {record["status"] for record in records(here).values()} == {"done"}


@pytest.mark.parametrize(
    "launcher",
    ["basic", *(pytest.param(name, marks=pytest.mark.slow) for name in ("joblib", "dask"))],
)
def test_no_job_begins_after_one_has_failed(here, command, launcher):
    words = (*SWEEP, "seed=0,1,2,3", "pyramid.levels=1,0", "fail_fast=true")
    status, out, err = run(here, *words, launcher=launcher)
    assert (status, err) == (1, "")
    assert "stopped at the first job that failed, as fail_fast says" in out
    found = records(here)
    assert found["seed=0,pyramid.levels=0"]["status"] == "failed"
    assert len(found) == 2 if launcher == "basic" else len(found) < 8
    assert not [*(here / "outputs/sweeps/w").glob(".*")]

    again = command(*SWEEP, "seed=0,1", "pyramid.levels=1,0", "fail_fast=false")
    assert "2 done, 2 failed" in again.out
