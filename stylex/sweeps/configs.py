"""The configs of a sweep's jobs, before any of them runs."""

from collections.abc import Mapping, Sequence
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf

from stylex.config.schema import AUTO, stripped
from stylex.errors import UserError
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

        values: {key, marks included: those that vary}, as Hydra's grammar writes them. jobs: some
        of these values, all jobs or examples.

        Raises UserError or what Hydra does for a value that no config can hold.
        """
        base = self.compose(jobs[0].overrides)
        groups = self.loader.list_groups("")
        if len(jobs) > 1:
            for key in ("output", "film"):
                varied = any(swept.lstrip("+") == key for swept in values)
                self._check_file(key, base, jobs, varied=varied)
        parser = OverridesParser.create()
        for key, texts in values.items():
            for text in texts:
                override = parser.parse_override(word := f"{key}={text}")
                if override.key_or_group in groups:
                    self.compose([*(o for o in jobs[0].overrides if o != word), word])
                else:
                    value = override.value()
                    OmegaConf.update(base, override.key_or_group, value, force_add=True)

    def _check_file(self, key: str, base: DictConfig, jobs: Sequence[Job], *, varied: bool) -> None:
        if not varied and (base[key] is None or (key, base[key]) == ("output", AUTO)):
            return
        if varied or OmegaConf.is_interpolation(base, key):
            files = {self.compose(job.overrides)[key] for job in jobs}
            if len(files) == len(jobs):
                return
        advice = ", or say output=auto" if key == "output" else ""
        raise UserError(f"{key} is one file, but a sweep makes many: leave it out{advice}")
