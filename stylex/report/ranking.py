"""Which runs are better: by a figure or a sum of figures, and by the trade-off of two of them.

The two are distances to one painting and to one photograph, so runs are ranked within their pair
of content and style only, and settings across pairs by the mean of their ranks. Figures that are
printed alike are equal. Or by what people chose by eye.
"""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from statistics import fmean
from typing import TypeVar

from stylex.report.axes import Axis, axes, by_pair, place
from stylex.report.chosen import Choices, Standing, compared, with_choices
from stylex.report.figures import (
    CHOICES,
    Plane,
    figure,
    plane_of,
    rounded,
    weights_of,
    with_spread,
)
from stylex.report.fold import STATUSES, Group, folded
from stylex.runs.record import FIGURES, PICTURES, Record

T = TypeVar("T", bound=Hashable)
Point = tuple[float, float]


def errors(record: Record, plane: Plane) -> Point | None:
    """Both figures, rounded, of a finished run; None if it has not got both."""
    both = [record.figures.get(name, math.nan) for name in plane]
    if not record.done or not all(map(math.isfinite, both)):
        return None
    return rounded(both[0]), rounded(both[1])


def pareto_front(records: Iterable[Record], plane: Plane) -> list[Record]:
    """The finished runs that no other one beats in both figures; of equal ones all.

    By the first rising, so the second falling.
    """
    front: list[Record] = []
    last = (0.0, math.inf)
    measured = [(point, record) for record in records if (point := errors(record, plane))]
    for point, record in sorted(measured, key=lambda pair: pair[0]):
        if point[1] < last[1] or point == last:
            front.append(record)
            last = point
    return front


@dataclass(frozen=True)
class Ranking:
    """Runs against one another, each within its pair of content and style.

    by: the figure, or sum of figures, that they are ranked by, lower being better; or `choices`.
    plane: the two figures whose trade-off is shown.
    axes: what differs among them.
    pairs: the finished runs of each pair, best first; pairs as they first came. By choices, where
    no two runs have a pair in common, all are one.
    rest: the runs that are not ranked, being unfinished or without the figure, as they came.
    ranks: {run folder: 1 for the best of its pair, …}; equal ones share the lower number.
    mean_ranks: {values of `setting_axes`: mean over the pairs of the rank among the settings that
    were finished for every pair}, best first; empty for a single pair.
    fold: the setting that runs are folded over, or empty. groups: {run folder: the runs that it
    stands for}, where they are.
    choices: what people chose among them.
    """

    by: str
    plane: Plane
    axes: Sequence[Axis]
    pairs: Sequence[Sequence[Record]]
    rest: Sequence[Record]
    ranks: Mapping[Path, int]
    mean_ranks: Mapping[tuple[str, ...], float]
    fold: str = ""
    groups: Mapping[Path, Group] = field(default_factory=dict)
    choices: Choices = Choices()

    @cached_property
    def order(self) -> list[Record]:
        """All runs: pair by pair, best first, then the rest."""
        return [*chain(*self.pairs), *self.rest]

    @property
    def measured(self) -> list[str]:
        """The figures that a table has columns for."""
        return [*FIGURES, *([CHOICES] if self.choices.answers else [])]

    @cached_property
    def fronts(self) -> list[list[Record]]:
        """The Pareto front of each pair; none of a run that is the only one of its pair."""
        comparable = [len(runs) > 1 and len(by_pair(runs)) == 1 for runs in self.pairs]
        return [
            pareto_front(runs, self.plane) if alike else []
            for runs, alike in zip(self.pairs, comparable, strict=True)
        ]

    @cached_property
    def figures(self) -> list[str]:
        """Those to show where there is no room for all."""
        shown = {*self.plane, *weights_of(self.by), "seconds"}
        return [name for name in (CHOICES, *FIGURES) if name in shown]

    @cached_property
    def on_front(self) -> frozenset[Path]:
        """The folders of the runs on any of the fronts."""
        return frozenset(run.folder for run in chain(*self.fronts))

    @property
    def several(self) -> bool:
        """Whether there are runs of more than one pair."""
        if self.by == CHOICES:  # any two may have been compared
            return len(self.pairs) > 1
        return len(self.pairs) > 1 or any(axis.key in PICTURES for axis in self.axes)

    @property
    def pair(self) -> str:
        """` of its content and style`, to be added to what compares runs of several pairs."""
        return " of its content and style" if self.several else ""

    @property
    def unbeaten(self) -> str:
        """What it means to be on a front."""
        other = "no other mean" if self.fold else "no other run"
        none = "none of its content and style" if self.several else other
        return f"{none} is better in both {' and '.join(self.plane)}"

    @property
    def sorting(self) -> str:
        """`best seconds first`"""
        mean = "mean " if self.fold else ""
        first = "most chosen" if self.by == CHOICES else f"best {mean}{self.by}"
        return f"{first} first" + (", for each content and style" if self.several else "")

    @property
    def folding(self) -> str:
        """`mean ± standard deviation over seed`, where runs are folded"""
        return f"mean ± standard deviation over {self.fold}" if self.fold else ""

    @property
    def setting_axes(self) -> list[Axis]:
        """The axes besides content and style."""
        return [axis for axis in self.axes if axis.key not in PICTURES]

    def top(self, count: int) -> list[Record]:
        """At most `count` runs in order: the best of each pair before the second ones."""
        by_rank = sorted(self.order, key=lambda run: self.ranks.get(run.folder, math.inf))
        chosen = {run.folder for run in by_rank[:count]}
        return [run for run in self.order if run.folder in chosen]

    def spread(self, run: Record, name: str) -> float | None:
        """The standard deviation of a figure, or of `by`, where runs are folded into this one.

        Of choices by themselves it is the standard error.
        """
        group = self.groups.get(run.folder)
        if name == CHOICES and not self.fold:
            return self.choices.standings.get(run.folder, Standing()).error
        return group.spread.get(name) if group else None

    def text(self, run: Record, name: str) -> str:
        """A figure as every table and sheet prints it, with its spread; empty without one."""
        if name not in run.figures:
            return ""
        return with_spread(run.figures[name], self.spread(run, name), name)

    def _score(self, run: Record) -> str:
        if self.by == CHOICES:  # which the lowest score has the most of
            return self.text(run, CHOICES)
        value = figure(run.figures, self.by) or 0
        return with_spread(value, self.spread(run, self.by), self.by)

    @cached_property
    def runs(self) -> list[Record]:
        """All runs, those that are folded one by one."""
        return [one for run in self.order for one in self._members(run)]

    def _members(self, run: Record) -> Sequence[Record]:
        return self.groups[run.folder].runs if run.folder in self.groups else [run]

    def counts(self) -> str:
        """`3 runs: 2 done, 1 failed`, `3 runs, all done`"""
        counted = Counter(run.status or "unknown" for run in self.runs)
        states = [s for s in STATUSES if s in counted] + [s for s in counted if s not in STATUSES]
        runs = "1 run" if len(self.runs) == 1 else f"{len(self.runs)} runs"
        if len(states) == 1:
            return f"{runs}, {'all ' * (len(self.runs) > 1)}{states[0]}"
        return f"{runs}: {', '.join(f'{counted[status]} {status}' for status in states)}"

    def verdict(self) -> str:
        """What is best, in a sentence; empty where there is nothing to compare."""
        if self.mean_ranks:
            least = min(self.mean_ranks.values())
            best = [setting for setting, mean in self.mean_ranks.items() if mean == least]
            figures = f"{least:.1f} of {len(self.mean_ranks)}, by {self.by}"
            start = f"Best mean rank over {len(self.pairs)} pairs of content and style ({figures})"
        elif self.several or not self.pairs or len(self.order) < 2:
            return ""
        else:
            first = [run for run in self.pairs[0] if self.ranks[run.folder] == 1]
            best = [place(run, self.axes) for run in first]
            start = f"Best {'mean ' * bool(self.fold)}{self.by} {self._score(first[0])}"
        values = zip(self.setting_axes if self.several else self.axes, best[0], strict=True)
        named = ", ".join(f"{axis.key} {value or 'unset'}" for axis, value in values)
        equal = f" ({len(best) - 1} equal)" if len(best) > 1 else ""
        return (f"{start}: {named}" if named else start) + equal


