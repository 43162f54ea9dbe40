"""run.json, and the only module that reads and writes it.

What a run folder says is data, whoever wrote it: here it becomes numbers, text and paths, and
nothing is imported or run because a record names it.
"""

import contextlib
import errno
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from stylex.atomic import to_bytes, write_atomically
from stylex.runs.lock import is_held

FORMAT = 2
"""Of run.json, under the key `format`; files of format 1 do not have the key."""

ROOM = 2048  # bytes, for the figures of a finished run, or the reason why there are none

RECORD, RESULT, THUMBNAIL = "run.json", "result.png", "thumbnail.jpg"

FIGURES = ("style_error", "content_error", "style_distance", "structure_error", "seconds")
"""What every finished run is measured by; lower is better. Older runs lack some."""

PICTURES = ("content", "style")


@dataclass(frozen=True)
class Record:
    """One run as its folder tells it.

    status: done, failed, interrupted, running, pending (planned by a sweep, not begun), or pruned
        (ended by its sweep after a level, because others had come nearer by then).
    reason: why it failed, was interrupted or pruned.
    format: of the file; 0 where there is none, or none that is a run's.
    typed: {key: value} of its command line, the values as typed; overrides: its words.
    choices: {config group: chosen option}.
    settings: {dotted key: number, truth value or text}, everything the run was made with.
    figures: {name: number}: those of FIGURES, and what else the run measured.
    at_levels: {level, from 1: FIGURES at its end}, where a search asked for them.
    pictures: {content, style, …: the picture's file when it ran}; of several styles style.1, ….
    digests: {content, style, …, weights: sha256 of the file's bytes}.
    command: that makes it again; flags: those of it. cwd: the folder that it was started in.
    levels: (width, height, steps) of each, coarse to fine. tiles: (tile, history) of each.
    costs: of a pixel's evaluation at each, 1 with all layers. resumed: how often.
    precision, device, versions: what with. changed: `key (it was → it is)` when it was resumed.
    output: {path, sha256} of the picture saved under a name of the program's choice.
    zipped: groups of keys that vary together in its sweep.
    """

    folder: Path
    status: str
    reason: str = ""
    format: int = 0
    typed: Mapping[str, str] = field(default_factory=dict)
    overrides: Sequence[str] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    at_levels: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    pictures: Mapping[str, Path] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    command: str = ""
    flags: Sequence[str] = ()
    cwd: str = ""
    started: str = ""
    levels: Sequence[tuple[int, int, int]] = ()
    costs: Sequence[float] = ()
    tiles: Sequence[tuple[int | None, int | None]] = ()
    precision: str = ""
    device: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    resumed: int = 0
    changed: Sequence[str] = ()
    output: Mapping[str, str] = field(default_factory=dict)
    zipped: Sequence[Sequence[str]] = ()

    @property
    def done(self) -> bool:
        return self.status == "done"

    @property
    def over(self) -> bool:
        """Whether its sweep wants no more of it."""
        return self.status in ("done", "pruned")

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
            return str(name) if name else _picture_name(_unquoted(self.typed.get(key, "")))
        for source in (self.typed, self.choices, self.settings):
            if key in source:
                return _shortest(source[key])
        return ""

    def files(self, key: str) -> list[Path]:
        """The pictures of that kind, of PICTURES, when it ran: of several styles each."""
        return [path for name, path in self.pictures.items() if name.partition(".")[0] == key]


def split(overrides: Sequence[str]) -> dict[str, str]:
    """`["style_weight=10", "++layers.style.relu2_2=1"]` -> {key without marks: value}."""
    pairs = (override.lstrip("+~").partition("=") for override in overrides)
    return {key: value for key, _, value in pairs}


