"""A search's memory: Optuna's study, in a journal from which the next start goes on.

Only the process that holds the sweep's folder opens it; jobs tell what they found by their folders.
The one module that imports Optuna.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial, Trial, TrialState

from stylex.config.plugins import Sampler
from stylex.errors import UserError, quoted
from stylex.paths import shown
from stylex.sweeps.space import Choices, Range, Space

JOURNAL = "study.journal"
NAME = "stylex"  # of the one study in the file
AGAIN = "again"  # user attribute of a trial: the number of the one that it repeats
OVER = (TrialState.COMPLETE, TrialState.PRUNED)


class Study:
    """What was tried, what came of it, and what to try next. Lower values are better.

    Every proposal has a random state of its own, made of the seed and how many came before: a
    search that was stopped proposes what it would have proposed otherwise.
    """

    def __init__(self, path: Path, space: Space, *, sampler: Sampler, seed: int) -> None:
        """Opens the study in the file `path`, or begins one there.

        What was under way when the last process ended has failed; what has failed is queued again.

        Raises UserError for a file that is none, or of a space with other values; OSError.
        """
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.space, self.sampler, self.seed = space, sampler, seed
        self._distributions = {key: _distribution(chosen) for key, chosen in space.ranges.items()}
        _mend(path)
        try:
            self._study = _open(path)
            self._check(path)
            self._queue_again()
        except (UserError, OSError):
            raise
        except Exception as error:  # whatever Optuna raises on other bytes
            raise UserError(f"{shown(path)} is no journal of a search: remove it") from error

    @property
    def over(self) -> list[Mapping[str, float | str]]:
        """The values of each trial that is done or was pruned."""
        return [trial.params for trial in self._trials(*OVER)]

    def ask(self) -> Trial:
        """The next trial to run: one queued before, or a new one. Raises OSError."""
        # What is queued again was proposed before.
        count = sum(AGAIN not in trial.user_attrs for trial in self._trials())
        self._study.sampler = _sampler(self.sampler, (self.seed, count))
        return self._study.ask(self._distributions)

    def tell(
        self,
        trial: Trial,
        value: float | None,
        at_levels: Mapping[int, float],
        *,
        pruned: bool = False,
    ) -> None:
        """What came of it. value: None where it failed, or was pruned. Raises OSError.

        at_levels: {level: value at its end}.
        """
        for level, between in sorted(at_levels.items()):
            trial.report(between, level)
        if value is not None:
            self._study.tell(trial, value)
        else:
            self._study.tell(trial, state=TrialState.PRUNED if pruned else TrialState.FAIL)

    def _trials(self, *states: TrialState) -> list[FrozenTrial]:
        return self._study.get_trials(deepcopy=False, states=states or None)

    def _check(self, path: Path) -> None:
        for trial in self._trials():
            for key, distribution in trial.distributions.items():
                if distribution != self._distributions.get(key):
                    raise UserError(
                        f"{quoted(key)} had other values when the search in {shown(path.parent)} "
                        "began: choose another name"
                    )

    def _queue_again(self) -> None:
        for trial in self._trials(TrialState.RUNNING):
            self._study.tell(trial.number, state=TrialState.FAIL)
        trials = self._trials()
        waiting = (trial for trial in trials if trial.state == TrialState.WAITING)
        settled = [trials[trial.user_attrs[AGAIN]] for trial in waiting]
        settled += self._trials(*OVER)
        known = {self._settings(trial) for trial in settled}
        for trial in self._trials(TrialState.FAIL):
            # Without all values the process ended while it was being proposed.
            if trial.params.keys() == self._distributions.keys():
                if self._settings(trial) not in known:
                    self._study.enqueue_trial(trial.params, user_attrs={AGAIN: trial.number})
                known.add(self._settings(trial))

    def _settings(self, trial: FrozenTrial) -> tuple[str, ...]:
        return tuple(self.space.words(trial.params).values())


def _distribution(chosen: Range) -> BaseDistribution:
    if isinstance(chosen, Choices):
        return CategoricalDistribution([*chosen.values])
    if chosen.whole:
        step = int(chosen.step or 1)
        return IntDistribution(int(chosen.low), int(chosen.high), log=chosen.log, step=step)
    return FloatDistribution(chosen.low, chosen.high, log=chosen.log, step=chosen.step)


def _sampler(kind: Sampler, seeds: tuple[int, ...]) -> BaseSampler:
    seed = int(np.random.SeedSequence(seeds).generate_state(1)[0])
    return RandomSampler(seed=seed) if kind is Sampler.random else TPESampler(seed=seed)


class _Alone(JournalFileOpenLock):
    """No further lock: who opens a study holds its folder, and no killed process leaves one."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        return None


def _open(path: Path) -> optuna.Study:
    backend = JournalFileBackend(str(path), lock_obj=_Alone(str(path)))
    return optuna.create_study(
        storage=JournalStorage(backend), study_name=NAME, load_if_exists=True
    )


def _mend(path: Path) -> None:
    """Cuts off a last line that was being written when the process ended."""
    if path.exists():
        size, whole = path.stat().st_size, path.read_bytes().rfind(b"\n") + 1
        if whole < size:
            os.truncate(path, whole)
