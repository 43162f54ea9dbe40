"""The command line as child processes: asked for configs and plans, started, and stopped."""

import contextlib
import math
import os
import signal
import subprocess
import sys
import tempfile
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
from stylex.studio.spare import Spare

PAUSE = 1.5  # seconds without a change before a plan is asked for
LASTS = 300.0  # seconds that it holds: free memory changes, and so does the known speed
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


def film(folder: Path) -> bytes:
    """A WebP film of what the run in `folder` has logged; empty where none was made."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "film.webp"
        words = [sys.executable, "-m", "stylex.film", str(folder), str(path)]
        subprocess.run(words, capture_output=True, check=False)
        return path.read_bytes() if path.is_file() else b""


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

    def __init__(self, outputs: Outputs, spare: Spare | None = None) -> None:
        """spare: what a run is given to, if it is ready."""
        self.outputs = outputs
        self.spare = spare
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
                spare = None if is_sweep(folder) else self.spare
                process = spare.run(overrides, log) if spare else None
                process = process or _started(overrides, log)
            except OSError as error:
                raise UserError(f"the run cannot be started: {error.strerror}") from error
            self.children.pop(folder, None)
            self.children[folder] = Child(process, log)  # the last
            self.stopped.discard(folder)

    def prepare(self) -> None:
        """Has the next run begin sooner, unless one is under way."""
        if self.spare and not self.running():
            self.spare.prepare()

    def alive(self, folder: Path) -> bool:
        """Whether a process works in the folder, or has been started to."""
        child = self.children.get(folder)
        return bool(child and child.alive) or is_held(folder)

    def running(self) -> list[Path]:
        """The folders of single runs under way, the latest first."""
        own = [folder for folder, child in list(self.children.items()) if child.alive]
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
        """Asks the process that works in the folder to end, whoever started it.

        Raises UserError where it runs on another machine.
        """
        child = self.children.get(folder)
        pid = child.process.pid if child and child.alive else holder(folder)
        if not pid and is_held(folder):
            raise UserError("it runs on another machine, and can be stopped there")
        if pid:
            with contextlib.suppress(OSError):  # ended meanwhile, or of another user
                os.kill(pid, signal.SIGTERM)
                self.stopped.add(folder)


def _started(overrides: Sequence[str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as file:
        return subprocess.Popen(
            [*PROGRAM, *overrides],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


class Planner:
    """Plans of runs and sweeps, asked for in the background: one at a time.

    answers: {overrides: (when, the plan or what is wrong)}; several pages may share them.
    """

    def __init__(self, answers: dict[tuple[str, ...], tuple[float, str | UserError]]) -> None:
        self.answers = answers
        self.question: tuple[str, ...] = ()
        self.since = 0.0
        self.process: subprocess.Popen[str] | None = None

    def ask(self, overrides: Sequence[str]) -> str | None:
        """What `--plan` says of the overrides, on one line; None until it is known.

        To be asked again then: a process is started only for a question that stays the same for
        PAUSE. Raises UserError where they cannot run.
        """
        question, now = tuple(overrides), time.monotonic()
        when, answer = self.answers.get(question, (-math.inf, ""))
        if now - when < LASTS:
            if isinstance(answer, UserError):
                raise UserError(str(answer))  # that one would keep all that ever raised it
            return answer
        if question != self.question:
            self.cancel()
            self.question, self.since = question, now
        elif self.process is None and now - self.since >= PAUSE:
            self.process = subprocess.Popen(
                [*PROGRAM, "--plan", *overrides],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
            )
        elif self.process and self.process.poll() is not None:
            for known, (when, _) in list(self.answers.items()):
                if now - when >= LASTS:
                    del self.answers[known]
            self.answers[question] = now, _plan_in(*self.process.communicate())
            self.process = None
            return self.ask(overrides)
        return None

    def cancel(self) -> None:
        """Drops the question, so that its process takes nothing from a run that begins."""
        if self.process:
            self.process.kill()
            self.process.communicate()
        self.process, self.question = None, ()


def _plan_in(said: str, wrong: str) -> str | UserError:
    """The lines of a plan in one, without the title of a single run."""
    lines = said.splitlines()
    if not lines:
        return UserError(_error_in(wrong) or "there is no plan")
    return " · ".join([line.strip() for line in lines if line.startswith("  ")] or lines)


def _error_in(text: str) -> str:
    """The last line with an error, without the program's name before it."""
    lines = [line for line in text.splitlines() if line.startswith("stylex: ")]
    return lines[-1].removeprefix("stylex: ") if lines else ""
