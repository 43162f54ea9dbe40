"""One job of a sweep, in whatever process a launcher runs it: its failure is its own."""

import contextlib
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from stylex.config.messages import MISTAKES, one_line
from stylex.config.schema import SEARCH, SWEEPER, Pruner, to_config
from stylex.config.settings import flatten
from stylex.errors import RunError, UserError
from stylex.report import sheet
from stylex.report.ranking import figure, plane_of, rank
from stylex.runs.console import duration
from stylex.runs.folder import RunFolder
from stylex.runs.lock import Lock
from stylex.runs.sweep_record import Plan, collect, read_plan
from stylex.sweeps.names import variant_name
from stylex.sweeps.origin import origin_of

log = logging.getLogger(__name__)

# The sheet is drawn again after so many seconds, and so many times its own cost: 5 % of the time.
SHEET_AGE, SHEET_SHARE = 10.0, 20


def run_job(composed: DictConfig) -> float | None:
    """Runs what Hydra composed; gives the figure that the sweep is ranked by.

    A job that fails leaves its reason in its folder and gives None, so that the others run. Only
    a sweeper of another package gets a RunError, for it may choose by what a job returns.
    """
    from stylex.runs.run import run  # torch: not before it is needed
    from stylex.sweeps.pruning import judge_of

    hydra_config = cast(DictConfig, HydraConfig.get())
    sweep = Path(hydra_config.sweep.dir)
    plan = read_plan(sweep) or Plan((), "style_error", 0)
    folder = RunFolder(Path(hydra_config.runtime.output_dir))
    origin = origin_of(hydra_config, plan.fixed)
    alone = hydra_config.launcher._target_.endswith(".BasicLauncher")
    # In the order that the sweep's folders have, however this start of it was typed.
    keys = dict.fromkeys([*plan.swept, *origin.swept])
    variant = variant_name({key: origin.swept[key] for key in keys if key in origin.swept})
    reason = None
    with _to_file_only():
        record = origin.record()
        try:
            config = to_config(composed)
            record["settings"] = flatten(config)
            judge = None
            if hydra_config.sweeper.get("pruner") == Pruner.median:
                judge = judge_of(folder.path, plan.rank_by)
            run(config, folder, origin, variant=variant, judge=judge, bar=alone, strict=False)
        except (*MISTAKES, RunError, OSError) as error:
            reason = one_line(error)
            log.error(reason)
        except Exception as error:  # a defect of ours: whoever looks for it needs the traceback
            reason = f"{type(error).__name__}: {one_line(error)}"
            log.exception(reason)
        if reason is not None:
            _record_failure(folder, composed, record, reason)
    number = f"{hydra_config.job.num + 1}/{plan.todo}" if plan.todo else hydra_config.job.num + 1
    print(f"[{number}] {folder.path.name}: {_outcome(folder, reason, plan.rank_by)}", flush=True)
    _refresh_sheet(sweep, plan)
    if reason is None:
        return figure(folder.record, plan.rank_by)
    if hydra_config.sweeper._target_ in (SWEEPER, SEARCH):
        return None
    raise RunError(reason)


def _record_failure(
    folder: RunFolder, composed: DictConfig, record: dict[str, object], reason: str
) -> None:
    """Whatever began keeps what it has; what never did gets a folder that says why."""
    with contextlib.suppress(UserError, OSError):
        if not folder.record:
            folder.hold()
            folder.begin(OmegaConf.to_yaml(composed), record)
        folder.end("failed", reason=reason)


def _outcome(folder: RunFolder, reason: str | None, by: str) -> str:
    if reason is not None:
        return f"failed: {reason}"
    figures = folder.record
    if figures["status"] == "pruned":
        return f"{duration(figures['seconds'])}, pruned: {figures['reason']}"
    both = [f"{name} {figures[name]:.3f}" for name in plane_of(by)]
    return ", ".join([duration(figures["seconds"]), *both])


@contextlib.contextmanager
def _to_file_only() -> Iterator[None]:
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


_cost = [0.0]  # seconds of the last sheet that this process drew


def _refresh_sheet(sweep: Path, plan: Plan) -> None:
    """Draws the contact sheet of what there is, unless another worker does or just did."""
    try:
        lock = Lock(sweep, ".sheet.lock")
    except (UserError, OSError):
        return
    try:
        path = sweep / sheet.FIRST
        age = time.time() - path.stat().st_mtime if path.exists() else float("inf")
        if age > max(SHEET_AGE, SHEET_SHARE * _cost[0]):
            began = time.perf_counter()
            sheet.save(sweep, rank(collect([sweep]), plan.rank_by), title=sweep.name)
            _cost[0] = time.perf_counter() - began
    except Exception:  # a sheet less is no reason to lose a sweep
        log.exception("the contact sheet was not drawn")
    finally:
        lock.release()
