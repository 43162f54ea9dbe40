"""Every combination of the swept values, less what is done already."""

import contextlib
import itertools
import math
from collections.abc import Sequence
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.plugins import Plugins
from hydra.core.utils import JobStatus
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf, open_dict

from stylex.config.schema import AUTO, SWEEPER, to_config
from stylex.errors import RunError, UserError, quoted
from stylex.runs.sweep_record import Job
from stylex.sweeps import session
from stylex.sweeps.names import job_name
from stylex.sweeps.ranges import expand

MOST_JOBS = 10_000


class GridSweeper(Sweeper):
    """Hydra's basic sweeper, with ranges, names for folders, and jobs that need not run again.

    params: {key: values}, a sweep in a YAML file: `hydra.sweeper.params`.
    """

    def __init__(self, params: dict[str, Any] | None = None) -> None:
        self.params = params or {}

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Called by Hydra before `sweep`."""
        self.master = config
        self.loader = hydra_context.config_loader
        self.launcher: Launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> None:
        """Plans the jobs that the overrides `arguments` stand for and runs those still to do.

        Raises UserError or what Hydra does for a value that no config can hold, before any job
        runs; RunError where the launcher gives up.
        """
        words = [*(expand(f"{key}={value}") for key, value in self.params.items()), *arguments]
        overrides = OverridesParser.create(config_loader=self.loader).parse_overrides(words)
        jobs = combinations(overrides, session.current().plan.swept)
        self._check(overrides, jobs)
        todo = session.current().choose_jobs(jobs, self._compose)
        if not todo:
            return
        # A folder's name goes along as an override of Hydra's own.
        launched = [[*job.overrides, f"hydra.sweep.subdir='{job.name}'"] for job in todo]
        try:
            for job in self.launcher.launch(launched, initial_job_idx=0):
                if job.status == JobStatus.FAILED:  # outside of what a job catches itself
                    with contextlib.redirect_stderr(None):
                        _ = job.return_value  # raises, after printing lines of Hydra's
        except Exception as error:  # a worker killed, a queue that refuses
            reason = (str(error).splitlines() or [""])[0]
            raise RunError(f"the launcher gave up ({type(error).__name__}: {reason})") from error

    def _compose(self, overrides: Sequence[str]) -> DictConfig:
        """The config of one job, as the launcher will compose it."""
        composed = self.loader.load_sweep_config(self.master, list(overrides))
        with open_dict(composed):
            del composed["hydra"]
        return composed

    def _check(self, overrides: Sequence[Override], jobs: Sequence[Job]) -> None:
        """Finds what no job could be composed of, trying each value once, not each combination.

        A choice is composed; a plain value is put into a config that is there, far quicker.
        """
        base = self._compose(jobs[0].overrides)
        groups = self.loader.list_groups("")
        varied = any(o.key_or_group == "output" and o.is_sweep_override() for o in overrides)
        output = to_config(base, jobs[0].overrides).output
        if len(jobs) > 1 and (varied or output not in (None, AUTO)):
            raise UserError(
                "output is one file, but a sweep makes many: leave it out, or say output=auto"
            )
        parser = OverridesParser.create()
        for override in overrides:
            if not override.is_sweep_override():
                continue
            key = override.get_key_element()
            for text in override.sweep_string_iterator():
                word = f"{key}={text}"
                if override.key_or_group in groups:
                    self._compose([*(o for o in jobs[0].overrides if o != word), word])
                else:
                    value = parser.parse_override(word).value()
                    OmegaConf.update(base, override.key_or_group, value, force_add=True)


def combinations(overrides: Sequence[Override], swept_keys: Sequence[str] = ()) -> list[Job]:
    """One job for each combination of the swept values, the last key varying fastest.

    swept_keys: those that jobs are named by even where they have a single value.

    Raises UserError for what has no end of values, and for more than MOST_JOBS.
    """
    words: dict[str, list[str]] = {}  # of the same key the last counts
    swept: dict[str, str] = {}
    for override in overrides:
        key = override.get_key_element()
        if not override.is_sweep_override():
            words[key] = [override.input_line or ""]
            swept.pop(key, None)
            if override.key_or_group in swept_keys:
                swept[key] = override.key_or_group
        elif override.is_discrete_sweep():
            swept[key] = override.key_or_group
            words[key] = [f"{key}={value}" for value in override.sweep_string_iterator()]
            if not words[key]:
                raise UserError(f"{quoted(override.input_line)}: there is nothing that fits")
        else:
            raise UserError(
                f"{override.input_line}: a grid needs single values, as linspace(lo,hi,n)"
            )
    if (count := math.prod(map(len, words.values()))) > MOST_JOBS:
        raise UserError(f"this sweep would have {count} jobs; at most {MOST_JOBS}")
    jobs: dict[str, Job] = {}
    for combination in itertools.product(*words.values()):
        of_key = dict(zip(words, combination, strict=True))
        named = {name: of_key[key].partition("=")[2] for key, name in swept.items()}
        name = job_name(named) if named else "only"
        jobs.setdefault(name, Job(name, list(combination)))  # the same value twice: once
    return list(jobs.values())


def register() -> None:
    """Makes the sweeper known to Hydra."""
    Plugins.instance().class_name_to_class[SWEEPER] = GridSweeper
