"""Run folders as records to be compared: what was asked of each run, and how it came out."""

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from stylex.runs.folder import RECORD, RESULT, THUMBNAIL, split
from stylex.runs.lock import is_held

FIGURES = ("style_error", "content_error", "seconds")
"""What every finished run is measured by; lower is better."""

PICTURES = ("content", "style")


@dataclass(frozen=True)
class Record:
    """One run as its folder tells it.

    status: done, failed, interrupted, running, or pending (planned by a sweep, not begun).
    reason: why it failed or was interrupted.
    typed: {key: value} of its command line, the values as typed; overrides: its words.
    choices: {config group: chosen option}.
    settings: {dotted key: number, truth value or text}, everything the run was made with.
    figures: {name: number}: those of FIGURES, and what else the run measured.
    pictures: {content, style, …: the picture's file when it ran}.
    command: that makes it again; flags: those of it. cwd: the folder that it was started in.
    """

    folder: Path
    status: str
    reason: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    overrides: Sequence[str] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    pictures: Mapping[str, Path] = field(default_factory=dict)
    command: str = ""
    flags: Sequence[str] = ()
    cwd: str = ""
    started: str = ""

    @property
    def done(self) -> bool:
        return self.status == "done"

    @property
    def result(self) -> Path:
        """The picture, if there is one."""
        return self.folder / RESULT

    @property
    def thumbnail(self) -> Path:
        """A small JPEG of the picture, long side 320 px, if the run got so far."""
        return self.folder / THUMBNAIL

    def value(self, key: str) -> str:
        """What `key` was in this run, as short as it can be said: `10`, `kahlo`, or empty."""
        if key in PICTURES:
            name = self.settings.get(f"{key}.name")
            return str(name) if name else Path(_unquoted(self.typed.get(key, ""))).stem
        for source in (self.typed, self.choices, self.settings):
            if key in source:
                return _shortest(source[key])
        return ""


def find(folders: Iterable[Path]) -> list[Path]:
    """All run folders in and below `folders`, sorted by their paths, each once."""
    return sorted({path for folder in folders for path in _below(folder)})


def _below(folder: Path) -> Iterator[Path]:
    # One pass of scandir per folder; what lies inside a run folder is not searched.
    with os.scandir(folder) as entries:
        found = list(entries)
    if any(entry.name == RECORD for entry in found):
        yield folder
        return
    for entry in found:
        if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
            # Somebody else's, or taken away meanwhile.
            with contextlib.suppress(PermissionError, FileNotFoundError):
                yield from _below(folder / entry.name)


def read(folder: Path) -> Record:
    """One run folder's record. A file that cannot be read makes a failed run with its reason."""
    try:
        return _record(folder, json.loads((folder / RECORD).read_bytes()))
    except OSError as error:
        return Record(folder, "failed", f"{RECORD} cannot be read: {error.strerror}")
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return Record(folder, "failed", f"{RECORD} is broken, or no record of a run")


def _record(folder: Path, data: Any) -> Record:
    """Raises TypeError, AttributeError or KeyError where `data` is not as a run writes it."""
    status, reason = str(data.get("status", "")), str(data.get("reason", ""))
    if status == "running" and not is_held(folder):
        status, reason = "interrupted", "its process ended without a word"
    return Record(
        folder=folder,
        status=status,
        reason=reason,
        typed=split(data.get("overrides", ())),
        overrides=list(data.get("overrides", ())),
        choices={group: str(option) for group, option in data.get("choices", {}).items()},
        settings={
            key: value if isinstance(value, bool | int | float) else str(value)
            for key, value in data.get("settings", {}).items()
        },
        figures={key: value for key, value in data.items() if _measured(value)},
        pictures={
            name: Path(picture["path"]) for name, picture in data.get("pictures", {}).items()
        },
        command=str(data.get("command", "")),
        flags=[str(flag) for flag in data.get("flags", ())],
        cwd=str(data.get("cwd", "")),
        started=str(data.get("started", "")),
    )


def _measured(value: Any) -> bool:
    # Not NaN, which is neither less nor more than others and would put those out of order, too.
    return type(value) in (int, float) and abs(value) <= sys.float_info.max


@lru_cache(maxsize=10_000, typed=True)  # the same few values in thousands of runs
def _shortest(value: bool | float | str) -> str:
    """Numbers alike however they were typed: `1e1`, `10` and `10.0` are `10`."""
    if isinstance(value, bool):
        return str(value).lower()
    text = _unquoted(str(value))
    try:
        number = float(text)
    except ValueError:
        return text
    if text.lstrip("+-").isdecimal():  # a seed of many digits is not the next one
        return str(int(text))
    return f"{number:.0f}" if number.is_integer() and abs(number) < 1e15 else f"{number:.6g}"


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
