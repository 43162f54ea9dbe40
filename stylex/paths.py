"""Paths that users name."""

import hashlib
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from stylex.errors import UserError

_elsewhere: ContextVar[Mapping[str, Path]] = ContextVar("_elsewhere")


@contextmanager
def found_at(places: Mapping[str, Path]) -> Iterator[None]:
    """Meanwhile a file that is named so is read from there: its copy on another machine."""
    token = _elsewhere.set(places)
    try:
        yield
    finally:
        _elsewhere.reset(token)


def expand(name: str | Path) -> Path:
    """`~` and `~somebody` understood, where there is such a home; otherwise taken as it stands."""
    if copy := _elsewhere.get({}).get(str(name)):
        return copy
    try:
        return Path(name).expanduser()
    except RuntimeError:
        return Path(name)


def is_file(name: str | Path) -> bool:
    """Whether a regular file is there; no for a name that no file can have."""
    try:
        return expand(name).is_file()
    except (OSError, ValueError):
        return False


def existing_file(name: str | Path) -> Path:
    """The path of a regular file. Raises UserError where there is none."""
    path = expand(name)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise UserError(f"no such file: {path}") from error
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:  # a null byte
        raise UserError(f"no such file: {str(path)!r}") from error
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "no regular file"
        raise UserError(f"{path} is {kind}, so it cannot be read")
    return path


def shown(path: Path) -> Path:
    """Relative to where the user stands, when it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def sha256(name: str | Path) -> str:
    """Of a file's bytes, in hexadecimal. Raises OSError."""
    with expand(name).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def conf_folder() -> Path:
    """conf/ in the installed package, or at the top of a checkout."""
    here = Path(__file__).resolve().parent
    for folder in (here / "conf", here.parent / "conf"):
        if (folder / "config.yaml").is_file():
            return folder
    raise UserError(f"no conf/ beside or inside {here}: reinstall stylex")
