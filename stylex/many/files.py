"""Which pictures are painted, and what the painted ones are called."""

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stylex.config.pictures import SUFFIXES, is_folder
from stylex.config.schema import AUTO
from stylex.errors import UserError, quoted
from stylex.images.formats import is_result
from stylex.images.save import check_format
from stylex.paths import expand, is_file

# Formats that are read and not written; their pictures become PNGs.
_ONLY_READ = (".bmp", ".gif", ".avif", ".ppm")


@dataclass(frozen=True)
class Pair:
    """A picture's file, and the file that it is painted into."""

    source: Path
    target: Path


def sources(content: str) -> list[Path]:
    """The pictures of a folder or a pattern, by name; without those that this program made.

    Raises UserError where there are none.
    """
    place = str(expand(content))
    if is_folder(place):
        found = [entry.path for entry in os.scandir(place) if not entry.name.startswith(".")]
    else:
        found = glob.glob(place, recursive=True)
    pictures = [Path(p) for p in sorted(found) if Path(p).suffix.lower() in SUFFIXES and is_file(p)]
    own = [path for path in pictures if not is_result(path)]
    if not own:
        made = ": those that are there were made by stylex" if pictures else ""
        raise UserError(f"no pictures in content '{quoted(content)}'{made}")
    return own


def pairs(found: Sequence[Path], output: str | None, content: str) -> list[Pair]:
    """Each picture with the file that it is painted into.

    output: a folder, where the pictures keep their names; or a pattern as painted/*.png, where they
        get another format.

    Raises UserError for what is neither, for two pictures of one name, and where a picture would
    replace one that is to be painted.
    """
    if output is None or output == AUTO:
        raise UserError(
            f"content '{quoted(content)}' is many pictures: say into which folder, as "
            "output=painted/"
        )
    folder, suffix = _place(output)
    taken: dict[Path, Path] = {}
    for source in found:
        own = source.suffix if source.suffix.lower() not in _ONLY_READ else ".png"
        target = folder / f"{source.stem}{suffix or own}"
        if target in taken:
            raise UserError(f"{taken[target]} and {source} would both become {target}: rename one")
        taken[target] = source
    originals = {path.resolve() for path in found}
    for target, source in taken.items():
        if target.resolve() in originals:
            raise UserError(
                f"output '{quoted(output)}' would overwrite {source.with_name(target.name)}: "
                "choose another folder"
            )
    return [Pair(source, target) for target, source in taken.items()]


def _place(output: str) -> tuple[Path, str]:
    """The folder, and the format that all pictures are to have, if any."""
    path = expand(output)
    if path.name.startswith("*."):
        check_format(path.name)
        return path.parent, path.name[1:]
    named = bool(path.suffix) and not output.endswith(("/", os.sep))
    if path.is_file() or (named and not path.is_dir() and path.suffix.lower() in SUFFIXES):
        raise UserError(
            f"output '{quoted(output)}' is one file, but content is many pictures: "
            "name a folder, as output=painted/"
        )
    return path, ""
