"""The folder that the page works in. Nothing outside it is opened, whatever a link asks for."""

import contextlib
import re
import time
from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from stylex.errors import UserError, quoted
from stylex.runs.lock import is_held
from stylex.runs.record import RECORD
from stylex.runs.sweep_record import FILE as SWEEP

LONGEST_NAME = 61  # characters of a sweep's name


@dataclass(frozen=True)
class Outputs:
    """outputs/ and what the page keeps there.

    runs/, sweeps/              those of the command line
    studio/uploads/<group>/     pictures uploaded as content and as style
    studio/logs/                the output of the processes that it started
    """

    root: Path

    @property
    def logs(self) -> Path:
        return self.root / "studio" / "logs"

    def uploads(self, group: str) -> Path:
        """Where pictures uploaded as `content` or `style` are kept."""
        return self.root / "studio" / "uploads" / group

    def uploaded(self, group: str) -> list[Path]:
        """The pictures kept there, the latest first."""
        found = {}
        for path in self.uploads(group).glob("[0-9a-f]*/*"):
            with contextlib.suppress(OSError):  # deleted meanwhile
                found[path] = path.stat().st_mtime_ns
        return sorted(found, key=lambda path: -found[path])

    def kept_as(self, group: str, file: Path) -> str:
        """The path as `uploaded` gives it, where the file is there, however it is named."""
        kept = {path.resolve(): path for path in self.uploaded(group)}
        return str(kept.get(file.resolve(), file))

    def new_run(self, content: str, style: str) -> Path:
        """A folder for a run of these two options, as the command line names it."""
        now = time.time()
        day = time.strftime("%Y-%m-%d", time.localtime(now))
        clock = time.strftime("%H-%M-%S", time.localtime(now))
        name = f"{content}-{style}_{clock}-{int(now % 1 * 1e6):06d}"
        return self.root / "runs" / day / name

    def sweep(self, name: str) -> Path:
        """The folder of the sweep of this name. Raises UserError for an invalid name.

        What the command line would read as a number, null or a boolean is invalid, too.
        """
        valid = re.fullmatch(rf"[A-Za-z][\w.-]{{0,{LONGEST_NAME - 1}}}", name, re.ASCII)
        if not valid or name.lower() in ("null", "true", "false", "nan", "inf"):
            raise UserError(
                f"a sweep's name is a letter, then letters, digits, -, _ or ., not '{quoted(name)}'"
            )
        return self.root / "sweeps" / name

    def name(self, folder: Path) -> str:
        """A folder as links name it: `runs/2026-11-21/jesse-kahlo_…`."""
        return folder.relative_to(self.root).as_posix()

    def find(self, name: str) -> Path:
        """The folder of a run that a link names.

        Raises UserError unless it is inside this folder, symbolic links followed.
        """
        try:
            path, root = (self.root / name).resolve(), self.root.resolve()
            is_run = (path / RECORD).is_file()
        except (OSError, ValueError, RuntimeError):  # a null byte, a loop of links
            is_run = False
        if not is_run or root not in path.parents:
            raise UserError(f"there is no run '{quoted(name)}' in {self.root}")
        return self.root / path.relative_to(root)

    def running(self) -> list[Path]:
        """The folders of single runs that some process works in now, the latest first.

        Their locks say so, whoever started them.
        """
        since = {}
        for lock in self.root.glob("runs/*/*/.lock"):
            with contextlib.suppress(OSError):  # released meanwhile
                since[lock.parent] = lock.stat().st_mtime_ns
        return sorted(filter(is_held, since), key=lambda folder: -since[folder])

    def sweeps(self) -> list[Path]:
        """Folders of sweeps, the latest first."""
        begun = {}
        for plan in self.root.glob(f"sweeps/*/{SWEEP}"):
            with contextlib.suppress(OSError):  # deleted meanwhile
                begun[plan.parent] = plan.stat().st_mtime
        return sorted(begun, key=lambda folder: -begun[folder])


def unused(name: str, taken: Collection[str], between: str) -> str:
    """`name`, or the first of `name` 2, 3, … that is not taken."""
    numbered = (f"{name}{between}{number}" for number in count(2))
    return next(one for one in chain([name], numbered) if one not in taken)


def is_sweep(folder: Path) -> bool:
    """Whether it is a sweep's folder, which may not exist yet."""
    return folder.parent.name == "sweeps"


def own_file(folder: Path, name: str) -> Path | None:
    """`folder/name`, if that is a regular file of the folder: no link that leads out of it."""
    try:
        path = (folder / name).resolve()
        return path if path.is_file() and folder.resolve() in path.parents else None
    except (OSError, RuntimeError):  # a loop of links
        return None
