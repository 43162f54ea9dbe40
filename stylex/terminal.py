"""What every command of the program makes of its terminal and its signals."""

import io
import signal
import sys

from stylex.errors import Terminated


def prepare() -> None:
    """SIGTERM is raised as Terminated, and a terminal without `×` is no reason to fail."""
    signal.signal(signal.SIGTERM, _terminate)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def stopped(stop: KeyboardInterrupt) -> int:
    """The exit status of a program that was asked to stop, as shells count it."""
    return 143 if isinstance(stop, Terminated) else 130


def _terminate(signum: int, frame: object) -> None:
    raise Terminated