def rank(
    records: Sequence[Record],
    by: str = "style_error",
    plane: Plane | None = None,
    fold: str = "",
    choices: Choices = Choices(),
) -> Ranking:
    """Compares runs by a figure, a sum of figures or `choices`. Raises UserError for another one.

    plane: the two figures whose trade-off to show; by default those that go with `by`.
    fold: a setting; runs that differ in it only are compared by the means of their figures.
    choices: what people chose among them; without any all are alike.
    """
    plane = plane or plane_of(by)
    found, groups = axes(records), dict[Path, Group]()
    records = with_choices(records, choices, always=by == CHOICES)
    if fold:
        records, found, groups = folded(records, found, fold, by)
    settings = [axis for axis in found if axis.key not in PICTURES]
    scores: dict[Path, float] = {}
    for run in records:
        if run.done and (value := figure(run.figures, by)) is not None:
            scores[run.folder] = rounded(value, by)
    ranked = [run for run in records if run.folder in scores]
    pairs = compared(ranked) if by == CHOICES else by_pair(ranked)
    ranks: dict[Path, int] = {}
    by_setting = []
    for runs in pairs:
        runs.sort(key=lambda run: scores[run.folder])
        ranks |= _ranks({run.folder: scores[run.folder] for run in runs})
        best: dict[tuple[str, ...], float] = {}  # of runs with the same settings
        for run in runs:
            best.setdefault(place(run, settings), scores[run.folder])
        by_setting.append(best)
    rest = [run for run in records if run.folder not in scores]
    means = _mean_ranks(by_setting)
    return Ranking(by, plane, found, pairs, rest, ranks, means, fold, groups, choices)


def _ranks(scores: Mapping[T, float]) -> dict[T, int]:
    """1 for the least score; equal ones share the lower number."""
    rising = sorted(scores.values())
    return {key: 1 + bisect_left(rising, score) for key, score in scores.items()}


def _mean_ranks(pairs: Sequence[Mapping[T, float]]) -> dict[T, float]:
    """From {setting: score} of each pair; of the settings that all of them have, the best first."""
    common = [key for key in pairs[0] if all(key in scores for scores in pairs)] if pairs else []
    if len(pairs) < 2 or len(common) < 2:
        return {}
    ranks = [_ranks({key: scores[key] for key in common}) for scores in pairs]
    means = {key: fmean(one[key] for one in ranks) for key in common}
    return dict(sorted(means.items(), key=lambda pair: pair[1]))
