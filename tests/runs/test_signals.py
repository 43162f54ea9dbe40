"""Being asked to stop or to save, by signals to the real command."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from command_line import TINY, start
from PIL import Image

from stylex.errors import Terminated
from stylex.runs.signals import Stopping

LONG = (*TINY, "size=64", "steps=2000", "pyramid=single", "hydra.run.dir=x", "tracking=light")


def begin(here):
    process = start(*LONG, cwd=here)
    end = time.monotonic() + 60
    while not (here / "x/steps.jsonl").exists() or not (here / "x/steps.jsonl").read_text():
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.02)
    return process


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_step_ends_and_all_is_kept(here, number, code):
    process = begin(here)
    asked = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - asked < 5
    assert (process.returncode, err) == (code, "")
    record = json.loads((here / "x/run.json").read_text())
    assert (record["status"], record["reason"]) == ("interrupted", "stopped from outside")
    Image.open(here / "x/result.png").load()
    assert (here / "x/checkpoint.pt").exists()
    assert "x/result.png" in out


def test_sigusr1_saves_the_picture_and_goes_on(here):
    process = begin(here)
    result = here / "x/result.png"
    assert not result.exists()
    process.send_signal(signal.SIGUSR1)
    end = time.monotonic() + 30
    while not result.exists() and time.monotonic() < end:
        time.sleep(0.02)
    Image.open(result).load()
    first = json.loads((here / "x/run.json").read_text())
    assert first["status"] == "running" and process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30)[0].count("saved x/result.png") == 1
    assert process.returncode == 130


# A step of minutes in C, where no signal's handler can run: as one of a huge picture might be.
STUCK = """
import hashlib
from stylex import cli
from stylex.runs import recorder
real = recorder.Listener.on_step
def on_step(self, step):
    real(self, step)
    if step.number == 3:
        print("stuck", flush=True)
        hashlib.pbkdf2_hmac("sha256", b"", b"", 10**9)  # lets other threads run, as torch does
recorder.Listener.on_step = on_step
cli.main()
"""


def test_a_step_that_does_not_end_is_not_waited_for(here):
    process = subprocess.Popen(
        [sys.executable, "-c", STUCK, *LONG],
        cwd=here,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while "stuck" not in process.stdout.readline():
        assert process.poll() is None
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert time.monotonic() - asked < 5
    assert process.returncode == 130
    record = json.loads((here / "x/run.json").read_text())
    assert record["status"] == "interrupted"
    Image.open(here / "x/result.png").load()


def test_twice_is_at_once():
    late = threading.Event()

    def twice():
        with Stopping(late.set) as stopping:
            stopping.patient = True
            os.kill(os.getpid(), signal.SIGINT)
            while not stopping.asked:
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


def test_a_folder_is_for_one_run_at_a_time(here):
    process = begin(here)
    before = (here / "x/run.json").read_bytes()
    other = start(*LONG, cwd=here)
    out, err = other.communicate(timeout=60)
    assert (other.returncode, out) == (2, "")
    assert err == f"stylex: {here / 'x'} is in use by process {process.pid}\n"
    assert (here / "x/run.json").read_bytes() == before
    process.kill()  # whose lock dies with it
    process.communicate()
    again = start(*LONG, "steps=3", cwd=here)
    assert again.communicate(timeout=60)[1] == ""
    assert again.returncode == 0
