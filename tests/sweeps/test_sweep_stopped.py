"""Sweeps that end otherwise than planned, and their second start: nothing lost, nothing twice."""

import json
import signal
import time
from pathlib import Path

import pytest
from command_line import TINY, start

# Long enough a job to be stopped in.
WORDS = ("--multirun", *TINY, "size=64", "steps=25", "tracking=light", "sweep=w")
SWEEP = (*WORDS, "style_weight=1,2,3")


def results(folder: Path) -> dict[str, int]:
    return {path.parent.name: path.stat().st_mtime_ns for path in done_jobs(folder)}


def done_jobs(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*/run.json") if status(path) == "done"]


def status(path: Path) -> str:
    return json.loads(path.read_text())["status"]


def wait_for(condition, process, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.02)


def begin(here: Path, *words: str):
    """A sweep in the midst of its second job."""
    process = start(*words, cwd=here)
    folder = here / "outputs/sweeps/w"
    wait_for(lambda: len(done_jobs(folder)) == 1, process)
    wait_for(lambda: len(list(folder.glob("*/run.json"))) == 2, process)
    return process, folder


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)]
)
def test_stopped_in_the_middle_it_goes_on_from_there(here, command, number, code):
    process, folder = begin(here, *SWEEP)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == code, err
    before = results(folder)
    assert 1 <= len(before) < 3
    if number != signal.SIGKILL:
        assert "the same command goes on from here" in err
        assert "interrupted" in out and "pending" in out  # a summary of what there is
        assert {path.name for path in folder.iterdir()} >= {"sheet.png", "summary.csv"}

    again = command(*SWEEP)
    assert (again.status, again.err) == (0, "")
    assert f"3 jobs, {len(before)} done before" in again.out
    after = results(folder)
    assert after.keys() == {f"style_weight={n}" for n in (1, 2, 3)}
    assert {job: after[job] for job in before} == before  # nothing done twice
    assert not list(folder.rglob("*.part")) and not list(folder.rglob(".*lock"))


def test_the_same_sweep_at_the_same_time_is_refused(here, command):
    process, folder = begin(here, *SWEEP)
    other = command(*SWEEP)
    assert (other.status, other.out) == (2, "")
    assert other.err == f"stylex: {folder} is in use by process {process.pid}\n"
    assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 0
    assert len(done_jobs(folder)) == 3


def test_a_running_job_of_a_killed_sweep_is_not_called_running(here):
    from stylex.runs.record import read

    process, folder = begin(here, *SWEEP)
    (path,) = [path for path in folder.glob("*/run.json") if status(path) == "running"]
    assert read(path.parent).status == "running"
    process.kill()
    process.communicate()
    assert status(path) == "running"
    assert read(path.parent).status == "interrupted"
