"""Painting one picture after another: what fails is said and counted, and the others go on."""

import errno
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylex.atomic import check_writable, write_atomically
from stylex.config.build import picture_files, to_arguments
from stylex.config.messages import one_line
from stylex.config.schema import Config
from stylex.errors import RunError, UserError
from stylex.images.load import load
from stylex.images.save import check_size, encode
from stylex.many.done import FOLDER, look, note
from stylex.many.files import Pair
from stylex.many.progress import Progress
from stylex.paths import shown
from stylex.runs import rates
from stylex.runs.console import duration, memory_advice
from stylex.runs.folder import remove_empty
from stylex.runs.lock import Lock
from stylex.runs.origin import Origin
from stylex.runs.recorder import record_of, record_of_result, texts_of
from stylex.runs.run import told_of
from stylex.runs.signals import Stopping
from stylex.transfer.evaluation.freed import keep_freed_memory
from stylex.transfer.loop import Step
from stylex.transfer.plan import Plan, plan
from stylex.transfer.shared import Shared
from stylex.transfer.started import Started
from stylex.transfer.stylize import stylize

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # no further picture could be kept either


@dataclass(frozen=True)
class Job:
    """A picture that is to be painted, with all settings; and how that came about."""

    pair: Pair
    config: Config
    origin: Origin


@dataclass(frozen=True)
class Survey:
    """What there is to do of many pictures.

    todo: those to be painted, each with its plan. done: how many are painted already. anew: how
    many of `todo` have been painted otherwise; changes: {key: `it was → it is`} of all of them.
    refused: a line for each that cannot be painted.
    """

    todo: Sequence[tuple[Job, Plan]]
    done: int
    anew: int
    changes: dict[str, str]
    refused: Sequence[str]

    @property
    def count(self) -> int:
        """All pictures."""
        return len(self.todo) + self.done + len(self.refused)

    def __str__(self) -> str:
        """What was found besides pictures to be painted for the first time; empty for nothing."""
        before = [f"{self.done} done before"] if self.done else []
        if self.anew:
            why = ", ".join(f"{key} ({change})" for key, change in sorted(self.changes.items()))
            before.append(f"{self.anew} painted anew{f': {why}' if why else ''}")
        return ", ".join(before)


def survey(jobs: Sequence[Job]) -> Survey:
    """Looks at what there is, and plans the rest; nothing is written.

    Raises UserError for what is wrong with all of them: a setting, the style.
    """
    config = jobs[0].config
    to_arguments(config)
    for name, path in picture_files(config).items():
        if name != "content":
            load(path)
    todo, refused, found = [], [], []
    for job in jobs:
        try:
            found.append(look(job.pair.target, job.config))
            if not found[-1].done:
                todo.append((job, plan(**to_arguments(job.config))))
        except (UserError, OSError) as error:
            refused.append(_line(job, error))
    changes = {key: change for one in found for key, change in one.changes.items()}
    done, anew = sum(one.done for one in found), sum(one.anew for one in found)
    return Survey(todo, done, anew, changes, refused)


def paint(jobs: Sequence[Job], folder: Path) -> int:
    """Paints what is to be painted, into `folder`. Gives how many pictures could not be.

    Raises UserError before anything is painted; RunError where the disk is full; KeyboardInterrupt
    between two steps, after which the finished pictures are there.
    """
    try:
        check_writable(folder / FOLDER / "run.json")
        lock = Lock(folder / FOLDER)
    except OSError as error:
        raise UserError(f"output '{folder}' cannot be written: {error.strerror}") from error
    try:
        return _paint(survey(jobs), jobs[0].config.style.name, folder)
    finally:
        lock.release()
        remove_empty((folder / FOLDER).absolute())


def _paint(found: Survey, style: str, folder: Path) -> int:
    count = f"{found.count} picture{'s' * (found.count != 1)}"
    before = f": {found}" if str(found) else ""
    print(f"{count} in the manner of {style}, into {shown(folder)}{before}", flush=True)
    progress = Progress([planned for _, planned in found.todo])
    shared, failed, began = Shared(), len(found.refused), time.perf_counter()
    with progress.telling():
        for line in found.refused:
            progress.say(line)
        for job, _ in found.todo:
            progress.begin(job.pair.source.name)
            try:
                _Painting(job, progress).run(shared)
            except (UserError, RunError) as error:
                if getattr(error.__cause__, "errno", None) in FULL:
                    raise
                failed += 1
                shared = Shared()  # where memory was short, that is free now
                progress.say(_line(job, error))
                progress.end(done=False)
            else:
                progress.end()
    painted = found.count - found.done - failed
    seconds = duration(time.perf_counter() - began)
    print(
        f"{painted} painted in {seconds}" if painted or failed else "nothing left to paint",
        *([f"{failed} could not be painted"] if failed else []),
        sep=", ",
        flush=True,
    )
    return failed


class _Painting:
    """One picture at work; `stylize` calls it back."""

    def __init__(self, job: Job, progress: Progress) -> None:
        self.job, self.progress = job, progress
        # Nothing is kept of a step that does not end: the picture begins again.
        self.stopping = Stopping(on_late=lambda: None)
        self.record: dict[str, Any] = {}
        self.plan: Plan | None = None

    def run(self, shared: Shared) -> None:
        """Raises UserError or RunError where it fails, RunError from OSError for a full disk."""
        began, pair, config = time.perf_counter(), self.job.pair, self.job.config
        try:
            with self.stopping:
                result = stylize(
                    **to_arguments(config),
                    on_start=self.on_start,
                    on_step=self.on_step,
                    shared=shared,
                )
                data = encode(result.image, pair.target, texts_of(config))
                write_atomically(pair.target, data)
                figures = record_of_result(result, time.perf_counter() - began)
                digest = hashlib.sha256(data).hexdigest()
                note(pair.target, digest, {**self.record, **figures})
                self.stopping.check()
        except Exception as error:
            told = told_of(error, pair.target.parent, self._advice)
            if told is None or told is error:
                raise
            raise told from error
        assert self.plan
        rates.remember(self.plan, result)

    def on_start(self, started: Started) -> None:
        check_size(self.job.pair.target, *started.plan.size)
        self.plan = started.plan
        self.record = record_of(self.job.config, self.job.origin, started)
        if self.plan.keeps_freed:
            keep_freed_memory()
        self.stopping.patient = True

    def on_step(self, step: Step) -> None:
        self.progress.on_step(step)
        if step.is_last:
            self.stopping.last_step()
        else:
            self.stopping.check()

    def _advice(self) -> str:
        if self.plan is None:
            return "try a smaller size"
        return memory_advice(self.plan.bytes, self.plan.bytes // 2, self.job.config.size)


def _line(job: Job, error: Exception) -> str:
    said, name = one_line(error), str(shown(job.pair.source))
    return f"stylex: {said if name in said else f'{name}: {said}'}"
