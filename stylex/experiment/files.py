"""Files that are written whole or not at all."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write that becomes `path` when all of it is safely on the disk.

    Until then, and when anything goes wrong, `path` is what it was before. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = unfinished(path)
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def unfinished(path: Path) -> Path:
    """What `path` is called until it is whole."""
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def to_bytes(text: str) -> bytes:
    """As UTF-8; what a file's name has that is no text as `\\udcff`."""
    return text.encode("utf-8", "backslashreplace")


def write_atomically(path: Path, data: bytes) -> None:
    """All of `data` under `path`, or whatever was there before. Raises OSError."""
    with replacing(path) as file:
        file.write(data)
