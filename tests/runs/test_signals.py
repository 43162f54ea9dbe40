"""Signals to stop or to save."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from command_line import TINY
from PIL import Image

from stylex.errors import Terminated
from stylex.runs.lock import Lock
from stylex.runs.signals import Stopping

LONG = (*TINY, "size=64", "steps=2000", "pyramid=single", "hydra.run.dir=x", "tracking=light")

# The command, with a step that does not come back from C, where no signal's handler can run, once
# there is a file `stick`: of a huge picture a step may take minutes there.
STICKING = """
import ctypes, os
from stylex import cli
from stylex.runs import recorder
real = recorder.RunRecorder.on_step
def on_step(self, step):
    real(self, step)
    if os.path.exists("stick"):
        open("stuck", "w").close()
        library, mutex = ctypes.CDLL(None), ctypes.create_string_buffer(256)
        library.pthread_mutex_init(mutex, None)
        while True:  # waits for itself; other threads run meanwhile, as in torch
            library.pthread_mutex_lock(mutex)
recorder.RunRecorder.on_step = on_step
cli.main()
"""


def wait_for(process, condition):
    end = time.monotonic() + 60
    while not condition():
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.02)


def test_a_save_and_then_a_stop_in_a_step_that_does_not_end(here):
    process = subprocess.Popen(
        [sys.executable, "-c", STICKING, *LONG],
        cwd=here,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    result, steps = here / "x/result.png", here / "x/steps.jsonl"
    wait_for(process, lambda: steps.exists() and steps.read_text())
    assert not result.exists()
    process.send_signal(signal.SIGUSR1)
    wait_for(process, result.exists)
    Image.open(result).load()
    assert json.loads((here / "x/run.json").read_text())["status"] == "running"

    result.unlink()
    (here / "stick").touch()
    wait_for(process, (here / "stuck").exists)
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - sent < 5
    assert (process.returncode, err) == (130, "")
    record = json.loads((here / "x/run.json").read_text())
    assert record["status"] == "interrupted"
    assert record["reason"] == "stopped in the middle of a step"
    Image.open(result).load()
    assert out.count("saved x/result.png") == 1 and out.endswith("so far:\nx/result.png\n")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_step_ends_and_all_is_kept(here, command, stop_at, number, code):
    stop_at(3, number)
    outcome = command(*LONG)
    assert (outcome.status, outcome.err) == (code, "")
    record = json.loads((here / "x/run.json").read_text())
    assert (record["status"], record["reason"]) == ("interrupted", "stopped on request")
    assert outcome.out.endswith("interrupted after 3 steps; so far:\nx/result.png\n")
    Image.open(here / "x/result.png").load()
    assert (here / "x/checkpoint.pt").exists()


def test_twice_is_at_once():
    late = threading.Event()

    def twice():
        with Stopping(late.set) as stopping:
            stopping.patient = True
            os.kill(os.getpid(), signal.SIGINT)
            while not stopping.requested:
                time.sleep(0.001)
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)

    with pytest.raises(KeyboardInterrupt):
        twice()
    assert not late.is_set()


def test_outside_of_steps_at_once_and_handlers_as_they_were():
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
    before = [signal.getsignal(number) for number in numbers]

    def once():
        with Stopping(lambda: None):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)

    with pytest.raises(Terminated):
        once()
    assert [signal.getsignal(number) for number in numbers] == before


def test_a_folder_is_for_one_run_at_a_time(here, command):
    lock = Lock(here / "x")
    (here / "x/run.json").write_text('{"status": "running", "settings": {"size": 64}}')
    before = (here / "x/run.json").read_bytes()
    for words in (LONG, ("resume=x",)):
        outcome = command(*words)
        assert (outcome.status, outcome.out) == (2, "")
        assert outcome.err == f"stylex: {here / 'x'} is in use by process {os.getpid()}\n"
    assert (here / "x/run.json").read_bytes() == before
    lock.release()
    assert os.listdir(here / "x") == ["run.json"]
