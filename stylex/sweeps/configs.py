"""The configs of a sweep's jobs, before any of them runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf

from stylex.config.pictures import GROUPS
from stylex.config.schema import AUTO, stripped, to_config
from stylex.config.values import check_files, check_value
from stylex.errors import UserError, quoted
from stylex.runs.record import split
from stylex.runs.sweep_record import Job
from stylex.sweeps.ranges import expand


class Configs:
    """master: the config of the sweep as a whole."""

    def __init__(self, loader: ConfigLoader, master: DictConfig) -> None:
        self.loader = loader
        self.master = master

    def compose(self, overrides: Sequence[str]) -> DictConfig:
        """The config of one job, as the launcher will compose it."""
        return stripped(self.loader.load_sweep_config(self.master, list(overrides)))

    def overrides(self, words: Sequence[str]) -> list[Override]:
        """Those of `hydra.sweeper.params`, {key: values} in a YAML file, and of the words."""
        parser = OverridesParser.create(config_loader=self.loader)
        params: Any = OmegaConf.to_container(self.master.hydra.sweeper.params, resolve=True)
        fixed = [f"{key}={values}" for key, values in params.items()]
        return parser.parse_overrides([expand(word) for word in (*fixed, *words)])

    def check(self, values: Mapping[str, Sequence[str]], jobs: Sequence[Job]) -> None:
        """Tries each value once, not each combination.

        A choice is composed; a plain value is put into a config that is there, far quicker.

        Also that no two jobs write one file.

        values: {key, marks included: those that vary}, as Hydra's grammar writes them. jobs: some
        of these values, all jobs or examples.

        Raises UserError or what Hydra does for a value that no config can hold, or that
        `check_value` refuses.
        """
        base = self.compose(jobs[0].overrides)
        groups = self.loader.list_groups("")
        if len(jobs) > 1:
            for key in ("output", "film"):
                varied = any(swept.lstrip("+") == key for swept in values)
                self._check_file(key, base, jobs, varied=varied)
        to_config(base)
        check_files(base)
        parser = OverridesParser.create()
        for key, texts in values.items():
            for text in texts:
                override = parser.parse_override(word := f"{key}={text}")
                if override.key_or_group in groups:
                    composed = self.compose([*(o for o in jobs[0].overrides if o != word), word])
                else:
                    composed, value = base, override.value()
                    OmegaConf.update(base, override.key_or_group, value, force_add=True)
                check_value(composed, override.key_or_group)

    def _check_file(self, key: str, base: DictConfig, jobs: Sequence[Job], *, varied: bool) -> None:
        """Raises UserError where two jobs would write one file."""
        if not varied and not OmegaConf.is_interpolation(base, key):
            if base[key] in _OWN[key]:
                return
            advice = ", or say output=auto" if key == "output" else ""
            raise UserError(f"{key} is one file, but a sweep makes many: leave it out{advice}")
        raw: Any = OmegaConf.to_container(base, resolve=False)
        writers: dict[str, Job] = {}
        for job in jobs:
            file = self.compose(job.overrides)[key]
            if file in _OWN[key]:
                continue
            if file in writers:
                missing = _differing(job, writers[file])
                example = _example(base, key, str(file if varied else raw[key]), missing)
                raise UserError(
                    f"two jobs would write {key} '{quoted(file)}': put {missing} into its name"
                    f"{example}"
                )
            writers[file] = job


_OWN = {"output": (None, AUTO), "film": (None,)}
"""What names no file, or one for each job."""


def _differing(one: Job, other: Job) -> str:
    """A key whose value tells these two jobs apart."""
    first, second = map(split, (one.overrides, other.overrides))
    return next(key for key in first if first[key] != second.get(key))


def _example(base: DictConfig, key: str, file: str, missing: str) -> str:
    """`, as film='me-${seed}.webp'` for me.webp; empty for what has no name of one word."""
    name = f"{missing}.name" if missing in GROUPS else missing
    if OmegaConf.is_config(OmegaConf.select(base, name)):
        return ""
    path = Path(file)
    return f", as {key}='{path.with_name(f'{path.stem}-${{{name}}}{path.suffix}')}'"
