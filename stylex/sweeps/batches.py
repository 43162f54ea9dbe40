"""Jobs of a sweep that are painted together, in one process.

Each has its own folder, log, figures and end, as if it had run alone.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from omegaconf import DictConfig, open_dict

from stylex.config.build import to_arguments
from stylex.config.schema import without_hydra
from stylex.runs.folder import LOG
from stylex.runs.record import read
from stylex.runs.signals import Stopping
from stylex.runs.sweep_record import Job, Plan, has_failed_fast
from stylex.sweeps.configs import Configs
from stylex.sweeps.growing import refresh_sheet
from stylex.sweeps.job import Attempt, note_failure, shared, told
from stylex.sweeps.together import Manner
from stylex.transfer.batch import Transfer, stylize_batch
from stylex.transfer.loop import Step
from stylex.transfer.plan import Plan as TransferPlan
from stylex.transfer.plan import plan as plan_of
from stylex.transfer.started import Started
from stylex.transfer.stylize import Result


def paint(configs: Configs, jobs: Sequence[Job], manner: Manner, sweep: Path, plan: Plan) -> None:
    """Runs the jobs: neighbours that go together in one go.

    Raises KeyboardInterrupt when all of a batch have kept what they had.
    """
    together: list[_One] = []
    try:
        for number, job in enumerate(jobs):
            if has_failed_fast(sweep, plan):
                break
            one = _One(number, Attempt(*_composed(configs, job, number), plan), manner)
            if not one.begin():
                _tell(one, sweep, plan)
                continue
            if together and (one.key is None or one.key != together[0].key):
                _paint(together, sweep, plan, manner)
                together = []
            together.append(one)
            if one.key is None or len(together) >= manner.most(one.plan):
                _paint(together, sweep, plan, manner)
                together = []
        if together:
            _paint(together, sweep, plan, manner)
    finally:
        for one in together:
            one.attempt.folder.release()


def _composed(configs: Configs, job: Job, number: int) -> tuple[DictConfig, DictConfig]:
    words = [*job.overrides, f"hydra.sweep.subdir='{job.name}'"]
    composed = configs.loader.load_sweep_config(configs.master, words)
    with open_dict(composed):
        composed.hydra.job.num = number
        composed.hydra.runtime.output_dir = str(Path(str(composed.hydra.sweep.dir)) / job.name)
    return without_hydra(composed), composed.hydra


class _One:
    """A job on its way. reason: why it failed. painted, over: whether it has taken its last step,
    and whether its result is kept, or there is none.
    """

    def __init__(self, number: int, attempt: Attempt, manner: Manner) -> None:
        self.number = number
        self.attempt = attempt
        self.manner = manner
        self.reason: str | None = None
        self.painted = self.over = False

    def begin(self) -> bool:
        """Takes its folder and plans it. Whether that was possible."""
        with self.logging():
            try:
                # A terminal has room for one bar.
                running = self.running = self.attempt.begin(bar=False)
                state = running.state
                before = state["memory_plan"] if state else None
                self.plan: TransferPlan = plan_of(
                    **to_arguments(running.config), memory_plan=before
                )
                together = state is None or self.manner.resumes
                self.key = self.manner.key(running.config, self.plan) if together else None
            except Exception as error:
                self.reason = self.attempt.failed(error)
                self.attempt.folder.release()
                return False
        return True

    def transfer(self, stopping: Stopping, jobs: Sequence["_One"]) -> Transfer:
        """It as one of those that begin now."""
        recorder = self.running.recorder
        recorder.began = time.perf_counter()

        def on_start(started: Started) -> None:
            with self.logging():
                recorder.on_start(started)
                recorder.folder.note({self.manner.word: len(jobs)})

        def on_step(step: Step) -> None:
            recorder.stopping.requested = stopping.requested
            if stopping.take_save():
                for one in jobs:
                    one.running.recorder.stopping.request_save()
            with self.logging():
                recorder.on_step(step)
            self.painted = step.is_last
            if all(one.painted or one.over for one in jobs):
                stopping.finishing()

        return Transfer(self.plan, on_start, on_step, self.running.state)

    def end(self, outcome: Result | BaseException) -> None:
        """Keeps a result, or notes why there is none."""
        self.over = True
        with self.logging():
            try:
                if isinstance(outcome, BaseException):
                    raise outcome
                self.running.finish(outcome)
            except BaseException as error:
                told = self.running.end(error)
                if isinstance(told, Exception):
                    self.reason = self.attempt.failed(told)
            finally:
                self.attempt.folder.release()

    @contextmanager
    def logging(self) -> Iterator[None]:
        """What is said meanwhile goes to its own log."""
        folder = self.attempt.folder.path
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(folder / LOG, encoding="utf-8", delay=True)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        root = logging.getLogger()
        others, root.handlers[:] = [*root.handlers], [handler]
        try:
            yield
        finally:
            root.handlers[:] = others
            handler.close()


def _paint(jobs: Sequence[_One], sweep: Path, plan: Plan, manner: Manner) -> None:
    """Runs jobs that go together, and tells of each as it ends."""
    stopping = Stopping(on_late=lambda: _stop_late(jobs))
    try:
        with stopping:
            stopping.patient = True
            transfers = [one.transfer(stopping, jobs) for one in jobs]
            # One alone may be resumed, and of branches none is.
            stylize = manner.stylize if len(jobs) > 1 else stylize_batch
            for number, outcome in stylize(transfers, shared()):
                jobs[number].end(outcome)
                _tell(jobs[number], sweep, plan)
            stopping.check()
    finally:
        for one in jobs:
            if not one.over:  # Ctrl-C
                one.end(KeyboardInterrupt())


def _stop_late(jobs: Sequence[_One]) -> None:
    for one in jobs:
        if not one.over:
            one.running.recorder.stop_late()


def _tell(one: _One, sweep: Path, plan: Plan) -> None:
    print(told(read(one.attempt.folder.path), one.number, plan, one.reason), flush=True)
    if one.reason is not None:
        note_failure(sweep, plan)
    refresh_sheet(sweep, plan, one.number + 1)
