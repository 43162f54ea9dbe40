"""The candidates for tab completion, which the scripts of `shells` ask for."""

import os
import re
from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import Any

from hydra.core.object_type import ObjectType
from omegaconf import DictConfig, OmegaConf

from stylex.command.composing import Composer, composing
from stylex.command.flags import FLAGS
from stylex.config import pictures
from stylex.config.messages import MISTAKES


def query() -> list[str]:
    """What could stand in place of the last word of `$COMP_LINE`, the line up to the cursor."""
    line = os.environ.get("COMP_LINE", "")
    words = [word.replace("\\ ", " ") for word in re.split(r"(?<!\\)\s+", line)]
    own = next((i for i, word in enumerate(words) if Path(word).name == "stylex"), 0)
    *earlier, word = words[own + 1 :] or [""]
    with composing(()) as composer:
        return sorted(found for found in _offers(composer, word, earlier) if found.startswith(word))


def _offers(composer: Composer, word: str, earlier: Iterable[str]) -> Iterable[str]:
    if word.startswith("-"):
        return [flag for flag in FLAGS if flag.startswith("--")]
    loader = composer.loader
    groups = loader.list_groups("")
    key, mark, value = word.partition("=")
    if mark and key and (options := loader.get_group_options(key, ObjectType.CONFIG, "config", [])):
        # Of several values the last one, and of a mixture: style=kahlo,night+wave
        signs = ",+" if key == "style" else ","
        begun = value[: max(map(value.rfind, signs)) + 1]
        return [f"{key}={begun}{option}" for option in options]
    composed = _composed(composer, [w for w in earlier if w.partition("=")[0] in groups])
    place, _, name = key.rpartition(".")
    node = OmegaConf.select(composed, place) if place else composed
    if not isinstance(node, DictConfig):
        return []
    plain: Any = OmegaConf.to_container(node, resolve=False)
    if mark:
        return [f"{key}={value}" for value in _values(plain.get(name))]
    prefix = f"{place}." if place else ""
    keys = [
        f"{prefix}{key}{'.' if isinstance(value, dict) else '='}" for key, value in plain.items()
    ]
    if place:
        return keys
    chosen = [f"{group}=" for group in groups if group != "hydra"]
    return {*keys, *chosen}.difference(f"{group}." for group in pictures.GROUPS)


def _composed(composer: Composer, choices: list[str]) -> DictConfig:
    """The config, with the choices typed so far where they are right."""
    try:
        return composer.compose(choices)
    except MISTAKES:
        return composer.compose([])


def _values(value: object) -> list[str]:
    """All that a setting can be, or what it is, where a shell would take that as it stands."""
    if isinstance(value, Enum):
        return [*type(value).__members__]
    if isinstance(value, bool):
        return ["true", "false"]
    if value is None or isinstance(value, list | dict):
        return []
    return [str(value)] if re.fullmatch(r"[\w.+-]+", str(value)) else []
