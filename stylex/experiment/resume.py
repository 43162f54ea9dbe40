"""Whether a run folder holds the beginning of the run that is asked for."""

import contextlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from stylex.errors import UserError
from stylex.experiment.build import picture_files
from stylex.experiment.checkpoint import Checkpoint, load
from stylex.experiment.config import Config
from stylex.experiment.run_folder import RECORD, RunFolder
from stylex.experiment.settings import flatten
from stylex.paths import sha256

# What a run looks at and keeps, not what it makes; and paths, for only the bytes matter.
_ASIDE = ("output", "checkpoint_every", "tracking", "content.path", "style.path", "init")
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


def find_checkpoint(folder: RunFolder, config: Config, *, strict: bool) -> Checkpoint | None:
    """Where to go on from in `folder`; None where there is nothing unfinished.

    strict: refuse when another run is unfinished there; otherwise that one is given up.

    Raises UserError, naming what differs.
    """
    record: Any = None
    with contextlib.suppress(OSError, ValueError):
        record = json.loads((folder.path / RECORD).read_bytes())
    if not isinstance(record, dict) or record.get("status") == "done":
        return None
    checkpoint = load(folder.checkpoint)
    if checkpoint is None:
        return None
    try:
        found = differences(record, config)
    except (KeyError, TypeError, AttributeError):  # no run's record
        return None
    differing = {
        key: change
        for key, change in found.items()
        if _is_of(key, _NEVER) or not _is_of(key, ("steps", *config.may_change))
    }
    if differing and strict:
        listed = ", ".join(f"{key} ({change})" for key, change in sorted(differing.items()))
        fixed = [key for key in differing if _is_of(key, _NEVER)]
        advice = (
            f"{fixed[0]} cannot change on the way, so choose another folder"
            if fixed
            else f"go on with may_change=[{','.join(sorted(differing))}], or choose another folder"
        )
        raise UserError(f"the unfinished run in {folder.path} differs: {listed}; {advice}")
    return None if differing else checkpoint


def _is_of(key: str, names: Iterable[str]) -> bool:
    """Whether the key is one of `names`, or in a group of that name."""
    return any(key == name or key.startswith(f"{name}.") for name in names)


def _of_the_picture(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if not _is_of(key, _ASIDE)}
