"""The command line as child processes: asked what a config is, started, and stopped."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from stylex.errors import UserError
from stylex.runs.lock import holder, is_held
from stylex.studio.folders import Outputs, is_sweep

STOPPED = (130, 143, -signal.SIGTERM)  # exit statuses after Ctrl-C and SIGTERM
PROGRAM = (sys.executable, "-m", "stylex")


@dataclass(frozen=True)
class Composed:
    """The config that overrides make. settings: dotted keys; choices: {group: option}."""

    settings: dict[str, Any] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)


def compose(overrides: Sequence[str]) -> Composed:
    """Asks the command line. Raises UserError with its message against the overrides."""
    done = subprocess.run(
        [*PROGRAM, "--cfg", "all", *overrides], capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise UserError(_error_in(done.stderr) or "the settings cannot be read")
    tree = yaml.load(done.stdout, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    choices = tree.pop("hydra")["runtime"]["choices"]
    own = {group: str(option) for group, option in choices.items() if "/" not in group}
    return Composed(_flat(tree, ""), own)


def _flat(node: Any, prefix: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in node.items():
        flat[prefix + key] = value
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
    return flat


@dataclass
class Child:
    """A process that the page started. log: its output."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    @property
    def error(self) -> str:
        """Its message where it failed; empty where it did not, or was stopped."""
        if self.process.poll() in (None, 0, *STOPPED):
            return ""
        with contextlib.suppress(OSError):
            return _error_in(self.log.read_text("utf-8", "replace"))
        return ""


class Processes:
    """The processes that work in `outputs`: those that this server started, and all others.

    The others are known by the locks of the folders that they work in: runs from a terminal, or
    from before the server was restarted. Neither the end of a page nor of its server ends any.
    """

    def __init__(self, outputs: Outputs) -> None:
        self.outputs = outputs
        self.children: dict[Path, Child] = {}
        self.stopped: set[Path] = set()
        self.starting = threading.Lock()  # of two pages that start a run at once, one does

    def start(self, overrides: Sequence[str], folder: Path) -> None:
        """Runs `python -m stylex` with the overrides, to work in `folder`.

        Raises UserError where a process works there already, where it is a single run and another
        one is under way, or where no process can be started.
        """
        with self.starting:
            if self.alive(folder):
                raise UserError(f"{folder} is in use already")
            if not is_sweep(folder) and self.running():
                raise UserError("a run is under way: stop it, or wait for its end")
            try:
                logs = self.outputs.logs
                logs.mkdir(parents=True, exist_ok=True)
                log = logs / f"{time.strftime('%Y-%m-%d_%H-%M-%S')}_{folder.name}.log"
                with log.open("wb") as file:
                    process = subprocess.Popen(
                        [*PROGRAM, *overrides],
                        stdin=subprocess.DEVNULL,
                        stdout=file,
                        stderr=subprocess.STDOUT,
                        start_new_session=True,
                    )
            except OSError as error:
                raise UserError(f"the run cannot be started: {error.strerror}") from error
            self.children.pop(folder, None)
            self.children[folder] = Child(process, log)  # the last
            self.stopped.discard(folder)

    def alive(self, folder: Path) -> bool:
        """Whether a process works in the folder, or has been started to."""
        child = self.children.get(folder)
        return bool(child and child.alive) or is_held(folder)

    def running(self) -> list[Path]:
        """The folders of single runs under way, the latest first."""
        own = [folder for folder, child in self.children.items() if child.alive]
        single = [folder for folder in own if not is_sweep(folder)]
        return list(dict.fromkeys([*reversed(single), *self.outputs.running()]))

    def error(self, folder: Path) -> str:
        """The message with which the process that the page started there failed, or nothing."""
        child = self.children.get(folder)
        return child.error if child else ""

    def was_stopped(self, folder: Path) -> bool:
        """Whether the last process there was stopped from the page."""
        return folder in self.stopped

    def stop(self, folder: Path) -> None:
        """Asks the process that works in the folder to end, whoever started it."""
        child = self.children.get(folder)
        pid = child.process.pid if child and child.alive else holder(folder)
        if pid:
            with contextlib.suppress(OSError):  # ended meanwhile, or of another user
                os.kill(pid, signal.SIGTERM)
                self.stopped.add(folder)


def _error_in(text: str) -> str:
    """The last line with an error, without the program's name before it."""
    lines = [line for line in text.splitlines() if line.startswith("stylex: ")]
    return lines[-1].removeprefix("stylex: ") if lines else ""
