"""`fold=seed`: runs that differ in one setting only stand together as one.

Its figures are the means of theirs, with the sample standard deviation as their spread.
"""

import math
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean, stdev
from typing import TypeVar

from stylex.errors import UserError, did_you_mean, quoted
from stylex.report.axes import Axis, pair, place, tied
from stylex.report.figures import figure
from stylex.runs.record import PICTURES, Record

STATUSES = ("done", "pruned", "failed", "interrupted", "running", "pending")
"""A group has the first of these that one of its runs has."""

T = TypeVar("T")


@dataclass(frozen=True)
class Group:
    """The runs that a record stands for.

    runs: one for each value that is folded. left_out: how many more there are, which these repeat.
    spread: {figure: sample standard deviation, with n - 1, of the finished runs}, and that of the
    sum that runs are ranked by; empty where fewer than two are finished.
    """

    runs: Sequence[Record]
    spread: Mapping[str, float]
    left_out: int = 0

    @property
    def done(self) -> int:
        """How many of the runs are finished."""
        return sum(run.done for run in self.runs)

    @property
    def size(self) -> str:
        """How many runs: `3`, or `2 of 3` where one of three is not finished."""
        count = len(self.runs)
        return str(count) if self.done == count else f"{self.done} of {count}"


def check_fold(key: str, varied: Iterable[str], where: str) -> None:
    """Raises UserError unless `key` is one of the settings that are `varied` in `where`."""
    varied = list(varied)
    if key not in varied:
        near = did_you_mean(key, varied)
        raise UserError(f"fold: '{quoted(key)}' does not vary in {where}{near}")


def folded(
    records: Sequence[Record], axes: Sequence[Axis], key: str, by: str
) -> tuple[list[Record], list[Axis], dict[Path, Group]]:
    """A record for each group, the axes that tell the groups apart, and {its folder: the group}.

    The record is the median run by the figure or sum `by`, of an even number the lower one in the
    middle; with the means of the figures that all finished runs have, and without the setting
    `key`. Where none is finished it is the first of them by STATUSES. With `key` go the settings
    that a sweep varies together with it.
    """
    together = ({axis.key, *axis.tied} for axis in tied(axes, records))
    gone = next((keys for keys in together if key in keys), {key})
    rest = [axis for axis in axes if axis.key not in gone]
    plain = [_without(run, gone, {axis.key for axis in rest}) for run in records]
    groups: dict[Hashable, list[int]] = {}
    for at, common in enumerate(_in_common(plain, rest)):
        groups.setdefault(common, []).append(at)
    found: list[Record] = []
    of: dict[Path, Group] = {}
    for places in groups.values():
        runs = _one_of_each([records[at] for at in places], key)
        shown, means, spread = _summary(runs, by)
        (at,) = (at for at in places if records[at] is shown)
        found.append(replace(plain[at], figures=means))
        of[shown.folder] = Group(runs, spread, len(places) - len(runs))
    return found, rest, of


def _without(run: Record, gone: Collection[str], kept: Collection[str]) -> Record:
    """The run without the settings `gone` and what belongs to them, but for the keys `kept`."""

    def rest(values: Mapping[str, T]) -> dict[str, T]:
        return {
            name: value
            for name, value in values.items()
            if name in kept or not any(f"{name}.".startswith(f"{key}.") for key in gone)
        }

    return replace(
        run,
        typed=rest(run.typed),
        choices=rest(run.choices),
        settings=rest(run.settings),
        pictures=rest(run.pictures),
        digests=rest(run.digests),
    )


def _in_common(runs: Sequence[Record], axes: Sequence[Axis]) -> Iterator[Hashable]:
    """For each run what it shares with the others of its group, and with no other run."""
    pairs: dict[tuple[str, ...], tuple[str, ...]] = {}  # of those whose pictures are known
    for run in runs:
        if run.pictures:
            pairs.setdefault(place(run, axes), pair(run))
    for run in runs:
        at = place(run, axes)
        if run.typed or run.settings:
            # Two pictures may have the same name; a run that never began knows the name only.
            yield at, pair(run) if run.pictures else pairs.get(at)
        else:
            yield run.folder  # it cannot be read


def _one_of_each(runs: Sequence[Record], key: str) -> list[Record]:
    """Of runs with the same value the last that was finished."""
    of_value: dict[object, Path] = {}
    for run in sorted(runs, key=lambda run: (run.done, run.started)):
        of_value[pair(run) if key in PICTURES else run.value(key)] = run.folder
    last = {*of_value.values()}
    return [run for run in runs if run.folder in last]


def _summary(
    runs: Sequence[Record], by: str
) -> tuple[Record, Mapping[str, float], dict[str, float]]:
    """The run to be shown, {figure: mean} and {figure or sum: standard deviation}.

    Of a group of which none is finished the figures are that run's.
    """
    done = [run for run in runs if run.done]
    if not done:
        order = {status: at for at, status in enumerate(STATUSES)}
        first = min(runs, key=lambda run: order.get(run.status, len(order)))
        return first, first.figures, {}
    scores = {run.folder: figure(run.figures, by) for run in done}
    scored = sorted(
        (run for run in done if scores[run.folder] is not None),
        key=lambda run: scores[run.folder] or 0,
    )
    median = scored[(len(scored) - 1) // 2] if scored else done[0]
    # A mean of fewer runs than it is said to be of would mislead.
    names = [name for name in done[0].figures if all(name in run.figures for run in done)]
    columns = {name: [float(run.figures[name]) for run in done] for name in names}
    means = {name: mean(values) for name, values in columns.items()}
    if len(scored) == len(done):
        columns[by] = [scores[run.folder] or 0 for run in done]
    several = columns if len(done) > 1 else {}
    return median, means, {name: _deviation(values) for name, values in several.items()}


def _deviation(values: Sequence[float]) -> float:
    try:
        return stdev(values)
    except OverflowError:  # of figures near the largest float
        return math.inf
