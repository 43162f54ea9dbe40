"""What is to be painted once the run under way is over: one after another, first come first.

It is kept by the page's server, so that it outlives every page but not the server: what it holds is
run, and a file of it in a folder of somebody else's would be run, too.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stylex.errors import UserError
from stylex.runs.record import RECORD
from stylex.studio.command import Processes

PAUSE = 1.0  # seconds between two looks at whether the next can begin
MOST = 100  # that wait
REMEMBERED = 5  # of those that could not begin


@dataclass(frozen=True)
class Waiting:
    """One run to come. folder: that it is to work in. name: in a few words."""

    folder: Path
    overrides: tuple[str, ...]
    name: str


def joined(waiting: Sequence[Waiting], new: Waiting) -> tuple[Waiting, ...]:
    """With `new` as the last. Raises UserError where MOST wait already."""
    if len(waiting) >= MOST:
        raise UserError(f"{MOST} runs wait already: remove one")
    return (*without(waiting, new.folder), new)


def without(waiting: Sequence[Waiting], folder: Path) -> tuple[Waiting, ...]:
    """The others, in their order."""
    return tuple(one for one in waiting if one.folder != folder)


def due(waiting: Sequence[Waiting], *, busy: bool) -> Waiting | None:
    """The one that is to begin now, if any."""
    return None if busy or not waiting else waiting[0]


class Queue:
    """Starts the next run of the queue whenever none is under way, whoever started that.

    refused: the names of those that could not begin, and why, the last REMEMBERED.
    """

    def __init__(self, processes: Processes) -> None:
        self.processes = processes
        self.waiting: tuple[Waiting, ...] = ()
        self.refused: tuple[tuple[str, str], ...] = ()
        self._begun: Waiting | None = None
        self._changing = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def begun(self) -> Path | None:
        """The folder of the run that it started last, while it is under way."""
        begun = self._begun
        return begun.folder if begun else None

    def add(self, new: Waiting) -> None:
        """As the last. Raises UserError where too many wait."""
        with self._changing:
            self.waiting = joined(self.waiting, new)
            if self._thread is None:
                self._thread = threading.Thread(target=self._attend, daemon=True)
                self._thread.start()

    def remove(self, folder: Path) -> None:
        """Takes out the run that was to work there; nothing where it has begun."""
        with self._changing:
            self.waiting = without(self.waiting, folder)

    def step(self) -> bool:
        """Starts what is due. Whether there is anything left to attend to."""
        busy = bool(self.processes.running())
        with self._changing:
            if not busy:
                self._note()
            if (next_one := due(self.waiting, busy=busy)) is not None:
                try:
                    self.processes.start(next_one.overrides, next_one.folder)
                except UserError as refused:
                    if self.processes.running():  # another page was quicker
                        return True
                    self._refuse(next_one, str(refused))
                else:
                    self._begun = next_one
                self.waiting = without(self.waiting, next_one.folder)
            if not self.waiting and self._begun is None:
                self._thread = None
                return False
        return True

    def _note(self) -> None:
        """Keeps the message of the run that was begun last, if it failed before it had a record."""
        begun, self._begun = self._begun, None
        if begun is None or (begun.folder / RECORD).is_file():
            return
        if message := self.processes.error(begun.folder):
            self._refuse(begun, message)

    def _refuse(self, one: Waiting, message: str) -> None:
        self.refused = (*self.refused, (one.name, message))[-REMEMBERED:]

    def forget(self) -> None:
        """Drops what could not begin, once it has been read."""
        self.refused = ()

    def _attend(self) -> None:
        while self.step():
            time.sleep(PAUSE)
