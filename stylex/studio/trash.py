"""Folders of runs that were deleted on the page: moved aside, and moved back.

`.trash/<when>/runs/2026-11-21/jesse-kahlo_…` in outputs/: below the moment of its deletion each
lies where it came from. The dot keeps it out of reports on all of outputs/.
"""

import contextlib
import time
from pathlib import Path

from stylex.errors import UserError
from stylex.runs.lock import is_held
from stylex.runs.record import find
from stylex.studio.folders import Outputs

FOLDER = ".trash"


def place(outputs: Outputs) -> Path:
    """Where deleted runs are."""
    return outputs.root / FOLDER


def delete(outputs: Outputs, folder: Path) -> Path:
    """Moves a run's folder into the trash, and gives where it is then.

    Raises UserError where a process works in it or it is no run's; OSError where it cannot be
    moved.
    """
    if is_held(folder):
        raise UserError(f"{folder} is in use: stop the run first")
    found = outputs.find(outputs.name(folder))
    now = time.time()
    stamp = time.strftime("%Y-%m-%d_%H-%M-%S", time.localtime(now)) + f"-{int(now % 1 * 1e6):06d}"
    target = place(outputs) / stamp / found.relative_to(outputs.root)
    target.parent.mkdir(parents=True)
    try:
        found.rename(target)
    except OSError:
        _remove_empty(target.parent, place(outputs))
        raise
    return target


def restore(outputs: Outputs, trashed: Path) -> Path:
    """Moves a folder of the trash back to where it was, and gives that.

    Raises UserError where another run has its place by now, or it is none of the trash; OSError
    where it cannot be moved.
    """
    if trashed not in deleted(outputs):
        raise UserError(f"{trashed} is not in the trash any more")
    target = origin(outputs, trashed)
    if target.exists():
        raise UserError(f"{target} is there again: move it aside first")
    target.parent.mkdir(parents=True, exist_ok=True)
    trashed.rename(target)
    _remove_empty(trashed.parent, place(outputs))
    return target


def origin(outputs: Outputs, trashed: Path) -> Path:
    """Where a folder of the trash was."""
    return outputs.root / Path(*trashed.relative_to(place(outputs)).parts[1:])


def deleted(outputs: Outputs) -> list[Path]:
    """The folders in the trash, the last deleted first."""
    folder = place(outputs)
    return [*reversed(find([folder]))] if folder.is_dir() else []


def _remove_empty(folder: Path, last: Path) -> None:
    """Removes it and its parents below `last`, as far as they are empty."""
    with contextlib.suppress(OSError):
        while folder != last:
            folder.rmdir()
            folder = folder.parent
