"""A process that has imported libraries already and waits for the one command line that it runs.

Half of what a run does before its first picture is to import them, torch above all. Nothing of
stylex that a command runs is imported before there is one, so that it is the code of then. It ends
with its server.
"""

import contextlib
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import psutil

from stylex.importing import importing_torch

LIBRARIES = ("torch", "hydra", "tensorboard.summary.writer.event_file_writer", "tifffile", "psutil")
LEAST_FREE = 4 * 2**30  # bytes of memory; it takes half a GB of them


class Spare:
    """At most one such process, kept for the next run."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Starts one, unless there is one, memory is short, or none can be started."""
        if self.process and self.process.poll() is None:
            return
        if psutil.virtual_memory().available < LEAST_FREE:
            return
        with contextlib.suppress(OSError):
            self.process = subprocess.Popen(
                [sys.executable, "-m", "stylex.studio.spare"],
                # As cli.main would set it before it imports torch.
                env={"OMP_WAIT_POLICY": "PASSIVE", **os.environ},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def run(self, overrides: Sequence[str], log: Path) -> "subprocess.Popen[bytes] | None":
        """Has it run `python -m stylex` with the overrides, its output in `log`.

        None where there is none, or it has ended.
        """
        process, self.process = self.process, None
        if not (process and process.stdin and process.poll() is None):
            return None
        try:
            process.stdin.write(json.dumps([str(log.absolute()), *overrides]).encode())
            process.stdin.close()
        except OSError:  # it has ended meanwhile
            return None
        return process


def main() -> None:
    """Waits for a log's path and overrides, a JSON list up to the end of stdin, and runs them."""
    with importing_torch(), contextlib.suppress(ImportError):  # the command says what is wrong
        for library in LIBRARIES:
            import_module(library)
    said = sys.stdin.buffer.read()
    if not said:  # the server has ended
        return
    log, *overrides = json.loads(said)
    with open(log, "ab") as file:
        sys.stdout.flush()
        for descriptor in (1, 2):
            os.dup2(file.fileno(), descriptor)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    sys.argv[1:] = overrides
    runpy.run_module("stylex", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
