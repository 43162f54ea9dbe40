"""A search: every job's settings are chosen by what the earlier ones have come to."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.plugins import Plugins

from stylex.config import grammar
from stylex.config.messages import one_line
from stylex.config.pictures import shadowed_samples
from stylex.config.plugins import SEARCH, Pruner, Sampler
from stylex.config.schema import to_config
from stylex.errors import RunError, UserError, check_whole
from stylex.report.figures import figure
from stylex.runs.record import read
from stylex.runs.sweep_record import Job
from stylex.sweeps import session
from stylex.sweeps.launching import Launching
from stylex.sweeps.names import job_name
from stylex.sweeps.space import Space, space_of
from stylex.versions import version_of

if TYPE_CHECKING:
    from optuna.trial import Trial

    from stylex.sweeps.study import Study

MOST = 10_000  # trials; and jobs at once


class SearchSweeper(Launching):
    """By Optuna, see docs/search.md; its settings are those of `plugins.SearchConfig`.

    `pruner` is for the jobs, which read it where they run.
    """

    def __init__(
        self,
        n_trials: int,
        n_jobs: int,
        seed: int,
        sampler: Sampler,
        pruner: Pruner,
        params: dict[str, Any] | None = None,
    ) -> None:
        self.n_trials, self.n_jobs, self.seed, self.sampler = n_trials, n_jobs, seed, sampler

    def sweep(self, arguments: list[str]) -> None:
        """Runs trials until there are `n_trials` that are done or pruned, or have failed now.

        Raises UserError or what Hydra does for what cannot be searched, before any job runs;
        RunError where the launcher gives up, or there is no room for the journal.
        """
        check_whole("hydra.sweeper.n_trials", self.n_trials, 1, MOST)
        check_whole("hydra.sweeper.n_jobs", self.n_jobs, 1, MOST)
        check_whole("hydra.sweeper.seed", self.seed, 0, 2**32 - 1)
        space = space_of(self.configs.overrides(arguments))
        self._check(space)
        study = self._study(space)
        over = [self._job(space, values) for values in study.over]
        session.current().check_unchanged(over, self.configs.compose)
        todo = max(0, self.n_trials - len(over))
        session.current().begin_search(todo, len(over))
        try:
            self._run(study, todo)
        except OSError as error:  # of the journal: jobs keep theirs to themselves
            raise RunError(one_line(error)) from error

    def _run(self, study: "Study", todo: int) -> None:
        count = 0
        while count < todo and not session.current().failed_fast:
            trials = [study.ask() for _ in range(min(self.n_jobs, todo - count))]
            jobs = [self._job(study.space, trial.params) for trial in trials]
            fresh = session.current().not_over(jobs, self.configs.compose)
            for job in jobs:
                if job not in fresh:  # proposed before, or ended just before the process did
                    count += 1
                    print(f"[{count}/{todo}] {job.name}: known already", flush=True)
            different = [*{job.name: job for job in fresh}.values()]
            if different:
                self.launch(different, first=count)
            count += len(fresh)
            for trial, job in zip(trials, jobs, strict=True):
                self._tell(study, trial, session.current().folder / job.name)

    def _tell(self, study: "Study", trial: "Trial", folder: Path) -> None:
        record, by = read(folder), self.configs.master.rank_by
        found = {level: figure(figures, by) for level, figures in record.at_levels.items()}
        between = {n: value for n, value in found.items() if value is not None and n > 0}
        value = figure(record.figures, by) if record.done else None
        study.tell(trial, value, between, pruned=record.status == "pruned")

    def _job(self, space: Space, values: Mapping[str, float | str]) -> Job:
        words = space.words(values)
        plain = {key.lstrip("+").partition("@")[0]: text for key, text in words.items()}
        named = {key: plain[key] for key in session.current().plan.swept if key in plain}
        chosen = [f"{key}={text}" for key, text in words.items()]
        return Job(job_name(named), [*space.fixed, *chosen])

    def _check(self, space: Space) -> None:
        """Composes each choice and both ends of each range."""
        ends = {key: chosen.ends for key, chosen in space.ranges.items()}
        corners = [
            Job(name, [*space.fixed, *(f"{key}={texts[at]}" for key, texts in ends.items())])
            for name, at in (("lowest", 0), ("highest", -1))
        ]
        self.configs.check(ends, corners)
        fixed = [word.partition("=")[::2] for word in space.fixed]
        pairs = [*fixed, *((key, text) for key, texts in ends.items() for text in texts)]
        for line in shadowed_samples((key, grammar.unquoted(value)) for key, value in pairs):
            print(line)
        for corner in corners:
            to_config(self.configs.compose(corner.overrides))

    def _study(self, space: Space) -> "Study":
        found = version_of("optuna")
        if found is None or int(found.partition(".")[0]) < 4:
            beside = f", not {found}" if found else ""
            raise UserError(
                f"hydra/sweeper=optuna needs Optuna 4 or later{beside}: "
                "pip install 'stylex[optuna]'"
            )
        from stylex.sweeps.study import JOURNAL, Study

        path = session.current().folder / JOURNAL
        if self.configs.master.rerun:
            path.unlink(missing_ok=True)
        return Study(path, space, sampler=self.sampler, seed=self.seed)


def register() -> None:
    """Makes the sweeper known to Hydra."""
    Plugins.instance().class_name_to_class[SEARCH] = SearchSweeper
