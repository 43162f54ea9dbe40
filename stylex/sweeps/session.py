"""One start of a sweep, in the process that was started: what to do, and what came of it."""

import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig

from stylex.config.messages import MISTAKES, one_line
from stylex.config.plugins import SEARCH, SWEEPER
from stylex.config.schema import to_config
from stylex.config.settings import BOOKKEEPING
from stylex.errors import RunError, UserError
from stylex.importing import importing_torch
from stylex.paths import shown
from stylex.report import PLOT, write
from stylex.report.chosen import choices_among
from stylex.report.figures import CHOICES, figure, weights_of
from stylex.report.fold import check_fold
from stylex.report.ranking import rank
from stylex.report.sheet import FIRST
from stylex.report.table import to_text
from stylex.runs.folder import remove_empty
from stylex.runs.lock import Lock
from stylex.runs.record import RECORD, Record, read
from stylex.runs.sweep_record import FAILED, Job, Plan, collect, has_failed_fast, read_plan
from stylex.sweeps.board import to_tensorboard
from stylex.sweeps.names import check_sweep_name
from stylex.sweeps.pairs import groups_in


def folder_of(config: DictConfig) -> Path:
    """A sweep's. Raises UserError for a name that is no folder's."""
    check_sweep_name(str(config.sweep))
    return Path(config.hydra.sweep.dir).absolute()


def plan_of(config: DictConfig) -> Plan:
    """The overrides that all jobs share, and the keys that vary; the jobs are yet to be found.

    Keys that varied in this sweep before count as varying, too, if only one value is left. What a
    search chooses from counts as shared, for what it has found is of nothing else.

    Raises UserError where the folder holds a sweep with others, and for a `fold` that is none of
    the keys that vary.
    """
    searches = _searches(config)
    words = OverridesParser.create().parse_overrides(list(config.hydra.overrides.task))
    if any(word.key_or_group == "fold" and word.is_sweep_override() for word in words):
        raise UserError("fold is one setting, as fold=seed")
    words = [word for word in words if word.key_or_group not in BOOKKEEPING]
    earlier = read_plan(folder_of(config))
    swept = dict.fromkeys(earlier.swept if earlier else ())
    swept |= dict.fromkeys(word.key_or_group for word in words if word.is_sweep_override())
    params = config.hydra.sweeper.get("params") or {}
    swept |= dict.fromkeys(params)
    fixed = [str(word.input_line) for word in words if searches or word.key_or_group not in swept]
    fixed = sorted([*fixed, *(f"{key}={params[key]}" for key in params if searches)])
    if earlier and (differing := {*earlier.fixed}.symmetric_difference(fixed)):
        theirs = " ".join(sorted(differing.intersection(earlier.fixed)))
        ours = " ".join(sorted(differing.intersection(fixed)))
        raise UserError(
            f"there is another sweep '{config.sweep}', "
            f"{f'with {theirs}' if theirs else f'without {ours}'}: choose another name"
        )
    if earlier and searches and weights_of(earlier.rank_by) != weights_of(config.rank_by):
        raise UserError(
            f"the search '{config.sweep}' is for the least {earlier.rank_by}: choose another name"
        )
    fold = config.fold or ""
    if fold:
        check_fold(fold, swept, "this sweep")
    return Plan(
        fixed,
        rank_by=config.rank_by,
        started=time.time(),
        swept=[*swept],
        zipped=groups_in(config),
        fail_fast=config.fail_fast,
        fold=fold,
    )


def still_to_do(
    jobs: Sequence[Job],
    config: DictConfig,
    compose: Callable[[Sequence[str]], DictConfig],
    *,
    or_pruned: bool = False,
) -> list[Job]:
    """The jobs that are not done; all with `rerun`. compose: gives the config of overrides.

    or_pruned: those that were pruned are not to be done, either.
    """

    def is_to_do(job: Job) -> bool:
        folder = folder_of(config) / job.name
        if config.rerun or not (folder / RECORD).exists():
            return True
        with importing_torch():  # only where it is needed
            from stylex.sweeps.unchanged import is_done

        try:
            return not is_done(folder, to_config(compose(job.overrides)), or_pruned=or_pruned)
        except MISTAKES:  # the job itself will say it
            return True

    return [job for job in jobs if is_to_do(job)]


