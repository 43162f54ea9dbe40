"""Terminals that are closed, readers that have had enough, and signals at odd moments."""

import os
import signal
import subprocess
import sys

import pytest
from command_line import TINY

PROGRAM = (sys.executable, "-m", "stylex")


def ran(*words, cwd, **options):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.run(
        [*map(str, words)], cwd=cwd, env=environment, text=True, check=False, **options
    )


def test_a_run_needs_nobody_who_listens(here):
    line = f"{sys.executable} -m stylex {' '.join(TINY)} hydra.run.dir=x >&- 2>&-"
    assert ran("sh", "-c", line, cwd=here).returncode == 0
    assert (here / "x/result.png").is_file()


def test_a_reader_who_has_had_enough_is_no_mistake(here):
    read, write = os.pipe()
    os.close(read)
    done = ran(*PROGRAM, "--help", cwd=here, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


def test_ctrl_c_while_hydra_is_imported_is_no_traceback(here):
    (here / "hydra.py").write_text("raise KeyboardInterrupt")
    # The folder that one stands in comes first.
    done = ran(*PROGRAM, cwd=here, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (130, "")


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="there is no such signal")
def test_a_request_to_save_before_there_is_anything_ends_nothing(here):
    code = (
        "import os, signal; from stylex import terminal; terminal.prepare()\n"
        "os.kill(os.getpid(), signal.SIGUSR1); print('goes on')"
    )
    assert ran(sys.executable, "-c", code, cwd=here, stdout=subprocess.PIPE).stdout == "goes on\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("~style",), "stylex: style cannot be taken away\n"),
        (("zip=content,style",), "stylex: zip is for sweeps: add --multirun\n"),
        (("fold=seed", "size=32"), "stylex: fold is for sweeps: add --multirun\n"),
    ],
)
def test_words_that_one_run_cannot_use_are_refused(here, command, words, said):
    outcome = command(*words)
    assert (outcome.status, outcome.err) == (2, said)
    assert list(here.iterdir()) == []
