"""What every command of the program makes of its terminal and its signals."""

import argparse
import io
import signal
import sys
from typing import NoReturn

from stylex.errors import Terminated, UserError


class Parser(argparse.ArgumentParser):
    """Raises UserError for a mistake: one line, as of any other, in place of a page of usage."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message} (--help tells more)")


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
