"""Jobs of a sweep through Hydra's launcher, whichever it is."""

import contextlib
import io
from collections.abc import Sequence

from hydra.core.plugins import Plugins
from hydra.core.utils import JobStatus
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from stylex.errors import RunError, UserError
from stylex.runs.sweep_record import Job
from stylex.sweeps.configs import Configs


class Launching(Sweeper):
    """A sweeper whose jobs go through the launcher that its config names."""

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Called by Hydra before `sweep`. Raises UserError for a launcher that does not load."""
        self.configs = Configs(hydra_context.config_loader, config)
        try:
            self.launcher: Launcher = Plugins.instance().instantiate_launcher(
                hydra_context=hydra_context, task_function=task_function, config=config
            )
        except (RuntimeError, ImportError) as error:  # of Hydra's, for what is no launcher
            raise UserError(f"hydra.launcher: {str(error).splitlines()[0]}") from error

    def launch(self, jobs: Sequence[Job], first: int = 0) -> None:
        """Runs the jobs, each in the folder of its name. first: the first one's number, from 0.

        What comes of them is in their folders. Raises RunError where the launcher gives up,
        UserError where it cannot begin.
        """
        # A folder's name goes along as an override of Hydra's own.
        words = [[*job.overrides, f"hydra.sweep.subdir='{job.name}'"] for job in jobs]
        try:
            for job in self.launcher.launch(words, initial_job_idx=first):
                if job.status == JobStatus.FAILED:  # outside of what a job catches itself
                    with contextlib.redirect_stderr(io.StringIO()):
                        _ = job.return_value  # raises, after printing lines of Hydra's
        except (UserError, RunError):
            raise
        except Exception as error:  # a worker killed, a queue that refuses
            reason = (str(error).splitlines() or [""])[0]
            raise RunError(f"the launcher gave up ({type(error).__name__}: {reason})") from error
