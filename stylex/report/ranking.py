"""Which runs are better: by a figure or a sum of figures, and by the trade-off of two of them.

The two are distances to one painting and to one photograph, so runs are ranked within their pair
of content and style only, and settings across pairs by the mean of their ranks. Figures that are
printed alike are equal.
"""

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from statistics import fmean
from typing import TypeVar

from stylex.errors import UserError, did_you_mean, quoted
from stylex.report.axes import Axis, axes, place
from stylex.runs.record import FIGURES, PICTURES, Record

STATUSES = ("done", "pruned", "failed", "interrupted", "running", "pending")

TO_STYLE = {
    "style_error": "distance to the painting's texture",
    "style_distance": "distance to the painting's features, the photograph's being 1",
}
TO_CONTENT = {
    "content_error": "distance to the photograph",
    "structure_error": "distance to the photograph's arrangement",
}
"""{figure: what it is} towards either picture; the first of both go together, and the second."""

T = TypeVar("T", bound=Hashable)
Point = tuple[float, float]
Plane = tuple[str, str]
"""Two figures that runs are compared in, the one towards the painting first."""


def weights_of(by: str) -> dict[str, float]:
    """`style_error+0.3*content_error` -> {figure: weight}, lower sums being better.

    Raises UserError for anything else than a sum of FIGURES.
    """
    weights: dict[str, float] = {}
    for term in by.replace(" ", "").split("+"):
        match = re.fullmatch(r"(?:(\d+\.?\d*|\.\d+)\*)?(\w+)", term)
        if not match or match[2] not in FIGURES:
            near = did_you_mean(match[2] if match else term, FIGURES)
            raise UserError(f"cannot rank by '{quoted(by)}'{near}")
        weights[match[2]] = weights.get(match[2], 0) + float(match[1] or 1)
    if not all(map(math.isfinite, weights.values())):
        raise UserError(f"cannot rank by '{quoted(by)}': its weights are too large")
    return weights


def figure(figures: Mapping[str, float], by: str) -> float | None:
    """The figure, or weighted sum, of one run; None where it was not measured or is infinite."""
    weights = weights_of(by)
    if not weights.keys() <= figures.keys():
        return None
    value = sum(weight * figures[name] for name, weight in weights.items())
    return value if math.isfinite(value) else None


def plane_of(by: str) -> Plane:
    """The two figures that go with a ranking: those that it names, or belong to what it names.

    Raises UserError for an unknown figure.
    """
    named, kinds = weights_of(by), (TO_STYLE, TO_CONTENT)
    family = next((at for kind in kinds for at, name in enumerate(kind) if name in named), 0)
    style, content = (
        next((name for name in kind if name in named), [*kind][family]) for kind in kinds
    )
    return style, content


def to_plane(names: str) -> Plane:
    """`style_distance,structure_error`, in either order. Raises UserError for anything else."""
    found = [name.strip() for name in names.split(",")]
    for name in found:
        if name not in (*TO_STYLE, *TO_CONTENT):
            near = did_you_mean(name, (*TO_STYLE, *TO_CONTENT))
            raise UserError(f"no figure towards a picture: '{quoted(name)}'{near}")
    style, content = ([name for name in found if name in kind] for kind in (TO_STYLE, TO_CONTENT))
    if len(style) != 1 or len(content) != 1:
        one, other = ("|".join(kind) for kind in (TO_STYLE, TO_CONTENT))
        raise UserError(f"figures '{quoted(names)}' are not one of {one} and one of {other}")
    return style[0], content[0]


def printed(value: float, name: str = "") -> str:
    """A figure as every table, sheet and plot prints it: `0.218`, `12.3`, `4567`, `2.1e-05`."""
    size = abs(value)
    if size >= 1e5 or 0 < size < 0.001:
        return f"{value:.1e}"
    decimals = 3 if size < 10 and name != "seconds" else 1 if size < 1000 else 0
    return f"{value:.{decimals}f}"


