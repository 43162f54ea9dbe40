"""What a sweep is to do, as `sweep.json` tells every process that works on it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from stylex.runs.atomic import to_bytes, write_atomically
from stylex.runs.folder import split
from stylex.runs.record import Record, find, read

FILE = "sweep.json"


@dataclass(frozen=True)
class Job:
    """One run of a sweep: the name of its folder, and all its overrides."""

    name: str
    overrides: Sequence[str]


@dataclass(frozen=True)
class Plan:
    """One sweep.

    fixed: the overrides that all jobs share. swept: the keys that tell jobs apart.
    rank_by: the figure that its table is sorted by.
    jobs: all of them in order; none where a sweeper decides from one job to the next.
    todo: how many of them the last start had still to do. started: that start, seconds since 1970.
    """

    fixed: Sequence[str]
    rank_by: str
    started: float
    swept: Sequence[str] = ()
    jobs: Sequence[Job] = ()
    todo: int = 0

    def write(self, folder: Path) -> None:
        """As sweep.json in `folder`."""
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False)
        write_atomically(folder / FILE, to_bytes(text) + b"\n")


def read_plan(folder: Path) -> Plan | None:
    """The sweep's plan, if it has begun. A file that says something else is no plan."""
    try:
        data = json.loads((folder / FILE).read_bytes())
        jobs = [Job(**job) for job in data.pop("jobs")]
        return Plan(**data, jobs=jobs)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def collect(folders: Sequence[Path]) -> list[Record]:
    """A record of each run in and below `folders`, and of those that sweeps there have yet to make.

    A sweep's jobs come in the order of its plan.
    """
    found = {path: read(path) for path in find(folders)}
    sweeps = dict.fromkeys([*folders, *(path.parent for path in found)])
    planned = {
        folder / job.name: Record(folder / job.name, "pending", typed=split(job.overrides))
        for folder in sweeps
        for job in _jobs(folder)
    }
    return list({**planned, **found}.values())


def _jobs(folder: Path) -> Sequence[Job]:
    plan = read_plan(folder)
    return plan.jobs if plan else ()
