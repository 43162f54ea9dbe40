"""What every command of the program makes of its terminal and its signals."""

import argparse
import io
import os
import signal
import sys
from typing import NoReturn

from stylex.errors import Terminated, UserError


class Parser(argparse.ArgumentParser):
    """Raises UserError for a mistake: one line, as of any other, in place of a page of usage."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message} (--help tells more)")


def prepare() -> None:
    """SIGTERM is raised as Terminated, and SIGUSR1 ends nothing, before a run understands it.

    A terminal without `×`, or a closed one, is no reason to fail.
    """
    signal.signal(signal.SIGTERM, _terminate)
    if hasattr(signal, "SIGUSR1"):  # Windows has none
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # `2>&-`, as some services start a program
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def stopped(stop: KeyboardInterrupt) -> int:
    """The exit status of a program that was asked to stop, as shells count it."""
    return 143 if isinstance(stop, Terminated) else 130


def _terminate(signum: int, frame: object) -> None:
    raise Terminated
