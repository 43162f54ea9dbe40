"""A folder for one process at a time, by a lock that ends with the process that holds it.

The lock itself is filelock's. Added here: who holds it, a file that is removed with the lock, a
question that does not take the lock, and file systems that have no locks.
"""

import contextlib
import errno
import logging
import os
import platform
import sys
import time
from pathlib import Path

from stylex.atomic import naming
from stylex.errors import UserError

log = logging.getLogger(__name__)

# What the system says where the file system has no locks, as some network file systems.
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)
_PATIENCE = 0.2  # seconds: a process that asks `is_held` holds the lock for a moment
_OWNER = 1  # offset of the process number: on Windows nobody else can read byte 0, which is locked


class Lock:
    """Held from `Lock(folder)` until `release` or the end of the process, however that comes.

    name: of the file in the folder that is locked.

    Raises UserError, with the process, where another one holds it; OSError where nothing can be
    written.
    """

    def __init__(self, folder: Path, name: str = ".lock") -> None:
        from filelock import FileLock, Timeout  # 50 ms, of which --help needs nothing

        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / name
        self._lock = FileLock(self.path, thread_local=False, on_acquired=self._sign)
        try:
            with naming(self.path):
                self._lock.acquire(timeout=_PATIENCE, poll_interval=0.02)
        except Timeout as error:
            owner, machine = _owner(self.path)
            whose = f"process {owner}" if owner else "another process"
            whose += f" on {machine}" if machine != platform.node() else ""
            raise UserError(f"{folder} is in use by {whose}") from error
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            self.path.unlink(missing_ok=True)
            log.warning("%s: this file system has no locks, so do not start it twice", folder)

    def _sign(self, descriptor: int) -> None:
        try:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, b"\n" * _OWNER + f"{os.getpid()} {platform.node()}".encode())
        except OSError:  # a full disk
            self._remove()
            raise

    def release(self) -> None:
        """Leaves the folder as it was found. More than once does no harm."""
        if self._lock.is_locked:
            self._remove()
            self._lock.release()

    def _remove(self) -> None:
        # While still locked: afterwards it might be the next holder's. Windows removes no open
        # file, and there filelock itself removes it.
        if sys.platform != "win32":
            self.path.unlink(missing_ok=True)


def is_held(folder: Path, name: str = ".lock") -> bool:
    """Whether a process holds the folder's lock now."""
    from filelock import lock_descriptor

    path = folder / name
    try:
        descriptor = os.open(path, os.O_RDWR if os.access(path, os.W_OK) else os.O_RDONLY)
    except OSError:
        return False
    try:
        # Several times: another process may be asking the same, which holds the lock for a moment.
        for attempt in range(5):
            time.sleep(0.002 * attempt)
            if lock_descriptor(descriptor, blocking=False):
                return False
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)


def holder(folder: Path, name: str = ".lock") -> int | None:
    """The process that holds the folder's lock now, if one of this machine's does."""
    number, machine = _owner(folder / name) if is_held(folder, name) else (None, "")
    return number if machine == platform.node() else None


def _owner(path: Path) -> tuple[int | None, str]:
    """A process, and the machine that it runs on; None, on this one, where the lock was released
    meanwhile, or its holder has yet to sign it.
    """
    with contextlib.suppress(OSError, ValueError), path.open("rb", buffering=0) as file:
        file.seek(_OWNER)
        number, _, machine = file.read().decode().partition(" ")
        return int(number), machine or platform.node()
    return None, platform.node()
