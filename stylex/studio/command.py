"""The command line as a child process: asked what a config is, started, and stopped."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from stylex.errors import UserError
from stylex.runs.lock import holder

STOPPED = (130, 143, -signal.SIGTERM)  # exit statuses of what was asked to end
PROGRAM = (sys.executable, "-m", "stylex")


@dataclass(frozen=True)
class Composed:
    """What the command line makes of some words. settings: dotted; choices: {group: option}."""

    settings: dict[str, Any] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)


def compose(words: Sequence[str]) -> Composed:
    """Asks the command line. Raises UserError with what it says against the words."""
    asked = subprocess.run(
        [*PROGRAM, "--cfg", "all", *words], capture_output=True, encoding="utf-8", check=False
    )
    if asked.returncode:
        raise UserError(_complaint(asked.stderr) or "the settings cannot be read")
    tree = yaml.load(asked.stdout, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
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
    """One process. log: what it says."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    @property
    def complaint(self) -> str:
        """What it found wrong with what it was asked to do; empty where it found nothing."""
        if self.process.poll() in (None, 0, *STOPPED):
            return ""
        with contextlib.suppress(OSError):
            return _complaint(self.log.read_text("utf-8", "replace"))
        return ""


class Children:
    """The processes that this page has started, by the folders that they work in.

    They belong to nobody's terminal: neither the end of the page nor of its server ends them.
    """

    def __init__(self) -> None:
        self.by_folder: dict[Path, Child] = {}

    def start(self, words: Sequence[str], folder: Path, logs: Path) -> Child:
        """Runs `python -m stylex` with the words. Raises UserError where it cannot be started."""
        for child in self.by_folder.values():
            child.process.poll()  # or they stay with the system after their end
        earlier = self.by_folder.get(folder)
        if (earlier and earlier.alive) or holder(folder):
            raise UserError(f"{folder} is being worked on already")
        try:
            logs.mkdir(parents=True, exist_ok=True)
            log = logs / f"{time.strftime('%Y-%m-%d_%H-%M-%S')}_{folder.name}.log"
            with log.open("wb") as file:
                process = subprocess.Popen(
                    [*PROGRAM, *words],
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError as error:
            raise UserError(f"it cannot be started: {error.strerror}") from error
        self.by_folder.pop(folder, None)
        self.by_folder[folder] = Child(process, log)  # the last
        return self.by_folder[folder]

    def starting(self, folder: Path) -> bool:
        """Whether a process of ours is alive that has that folder to work in."""
        child = self.by_folder.get(folder)
        return bool(child and child.alive)

    def at_work(self) -> list[Path]:
        """The folders of those that are alive, the one that was started last first."""
        return [folder for folder, child in [*self.by_folder.items()][::-1] if child.alive]

    def complaint(self, folder: Path) -> str:
        """Why the process that was started there has ended, see `Child`."""
        child = self.by_folder.get(folder)
        return child.complaint if child else ""

    def stop(self, folder: Path) -> None:
        """Asks whoever works in the folder to end with what there is: from here or a terminal."""
        child = self.by_folder.get(folder)
        pid = child.process.pid if child and child.alive else holder(folder)
        if pid:
            with contextlib.suppress(OSError):  # gone, or somebody else's
                os.kill(pid, signal.SIGTERM)


def _complaint(text: str) -> str:
    """The last line that says what is wrong, without the program's name before it."""
    said = [line for line in text.splitlines() if line.startswith("stylex: ")]
    return said[-1].removeprefix("stylex: ") if said else ""
