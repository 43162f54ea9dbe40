"""What a sweep has left in its folder."""

import csv
import json
from pathlib import Path

from command_line import TINY

SWEEP = ("--multirun", *TINY, "steps=1", "tracking=light")


def sweep_folder(here: Path) -> Path:
    (folder,) = here.glob("outputs/sweeps/*")
    return folder


def job_names(folder: Path) -> set[str]:
    return {path.parent.name for path in folder.glob("*/run.json")}


def record(folder: Path, job: str) -> dict:
    return json.loads((folder / job / "run.json").read_text())


def started(folder: Path) -> dict[str, int]:
    """When each job's result was written."""
    return {p.parent.name: p.stat().st_mtime_ns for p in folder.glob("*/result.png")}


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "summary.csv").open(newline="") as file:
        return list(csv.DictReader(file))
