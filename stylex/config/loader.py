"""Hydra's composing, held to two promises: a mistake is one line, and no config runs code.

Hydra starts callbacks, plugins and loggers by the names that the composed config gives, before any
of our code runs, and a preset may come from anywhere. So these names are looked at here.
"""

import copy
import itertools
import math
import re
import warnings
from pathlib import Path
from typing import Any

import yaml
from hydra._internal import hydra as internal  # Hydra has no public door for a loader of one's own
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import ConfigRepository
from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.plugins.config_source import ConfigResult
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from stylex.config import pictures
from stylex.config.messages import MISTAKES, one_line
from stylex.errors import UserError, quoted

_PLUGINS = r"(hydra_plugins|hydra\._internal\.core_plugins)\.[\w.]+|optuna\.samplers\.\w+"
_LOGGING = r"logging\.(Formatter|(Stream|File|Null)Handler|handlers\.\w*RotatingFileHandler)"
# {part of `hydra`: what it may name}
_ALLOWED = {
    "callbacks": r"stylex\.sweeps\.callback\.SweepCallback",
    "launcher": _PLUGINS,
    "sweeper": _PLUGINS,
    "hydra_logging": rf"{_LOGGING}|colorlog\.ColoredFormatter",
    "job_logging": rf"{_LOGGING}|colorlog\.ColoredFormatter",
}
# Whose values are imported: by `instantiate`, by `logging.config`, and by the Optuna sweeper.
_NAMING = ("_target_", "()", "class", "factory", "custom_search_space")
LONGEST_NAME = 4096  # characters, a path's
MOST_NODES = 10_000  # of a YAML file
DEEPEST = 100  # brackets within brackets there; each is looked at again for all around it


class Loader(ConfigLoaderImpl):
    """Raises UserError, HydraException, OmegaConfBaseException or YAMLError, and nothing else."""

    def __init__(self, config_search_path: ConfigSearchPath) -> None:
        super().__init__(config_search_path)
        self.repository = Repository(config_search_path)
        self.checked: set[str] = set()

    def load_configuration(
        self,
        config_name: str | None,
        overrides: list[str],
        run_mode: RunMode,
        from_shell: bool = True,
        validate_sweep_overrides: bool = True,
    ) -> DictConfig:
        try:
            self._check_choices(overrides)
            self._check_searchpath(config_name)
            with warnings.catch_warnings():
                warnings.filterwarnings("error", r"provider=hydra.searchpath.*is not available")
                composed = super().load_configuration(
                    config_name, overrides, run_mode, from_shell, validate_sweep_overrides
                )
            self._chosen_whole(composed, overrides)
            _check_names(composed)
            _check_picture_names(composed)
        except MISTAKES:
            raise
        except OSError as error:
            raise UserError(one_line(error)) from error
        except Exception as error:  # where Hydra did not foresee a value's type
            raise UserError(f"the config cannot be composed: {one_line(error)}") from error
        return composed

    def _check_choices(self, words: list[str]) -> None:
        """A group's option is a name, or several in a list; of anything else Hydra would break."""
        for override in OverridesParser.create().parse_overrides(words):
            key, value = override.key_or_group, override.value()
            names = value if isinstance(value, list) else [value]
            taken_away = override.is_delete() and value is None
            plain = all(isinstance(name, str) and len(name) <= LONGEST_NAME for name in names)
            sought = not (override.is_sweep_override() or isinstance(value, dict) or taken_away)
            if sought and not plain and self.repository.group_exists(key):
                raise UserError(f"{key} must be a name, not '{quoted(value)}'")

    def _chosen_whole(self, composed: DictConfig, words: list[str]) -> None:
        """An option named on the command line is that option, whatever a preset made of another.

        Hydra would lay the preset's values over it: Adam's betas over L-BFGS.
        """
        if composed.hydra.runtime.choices.get("experiment") is None:
            return
        parsed = OverridesParser.create().parse_overrides(words)
        overrides = [o for o in parsed if not (o.is_sweep_override() or o.is_delete())]
        for override in overrides:
            group, option = override.key_or_group, override.value()
            other = override.is_hydra_override() or group in (*pictures.GROUPS, "experiment")
            if other or not isinstance(option, str) or not self.repository.group_exists(group):
                continue
            found = self.repository.load_config(f"{group}/{option}")
            if found is None or found.defaults_list:  # made of others: as Hydra has it
                continue
            plain = OmegaConf.to_container(found.config, resolve=False)
            assert isinstance(plain, dict)
            typed = OmegaConf.get_type(composed, group) is not dict
            parts = {f"{group}.{key!s}": value for key, value in plain.items()}
            for place, value in (parts if typed else {group: plain}).items():
                OmegaConf.update(composed, place, value, merge=False)
            own = [o for o in overrides if o.key_or_group.startswith(f"{group}.")]
            self._apply_overrides_to_config(own, composed)

    def _check_searchpath(self, config_name: str | None) -> None:
        """`pkg://…` imports a package; the command line may ask for it, a file may not."""
        if config_name is None or config_name in self.checked:
            return
        found = self.repository.load_config(config_name)
        places = found and OmegaConf.select(found.config, "hydra.searchpath")
        if "pkg://" in str(places):
            raise UserError(f"hydra.searchpath of {config_name}.yaml may not name a package")
        self.checked.add(config_name)


