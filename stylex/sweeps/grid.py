"""Every combination of the swept values, less what is done already."""

import itertools
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.core.object_type import ObjectType
from hydra.core.override_parser.types import Glob, Override
from hydra.core.plugins import Plugins
from omegaconf import DictConfig

from stylex.config import grammar
from stylex.config.pictures import (
    GROUPS,
    looks_like_path,
    options,
    parts_of,
    shadowed_samples,
)
from stylex.config.plugins import SWEEPER
from stylex.errors import UserError, check_whole, quoted
from stylex.importing import importing_torch
from stylex.paths import expand as expand_path
from stylex.runs.sweep_record import Job
from stylex.sweeps import pairs, session
from stylex.sweeps.configs import Configs
from stylex.sweeps.job import is_basic
from stylex.sweeps.launching import Launching
from stylex.sweeps.names import job_name

MOST_JOBS = 10_000
MOST_BATCH = 1024


class GridSweeper(Launching):
    """Hydra's basic sweeper, with ranges, names for folders, and jobs that need not run again.

    params: `hydra.sweeper.params`, {key: values} in a YAML file, see `Configs`.
    """

    def __init__(self, params: dict[str, Any] | None = None) -> None:
        pass

    def sweep(self, arguments: list[str]) -> None:
        """Plans the jobs that the overrides `arguments` stand for and runs those still to do.

        Raises UserError or what Hydra does for a value that no config can hold, before any job
        runs; RunError where the launcher gives up.
        """
        jobs = jobs_of(self.configs, arguments, session.current().plan.swept)
        pairs = (word.partition("=")[::2] for job in jobs for word in job.overrides)
        for line in shadowed_samples((key, grammar.unquoted(value)) for key, value in pairs):
            print(line)
        master = self.configs.master
        check_batch(master)
        todo = session.current().choose_jobs(jobs, self.configs.compose)
        if todo and is_basic(master.hydra):
            with importing_torch():  # which the jobs need here anyway
                from stylex.sweeps import batches, together

            batch = together.largest_batch(master.batch, str(master.device))
            if arranged := together.arranged(todo, batch):
                current = session.current()
                batches.paint(self.configs, *arranged, current.folder, current.plan)
                return
        one_by_one = master.fail_fast and is_basic(master.hydra)
        parts = [[job] for job in todo] if one_by_one else [todo] if todo else []
        for number, part in enumerate(parts):
            if session.current().failed_fast:
                break
            self.launch(part, first=number)


def check_batch(master: DictConfig) -> None:
    """Raises UserError for a `batch` that is none, or that other processes cannot paint."""
    if master.batch in ("auto", "off") or master.batch is False:  # as YAML reads `off`
        return
    if not is_basic(master.hydra):
        raise UserError("batch is for jobs of one process: leave out hydra/launcher")
    if isinstance(master.batch, bool) or not isinstance(master.batch, int):
        raise UserError(
            f"batch must be auto, off or a number of jobs, not '{quoted(master.batch)}'"
        )
    check_whole("batch", master.batch, 1, MOST_BATCH)


def jobs_of(configs: Configs, words: Sequence[str], order: Sequence[str]) -> list[Job]:
    """One for each combination of the words' values. order: of the keys in their names.

    Raises UserError or what Hydra does for a value that no job could be composed of.
    """
    overrides = configs.overrides(words)
    jobs = combinations(overrides, order, pairs.groups_in(configs.master))
    varied = [override for override in overrides if override.is_sweep_override()]
    configs.check({override.get_key_element(): values_of(override) for override in varied}, jobs)
    return jobs


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
