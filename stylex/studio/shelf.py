"""All runs of outputs/ with what a person noted of them, quickly, however many there are."""

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stylex.runs.record import RECORD, Record, read
from stylex.studio.folders import Outputs
from stylex.studio.notes import FILE, Note, read_note

Stamp = tuple[int, int, int]
"""Of a file: when it was changed, in ns, its number and its size; a new file has another one."""


@dataclass(frozen=True)
class Entry:
    """A run, and what a person noted of it.

    origin: the sweep that it belongs to, or `single runs`.
    """

    record: Record
    note: Note
    origin: str = ""


Known = tuple[Stamp, Stamp | None, Entry]
"""A run as it was read, with the stamps of its record and of its note then."""


class Shelf:
    """Reads a run again only where its files have changed: to read ten thousand takes seconds.

    Several pages may share it.
    """

    def __init__(self, outputs: Outputs) -> None:
        self.outputs = outputs
        self._known: dict[str, Known] = {}
        self._looking = threading.Lock()

    def entries(self) -> list[Entry]:
        """Those in runs/ and in all sweeps, the latest first."""
        root = str(self.outputs.root)
        with self._looking:
            found = {}
            for place in ("runs", "sweeps"):
                for folder, stamp in _below(f"{root}/{place}"):
                    found[folder] = self._read(folder, stamp)
            self._known = found
        entries = [entry for _, _, entry in found.values()]
        return sorted(entries, key=lambda entry: entry.record.started, reverse=True)

    def _read(self, name: str, stamp: Stamp) -> Known:
        noted = _stamp(f"{name}/{FILE}")
        known = self._known.get(name)
        # Whether a run that says `running` is one, its lock knows and no file's date.
        if known and known[:2] == (stamp, noted) and known[2].record.status != "running":
            return known
        folder = Path(name)
        place, *inner = folder.relative_to(self.outputs.root).parts
        origin = inner[0] if place == "sweeps" else "single runs"
        note = read_note(folder) if noted else Note()
        return stamp, noted, Entry(read(folder), note, origin)


def _below(folder: str) -> Iterator[tuple[str, Stamp]]:
    """The run folders below, each with its record's stamp, as `stylex.runs.record.find` finds them.

    A run's folder itself is not listed, which is most of the time that `find` takes; and paths are
    text, for to join 20,000 of them takes half a second otherwise.
    """
    try:
        with os.scandir(folder) as entries:
            inner = [
                entry.name
                for entry in entries
                if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
            ]
    except OSError:  # none there, another user's, or deleted meanwhile
        return
    for name in sorted(inner):
        path = f"{folder}/{name}"
        if stamp := _stamp(f"{path}/{RECORD}"):
            yield path, stamp
        else:
            yield from _below(path)


def _stamp(path: str) -> Stamp | None:
    """None where there is no such file."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
