"""The processes that the page starts, finds, stops and asks."""

import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stylex.errors import UserError
from stylex.studio import command
from stylex.studio.command import Planner, Processes
from stylex.studio.folders import Outputs
from stylex.studio.spare import Spare

# A run in few words: it holds its folder's lock, says so, and ends when it is told to.
RUN = """
import sys, time
from pathlib import Path
from stylex.runs.lock import Lock
lock = Lock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""
CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def outputs(here):
    return Outputs(Path("outputs"))


@pytest.fixture
def elsewhere(outputs):
    """`elsewhere(folder)`: a process from a terminal that works there."""
    started = []

    def start(folder):
        process = subprocess.Popen(
            [sys.executable, "-c", RUN, str(folder)],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            stdout=subprocess.PIPE,
        )
        started.append(process)
        assert process.stdout.readline() == b"held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def wait(until):
    end = time.monotonic() + 20
    while not until():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_run_from_elsewhere_is_found_and_stopped_and_none_begins_beside_it(outputs, elsewhere):
    folder, other = outputs.new_run("a", "b"), outputs.new_run("c", "d")
    process = elsewhere(folder)
    found = Processes(outputs)  # as after the server was restarted
    assert found.running() == [folder] and found.alive(folder) and not found.was_stopped(folder)
    with pytest.raises(UserError, match=f"^{folder} is in use already$"):
        found.start([], folder)
    with pytest.raises(UserError, match="^a run is under way: stop it, or wait for its end$"):
        found.start([], other)
    found.stop(folder)
    assert process.wait(20) == -signal.SIGTERM
    assert found.running() == [] and not found.alive(folder) and found.was_stopped(folder)


def test_a_run_of_another_machine_is_not_taken_for_one_of_that_number_here(
    outputs, elsewhere, monkeypatch
):
    process = elsewhere(folder := outputs.new_run("a", "b"))
    monkeypatch.setattr(platform, "node", lambda: "another")
    with pytest.raises(UserError, match="it runs on another machine"):
        Processes(outputs).stop(folder)
    assert process.poll() is None


def test_a_job_of_a_sweep_is_no_single_run(outputs, elsewhere):
    sweep = outputs.sweep("mine")
    elsewhere(sweep)
    elsewhere(sweep / "job")
    found = Processes(outputs)
    assert found.running() == [] and found.alive(sweep)


def test_a_lock_that_nobody_holds_is_no_run(outputs):
    folder = outputs.new_run("a", "b")
    folder.mkdir(parents=True)
    (folder / ".lock").write_text(str(os.getpid()))
    found = Processes(outputs)
    assert found.running() == [] and not found.alive(folder)
    found.stop(folder)  # nobody, least of all this process


def test_a_full_disk_s_message_is_the_reason(outputs, monkeypatch):
    folder = outputs.new_run("a", "b")
    code = (
        "import sys; print('  64×43 px'); sys.exit('stylex: No space left on device (outputs/x)')"
    )
    monkeypatch.setattr(command, "PROGRAM", (sys.executable, "-c", code))
    found = Processes(outputs)
    found.start([], folder)
    wait(lambda: not found.alive(folder))
    assert found.error(folder) == "No space left on device (outputs/x)"
    monkeypatch.setattr(command, "PROGRAM", (sys.executable, "-c", ""))
    found.start([], folder)
    wait(lambda: not found.alive(folder))
    assert found.error(folder) == ""


def test_what_cannot_be_started_says_why(outputs, monkeypatch):
    monkeypatch.setattr(command, "PROGRAM", (str(outputs.root / "missing"),))
    with pytest.raises(UserError, match="^the run cannot be started: No such file or directory$"):
        Processes(outputs).start([], outputs.new_run("a", "b"))


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """A program that says a plan, or what is wrong, and notes how often it was asked."""
    monkeypatch.setattr(command, "PAUSE", 0.1)
    code = (
        "import sys\n"
        f"open({str(tmp_path / 'asked')!r}, 'a').write('x')\n"
        "if 'size=0' in sys.argv: sys.exit('stylex: size must be from 16 to 65536, not 0')\n"
        "print('a in the manner of b', '  64×48 px, 50 steps', '  about 9 s', sep='\\n')\n"
    )
    monkeypatch.setattr(command, "PROGRAM", (sys.executable, "-c", code))
    return lambda: len((tmp_path / "asked").read_text()) if (tmp_path / "asked").exists() else 0


def test_a_plan_is_asked_for_once_and_not_waited_for(asked):
    answers = {}
    planner = Planner(answers)
    assert planner.ask(["size=48"]) is None and asked() == 0
    wait(lambda: planner.ask(["size=48"]))
    assert planner.ask(["size=48"]) == "64×48 px, 50 steps · about 9 s"
    assert Planner(answers).ask(["size=48"]) and asked() == 1
    assert planner.ask(["size=0"]) is None
    with pytest.raises(UserError, match="^size must be from 16 to 65536, not 0$"):
        wait(lambda: planner.ask(["size=0"]))


def test_a_question_that_changes_is_dropped(asked):
    planner = Planner({})
    for size in range(100):
        assert planner.ask([f"size={size}"]) is None  # each sooner than after PAUSE
    assert asked() == 0
    planner.ask(["size=1"])
    time.sleep(0.2)
    planner.ask(["size=1"])
    process = planner.process
    planner.cancel()
    assert process.poll() is not None and planner.process is None


def test_what_waits_runs_the_command_line_and_ends_as_it_does(outputs, tmp_path, monkeypatch):
    spare, log = Spare(), tmp_path / "log"
    assert spare.run(["--version"], log) is None  # there is none
    spare.prepare()
    waiting = spare.process
    spare.prepare()
    assert spare.process is waiting  # one is enough
    process = spare.run(["size=0"], log)
    assert process is waiting and process.wait(60) == 2
    assert log.read_text() == "stylex: size must be from 16 to 65536, not 0\n"
    spare.prepare()
    assert spare.process.stdin.close() is None  # as when its server ends
    assert spare.process.wait(60) == 0
    assert spare.run(["--version"], log) is None
    monkeypatch.setattr("stylex.studio.spare.LEAST_FREE", 2**60)
    spare.prepare()
    assert spare.run(["--version"], log) is None


def test_a_run_goes_to_what_waits_and_a_sweep_does_not(outputs, monkeypatch):
    monkeypatch.setattr(command, "PROGRAM", (sys.executable, "-c", "print('a process of its own')"))
    found = Processes(outputs, Spare())
    found.prepare()
    for folder in (outputs.new_run("a", "b"), outputs.sweep("mine")):
        found.start(["--version"], folder)
        wait(lambda folder=folder: not found.alive(folder))
        own = found.children[folder].log.read_text() == "a process of its own\n"
        assert own == (folder.parent.name == "sweeps")
