"""The progress of a run, read from its folder."""

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stylex.runs.console import about
from stylex.runs.record import RESULT, read
from stylex.transfer.pyramid import Level, work_of

MOST_POINTS = 400  # of a curve


@dataclass(frozen=True)
class Line:
    """One logged step.

    level: from 1. seconds: since the start. speed: steps per second. losses: weighted, {part: loss}
    with their total.
    """

    step: int
    level: int
    seconds: float
    speed: float
    losses: dict[str, float]


@dataclass(frozen=True)
class Progress:
    """The progress of a run. lines: of its log, every nth where they are many."""

    levels: Sequence[Level]
    lines: Sequence[Line]

    @property
    def steps(self) -> int:
        return sum(level.steps for level in self.levels)

    @property
    def fraction(self) -> float:
        """Of the work, which is pixels times steps: 0 to 1."""
        done = self.lines[-1].step if self.lines else 0
        return work_of(self.levels, done) / max(1, work_of(self.levels, self.steps))

    @property
    def seconds_left(self) -> float | None:
        """At the last logged speed; None before the first."""
        if not self.lines or not self.lines[-1].speed:
            return None
        last = self.lines[-1]
        level = self.levels[last.level - 1]
        left = work_of(self.levels, self.steps) - work_of(self.levels, last.step)
        return left / (last.speed * level.work)

    def __str__(self) -> str:
        """In words: `level 2 of 5, 181×121 px, step 130 of 300, 40 s left`."""
        if not self.lines:
            return "preparing"
        last = self.lines[-1]
        level = self.levels[last.level - 1]
        parts = [f"level {last.level} of {len(self.levels)}", f"{level.width}×{level.height} px"]
        parts.append(f"step {last.step} of {self.steps}")
        left = self.seconds_left
        if left is not None:
            parts.append(f"{about(left)} left")
        return ", ".join(parts)


def progress(folder: Path) -> Progress | None:
    """Of the run in `folder`; None before it has begun."""
    record = read(folder)
    costs = [cost if 0 < cost <= 1 else 1.0 for cost in record.costs]
    levels = [  # the record of an earlier version has no costs
        Level(height, width, steps, cost=costs[number] if number < len(costs) else 1.0)
        for number, (width, height, steps) in enumerate(record.levels)
    ]
    if not levels:
        return None
    # The log of an earlier run in the folder may have levels that this one lacks.
    lines = [line for line in _lines(folder / "steps.jsonl") if 1 <= line.level <= len(levels)]
    return Progress(levels, lines)


def latest_picture(folder: Path) -> str | None:
    """The name in `folder` of the newest picture: an intermediate one, or the result.

    A resumed run has a result from before it was interrupted.
    """
    modified = {}
    for path in [*(folder / "images").glob("[0-9]*.png"), folder / RESULT]:
        with contextlib.suppress(OSError):  # missing, or deleted meanwhile
            modified[path] = (path.stat().st_mtime_ns, path.name)
    latest = max(modified, key=lambda path: modified[path], default=None)
    return latest.relative_to(folder).as_posix() if latest else None


def _lines(path: Path) -> list[Line]:
    try:
        text = path.read_bytes().splitlines(keepends=True)
    except OSError:
        return []
    whole = [line for line in text if line.endswith(b"\n")]
    every = max(1, len(whole) // MOST_POINTS)
    chosen = whole[::every] + (whole[-1:] if whole and (len(whole) - 1) % every else [])
    return [line for text in chosen if (line := _line(text))]


def _line(text: bytes) -> Line | None:
    """None for a line that is incomplete, or that no run wrote."""
    try:
        data = json.loads(text)
        losses = {"total": float(data["loss"])}
        for part, value in data["weighted"].items():
            term = part.partition("/")[0]
            losses[term] = losses.get(term, 0.0) + value
        speed = float(data["steps_per_second"])
        return Line(int(data["step"]), int(data["level"]), float(data["seconds"]), speed, losses)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None
