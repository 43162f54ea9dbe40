"""What people chose by eye, among the runs of a report."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from stylex.choices import PRIOR
from stylex.choices.answers import WON, Answer, read
from stylex.report.axes import by_pair
from stylex.report.figures import CHOICES
from stylex.runs.record import Record


@dataclass(frozen=True)
class Standing:
    """strength, in log-odds, with the standard error of its difference to the mean of its set;
    answers: how many are about the run.

    By default what is known of a run nobody was asked about.
    """

    strength: float = 0.0
    error: float = PRIOR
    answers: int = 0


@dataclass(frozen=True)
class Choices:
    """root: the folder that answers name runs from. answers: those about the runs of a report.

    standings: {run folder: what they say of it}, of all runs; empty where there is no answer.
    """

    root: Path = Path()
    answers: Sequence[Answer] = ()
    standings: Mapping[Path, Standing] = field(default_factory=dict)


def choices_among(records: Sequence[Record], root: Path) -> tuple[Choices, list[str]]:
    """The answers in `root` and in the folders between it and its runs; and a line for each thing
    in those files that was left out.
    """
    root = Path(os.path.abspath(root))
    names = {name_of(record.folder, root): record.folder for record in records}
    folders = {root: None} | dict.fromkeys(
        above
        for parent in {Path(os.path.abspath(record.folder)).parent for record in records}
        for above in (parent, *parent.parents)
        if root in above.parents
    )
    found: list[Answer] = []
    notes: list[str] = []
    for folder in folders:
        answers, damage = read(folder)
        prefix = "" if folder == root else f"{folder.relative_to(root).as_posix()}/"
        here = [
            Answer(prefix + one.left, prefix + one.right, one.chosen, one.time) for one in answers
        ]
        own = [one for one in here if one.left in names and one.right in names]
        notes += damage
        if gone := len(here) - len(own):
            are = "answer is" if gone == 1 else "answers are"
            notes.append(f"{folder}: {gone} {are} about runs that are not here")
        found += own
    found = sorted(dict.fromkeys(found), key=lambda one: one.time)
    sets = compared(record for record in records if record.done)
    return Choices(root, found, _standings(names, found, sets)), notes


def name_of(folder: Path, root: Path) -> str:
    """How answers name a run: by its folder's path from `root`."""
    try:
        return Path(os.path.relpath(folder, root)).as_posix()
    except ValueError:  # another drive
        return folder.as_posix()


def compared(runs: Iterable[Record]) -> list[list[Record]]:
    """The sets within which runs are compared by eye: those of the same content and style, or all
    of them where no two have these in common.
    """
    pairs = by_pair(runs := [*runs])
    return pairs if len(pairs) < len(runs) else [runs] * bool(runs)


def question(runs: Sequence[Record], choices: Choices) -> tuple[Record, Record] | None:
    """The left and the right one of the two runs to be compared next; None where all were.

    runs: those that may be asked about, in the folder that the `choices` are of.
    """
    from stylex.choices.asking import next_pair, sides  # NumPy
    from stylex.choices.strengths import fit

    by_name = {name_of(run.folder, choices.root): run for run in runs}
    names = [*by_name]
    at = {name: index for index, name in enumerate(names)}
    known = [one for one in choices.answers if {one.left, one.right} <= at.keys()]
    left, right = [at[one.left] for one in known], [at[one.right] for one in known]
    found = fit(len(names), left, right, [WON[one.chosen] for one in known])
    sets = [[at[name_of(run.folder, choices.root)] for run in some] for some in compared(runs)]
    pair = next_pair(found, names, sets)
    if pair is None:
        return None
    first, second = sides(names[pair[0]], names[pair[1]], len(choices.answers))
    return by_name[first], by_name[second]


def with_choices(
    records: Sequence[Record], choices: Choices, *, always: bool = False
) -> list[Record]:
    """The records, those that are done with the figure `choices`; always: also without answers."""
    known = bool(choices.answers) or always
    found = []
    for run in records:
        # What run.json itself may say under this name is not what was chosen here.
        figures = {name: value for name, value in run.figures.items() if name != CHOICES}
        if known and run.done:
            figures[CHOICES] = choices.standings.get(run.folder, Standing()).strength
        found.append(replace(run, figures=figures) if figures != run.figures else run)
    return found


def _standings(
    names: Mapping[str, Path], answers: Sequence[Answer], sets: Sequence[Sequence[Record]]
) -> dict[Path, Standing]:
    if not answers:
        return {}
    from stylex.choices.strengths import fit  # NumPy, which a report without answers can spare

    at = {name: index for index, name in enumerate(names)}
    left, right = ([at[getattr(one, side)] for one in answers] for side in ("left", "right"))
    found = fit(len(names), left, right, [WON[one.chosen] for one in answers])
    counts = [0] * len(names)
    for index in chain(left, right):
        counts[index] += 1
    places = {folder: index for index, folder in enumerate(names.values())}
    errors = found.errors([[places[run.folder] for run in runs] for runs in sets])
    values = zip(found.theta.tolist(), errors.tolist(), counts, strict=True)
    return {folder: Standing(*value) for folder, value in zip(names.values(), values, strict=True)}
