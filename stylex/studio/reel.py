"""The pictures that a run kept while it developed."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from stylex.film.reel import pictures_in
from stylex.runs.folder import IMAGES
from stylex.studio.folders import own_file

T = TypeVar("T")


def kept(folder: Path) -> list[tuple[int, Path]]:
    """(step, file) of each in the run's images/, in order; none that a link leads elsewhere."""
    found = [
        (path, own_file(folder, f"{IMAGES}/{path.name}")) for path in pictures_in(folder / IMAGES)
    ]
    return [(int(path.stem), own) for path, own in found if own]


def spread(things: Sequence[T], most: int) -> list[T]:
    """At most `most` of them, evenly, the first and the last among them; most: 2 or more."""
    if len(things) <= most:
        return [*things]
    last = len(things) - 1
    return [things[round(index * last / (most - 1))] for index in range(most)]
