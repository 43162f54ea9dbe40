"""The contact sheet of a sweep that still runs, drawn by whichever process ends a job."""

import logging
import time
from dataclasses import dataclass
from pathlib import Path

from stylex.errors import UserError
from stylex.report import sheet
from stylex.report.chosen import choices_among
from stylex.report.ranking import rank
from stylex.runs.lock import Lock
from stylex.runs.sweep_record import Plan, collect

log = logging.getLogger(__name__)

# It is drawn again after so many seconds, and so many times its own cost: 4 % of the time.
AGE, SHARE = 10.0, 25


@dataclass
class Drawn:
    """A sheet: the seconds that it took, and how many jobs had ended."""

    seconds: float
    jobs: int

    def is_due(self, age: float, ended: int) -> bool:
        """Whether another is to be drawn when so many have ended, `age` seconds after it."""
        return age >= max(AGE, SHARE * self.seconds * max(1.0, ended / self.jobs))


_last = Drawn(1.0, 100)  # by this process; what to expect of the first one


def refresh_sheet(sweep: Path, plan: Plan, ended: int) -> None:
    """Draws the contact sheet of what there is, unless another worker does or just did.

    ended: how many jobs have.
    """
    path = sweep / sheet.FIRST
    try:
        drawn = path.stat().st_mtime if path.exists() else 0.0
        if not _last.is_due(time.time() - max(drawn, plan.started), ended):
            return
        lock = Lock(sweep, ".sheet.lock")
    except (UserError, OSError):
        return
    try:
        began = time.perf_counter()
        records = collect([sweep])
        choices, _ = choices_among(records, sweep)
        ranking = rank(records, plan.rank_by, fold=plan.fold, choices=choices)
        sheet.save(sweep, ranking, title=sweep.name)
        _last.seconds, _last.jobs = time.perf_counter() - began, ended
    except Exception:  # a sheet less is no reason to lose a sweep
        log.exception("the contact sheet was not drawn")
    finally:
        lock.release()
