"""Which jobs of a sweep are painted together, and how: none of their work is done twice."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from stylex.config.schema import Config
from stylex.config.settings import flatten
from stylex.runs.sweep_record import Job
from stylex.transfer.batch import Transfer, batch_key, fitting, stylize_batch
from stylex.transfer.branching import stylize_branching
from stylex.transfer.device import choose_device
from stylex.transfer.plan import Plan
from stylex.transfer.shared import Shared
from stylex.transfer.stylize import Result

MOST = 32  # at once, where the program chooses

OWN = ("steps", "output", "film", "tracking", "checkpoint_every")
"""Settings that two jobs may differ in and have their first steps in common all the same."""

Painting = Callable[[Sequence[Transfer], Shared], Iterator[tuple[int, Result | Exception]]]


@dataclass(frozen=True)
class Manner:
    """key: equal for jobs that go together; None for one that goes alone. most: how many do.

    word: under which run.json says how many they were. resumes: whether those that go on from a
    checkpoint go together, too.
    """

    word: str
    key: Callable[[Config, Plan], Hashable | None]
    most: Callable[[Plan], int]
    stylize: Painting
    resumes: bool


def side_by_side(most: int | None) -> Manner:
    """As one batch of the network. most: jobs; None for as many as fit into the memory."""
    return Manner(
        "batch",
        lambda config, plan: batch_key(plan),
        lambda plan: most or min(MOST, fitting(plan)),
        stylize_batch,
        resumes=True,
    )


BRANCHING = Manner(
    "branches",
    lambda config, plan: frozenset(_less(flatten(config).items())),
    lambda plan: MOST,
    stylize_branching,
    resumes=False,
)
"""Those that differ in `OWN` alone: the steps that they have in common are made once.

One that goes on from a checkpoint has no beginning to share.
"""


def largest_batch(batch: object, device: str) -> int | None:
    """How many jobs may be side by side, by the setting `batch`; None for as many as fit.

    1 where each is to run alone: for `off`, and for `auto` but on a GPU.
    """
    if batch == "off" or batch is False:  # as YAML reads it
        return 1
    if batch == "auto":
        return None if choose_device(device).type == "cuda" else 1
    assert isinstance(batch, int)
    return batch


def arranged(jobs: Sequence[Job], batch: int | None) -> tuple[Sequence[Job], Manner] | None:
    """The jobs with those that go together beside each other; None where each goes alone.

    batch: see `largest_batch`.
    """
    if batch != 1:
        return jobs, side_by_side(batch)
    groups = alike(jobs)
    if len(groups) == len(jobs):
        return None
    return [job for group in groups for job in group], BRANCHING


def alike(jobs: Iterable[Job]) -> list[list[Job]]:
    """The jobs by what they have in common but for `OWN`, in the order of each one's first."""
    groups: dict[Hashable, list[Job]] = {}
    for job in jobs:
        words = (word.partition("=")[::2] for word in job.overrides)
        groups.setdefault(tuple(_less(words)), []).append(job)
    return [*groups.values()]


def _less(settings: Iterable[tuple[str, object]]) -> Iterator[tuple[str, object]]:
    for key, value in settings:
        if key.lstrip("+").partition(".")[0] not in OWN:
            yield key, value
