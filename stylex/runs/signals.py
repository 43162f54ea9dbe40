"""Signals to stop, or to save: obeyed between two steps, and within five seconds."""

import os
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from stylex.errors import Terminated

PATIENCE = 4.0  # seconds that a step may take to end after a signal to stop
_elsewhere: set["Stopping"] = set()  # those entered in other threads than the main one
_STOP = (signal.SIGINT, signal.SIGTERM)
_SAVE = getattr(signal, "SIGUSR1", None)  # Windows has none


def stop_threads() -> None:
    """Stops the runs of this process's other threads as SIGINT stops the main one's."""
    for stopping in [*_elsewhere]:
        stopping.request()


class Stopping:
    """While it is entered, SIGINT and SIGTERM let the step end first; SIGUSR1 requests a save.

    Signals reach the main thread only; in any other `request` is what SIGINT is there.

    on_late: called from another thread, before the process ends, when the step does not end within
        PATIENCE seconds. It may spend all of them in one call of torch's, during which Python
        cannot run a signal's handler; so that thread learns of the signal by a wake-up socket.
    """

    def __init__(self, on_late: Callable[[], None]) -> None:
        self.on_late = on_late
        self.patient = False  # whether a step is under way that ends, and `check` comes after it
        self.requested: KeyboardInterrupt | None = None
        self._save_requested = False
        self._leaving = threading.RLock()  # a handler may come while it is held
        self._left = threading.Event()
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Stopping":
        if threading.current_thread() is threading.main_thread():
            for number in _STOP:
                self._before[number] = signal.signal(number, self._stop)
            if _SAVE is not None:
                self._before[_SAVE] = signal.signal(_SAVE, self._save)
            self._writer, reader = socket.socketpair()
            self._writer.setblocking(False)
            self._earlier_writer = signal.set_wakeup_fd(self._writer.fileno())
            threading.Thread(target=self._watch, args=(reader,), daemon=True).start()
        else:
            _elsewhere.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._leave_in_time()
        _elsewhere.discard(self)
        if self._before:
            signal.set_wakeup_fd(self._earlier_writer)
            self._writer.close()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def request(self) -> None:
        """From another thread: as SIGINT."""
        self.requested = self.requested or KeyboardInterrupt()
        late = threading.Thread(target=self._give_up, args=(signal.SIGINT,), daemon=True)
        late.start()

    def check(self) -> None:
        """Between two steps. Raises KeyboardInterrupt, or Terminated, after such a signal."""
        if self.requested:
            self._leave_in_time()
            raise self.requested

    def last_step(self) -> None:
        """No step follows: an earlier signal is obeyed when all is done, a new one at once."""
        self.patient = False
        self.finishing()

    def finishing(self) -> None:
        """No step follows, and all that is painted is to be kept first: `check` obeys a signal."""
        self._leave_in_time()

    def request_save(self) -> None:
        """As SIGUSR1."""
        self._save_requested = True

    def take_save(self) -> bool:
        """Whether a save has been requested since the last time."""
        requested, self._save_requested = self._save_requested, False
        return requested

    def _stop(self, number: int, frame: FrameType | None) -> None:
        error = Terminated() if number == signal.SIGTERM else KeyboardInterrupt()
        if self.requested or not self.patient:  # twice: at once
            self._leave_in_time()
            raise error
        self.requested = error

    def _save(self, number: int, frame: FrameType | None) -> None:
        self.request_save()

    def _leave_in_time(self) -> None:
        with self._leaving:  # or wait for the end of the process, when it is too late
            self._left.set()

    def _watch(self, reader: socket.socket) -> None:
        with reader:
            while received := reader.recv(1):
                if received[0] in _STOP and self.patient:
                    self._give_up(received[0])

    def _give_up(self, number: int) -> None:
        """Ends the process when the step does not end in time after that signal."""
        if self._left.wait(PATIENCE):
            return
        with self._leaving:
            if self._left.is_set():  # in the last moment
                return
            try:
                self.on_late()
            finally:
                os._exit(128 + number)
