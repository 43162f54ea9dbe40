"""How the config that Hydra has composed came about, for the run's record."""

from collections.abc import Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf

from stylex.config.settings import BOOKKEEPING
from stylex.runs.origin import Origin
from stylex.runs.record import split


def origin_of(hydra_config: DictConfig, fixed: Sequence[str] | None = None) -> Origin:
    """The origin of the run that Hydra has composed.

    fixed: the overrides that all jobs of its sweep share; None where there is no sweep.
    """
    # Not resolved: as typed, and `${` in a picture's name is no interpolation.
    words: Any = OmegaConf.to_container(hydra_config.overrides.task, resolve=False)
    overrides = [word for word in words if word.lstrip("+").partition("=")[0] not in BOOKKEEPING]
    chosen: Any = OmegaConf.to_container(hydra_config.runtime.choices, resolve=False)
    choices = {
        group: option
        for group, option in chosen.items()
        if option is not None and not group.startswith("hydra/")
    }
    varied = [] if fixed is None else [word for word in overrides if word not in fixed]
    swept = {key: _number(value) for key, value in split(varied).items()}
    return Origin(overrides, choices, swept, _flags(hydra_config))


def _flags(hydra_config: DictConfig) -> list[str]:
    """`--config-dir` and `--config-name`, where they were given; the folder from the root."""
    name, sources = hydra_config.job.config_name, hydra_config.runtime.config_sources
    flags = [f"--config-dir={s.path}" for s in sources if s.provider == "command-line"]
    return flags + ([f"--config-name={name}"] if name != "config" else [])


def _number(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text.strip("'\"")
