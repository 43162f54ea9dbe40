"""Sweeps that end otherwise than planned, and their second start: nothing lost, nothing twice."""

import json
import signal
import time
from pathlib import Path

import pytest
from command_line import TINY, start

from stylex.runs.record import read

WORDS = ("--multirun", *TINY, "steps=10", "tracking=light", "sweep=w", "style_weight=1,2,3")
SWEEP = (*WORDS, "loss.style.slow._target_=slow.Slow")

# A job takes a second, and hardly any of the processor's time, while there is a file `slow`.
SLOW = """
import time
from pathlib import Path
from stylex.transfer.losses.moments import MomentLoss

class Slow(MomentLoss):
    def value(self, picture, target):
        time.sleep(0.02 if Path("slow").exists() else 0)
        return super().value(picture, target)
"""


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


def begin(here: Path):
    """A sweep in the midst of its second job."""
    (here / "slow.py").write_text(SLOW)
    (here / "slow").touch()
    process = start(*SWEEP, cwd=here)
    folder = here / "outputs/sweeps/w"
    wait_for(lambda: len(done_jobs(folder)) == 1, process)
    wait_for(lambda: len(list(folder.glob("*/run.json"))) == 2, process)
    return process, folder


def go_on(here: Path, command, done: int) -> None:
    """The same command again runs what is missing, and nothing twice."""
    (here / "slow").unlink()
    folder = here / "outputs/sweeps/w"
    before = results(folder)
    assert len(before) == done
    again = command(*SWEEP)
    assert (again.status, again.err) == (0, "")
    assert f"3 jobs, {done} done before" in again.out
    after = results(folder)
    assert after.keys() == {f"style_weight={n}" for n in (1, 2, 3)}
    assert {job: after[job] for job in before} == before
    assert not list(folder.rglob("*.part")) and not list(folder.rglob(".*lock"))


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)],
)
def test_stopped_in_the_middle_it_goes_on_from_there(here, command, number, code):
    process, folder = begin(here)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == code, err
    assert "the same command continues from here" in err
    assert "interrupted" in out and "pending" in out  # a summary of what there is
    assert {path.name for path in folder.iterdir()} >= {"sheet.png", "summary.csv"}
    go_on(here, command, done=1)


@pytest.mark.slow
def test_started_twice_at_once_and_killed(here, command):
    process, folder = begin(here)
    other = command(*SWEEP)
    assert (other.status, other.out) == (2, "")
    assert other.err == f"stylex: {folder} is in use by process {process.pid}\n"
    (path,) = [path for path in folder.glob("*/run.json") if status(path) == "running"]
    assert read(path.parent).status == "running"
    process.kill()
    process.communicate()
    assert status(path) == "running"  # nobody could say otherwise
    assert read(path.parent).status == "interrupted"
    go_on(here, command, done=1)
