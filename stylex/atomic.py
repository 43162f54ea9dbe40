"""Files that are written whole or not at all."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def replacing(path: Path, *, new: bool = False) -> Iterator[BinaryIO]:
    """A file to write that becomes `path` when all of it is safely on the disk.

    Until then, and when anything goes wrong, `path` is what it was before. Raises OSError; with
    `new` FileExistsError where there is something of that name by then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = unfinished(path)
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if new:
            path.touch(exist_ok=False)  # of several processes one succeeds, and has the name
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def unfinished(path: Path) -> Path:
    """What `path` is called until it is whole."""
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def to_bytes(text: str) -> bytes:
    """As UTF-8; what a file's name has that is no text as `\\udcff`."""
    return text.encode("utf-8", "backslashreplace")


def write_atomically(path: Path, data: bytes, *, new: bool = False) -> None:
    """All of `data` under `path`, or whatever was there before; see `replacing`. Raises OSError."""
    with replacing(path, new=new) as file:
        file.write(data)


def check_writable(path: Path) -> None:
    """Raises OSError where no file `path` could be made, in folders that may be yet to be made."""
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    trial = folder / unfinished(path).name
    trial.touch()
    trial.unlink()
