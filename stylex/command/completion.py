"""What the Tab key offers; `shells` is how a shell comes to ask."""

import os
import re
from collections.abc import Iterable
from enum import Enum
from pathlib import Path

from hydra import initialize_config_dir
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.object_type import ObjectType
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from stylex.command.arguments import FLAGS
from stylex.config import pictures
from stylex.config.messages import MISTAKES


def query(conf: Path) -> list[str]:
    """What could stand in place of the last word of `$COMP_LINE`, the line up to the cursor."""
    words = re.split(r"\s+", os.environ.get("COMP_LINE", ""))
    own = next((i for i, word in enumerate(words) if Path(word).name == "stylex"), 0)
    *earlier, word = words[own + 1 :] or [""]
    with initialize_config_dir(str(conf), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        return sorted(found for found in _offers(loader, word, earlier) if found.startswith(word))


def _offers(loader: ConfigLoader, word: str, earlier: Iterable[str]) -> Iterable[str]:
    if word.startswith("-"):
        return [flag for flag in FLAGS if flag.startswith("--")]
    groups = loader.list_groups("")
    key, mark, value = word.partition("=")
    if mark and key and (options := loader.get_group_options(key, ObjectType.CONFIG, "config", [])):
        # Of several values the last one: style=kahlo,night
        return [f"{key}={value[: value.rfind(',') + 1]}{option}" for option in options]
    composed = _composed(loader, [w for w in earlier if w.partition("=")[0] in groups])
    place, _, name = key.rpartition(".")
    node = OmegaConf.select(composed, place) if place else composed
    if not isinstance(node, DictConfig):
        return []
    if mark:
        return [f"{key}={value}" for value in _values(node, name)]
    prefix = f"{place}." if place else ""
    keys = [f"{prefix}{name}{_ending(node, name)}" for name in map(str, node)]
    if place:
        return keys
    chosen = [f"{group}=" for group in groups if group != "hydra"]
    return {*keys, *chosen}.difference(f"{group}." for group in pictures.GROUPS)


def _composed(loader: ConfigLoader, choices: list[str]) -> DictConfig:
    """The config, with the choices typed so far where they are right."""
    try:
        return loader.load_configuration("config", choices, RunMode.RUN)
    except MISTAKES:
        return loader.load_configuration("config", [], RunMode.RUN)


def _ending(node: DictConfig, name: str) -> str:
    return "." if isinstance(node._get_node(name), DictConfig) else "="


def _values(node: DictConfig, name: str) -> list[str]:
    """All that a setting can be, or what it is, where a shell would take that as it stands."""
    found = node._get_node(name) if name in node else None
    value = None if found is None or isinstance(found, list | DictConfig) else found._value()
    if isinstance(value, Enum):
        return [*type(value).__members__]
    if isinstance(value, bool):
        return ["true", "false"]
    return [str(value)] if re.fullmatch(r"[\w.+-]+", str(value)) and value is not None else []
