"""One job of a sweep, in whatever process a launcher runs it: its failure is its own."""

import contextlib
import logging
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from stylex.config.messages import MISTAKES, one_line
from stylex.config.plugins import SEARCH, SWEEPER, Pruner
from stylex.config.schema import to_config
from stylex.config.settings import flatten
from stylex.errors import RunError, UserError
from stylex.importing import importing_torch
from stylex.report.figures import figure, plane_of
from stylex.runs.console import duration
from stylex.runs.folder import RunFolder
from stylex.runs.record import RECORD, Record, read
from stylex.runs.sweep_record import FAILED, Plan, has_failed_fast, read_plan
from stylex.sweeps.growing import refresh_sheet
from stylex.sweeps.names import variant_name
from stylex.sweeps.origin import origin_of

if TYPE_CHECKING:
    from stylex.runs.run import Running
    from stylex.transfer.shared import Shared

log = logging.getLogger(__name__)


def run_job(composed: DictConfig) -> float | None:
    """Runs what Hydra composed; gives the figure that the sweep is ranked by.

    A job that fails leaves its reason in its folder and gives None, so that the others run. Only
    a sweeper of another package gets a RunError, for it may choose by what a job returns.
    """
    hydra_config = cast(DictConfig, HydraConfig.get())
    sweep = Path(hydra_config.sweep.dir)
    plan = read_plan(sweep) or Plan((), "style_error", 0)
    if has_failed_fast(sweep, plan):
        return None
    reason = attempt(composed, plan)
    folder = Path(hydra_config.runtime.output_dir)
    record, number = read(folder), hydra_config.job.num
    print(told(record, number, plan, reason), flush=True)
    refresh_sheet(sweep, plan, number + 1)
    if reason is None:
        return figure(record.figures, plan.rank_by)
    note_failure(sweep, plan)
    if hydra_config.sweeper._target_ in (SWEEPER, SEARCH):
        return None
    raise RunError(reason)


def note_failure(sweep: Path, plan: Plan) -> None:
    """With fail_fast no further job begins."""
    if plan.fail_fast:
        (sweep / FAILED).touch()


def is_basic(hydra_config: DictConfig) -> bool:
    """Whether jobs run one after another in the process that was started."""
    return bool(hydra_config.launcher._target_.endswith(".BasicLauncher"))


def attempt(composed: DictConfig, plan: Plan) -> str | None:
    """Runs what Hydra composed, as a job of that plan; why it failed, where it did."""
    with importing_torch():  # not before it is needed
        from stylex.runs.run import run

    hydra_config = cast(DictConfig, HydraConfig.get())
    job = Attempt(composed, hydra_config, plan)
    with to_file_only():
        try:
            run(job.begin(), shared())
        except Exception as error:
            return job.failed(error)
    return None


class Attempt:
    """One start of a job: what it is to run, and where.

    composed: its config. hydra_config: Hydra's part of that.
    """

    def __init__(self, composed: DictConfig, hydra_config: DictConfig, plan: Plan) -> None:
        self.composed = composed
        self.hydra_config = hydra_config
        self.plan = plan
        self.folder = RunFolder(Path(hydra_config.runtime.output_dir))
        self.origin = origin_of(hydra_config, plan.fixed)
        self._record = self.origin.record()

    def begin(self, *, bar: bool = True) -> "Running":
        """Takes its folder: an unfinished run is resumed, and a finished one made again.

        Those that are done have been left out before. bar: show the progress, if jobs run one after
        another. Raises what a mistake in the config does.
        """
        from stylex.runs.run import begin  # torch: not before it is needed
        from stylex.sweeps.pruning import judge_of

        config = to_config(self.composed)
        self._record["settings"] = flatten(config)
        # In the order that the sweep's folders have, however this start of it was typed.
        swept = self.origin.swept
        keys = dict.fromkeys([*self.plan.swept, *swept])
        prunes = self.hydra_config.sweeper.get("pruner") == Pruner.median
        running = begin(
            config,
            self.folder,
            self.origin,
            variant=variant_name({key: swept[key] for key in keys if key in swept}),
            judge=judge_of(self.folder.path, self.plan.rank_by) if prunes else None,
            bar=bar and is_basic(self.hydra_config),
            strict=False,
        )
        assert running  # not strict
        return running

    def failed(self, error: Exception) -> str:
        """Logs and records why, and says it."""
        reason = one_line(error)
        if isinstance(error, (*MISTAKES, RunError, OSError)):
            log.error(reason)
        else:  # a defect of ours: whoever looks for it needs the traceback
            reason = f"{type(error).__name__}: {reason}"
            log.error(reason, exc_info=error)
        with contextlib.suppress(UserError, OSError):  # the folder is another's; a full disk
            self.folder.fail(reason, OmegaConf.to_yaml(self.composed), self._record)
        return reason


@cache
def shared() -> "Shared":
    """What the jobs of this process need only once."""
    from stylex.transfer.shared import Shared

    return Shared()


def record_lost(config: DictConfig, folder: Path, plan: Plan, reason: str) -> None:
    """Notes why a job failed whose process could not; what it had left stays.

    config: composed, with Hydra's part.
    """
    if read(folder).status == "failed" and (folder / RECORD).exists():
        return
    with contextlib.suppress(UserError, OSError):
        origin = origin_of(config.hydra, plan.fixed)
        RunFolder(folder).fail(reason, OmegaConf.to_yaml(config), origin.record())


def told(record: Record, number: int, plan: Plan, reason: str | None) -> str:
    """What the terminal says of the job that has run, the `number`th from 0 on."""
    place = f"[{number + 1}{f'/{plan.todo}' if plan.todo else ''}] {record.folder.name}"
    if reason is not None:
        return f"{place}: failed: {reason}"
    figures = record.figures
    if record.status == "pruned":
        return f"{place}: {duration(figures['seconds'])}, pruned: {record.reason}"
    both = [f"{name} {_printed(figures.get(name))}" for name in plane_of(plan.rank_by)]
    return f"{place}: {', '.join([duration(figures['seconds']), *both])}"


def _printed(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.3f}"  # none where it is no number


@contextlib.contextmanager
def to_file_only() -> Iterator[None]:
    """What a run says goes to its own log; a hundred of them would drown the terminal."""
    root = logging.getLogger()
    terminal = [h for h in root.handlers if not isinstance(h, logging.FileHandler)]
    for handler in terminal:
        root.removeHandler(handler)
    try:
        yield
    finally:
        for handler in terminal:
            root.addHandler(handler)
