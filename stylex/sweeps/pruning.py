"""Which jobs of a search need not run to their end: the median rule.

After each level but the last a job is measured, and ends where it is further off than half of the
finished ones were there (Golovin et al. 2017, §3.2.2, with the figure at one level in place of a
running average: those of pictures of different sizes do not compare).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from stylex.report.figures import figure, printed
from stylex.runs.record import Record, read
from stylex.runs.recorder import Judge
from stylex.runs.sweep_record import collect

STARTUP = 5  # finished runs, before which none is pruned


def judge_of(folder: Path, by: str) -> Judge:
    """For the run in `folder`, whose neighbours are the other runs of its search.

    by: the figure, or sum of figures, that is searched for the least of.
    """

    def judge(level: int, figures: Mapping[str, float]) -> str:
        value = figure(figures, by)
        own = read(folder)
        others = at_level(collect([folder.parent]), level, _size(own, level), by)
        if value is None or not is_behind(value, others):
            return ""
        middle = printed(median(others), by)
        return f"{by} {printed(value, by)} after level {level}, median {middle}"

    return judge


def is_behind(value: float, others: Sequence[float]) -> bool:
    """Whether it is above the median of enough others."""
    return len(others) >= STARTUP and value > median(others)


def at_level(
    runs: Sequence[Record], level: int, size: tuple[int, int] | None, by: str
) -> list[float]:
    """What the finished runs had come to at the end of a level, from 1, of (width, height)."""
    there = [run for run in runs if run.done and size and _size(run, level) == size]
    found = [figure(run.at_levels.get(level, {}), by) for run in there]
    return [value for value in found if value is not None]


def _size(run: Record, level: int) -> tuple[int, int] | None:
    return run.levels[level - 1][:2] if level <= len(run.levels) else None
