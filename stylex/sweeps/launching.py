"""Jobs of a sweep through Hydra's launcher, whichever it is."""

import contextlib
import io
from collections.abc import Sequence

from hydra.core.plugins import Plugins
from hydra.core.utils import JobStatus
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from stylex.errors import RunError, UserError
from stylex.runs.sweep_record import Job


def launcher_of(context: HydraContext, function: TaskFunction, config: DictConfig) -> Launcher:
    """The one that `config` names. Raises UserError for one that does not load."""
    try:
        return Plugins.instance().instantiate_launcher(
            hydra_context=context, task_function=function, config=config
        )
    except (RuntimeError, ImportError) as error:  # of Hydra's, for what is no launcher
        raise UserError(f"hydra.launcher: {str(error).splitlines()[0]}") from error


def launch(launcher: Launcher, jobs: Sequence[Job], first: int = 0) -> None:
    """Runs the jobs, each in the folder of its name. first: the number of the first one, from 0.

    What comes of them is in their folders. Raises RunError where the launcher gives up, UserError
    where it cannot begin.
    """
    # A folder's name goes along as an override of Hydra's own.
    words = [[*job.overrides, f"hydra.sweep.subdir='{job.name}'"] for job in jobs]
    try:
        for job in launcher.launch(words, initial_job_idx=first):
            if job.status == JobStatus.FAILED:  # outside of what a job catches itself
                with contextlib.redirect_stderr(io.StringIO()):
                    _ = job.return_value  # raises, after printing lines of Hydra's
    except (UserError, RunError):
        raise
    except Exception as error:  # a worker killed, a queue that refuses
        reason = (str(error).splitlines() or [""])[0]
        raise RunError(f"the launcher gave up ({type(error).__name__}: {reason})") from error