class Session:
    """From the first look at the folder to the summary."""

    def __init__(self, config: DictConfig) -> None:
        """Takes the sweep's folder. Raises UserError where it is another sweep's, or in use."""
        weights_of(config.rank_by)  # or it would fail at the end
        if config.rank_by == CHOICES and config.hydra.sweeper._target_ != SWEEPER:
            raise UserError(
                "rank_by=choices is for lists; a search goes by a figure that runs measure"
            )
        if groups_in(config) and config.hydra.sweeper._target_ != SWEEPER:
            raise UserError("zip is for lists; this sweeper chooses values as it goes")
        self.config = config
        self.folder = folder_of(config)
        self.lock = Lock(self.folder)
        try:
            self.plan = plan_of(config)
            self.replaced: dict[Path, Record] = {}  # finished runs that are to be made again
            self.began = False
            if config.hydra.sweeper._target_ not in (SWEEPER, SEARCH):  # which begin it themselves
                self._begin()
        except BaseException:
            self.lock.release()
            remove_empty(self.folder)
            raise

    def choose_jobs(
        self, jobs: Sequence[Job], compose: Callable[[Sequence[str]], DictConfig]
    ) -> list[Job]:
        """Notes the jobs of this sweep and gives those that are to run."""
        todo = still_to_do(jobs, self.config, compose)
        self.replaced = {record.folder: record for record in self._over(todo)}
        self.plan = replace(self.plan, jobs=jobs, todo=len(todo))
        self._begin()
        before = f", {len(jobs) - len(todo)} done before" if len(todo) < len(jobs) else ""
        count = f"{len(jobs)} job{'s' * (len(jobs) != 1)}"
        print(f"{count}{before}, into {shown(self.folder)}", flush=True)
        return todo

    def _over(self, jobs: Iterable[Job]) -> list[Record]:
        folders = [self.folder / job.name for job in jobs]
        found = [read(folder) for folder in folders if (folder / RECORD).exists()]
        return [record for record in found if record.over]

    @property
    def failed_fast(self) -> bool:
        """Whether a job has failed, and no other is to begin after that."""
        return has_failed_fast(self.folder, self.plan)

    def begin_search(self, todo: int, over: int) -> None:
        """Notes that a search runs `todo` trials beside those that are over."""
        self.plan = replace(self.plan, todo=todo)
        self._begin()
        before = f", {over} done before" if over else ""
        count = f"{todo + over} trial{'s' * (todo + over != 1)}"
        print(f"{count}{before}, into {shown(self.folder)}", flush=True)

    def not_over(
        self, jobs: Sequence[Job], compose: Callable[[Sequence[str]], DictConfig]
    ) -> list[Job]:
        """Of a search's jobs those that are to run."""
        return still_to_do(jobs, self.config, compose, or_pruned=True)

    def check_unchanged(
        self, jobs: Iterable[Job], compose: Callable[[Sequence[str]], DictConfig]
    ) -> None:
        """Raises UserError where what a search's jobs have found is of other pictures, say."""
        with importing_torch():  # only where it is needed
            from stylex.sweeps.unchanged import incomparable

        for job in jobs:
            config = to_config(compose(job.overrides))
            for key, change in incomparable(self.folder / job.name, config).items():
                raise UserError(
                    f"what the search '{self.config.sweep}' has found is of another {key} "
                    f"({change}): choose another name, or begin it anew with rerun=true"
                )

    def _begin(self) -> None:
        (self.folder / FAILED).unlink(missing_ok=True)  # of a start that was killed
        self.plan.write(self.folder)
        self.began = True

    def finish(self) -> int:
        """Writes and prints what there is, and gives how many jobs are not done."""
        try:
            return self._sum_up() if self.began else 0
        finally:
            (self.folder / FAILED).unlink(missing_ok=True)
            self.lock.release()
            remove_empty(self.folder)

    def _sum_up(self) -> int:
        records = collect([self.folder])
        choices, notes = choices_among(records, self.folder)
        print(*notes, sep="\n", end="\n" * bool(notes))
        ranking = rank(records, self.plan.rank_by, choices=choices)
        names = {self.folder / job.name for job in self.plan.jobs}
        own = [record for record in records if not names or record.folder in names]
        fold = self.plan.fold
        by = self.plan.rank_by
        folded = rank(records, by, fold=fold, choices=choices) if fold else None
        print(to_text(folded or ranking, shutil.get_terminal_size().columns), flush=True)
        try:
            written = write(self.folder, ranking, title=self.folder.name, folded=folded)
            pictures = {"sheet": self.folder / FIRST, "tradeoff": self.folder / PLOT}
            to_tensorboard(self.folder, pictures, sum(record.done for record in records))
        except OSError as error:  # a full disk
            raise RunError(one_line(error)) from error
        print(*(shown(path) for path in written), sep="\n", flush=True)
        if self.failed_fast:
            print("stopped at the first job that failed, as fail_fast says", flush=True)
        if _searches(self.config) and (best := _best(own, self.plan.rank_by)):
            print(f"the best one alone:\n{best.command}", flush=True)
        return sum(not r.over or r == self.replaced.get(r.folder) for r in own)


def _searches(config: DictConfig) -> bool:
    return bool(config.hydra.sweeper._target_ == SEARCH)


def _best(records: Sequence[Record], by: str) -> Record | None:
    """The one that is done with the least figure, whatever its pair."""
    found = [
        (value, n)
        for n, r in enumerate(records)
        if r.done and (value := figure(r.figures, by)) is not None
    ]
    return records[min(found)[1]] if found else None


_session: Session | None = None


def begin(config: DictConfig) -> None:
    """Begins the sweep of this process. Raises UserError, OSError."""
    global _session
    _session = Session(config)


def current() -> Session:
    """The sweep that this process has begun."""
    assert _session
    return _session


def finish() -> int:
    """Ends the sweep, if there is one. How many jobs are not done."""
    global _session
    ended, _session = _session, None
    return ended.finish() if ended else 0
