"""How a config came about, for the record and for those who compare runs."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from stylex.config.settings import BOOKKEEPING
from stylex.runs.folder import split, to_command


@dataclass(frozen=True)
class Origin:
    """Where a run comes from.

    overrides: the words of the command line. choices: {config group: option}.
    swept: {key: value} of what a sweep varies; empty for a run on its own.
    flags: those of the command line that say where configs are.
    """

    overrides: Sequence[str] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    swept: Mapping[str, str | float] = field(default_factory=dict)
    flags: Sequence[str] = ()

    def with_steps(self, steps: Sequence[int]) -> "Origin":
        """The same with other `steps`."""
        others = [word for word in self.overrides if not word.startswith("steps=")]
        return replace(self, overrides=[*others, f"steps=[{','.join(map(str, steps))}]"])

    def record(self) -> dict[str, Any]:
        """What it adds to run.json."""
        return {
            "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "command": to_command([*self.flags, *self.overrides]),
            "cwd": str(Path.cwd()),
            "flags": list(self.flags),
            "overrides": list(self.overrides),
            "choices": dict(self.choices),
        }


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
