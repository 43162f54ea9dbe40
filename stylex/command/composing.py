"""Composing configs without running anything."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hydra import initialize_config_dir
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.types import RunMode
from omegaconf import DictConfig

from stylex.command.flags import CONFIG_DIR, CONFIG_NAME, CONFIG_PATH, value_of
from stylex.config.grammar import quote
from stylex.config.schema import Config, stripped, to_config
from stylex.paths import conf_folder


@dataclass(frozen=True)
class Composer:
    """Hydra's loader, with what the flags say of where configs are."""

    loader: ConfigLoader
    name: str
    folder: str | None

    def compose(self, words: Sequence[str], mode: RunMode = RunMode.RUN) -> DictConfig:
        """The whole config, Hydra's part included. Raises what `Loader` does."""
        return self.loader.load_configuration(self.name, self._searched(words), mode)

    def config(self, words: Sequence[str]) -> Config:
        """The config of one run. Raises UserError besides."""
        return to_config(stripped(self.compose(words)))

    def _searched(self, words: Sequence[str]) -> list[str]:
        """The words, with `--config-dir` as one: only Hydra's own command line has the flag."""
        if self.folder is None:
            return [*words]
        places = [f"file://{os.path.abspath(self.folder)}"]
        for word in OverridesParser.create().parse_overrides([*words]):
            if word.key_or_group == "hydra.searchpath" and isinstance(value := word.value(), list):
                places += value
        others = [word for word in words if not word.startswith("hydra.searchpath=")]
        return [*others, f"hydra.searchpath=[{','.join(map(quote, places))}]"]


@contextlib.contextmanager
def composing(flags: Sequence[str]) -> Iterator[Composer]:
    """A composer for these flags of a command line."""
    path = value_of(flags, CONFIG_PATH)
    conf = os.path.abspath(path) if path else str(conf_folder())
    with initialize_config_dir(conf, version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        name, folder = value_of(flags, CONFIG_NAME), value_of(flags, CONFIG_DIR)
        yield Composer(loader, name or "config", folder)
