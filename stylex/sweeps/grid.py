"""Every combination of the swept values, less what is done already."""

import contextlib
import itertools
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override
from hydra.core.plugins import Plugins
from hydra.core.utils import JobStatus
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf, open_dict

from stylex.config import grammar
from stylex.config.pictures import (
    GROUPS,
    looks_like_path,
    options,
    parts_of,
    shadowed_samples,
)
from stylex.config.schema import AUTO, SWEEPER
from stylex.errors import RunError, UserError, quoted
from stylex.paths import expand as expand_path
from stylex.runs.sweep_record import Job
from stylex.sweeps import pairs, session
from stylex.sweeps.job import is_basic
from stylex.sweeps.names import job_name
from stylex.sweeps.ranges import expand

MOST_JOBS = 10_000


class GridSweeper(Sweeper):
    """Hydra's basic sweeper, with ranges, names for folders, and jobs that need not run again.

    params: `hydra.sweeper.params`, see `Grid`.
    """

    def __init__(self, params: dict[str, Any] | None = None) -> None:
        pass

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Called by Hydra before `sweep`. Raises UserError for a launcher that does not load."""
        self.master = config
        self.loader = hydra_context.config_loader
        try:
            self.launcher: Launcher = Plugins.instance().instantiate_launcher(
                hydra_context=hydra_context, task_function=task_function, config=config
            )
        except (RuntimeError, ImportError) as error:  # of Hydra's, for what is no launcher
            raise UserError(f"hydra.launcher: {str(error).splitlines()[0]}") from error

    def sweep(self, arguments: list[str]) -> None:
        """Plans the jobs that the overrides `arguments` stand for and runs those still to do.

        Raises UserError or what Hydra does for a value that no config can hold, before any job
        runs; RunError where the launcher gives up.
        """
        grid = Grid(self.loader, self.master)
        jobs = grid.jobs(arguments, session.current().plan.swept)
        pairs = (word.partition("=")[::2] for job in jobs for word in job.overrides)
        for line in shadowed_samples((key, grammar.unquoted(value)) for key, value in pairs):
            print(line)
        todo = session.current().choose_jobs(jobs, grid.compose)
        if not todo:
            return
        # A folder's name goes along as an override of Hydra's own.
        launched = [[*job.overrides, f"hydra.sweep.subdir='{job.name}'"] for job in todo]
        alone = self.master.fail_fast and is_basic(self.master.hydra)
        parts = [[words] for words in launched] if alone else [launched]
        try:
            for number, part in enumerate(parts):
                if session.current().failed_fast:
                    break
                for job in self.launcher.launch(part, initial_job_idx=number):
                    if job.status == JobStatus.FAILED:  # outside of what a job catches itself
                        with contextlib.redirect_stderr(None):
                            _ = job.return_value  # raises, after printing lines of Hydra's
        except (UserError, RunError):
            raise
        except Exception as error:  # a worker killed, a queue that refuses
            reason = (str(error).splitlines() or [""])[0]
            raise RunError(f"the launcher gave up ({type(error).__name__}: {reason})") from error


class Grid:
    """The jobs of a command line, and of `hydra.sweeper.params`: {key: values} in a YAML file.

    master: the config of the sweep as a whole.
    """

    def __init__(self, loader: ConfigLoader, master: DictConfig) -> None:
        self.loader = loader
        self.master = master

    def compose(self, overrides: Sequence[str]) -> DictConfig:
        """The config of one job, as the launcher will compose it."""
        composed = self.loader.load_sweep_config(self.master, list(overrides))
        with open_dict(composed):
            del composed["hydra"]
        return composed

    def jobs(self, words: Sequence[str], order: Sequence[str]) -> list[Job]:
        """One for each combination of the words' values. order: of the keys in their names.

        Raises UserError or what Hydra does for a value that no job could be composed of.
        """
        parser = OverridesParser.create(config_loader=self.loader)
        params: Any = OmegaConf.to_container(self.master.hydra.sweeper.params, resolve=True)
        fixed = [f"{key}={values}" for key, values in params.items()]
        overrides = parser.parse_overrides([expand(word) for word in (*fixed, *words)])
        jobs = combinations(overrides, order, pairs.groups_in(self.master))
        self._check(overrides, jobs)
        return jobs

    def _check(self, overrides: Sequence[Override], jobs: Sequence[Job]) -> None:
        """Tries each value once, not each combination.

        A choice is composed; a plain value is put into a config that is there, far quicker.
        """
        base = self.compose(jobs[0].overrides)
        groups = self.loader.list_groups("")
        if len(jobs) > 1:
            for key in ("output", "film"):
                varied = any(o.key_or_group == key and o.is_sweep_override() for o in overrides)
                self._check_file(key, base, jobs, varied=varied)
        parser = OverridesParser.create()
        for override in overrides:
            if not override.is_sweep_override():
                continue
            key = override.get_key_element()
            for text in values_of(override):
                word = f"{key}={text}"
                if override.key_or_group in groups:
                    self.compose([*(o for o in jobs[0].overrides if o != word), word])
                else:
                    value = parser.parse_override(word).value()
                    OmegaConf.update(base, override.key_or_group, value, force_add=True)

    def _check_file(self, key: str, base: DictConfig, jobs: Sequence[Job], *, varied: bool) -> None:
        if not varied and (base[key] is None or (key, base[key]) == ("output", AUTO)):
            return
        if not varied and OmegaConf.is_interpolation(base, key):
            files = {self.compose(job.overrides)[key] for job in jobs}
            if len(files) == len(jobs):
                return
        advice = ", or say output=auto" if key == "output" else ""
        raise UserError(f"{key} is one file, but a sweep makes many: leave it out{advice}")


def combinations(
    overrides: Sequence[Override],
    order: Sequence[str] = (),
    zipped: Sequence[Sequence[str]] = (),
) -> list[Job]:
    """One job for each combination of the swept values, the last key varying fastest.

    order: of the keys in jobs' names, in which these keys stand even with a single value; other
        swept keys follow. zipped: groups of keys that vary together, first value with first.

    Raises UserError for what has no end of values, for more than MOST_JOBS, and for groups whose
    keys have different numbers of values.
    """
    together = {key for group in zipped for key in group}
    words: dict[str, list[str]] = {}  # of the same key the last counts
    swept: dict[str, str] = {}  # {key: its word's key, marks included}
    for override in overrides:
        key = override.get_key_element()
        swept.pop(override.key_or_group, None)
        if not override.is_sweep_override():
            words[key] = [override.input_line or ""]
            if override.key_or_group in order:
                swept[override.key_or_group] = key
        elif override.is_discrete_sweep():
            swept[override.key_or_group] = key
            once = override.key_or_group not in together
            words[key] = [f"{key}={value}" for value in values_of(override, once=once)]
            if not words[key]:
                raise UserError(f"{quoted(override.input_line)}: there is nothing that fits")
        else:
            raise UserError(
                f"{override.input_line}: a grid needs single values, as linspace(lo,hi,n)"
            )
    rows = pairs.rows(words, zipped)
    if (count := math.prod(map(len, rows))) > MOST_JOBS:
        raise UserError(f"this sweep would have {count} jobs; at most {MOST_JOBS}")
    named = [key for key in dict.fromkeys([*order, *swept]) if key in swept]
    jobs: dict[str, Job] = {}
    for combination in itertools.product(*rows):
        found = {key: word for row in combination for key, word in row.items()}
        of_word = {key: found[key] for key in words}
        name = job_name({key: of_word[swept[key]].partition("=")[2] for key in named}) or "only"
        jobs.setdefault(name, Job(name, [*of_word.values()]))  # the same value twice: once
    return list(jobs.values())


def values_of(override: Override, *, once: bool = True) -> list[str]:
    """The values of a list, a range or `glob(…)`, as Hydra's grammar writes them.

    once: a picture that is named twice, by its name and a path or by two paths, is one value. Of
    more than MOST_JOBS values one more than that is given.
    """
    glob: Any = override.value()
    if isinstance(glob, Glob):
        found: Iterable[str] = map(grammar.name, _matching(glob, override))
    else:
        try:
            found = [*itertools.islice(override.sweep_string_iterator(), MOST_JOBS + 1)]
        except (ValueError, ArithmeticError) as error:  # range(0,1,0), range(0,nan)
            raise UserError(f"'{quoted(override.input_line)}' is no range: {error}") from error
    if override.key_or_group not in GROUPS or not once:
        return [*found]
    known = options(override.key_or_group)
    values: dict[Any, str] = {}
    for value in found:
        same = [
            (str(_file(name, known) or name), weight)
            for name, weight in parts_of(override.key_or_group, grammar.unquoted(value))
        ]
        values.setdefault(tuple(same), value)
    return [*values.values()]


def _file(text: str, known: Mapping[str, Path]) -> str | Path | None:
    """That of a path, or of one of the `known` options."""
    return os.path.abspath(expand_path(text)) if looks_like_path(text) else known.get(text)


def _matching(glob: Glob, override: Override) -> list[str]:
    """The options that it takes; Hydra does not look into the quotes of a list of patterns."""
    assert override.config_loader
    include, exclude = (
        [getattr(pattern, "text", pattern) for pattern in patterns]
        for patterns in (glob.include, glob.exclude)
    )
    names = override.config_loader.get_group_options(override.key_or_group, ObjectType.CONFIG)
    return Glob(include, exclude).filter(names)


def register() -> None:
    """Makes the sweeper known to Hydra."""
    Plugins.instance().class_name_to_class[SWEEPER] = GridSweeper
