"""sweep.json, which tells every process of a sweep what there is to do; its reader and writer."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from stylex.atomic import to_bytes, write_atomically
from stylex.runs.record import Record, find, read, split

FILE = "sweep.json"
FAILED = ".failed"  # there when a job has failed, after which with `fail_fast` none begins


@dataclass(frozen=True)
class Job:
    """One run of a sweep: the name of its folder, and all its overrides."""

    name: str
    overrides: Sequence[str]


@dataclass(frozen=True)
class Plan:
    """One sweep.

    fixed: the overrides that all jobs share. swept: the keys that tell jobs apart.
    zipped: groups of keys that vary together.
    rank_by: the figure that its table is sorted by.
    fold: the key over which jobs are shown as one, their figures' means; or empty.
    jobs: all of them in order; none where a sweeper decides from one job to the next.
    fail_fast: whether no further job begins once one has failed.
    todo: how many of them the last start had still to do. started: that start, seconds since 1970.
    """

    fixed: Sequence[str]
    rank_by: str
    started: float
    swept: Sequence[str] = ()
    jobs: Sequence[Job] = ()
    todo: int = 0
    zipped: Sequence[Sequence[str]] = ()
    fail_fast: bool = False
    fold: str = ""

    def write(self, folder: Path) -> None:
        """As sweep.json in `folder`. Raises OSError."""
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False)
        write_atomically(folder / FILE, to_bytes(text) + b"\n")


def has_failed_fast(folder: Path, plan: Plan) -> bool:
    """Whether a job of the sweep's last start has failed, so that no further one is to begin."""
    return plan.fail_fast and (folder / FAILED).exists()


def read_plan(folder: Path) -> Plan | None:
    """The sweep's plan, if it has begun. A file that says something else is no plan."""
    try:
        found = os.stat(folder / FILE)
        return _plan(folder / FILE, found.st_mtime_ns, found.st_ino)
    except _BROKEN:
        return None


@lru_cache(maxsize=4)  # every job asks, and of 10,000 it takes 50 ms
def _plan(path: Path, changed: int, number: int) -> Plan:
    data = json.loads(path.read_bytes())
    return Plan(
        fixed=_words(data["fixed"]),
        rank_by=str(data["rank_by"]),
        started=float(data["started"]),
        swept=_words(data.get("swept", [])),
        jobs=[Job(_folder_name(job["name"]), _words(job["overrides"])) for job in data["jobs"]],
        todo=int(data.get("todo", 0)),
        zipped=tuple(_words(group) for group in data.get("zipped", ())),
        fail_fast=data.get("fail_fast") is True,
        fold=_words([data.get("fold", "")])[0],
    )


_BROKEN = (
    *(OSError, ValueError, TypeError, LookupError),
    *(AttributeError, ArithmeticError, RecursionError),
)


def _words(data: Any) -> list[str]:
    if not isinstance(data, list) or not all(isinstance(word, str) for word in data):
        raise ValueError("no list of words")
    return data


def _folder_name(name: Any) -> str:
    """Of a job's folder in its sweep's, not one elsewhere. Raises ValueError, TypeError."""
    if Path(name).name != name or name == "..":
        raise ValueError("no name of a folder")
    return str(name)


def collect(folders: Sequence[Path]) -> list[Record]:
    """A record of each run in and below `folders`, and of those that sweeps there have yet to make.

    A sweep's jobs come in the order of its plan. Of a sweep above, some of whose jobs alone are
    asked for, the others are not counted.
    """
    found = {path: read(path) for path in find(folders)}
    plans = {
        folder: plan
        for folder in dict.fromkeys([*folders, *(path.parent for path in found)])
        if (plan := read_plan(folder))
    }
    planned = {
        folder / job.name: Record(folder / job.name, "pending", typed=split(job.overrides))
        for folder, plan in plans.items()
        if _is_within(folder, folders)
        for job in plan.jobs
    }
    return [_of_sweep(record, plans) for record in {**planned, **found}.values()]


def _is_within(folder: Path, places: Sequence[Path]) -> bool:
    return any(Path(os.path.abspath(folder)).is_relative_to(os.path.abspath(p)) for p in places)


def _of_sweep(record: Record, plans: Mapping[Path, Plan]) -> Record:
    plan = plans.get(record.folder.parent)
    return replace(record, zipped=plan.zipped) if plan and plan.zipped else record
