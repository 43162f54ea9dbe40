"""A folder for one process at a time."""

import errno
import fcntl
import os
import platform
import subprocess
import sys
import threading

import pytest

from stylex.errors import UserError
from stylex.runs.lock import Lock, holder, is_held

HOLD = """
import sys, time, pathlib
from stylex.runs.lock import Lock
lock = Lock(pathlib.Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def process(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_another_process_is_kept_out_and_told_whose_it_is(tmp_path, process):
    with pytest.raises(UserError, match=f"{tmp_path} is in use by process {process.pid}$"):
        Lock(tmp_path)
    assert is_held(tmp_path)
    assert holder(tmp_path) == process.pid


def test_of_another_machine_s_process_the_number_is_nobody_s_here(tmp_path, process, monkeypatch):
    monkeypatch.setattr(platform, "node", lambda: "another")
    here = (tmp_path / ".lock").read_text().split()[1]
    assert is_held(tmp_path) and holder(tmp_path) is None
    with pytest.raises(UserError, match=f"in use by process {process.pid} on {here}$"):
        Lock(tmp_path)


def test_a_killed_process_keeps_nothing(tmp_path, process):
    process.kill()
    process.wait()
    assert not is_held(tmp_path)
    assert holder(tmp_path) is None
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
    assert not is_held(folder) and holder(folder) is None


def test_locks_of_other_names_do_not_meet(tmp_path):
    locks = Lock(tmp_path), Lock(tmp_path, ".other")
    for lock in locks:
        lock.release()


def test_nothing_held_where_nothing_is(tmp_path):
    assert not is_held(tmp_path / "nowhere")
    assert os.listdir(tmp_path) == []


def test_many_who_only_ask_never_take_each_other_for_a_holder(tmp_path):
    """A file that a killed process has left, looked at from four threads at once."""
    (tmp_path / ".lock").write_text("\n123")
    found = []

    def ask():
        found.extend(is_held(tmp_path) for _ in range(50))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found.count(False) == 200


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_a_warning(tmp_path, monkeypatch, caplog, number):
    """As some network file systems answer."""

    def refused(descriptor, operation):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refused)
    lock = Lock(tmp_path / "x")
    assert "this file system has no locks" in caplog.text
    assert not is_held(tmp_path / "x")
    lock.release()
    assert os.listdir(tmp_path / "x") == []


def test_a_full_disk_leaves_no_lock(tmp_path, monkeypatch):
    def full(descriptor, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space left") as error:
            Lock(tmp_path)
    assert error.value.filename == str(tmp_path / ".lock")
    assert os.listdir(tmp_path) == []
    Lock(tmp_path).release()
