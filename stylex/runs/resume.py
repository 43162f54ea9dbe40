"""Whether a run folder holds the beginning of the run that is asked for."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from stylex.config.build import picture_files
from stylex.config.schema import Config
from stylex.config.settings import flatten
from stylex.errors import UserError
from stylex.paths import sha256
from stylex.runs.checkpoint import Checkpoint, load
from stylex.runs.folder import RECORD, RunFolder
from stylex.transfer.pyramid import level_steps

# What a run looks at and keeps, not what it makes; and paths, for only the bytes matter.
_ASIDE = (
    *("output", "checkpoint_every", "tracking"),
    *("content.path", "style.path", "init", "extractor.weights"),
)
# On these the sizes and the nature of what a checkpoint holds depend.
_NEVER = ("size", "fit", "enlarge", "pyramid", "content", "init", "optimizer")


def differences(record: Mapping[str, Any], config: Config) -> dict[str, str]:
    """{key: `it was → it is`} of what would make another picture than the run of `record` did.

    A picture or weights of other bytes count as the keys content, style, init.

    Raises OSError for a picture that cannot be read, KeyError or TypeError for a record that is
    none.
    """
    then, now = _of_the_picture(record["settings"]), _of_the_picture(flatten(config))
    found = {
        key: f"{then.get(key, 'none')} → {now.get(key, 'none')}"
        for key in {**then, **now}
        if then.get(key) != now.get(key)
    }
    before = {name: picture["sha256"] for name, picture in record["pictures"].items()}
    for name, path in picture_files(config).items():
        if before.pop(name, "") != sha256(path):
            found[name] = "another picture"
    return found | dict.fromkeys(before, "no picture")


@dataclass(frozen=True)
class Resumed:
    """A run to go on with.

    config: as asked for, but with `steps` as they were in the levels that are over.
    changed: [`key (it was → it is)`] of what will be another from here on.
    """

    checkpoint: Checkpoint
    config: Config
    changed: Sequence[str] = ()


def find_unfinished(folder: RunFolder, config: Config, *, strict: bool) -> Resumed | None:
    """The run that is unfinished in `folder`; None where there is none that could go on.

    strict: refuse when another run is unfinished there; otherwise that one is given up.

    Raises UserError, naming what differs.
    """
    record = _read(folder.path / RECORD, strict=strict)
    if record.get("status", "done") == "done":
        return None
    checkpoint = load(folder.checkpoint)
    if checkpoint is None:
        return None
    try:
        found = differences(record, config)
        steps = [int(level[2]) for level in record["levels"]]
        str(record["weights"]["sha256"])
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return None if not strict else _refuse(folder.path / RECORD)
    differing = {
        key: change
        for key, change in found.items()
        if _is_of(key, _NEVER) or not _is_of(key, ("steps", *config.may_change))
    }
    if not strict and (differing or "steps" in found):
        return None
    if differing:
        listed = ", ".join(f"{key} ({change})" for key, change in sorted(differing.items()))
        fixed = [key for key in differing if _is_of(key, _NEVER)]
        advice = (
            f"{fixed[0]} cannot change on the way, so choose another folder"
            if fixed
            else f"go on with may_change=[{','.join(sorted(differing))}], or choose another folder"
        )
        raise UserError(f"the unfinished run in {folder.path} differs: {listed}; {advice}")
    changed = [f"{key} ({change})" for key, change in sorted(found.items()) if key != "steps"]
    return Resumed(checkpoint, _with_steps(config, steps, checkpoint.state), changed)


def _read(path: Path, *, strict: bool) -> dict[str, Any]:
    """A run's record; empty where there is none."""
    try:
        record = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError:
        record = None
    if isinstance(record, dict):
        return record
    return _refuse(path) if strict else {}


def _refuse(path: Path) -> NoReturn:
    raise UserError(f"{path} is no record of a run: take it away, or choose another folder")


def _with_steps(config: Config, before: Sequence[int], state: Mapping[str, Any]) -> Config:
    """`config`, its `steps` changed to the truth where the levels that are over had others.

    before: the levels' steps when the run began. Raises UserError for fewer than are done.
    """
    asked = level_steps(config.steps, len(before), config.pyramid.first)
    if len(asked) != len(before):
        return config  # which will be refused
    level = state["level_state"]
    over = state["level"] + (level["method"] is None)
    begun = over == state["level"]
    if begun and asked[over] < level["done"]:
        raise UserError(
            f"steps: level {over + 1} has had {level['done']} already, more than {asked[over]}"
        )
    steps = [*before[:over], *asked[over:]]
    return config if steps == asked else replace(config, steps=steps)


def _is_of(key: str, names: Iterable[str]) -> bool:
    """Whether the key is one of `names`, or in a group of that name."""
    return any(key == name or key.startswith(f"{name}.") for name in names)


def _of_the_picture(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if not _is_of(key, _ASIDE)}
