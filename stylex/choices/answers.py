"""choices.jsonl: one line for each answer, kept in the folder of the runs that it is about.

A line is `{"left": run, "right": run, "chosen": "left", "time": "2026-11-29T05:48:06.123Z"}`: runs
by their folders' paths from there, `chosen` also `right` or `tie`. Every file of the folder that
fits `choices*.jsonl` counts, so answers given elsewhere are merged by dropping their file in; the
same answer in several of them counts once.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from stylex.atomic import to_bytes, write_atomically
from stylex.errors import UserError
from stylex.runs.lock import Lock

FILE, FILES = "choices.jsonl", "choices*.jsonl"
WON = {"left": 1.0, "tie": 0.5, "right": 0.0}
"""{what was chosen: the share of a win that the left one has}; a tie is half a win for each."""

PATIENCE = 10.0  # seconds that a writer waits for another one, who takes milliseconds


@dataclass(frozen=True)
class Answer:
    """Which of two runs was chosen.

    left, right: as they stood on the screen. chosen: one of WON. time: ISO 8601, to ms, UTC.
    """

    left: str
    right: str
    chosen: str
    time: str


def answered(left: str, right: str, chosen: str) -> Answer:
    """An answer given now."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return Answer(left, right, chosen, now.replace("+00:00", "Z"))


def append(folder: Path, answer: Answer) -> None:
    """Adds a line to the folder's choices.jsonl, of whichever process writes there as well.

    Raises OSError where it cannot be written, UserError where another process holds it for long.
    """
    with _held(folder), (folder / FILE).open("ab") as file:
        # What a crash has left of a line ends here, or it would spoil this one, too.
        if file.tell() and not _ends_line(folder / FILE):
            file.write(b"\n")
        file.write(_line(answer))
        file.flush()
        os.fsync(file.fileno())


def withdraw(folder: Path, answer: Answer) -> None:
    """Takes the answer out of the folder's choices.jsonl again; other lines stay as they are.

    Raises as `append` does.
    """
    with _held(folder):
        path = folder / FILE
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        write_atomically(path, b"".join(line for line in lines if _parsed(line) != answer))


def read(folder: Path) -> tuple[list[Answer], list[str]]:
    """All answers in the folder's files, by their times, and a line for each file with damage.

    Damaged lines are passed over. Raises nothing for what a file holds.
    """
    found: dict[Answer, None] = {}
    notes = []
    for path in sorted(folder.glob(FILES)):
        try:
            lines = path.read_bytes().splitlines()
        except OSError as error:
            notes.append(f"{path} cannot be read: {error.strerror}")
            continue
        parsed = [_parsed(line) for line in lines if line.strip()]
        found |= dict.fromkeys(answer for answer in parsed if answer)
        if damaged := parsed.count(None):
            notes.append(f"{path}: {damaged} damaged line{'s' * (damaged > 1)} passed over")
    return sorted(found, key=lambda answer: answer.time), notes


def _line(answer: Answer) -> bytes:
    return to_bytes(json.dumps(asdict(answer), ensure_ascii=False)) + b"\n"


def _parsed(line: bytes) -> Answer | None:
    """None for a line that is no answer."""
    try:
        data = json.loads(line)
        texts = [data[key] for key in ("left", "right", "chosen", "time")]
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    if not all(isinstance(text, str) for text in texts):
        return None
    answer = Answer(*texts)
    return answer if answer.chosen in WON and answer.left != answer.right else None


def _ends_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """While nobody else writes answers there."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            lock = Lock(folder, ".choices.lock")
            break
        except UserError:
            if time.monotonic() > end:
                raise
    try:
        yield
    finally:
        lock.release()