class Repository(ConfigRepository):
    """Reads each file once: a sweep's jobs are composed of what there was when it began.

    That takes a third off composing a job.
    """

    def initialize_sources(self, config_search_path: ConfigSearchPath) -> None:
        super().initialize_sources(config_search_path)
        self.sources = [
            Files(source.provider, source.path) if source.scheme() == "file" else source
            for source in self.sources
        ]
        self.known: dict[str, ConfigResult | None] = {}

    def load_config(self, config_path: str) -> ConfigResult | None:
        if config_path not in self.known:
            self.known[config_path] = super().load_config(config_path)
        return copy.deepcopy(self.known[config_path])  # composing changes what it is given

    def __deepcopy__(self, memo: object) -> "Repository":
        """Hydra copies it for each job, lest other sources be set: what is known stays shared."""
        return copy.copy(self)


class Files(FileConfigSource):
    """Folders of YAML files, and none of them a bomb."""

    def load_config(self, config_path: str) -> ConfigResult:
        path = Path(self.path, self._normalize_file_name(config_path))
        try:
            text = path.read_text(encoding="utf-8") if path.is_file() else ""
            if depth(text) > DEEPEST:
                raise UserError(f"{path} has more than {DEEPEST} brackets within brackets")
            if "&" in text:
                nodes = sum(_count(node, {}) for node in yaml.compose_all(text, yaml.SafeLoader))
                if nodes > MOST_NODES:
                    raise UserError(f"{path}: its &anchors make more than {MOST_NODES} values")
            return super().load_config(config_path)
        except MISTAKES:
            raise
        except Exception as error:  # where YAML did not foresee a value
            raise UserError(f"{path}: {one_line(error)}") from error


def depth(text: str) -> int:
    """How many brackets are open at most."""
    opened = (1 if bracket in "[{(" else -1 for bracket in re.findall(r"[\[{(\]})]", text))
    return max(itertools.accumulate(opened), default=0)


def _count(node: yaml.Node | None, known: dict[int, float]) -> float:
    """How many nodes it is when every reference to another one is written out."""
    if id(node) not in known:
        known[id(node)] = math.inf  # while inside of it: of what holds itself there is no end
        inner = node.value if isinstance(node, yaml.CollectionNode) else ()
        pairs = isinstance(node, yaml.MappingNode)
        below = itertools.chain.from_iterable(inner) if pairs else inner
        known[id(node)] = 1 + sum(_count(child, known) for child in below)
    return known[id(node)]


def _check_names(composed: DictConfig) -> None:
    """Raises UserError for a name that Hydra would import and that is none of ours or its own."""
    if composed.hydra.launcher is None or composed.hydra.sweeper is None:
        raise UserError("hydra.launcher and hydra.sweeper cannot be null")
    for part in ("run", "sweep"):
        if OmegaConf.is_missing(composed.hydra[part], "dir"):  # or its name would be `None`
            raise UserError(f"hydra.{part}.dir has no value")
    runtime = composed.hydra.runtime
    with read_write(runtime), open_dict(runtime):
        before = runtime._get_node("output_dir")._value()
        runtime.output_dir = "."  # known only when the run starts; loggers refer to it
        try:
            if composed.hydra.callbacks.keys() != {"sweep"}:
                raise UserError("hydra.callbacks are the program's own: there are no others")
            for part, allowed in _ALLOWED.items():
                if composed.hydra.get(part) is not None:
                    node = OmegaConf.to_container(composed.hydra[part], resolve=True)
                    _check_node(node, f"hydra.{part}", allowed)
        finally:
            runtime.output_dir = before


def _check_picture_names(composed: DictConfig) -> None:
    """Raises UserError for a picture's name that is more than part of a folder's name."""
    for group in pictures.GROUPS:
        picture = composed.get(group)
        if isinstance(picture, DictConfig) and not OmegaConf.is_missing(picture, "name"):
            name = str(picture.name)
            if name != pictures.option_name(Path(f"{name}.png")):
                raise UserError(f"{group}.name must be of plain letters, not '{quoted(name)}'")


def _check_node(node: Any, place: str, allowed: str) -> None:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in _NAMING and not (value is None or re.fullmatch(allowed, str(value))):
                raise UserError(f"{place}.{key} may not be '{quoted(value)}': it would be run")
            _check_node(value, f"{place}.{key}", allowed)
    elif isinstance(node, list):
        for value in node:
            _check_node(value, place, allowed)
    elif re.match(r"ext://(?!sys\.std(out|err)$)", str(node)):
        raise UserError(f"{place} may not be '{quoted(node)}': it would be imported")


def register() -> None:
    """Makes Hydra compose with it."""
    internal.ConfigLoaderImpl = Loader  # type: ignore[attr-defined]
