"""Which GPU a process takes, on machines made up of names and free memory."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from stylex.transfer import gpus
from stylex.transfer.device import choose_device


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """`machine("a", "b", free={"a": 10})`: two GPUs, and what nvidia-smi says of them."""

    def play(*names, free=None):
        script = tmp_path / "nvidia-smi"
        lines = "\n".join(f"GPU-{name}, {memory}" for name, memory in (free or {}).items())
        script.write_text(f"#!/bin/sh\ncat <<END\n{lines}\nEND\n")
        script.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: len(names))
        monkeypatch.setattr(
            torch.cuda, "get_device_properties", lambda n: SimpleNamespace(uuid=names[n])
        )

    gpus.least_used.cache_clear()
    yield play
    gpus.least_used.cache_clear()
    for lock in gpus._locks:
        lock.release()
    gpus._locks.clear()


def another_process_chooses():
    """What the next process would take; this one keeps its own."""
    gpus.least_used.cache_clear()
    return choose_device("auto")


def test_that_with_the_most_free_memory(machine):
    machine("a", "b", "c", free={"a": 900, "b": 80000, "c": 70000})
    assert choose_device("auto") == torch.device("cuda", 1)
    assert choose_device("auto") == torch.device("cuda", 1)  # the process stays there


def test_processes_share_them_out(machine):
    machine("a", "b", "c", free={"a": 900, "b": 80000, "c": 70000})
    chosen = [another_process_chooses().index for _ in range(4)]
    assert chosen == [1, 2, 0, 1]  # when all are taken, again by memory


def test_what_another_process_has_taken_is_free_again_when_that_ends(machine, tmp_path):
    machine("a", "b", free={"a": 2, "b": 1})
    code = (
        "import sys; from filelock import FileLock; lock = FileLock(sys.argv[1]); lock.acquire();"
        "print('taken', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "stylex-gpu-a.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert choose_device("auto").index == 1
        process.kill()
    gpus._locks.pop().release()
    assert another_process_chooses().index == 0


@pytest.mark.parametrize("free", [None, {"a": "[N/A]", "b": "[N/A]"}])
def test_without_a_word_of_the_driver_the_first(machine, free):
    machine("a", "b", free=free)
    assert choose_device("auto").index == 0


def test_a_single_one_needs_no_lock(machine, tmp_path):
    machine("a")
    assert choose_device("auto") == torch.device("cuda")
    assert not [*tmp_path.glob("*.lock")]
