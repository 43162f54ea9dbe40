"""Files that are written whole or not at all."""

import contextlib
import glob
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def replacing(path: Path, *, new: bool = False) -> Iterator[BinaryIO]:
    """A file to write that becomes `path` once all of it is safely on the disk.

    Until then, and when anything fails, `path` is what it was before. Raises OSError, which names
    `path`; with `new` FileExistsError where a file of that name exists by then.
    """
    temporary = unfinished(path)
    with naming(path, temporary):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if new:
                path.touch(exist_ok=False)  # of several processes one succeeds, and has the name
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def naming(path: Path, temporary: Path | None = None) -> Iterator[None]:
    """Adds to an OSError which file it was about: of a failed write the system does not say so.

    temporary: a file that stands for `path`; an error about it names `path`, too.
    """
    try:
        yield
    except OSError as error:
        if error.filename is None or error.filename == str(temporary):
            error.filename = str(path)
        raise


def unfinished(path: Path) -> Path:
    """What `path` is called until it is whole."""
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def remove_unfinished(path: Path) -> None:
    """Removes what killed processes left of `path`; nobody may be writing it. Raises OSError."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        left.unlink(missing_ok=True)


def to_bytes(text: str) -> bytes:
    """As UTF-8; bytes of a file's name that are not text as `\\udcff`."""
    return text.encode("utf-8", "backslashreplace")


def write_atomically(path: Path, data: bytes, *, new: bool = False) -> None:
    """Writes `data` to `path`, all or nothing; see `replacing`. Raises OSError."""
    with replacing(path, new=new) as file:
        file.write(data)


def check_writable(path: Path) -> None:
    """Raises OSError where no file `path` could be made, in folders that need not exist yet."""
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    trial = folder / unfinished(path).name
    trial.touch()
    trial.unlink()
