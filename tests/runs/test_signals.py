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
from command_line import TINY, start
from PIL import Image

from stylex.errors import Terminated
from stylex.runs.lock import Lock
from stylex.runs.signals import Stopping

LONG = (*TINY, "size=64", "steps=2000", "pyramid=single", "hydra.run.dir=x", "tracking=light")


def test_a_save_and_then_a_stop_sent_to_the_real_command(here):
    process = start(*LONG, cwd=here)
    result, end = here / "x/result.png", time.monotonic() + 60
    while not (here / "x/steps.jsonl").exists() or not (here / "x/steps.jsonl").read_text():
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.02)
    assert not result.exists()
    process.send_signal(signal.SIGUSR1)
    while not result.exists() and time.monotonic() < end:
        time.sleep(0.02)
    Image.open(result).load()
    first = json.loads((here / "x/run.json").read_text())
    assert first["status"] == "running" and process.poll() is None

    result.unlink()
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - sent < 5
    assert (process.returncode, err) == (130, "")
    record = json.loads((here / "x/run.json").read_text())
    assert (record["status"], record["reason"]) == ("interrupted", "stopped from outside")
    Image.open(result).load()
    assert (here / "x/checkpoint.pt").exists()
    assert out.count("saved x/result.png") == 1 and out.endswith("so far:\nx/result.png\n")


# A step that does not come back from C, where no signal's handler can run: of a huge picture it may
# take minutes.
STUCK = """
import ctypes
from stylex import cli
from stylex.runs import recorder
real = recorder.RunRecorder.on_step
def on_step(self, step):
    real(self, step)
    if step.number == 3:
        print("stuck", flush=True)
        library, mutex = ctypes.CDLL(None), ctypes.create_string_buffer(256)
        library.pthread_mutex_init(mutex, None)
        while True:  # waits for itself; other threads run meanwhile, as in torch
            library.pthread_mutex_lock(mutex)
recorder.RunRecorder.on_step = on_step
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
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert time.monotonic() - sent < 5
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
