"""A config as what YAML and JSON know."""

from dataclasses import asdict
from enum import Enum
from typing import Any

import yaml

from stylex.config.schema import Config

OF_SWEEPS = ("sweep", "fail_fast", "batch", "rank_by", "zip", "fold")
BOOKKEEPING = (*OF_SWEEPS, "rerun", "resume", "may_change")
"""How runs are kept, not what they make: left out of everything that describes a run."""

FILES = ("output", "film", "init", "mask", "extractor.weights")
"""Settings that may name a file, besides the two pictures."""


def to_yaml(config: Config) -> str:
    """Everything, resolved; in the schema's order."""
    return yaml.safe_dump(_described(config), sort_keys=False, allow_unicode=True)


def flatten(config: Config) -> dict[str, Any]:
    """{dotted key: number, truth value or text}, without what is null."""

    def walk(node: dict[str, Any], prefix: str) -> dict[str, Any]:
        flat: dict[str, Any] = {}
        for key, value in node.items():
            if isinstance(value, dict):
                flat |= walk(value, f"{prefix}{key}.")
            elif value is not None:
                flat[prefix + key] = value if isinstance(value, (bool, int, float)) else str(value)
        return flat

    return walk(_described(config), "")


def plain(value: Any) -> Any:
    """Enums as their names, however deep they stand in dictionaries and lists."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def _described(config: Config) -> dict[str, Any]:
    node = plain(asdict(config))
    return {key: value for key, value in node.items() if key not in BOOKKEEPING}
