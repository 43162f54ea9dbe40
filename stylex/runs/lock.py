"""A folder for one process at a time, by a lock that ends with the process that holds it."""

import contextlib
import errno
import logging
import os
import sys
import time
from pathlib import Path
from typing import IO

from stylex.errors import UserError

log = logging.getLogger(__name__)

# What the system says where another process holds the lock, and where there are no locks at all,
# as on some network file systems.
_HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)

if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[str], *, shared: bool = False) -> None:
        file.seek(1 << 20)  # beyond what is written, or nobody else could read whose it is
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)

else:
    import fcntl

    def _try_lock(file: IO[str], *, shared: bool = False) -> None:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


class Lock:
    """Held from `Lock(folder)` until `release` or the end of the process, however that comes.

    name: of the file in the folder that stands for it.

    Raises UserError where another process holds it, OSError where nothing can be written.
    """

    def __init__(self, folder: Path, name: str = ".lock") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / name
        while True:
            self.file = self.path.open("a+")
            try:
                _lock_soon(self.file)
            except OSError as error:
                if error.errno in _NO_LOCKS:
                    log.warning("%s: no locks here, so do not start it twice at once", folder)
                    break
                self.file.seek(0)
                holder = self.file.read().strip()
                self.file.close()
                if error.errno not in _HELD:
                    raise
                whose = f"process {holder}" if holder else "another process"
                raise UserError(f"{folder} is in use by {whose}") from error
            if _is_at(self.file, self.path):
                break
            self.file.close()  # its holder took it away between our opening and locking it
        try:
            self.file.truncate(0)
            self.file.write(str(os.getpid()))
            self.file.flush()
        except OSError:  # a full disk
            with contextlib.suppress(OSError):
                self.release()
            raise

    def release(self) -> None:
        """Leaves the folder as it was found. More than once does no harm."""
        if self.file.closed:
            return
        if sys.platform == "win32":  # removes no open file
            self.file.close()
            self.path.unlink(missing_ok=True)
        else:  # unlinked while still locked, or it might be the next holder's
            self.path.unlink(missing_ok=True)
            self.file.close()


def _lock_soon(file: IO[str]) -> None:
    """Tries for a moment, because somebody may just be looking (`is_held`). Raises OSError."""
    for _ in range(10):
        try:
            return _try_lock(file)
        except OSError as error:
            if error.errno not in _HELD:
                raise
        time.sleep(0.02)
    return _try_lock(file)


def is_held(folder: Path, name: str = ".lock") -> bool:
    """Whether a process holds the folder's lock right now."""
    try:
        with (folder / name).open("r+") as file:
            _try_lock(file, shared=True)  # and by closing lets go
    except OSError as error:
        return error.errno in _HELD
    return False


def holder(folder: Path, name: str = ".lock") -> int | None:
    """The process that holds the folder's lock right now, if one does."""
    if not is_held(folder, name):
        return None
    try:
        return int((folder / name).read_text())
    except (OSError, ValueError):  # let go of, or not yet signed
        return None


def _is_at(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
