"""The folder that the page works in. Nothing outside it is opened, whatever a link asks for."""

import contextlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stylex.errors import UserError, quoted
from stylex.runs.record import RECORD, Record, find, read
from stylex.runs.sweep_record import FILE as SWEEP

LONGEST_NAME = 60  # characters of a sweep's name


@dataclass(frozen=True)
class Outputs:
    """outputs/ and what the page keeps there.

    runs/, sweeps/     those of the command line
    studio/uploads/    pictures that came through the page
    studio/logs/       what the processes said that it started
    """

    root: Path

    @property
    def uploads(self) -> Path:
        return self.root / "studio" / "uploads"

    @property
    def logs(self) -> Path:
        return self.root / "studio" / "logs"

    def new_run(self, content: str, style: str) -> Path:
        """A folder for a run of these two options, as the command line names it."""
        now = time.time()
        day = time.strftime("%Y-%m-%d", time.localtime(now))
        clock = time.strftime("%H-%M-%S", time.localtime(now))
        name = f"{content}-{style}_{clock}-{int(now % 1 * 1e6):06d}"
        return self.root / "runs" / day / name

    def sweep(self, name: str) -> Path:
        """The folder of the sweep of this name. Raises UserError for a name that is none.

        Nor may it be what the command line takes for a number, nothing or a truth value.
        """
        plain = re.fullmatch(rf"[A-Za-z][\w.-]{{0,{LONGEST_NAME}}}", name, re.ASCII)
        if not plain or name.lower() in ("null", "true", "false", "nan", "inf"):
            raise UserError(
                f"a sweep's name is a letter, then letters, digits, - or _, not '{quoted(name)}'"
            )
        return self.root / "sweeps" / name

    def name(self, folder: Path) -> str:
        """A folder as links name it: `runs/2026-11-21/jesse-kahlo_…`."""
        return folder.relative_to(self.root).as_posix()

    def find(self, name: str) -> Path:
        """The folder of a run that a link names.

        Raises UserError unless there is one inside of this folder, links followed.
        """
        try:
            path, root = (self.root / name).resolve(), self.root.resolve()
            there = (path / RECORD).is_file()
        except (OSError, ValueError, RuntimeError):  # a null byte, a loop of links
            there = False
        if not there or root not in path.parents:
            raise UserError(f"there is no run '{quoted(name)}' in {self.root}")
        return self.root / path.relative_to(root)

    def runs(self) -> list[Record]:
        """Those in runs/ and in all sweeps, the latest first."""
        places = [place for place in (self.root / "runs", self.root / "sweeps") if place.is_dir()]
        records = [read(folder) for folder in find(places)]
        return sorted(records, key=lambda record: record.started, reverse=True)

    def sweeps(self) -> list[Path]:
        """Folders of sweeps, the latest first."""
        begun = {}
        for plan in self.root.glob(f"sweeps/*/{SWEEP}"):
            with contextlib.suppress(OSError):  # taken away meanwhile
                begun[plan.parent] = plan.stat().st_mtime
        return sorted(begun, key=lambda folder: -begun[folder])


def is_sweep(folder: Path) -> bool:
    """Whether it is a sweep's folder, be it yet to be made."""
    return folder.parent.name == "sweeps"


def title(record: Record) -> str:
    """A run in few words: `jesse in the manner of kahlo`."""
    return f"{record.value('content') or '?'} in the manner of {record.value('style') or '?'}"


def differing(records: Sequence[Record]) -> dict[str, list[str]]:
    """{key: each record's value} of the settings in which they are not all alike."""
    keys = dict.fromkeys(key for record in records for key in record.settings)
    rows = {key: [str(record.settings.get(key, "–")) for record in records] for key in keys}
    return {key: row for key, row in rows.items() if len({*row}) > 1 and not key.endswith(".path")}