def encode(data: Mapping[str, Any]) -> bytes:
    """The bytes of a run.json of this format that says `data`.

    While the run is unfinished they end in blanks, on which `write` can fall back.
    """
    text = json.dumps({"format": FORMAT, **data}, indent=2, ensure_ascii=False)
    room = ROOM if data.get("status") == "running" else 0
    return to_bytes(text) + b" " * room + b"\n"


def write(folder: Path, data: Mapping[str, Any]) -> None:
    """Replaces the record, or overwrites it in place where the disk is too full for another file.

    That is how a run that fails on a full disk can still say so. Raises OSError.
    """
    path, encoded = folder / RECORD, encode(data)
    try:
        write_atomically(path, encoded)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        with path.open("r+b") as file:
            size = os.fstat(file.fileno()).st_size
            if len(encoded.rstrip()) >= size:
                raise
            file.write(encoded.rstrip().ljust(size - 1) + b"\n")
            file.flush()
            os.fsync(file.fileno())


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
            # Another user's, or removed meanwhile.
            with contextlib.suppress(PermissionError, FileNotFoundError):
                yield from _below(folder / entry.name)


def read(folder: Path) -> Record:
    """One run folder's record. A file that cannot be read makes a failed run with its reason."""
    try:
        return _record(folder, json.loads((folder / RECORD).read_bytes()))
    except OSError as error:
        return Record(folder, "failed", f"{RECORD} cannot be read: {error.strerror}")
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError, RecursionError):
        return Record(folder, "failed", f"{RECORD} is broken, or no record of a run")


def _record(folder: Path, data: Any) -> Record:
    """Raises ValueError, TypeError, AttributeError, KeyError or OverflowError for what is none."""
    version = int(data.get("format", 1))
    if version > FORMAT:
        return Record(folder, "failed", f"{RECORD} was written by a newer version of stylex")
    status, reason = str(data["status"]), str(data.get("reason", ""))
    if status == "running" and not is_held(folder):
        status, reason = "interrupted", "its process ended without a word"
    files = dict(data.get("pictures", {}))
    return Record(
        folder=folder,
        status=status,
        reason=reason,
        format=version,
        typed=split(data.get("overrides", ())),
        overrides=list(data.get("overrides", ())),
        choices=_texts(data.get("choices", {})),
        settings={
            key: value if isinstance(value, bool | int | float) else str(value)
            for key, value in data.get("settings", {}).items()
        },
        figures=_figures(data),
        at_levels={int(n): _figures(found) for n, found in data.get("at_levels", {}).items()},
        pictures={name: Path(file["path"]) for name, file in files.items()},
        digests={
            name: str(file.get("sha256", ""))
            for name, file in {**files, "weights": data.get("weights", {})}.items()
        },
        command=str(data.get("command", "")),
        flags=[str(flag) for flag in data.get("flags", ())],
        cwd=str(data.get("cwd", "")),
        started=str(data.get("started", "")),
        levels=[(int(w), int(h), int(steps)) for w, h, steps in data.get("levels", ())],
        costs=[float(cost) for cost in data.get("costs", ())],
        tiles=[
            (tile and int(tile), history and int(history))
            for tile, history in data.get("tiles", ())
        ],
        precision=str(data.get("precision", "")),
        device=str(data.get("device", "")),
        versions=_texts(data.get("versions", {})),
        resumed=int(data.get("resumed", 0)),
        changed=[str(change) for change in data.get("changed", ())],
        output=_texts(data.get("output", {})),
    )


def _texts(data: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in data.items()}


def _figures(data: Mapping[str, Any]) -> dict[str, float]:
    # Not NaN, which is neither less nor more than others and would put those out of order, too.
    numbers = ((key, value) for key, value in data.items() if type(value) in (int, float))
    known = ((key, value) for key, value in numbers if abs(value) <= sys.float_info.max)
    return {key: value for key, value in known if key not in ("format", "resumed")}


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


def _picture_name(text: str) -> str:
    """Of a name or a path; several styles by the names of all."""
    return "+".join(Path(part).stem for part in text.split("+"))


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
