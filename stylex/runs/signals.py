"""Being asked to stop, or to save, from outside: between two steps, and within five seconds."""

import os
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from stylex.errors import Terminated

PATIENCE = 4.0  # seconds that a step may take to end once somebody wants to leave
_STOP = (signal.SIGINT, signal.SIGTERM)
_SAVE = getattr(signal, "SIGUSR1", None)  # Windows has none


class Stopping:
    """While it is entered, SIGINT and SIGTERM let the step end first, and SIGUSR1 asks for a save.

    on_late: called from another thread, before the process ends, when the step does not end in
        PATIENCE seconds. It may spend all of them in one call of torch's, during which Python
        cannot run a signal's handler; so that thread hears of the signal by a wake-up socket.
    """

    def __init__(self, on_late: Callable[[], None]) -> None:
        self.on_late = on_late
        self.patient = False  # whether there is a step that ends, and `check` after it
        self.asked: KeyboardInterrupt | None = None
        self._wants_save = False
        self._leaving = threading.RLock()  # a handler may come while it is held
        self._left = threading.Event()
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Stopping":
        # Only the main thread hears signals.
        if threading.current_thread() is threading.main_thread():
            for number in _STOP:
                self._before[number] = signal.signal(number, self._stop)
            if _SAVE is not None:
                self._before[_SAVE] = signal.signal(_SAVE, self._save)
            self._bell, ear = socket.socketpair()
            self._bell.setblocking(False)
            self._earlier_bell = signal.set_wakeup_fd(self._bell.fileno())
            threading.Thread(target=self._listen, args=(ear,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leave_in_time()
        if self._before:
            signal.set_wakeup_fd(self._earlier_bell)
            self._bell.close()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Between two steps. Raises KeyboardInterrupt, or Terminated, if somebody asked."""
        if self.asked:
            self._leave_in_time()
            raise self.asked

    def last_step(self) -> None:
        """No step follows: what was asked for comes when all is done, anything new at once."""
        self.patient = False
        self._leave_in_time()

    def take_save(self) -> bool:
        """Whether somebody has asked for the picture since the last time."""
        wanted, self._wants_save = self._wants_save, False
        return wanted

    def _stop(self, number: int, frame: FrameType | None) -> None:
        error = Terminated() if number == signal.SIGTERM else KeyboardInterrupt()
        if self.asked or not self.patient:  # twice: at once
            self._leave_in_time()
            raise error
        self.asked = error

    def _save(self, number: int, frame: FrameType | None) -> None:
        self._wants_save = True

    def _leave_in_time(self) -> None:
        with self._leaving:  # or wait for the end, when it is too late
            self._left.set()

    def _listen(self, ear: socket.socket) -> None:
        with ear:
            while heard := ear.recv(1):
                if heard[0] in _STOP and self.patient and not self._left.wait(PATIENCE):
                    with self._leaving:
                        if self._left.is_set():  # in the last moment
                            return
                        try:
                            self.on_late()
                        finally:
                            os._exit(128 + heard[0])
