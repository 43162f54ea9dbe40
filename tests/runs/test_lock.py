"""A folder for one process at a time."""

import os
import subprocess
import sys

import pytest

from stylex.errors import UserError
from stylex.runs.lock import Lock, is_held

HOLD = """
import sys, time, pathlib
from stylex.runs.lock import Lock
lock = Lock(pathlib.Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_another_process_is_kept_out_and_told_whose_it_is(tmp_path, holder):
    with pytest.raises(UserError, match=f"in use by process {holder.pid}"):
        Lock(tmp_path)
    assert is_held(tmp_path)


def test_a_killed_process_keeps_nothing(tmp_path, holder):
    holder.kill()
    holder.wait()
    assert not is_held(tmp_path)
    Lock(tmp_path).release()
    assert os.listdir(tmp_path) == []


def test_the_same_process_is_kept_out_until_release(tmp_path):
    folder = tmp_path / "new" / "folder"
    lock = Lock(folder)
    with pytest.raises(UserError, match=f"process {os.getpid()}"):
        Lock(folder)
    lock.release()
    lock.release()
    assert os.listdir(folder) == []
    again = Lock(folder)
    lock.release()  # of old, and nothing to it
    assert is_held(folder)
    again.release()


def test_locks_of_other_names_do_not_meet(tmp_path):
    locks = Lock(tmp_path), Lock(tmp_path, ".other")
    for lock in locks:
        lock.release()


def test_nothing_held_where_nothing_is(tmp_path):
    assert not is_held(tmp_path / "nowhere")
    assert os.listdir(tmp_path) == []
