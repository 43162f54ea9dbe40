"""Searches as they are typed, and what their journals say."""

from pathlib import Path

from swept import SWEEP

SEARCH = (*SWEEP, "hydra/sweeper=optuna", "sweep=w")
SPACE = ("style_weight=tag(log,interval(1,30))", "seed=interval(0,3)")


def states(folder: Path, optuna) -> list[tuple[str, float | None]]:
    """What the journal tells anybody who reads it with Optuna alone."""
    backend = optuna.storages.journal.JournalFileBackend(str(folder / "study.journal"))
    study = optuna.load_study(study_name="stylex", storage=optuna.storages.JournalStorage(backend))
    return [(trial.state.name, trial.value) for trial in study.trials]