def rounded(value: float, name: str = "") -> float:
    """The number that is printed: figures are compared by it."""
    number = float(printed(value, name))
    return number if math.isfinite(number) else value  # the largest floats round up to infinity


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

    by: the figure, or sum of figures, that they are ranked by; lower is better.
    plane: the two figures whose trade-off is shown.
    axes: what differs among them.
    pairs: the finished runs of each pair, best first; pairs as they first came.
    rest: the runs that are not ranked, being unfinished or without the figure, as they came.
    ranks: {run folder: 1 for the best of its pair, …}; equal ones share the lower number.
    mean_ranks: {values of `setting_axes`: mean over the pairs of the rank among the settings that
    were finished for every pair}, best first; empty for a single pair.
    """

    by: str
    plane: Plane
    axes: Sequence[Axis]
    pairs: Sequence[Sequence[Record]]
    rest: Sequence[Record]
    ranks: Mapping[Path, int]
    mean_ranks: Mapping[tuple[str, ...], float]

    @cached_property
    def order(self) -> list[Record]:
        """All runs: pair by pair, best first, then the rest."""
        return [*chain(*self.pairs), *self.rest]

    @cached_property
    def fronts(self) -> list[list[Record]]:
        """The Pareto front of each pair; none of a run that is the only one of its pair."""
        return [pareto_front(runs, self.plane) if len(runs) > 1 else [] for runs in self.pairs]

    @cached_property
    def figures(self) -> list[str]:
        """Those of FIGURES to show where there is no room for all."""
        return [name for name in FIGURES if name in {*self.plane, *weights_of(self.by), "seconds"}]

    @cached_property
    def on_front(self) -> frozenset[Path]:
        """The folders of the runs on any of the fronts."""
        return frozenset(run.folder for run in chain(*self.fronts))

    @property
    def several(self) -> bool:
        """Whether there are runs of more than one pair."""
        return len(self.pairs) > 1 or any(axis.key in PICTURES for axis in self.axes)

    @property
    def pair(self) -> str:
        """` of its content and style`, to be added to what compares runs of several pairs."""
        return " of its content and style" if self.several else ""

    @property
    def unbeaten(self) -> str:
        """What it means to be on a front."""
        none = "none of its content and style" if self.several else "no other run"
        return f"{none} is better in both {' and '.join(self.plane)}"

    @property
    def sorting(self) -> str:
        """`best seconds first`"""
        return f"best {self.by} first" + (", for each content and style" if self.several else "")

    @property
    def setting_axes(self) -> list[Axis]:
        """The axes besides content and style."""
        return [axis for axis in self.axes if axis.key not in PICTURES]

    def top(self, count: int) -> list[Record]:
        """At most `count` runs in order: the best of each pair before the second ones."""
        by_rank = sorted(self.order, key=lambda run: self.ranks.get(run.folder, math.inf))
        chosen = {run.folder for run in by_rank[:count]}
        return [run for run in self.order if run.folder in chosen]

    def counts(self) -> str:
        """`3 runs: 2 done, 1 failed`, `3 runs, all done`"""
        counted = Counter(run.status or "unknown" for run in self.order)
        states = [s for s in STATUSES if s in counted] + [s for s in counted if s not in STATUSES]
        runs = "1 run" if len(self.order) == 1 else f"{len(self.order)} runs"
        if len(states) == 1:
            return f"{runs}, {'all ' * (len(self.order) > 1)}{states[0]}"
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
            start = f"Best {self.by} {printed(figure(first[0].figures, self.by) or 0, self.by)}"
        values = zip(self.setting_axes, best[0], strict=True)
        named = ", ".join(f"{axis.key} {value or 'unset'}" for axis, value in values)
        equal = f" ({len(best) - 1} equal)" if len(best) > 1 else ""
        return (f"{start}: {named}" if named else start) + equal


def rank(records: Sequence[Record], by: str = "style_error", plane: Plane | None = None) -> Ranking:
    """Compares runs by a figure or a sum of figures. Raises UserError for an unknown figure.

    plane: the two figures whose trade-off to show; by default those that go with `by`.
    """
    plane = plane or plane_of(by)
    found = axes(records)
    settings = [axis for axis in found if axis.key not in PICTURES]
    scores: dict[Path, float] = {}
    pairs: dict[tuple[str, ...], list[Record]] = {}
    for run in records:
        if run.done and (value := figure(run.figures, by)) is not None:
            scores[run.folder] = rounded(value, by)
            pairs.setdefault(_pair(run), []).append(run)
    ranks: dict[Path, int] = {}
    by_setting = []
    for runs in pairs.values():
        runs.sort(key=lambda run: scores[run.folder])
        ranks |= _ranks({run.folder: scores[run.folder] for run in runs})
        best: dict[tuple[str, ...], float] = {}  # of runs with the same settings
        for run in runs:
            best.setdefault(place(run, settings), scores[run.folder])
        by_setting.append(best)
    rest = [run for run in records if run.folder not in scores]
    return Ranking(by, plane, found, [*pairs.values()], rest, ranks, _mean_ranks(by_setting))


def _pair(run: Record) -> tuple[str, ...]:
    """What it was to come near to: content and style by their bytes where these are known, for two
    pictures may have the same name; and in what proportions several styles are mixed.
    """
    found = []
    for key in PICTURES:
        digests = [of for name, of in run.digests.items() if name.partition(".")[0] == key]
        found += digests if digests and all(digests) else [run.value(key)]
    return (*found, str(run.settings.get("style.weights", "")), run.value("blend"))


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
