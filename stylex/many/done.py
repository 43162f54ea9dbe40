"""What is known of the pictures that are painted already: a record of each beside them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stylex.config.schema import Config
from stylex.errors import UserError
from stylex.images.formats import is_picture, is_result
from stylex.paths import expand, sha256
from stylex.runs.differences import differences
from stylex.runs.record import read, write

FOLDER = ".stylex"
"""In the folder of the painted pictures: a folder for each of them, by its name."""


@dataclass(frozen=True)
class Found:
    """What there is of a picture that is to be painted.

    done: nothing is left to do. anew: it replaces one. changes: {key: `it was → it is`}, why.
    """

    done: bool = False
    anew: bool = False
    changes: Mapping[str, str] = field(default_factory=dict)


def look(target: Path, config: Config) -> Found:
    """What there is of the picture that `config` makes.

    Raises UserError where the content picture cannot be painted so, or where `target` is a picture
    of somebody else's, or of another content picture that is still there; OSError where a picture
    cannot be read.
    """
    record = read(_folder(target))
    changes = differences(record, config) if record.done else {}
    if not target.exists():
        return Found()
    if record.done and not changes and not config.rerun and is_picture(target):
        return Found(done=True)
    if not target.stat().st_size:  # nobody's picture
        return Found(anew=True, changes=changes)
    if not is_result(target) and sha256(target) != record.output.get("sha256"):
        raise UserError(f"{target} is no picture of stylex's, so it is not replaced")
    other = record.pictures.get("content") if "content" in changes and not config.rerun else None
    if other and other.exists() and not other.samefile(expand(config.content.path)):
        raise UserError(
            f"{target} is of {other}: choose another folder, or replace it with rerun=true"
        )
    return Found(anew=True, changes=changes)


def note(target: Path, digest: str, record: Mapping[str, Any]) -> None:
    """Keeps the record of a picture that is painted. digest: sha256 of its file. Raises OSError."""
    output = {"path": str(target.absolute()), "sha256": digest}
    write(_folder(target), {"status": "done", **record, "output": output})


def _folder(target: Path) -> Path:
    return target.parent / FOLDER / target.name
