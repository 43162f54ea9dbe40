"""One run on disk.

    result.png     the picture; its settings travel inside the file
    thumbnail.jpg  the same, 320 px, for contact sheets
    run.json       status, settings, figures, device, versions, sha256 of pictures and weights
    config.yaml    everything, resolved
    steps.jsonl    one line per logged step
    images/        intermediate pictures
    events.out…    TensorBoard
    checkpoint.pt  what it needs to go on, until it is done

Pictures and records are written whole or not at all, logs line by line, and `status` is always
true: running, done, interrupted, or failed (with its reason).
"""

import contextlib
import json
import logging
import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stylex.errors import UserError
from stylex.runs.atomic import replacing, to_bytes, write_atomically
from stylex.runs.lock import Lock

log = logging.getLogger(__name__)

RECORD, CONFIG, RESULT, THUMBNAIL = "run.json", "config.yaml", "result.png", "thumbnail.jpg"
CHECKPOINT = "checkpoint.pt"


def to_command(overrides: Iterable[str]) -> str:
    """The line that makes a run with these overrides, ready for a shell."""
    return shlex.join(["python", "-m", "stylex", *overrides])


def split(overrides: Sequence[str]) -> dict[str, str]:
    """`["style_weight=10", "++layers.style.relu2_2=1"]` -> {key without marks: value}."""
    pairs = (override.lstrip("+~").partition("=") for override in overrides)
    return {key: value for key, _, value in pairs}


def event_files(folder: Path) -> list[Path]:
    """TensorBoard's in `folder`."""
    return sorted(folder.glob("events.out.tfevents.*"))


def remove_empty(folder: Path) -> None:
    """Takes away a folder without files, and what of its parents, below here, it leaves empty."""
    here = Path.cwd()
    with contextlib.suppress(OSError):  # not empty: somebody else's
        folder.rmdir()
        for parent in folder.parents:
            if here not in parent.parents:
                break
            parent.rmdir()


class RunFolder:
    """Paths and status of one run; `begin` starts it anew, whatever was there of an earlier run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.result = path / RESULT
        self.thumbnail = path / THUMBNAIL
        self.checkpoint = path / CHECKPOINT
        self.steps = path / "steps.jsonl"
        self.images = path / "images"
        self.record: dict[str, Any] = {}
        self.lock: Lock | None = None

    def hold(self) -> None:
        """Keeps other processes out until `end` or `release`.

        Raises UserError where another one works there.
        """
        self.lock = Lock(self.path)

    def release(self) -> None:
        """Lets others in. More than once does no harm."""
        if self.lock:
            self.lock.release()

    def begin(self, config_yaml: str, record: dict[str, Any]) -> None:
        """Clears an earlier run's files and writes the config and the status `running`.

        Raises UserError when the folder holds files of these names that are no run's.
        """
        earlier = (self.path / RECORD).exists()
        for path in (self.path / CONFIG, self.result, self.steps):
            if path.exists() and not earlier:
                raise UserError(f"{path} is there and of no run: choose another hydra.run.dir")
        self._write(config_yaml, {"status": "running", **record})
        if earlier:  # last, for nothing is to be lost on a full disk
            for path in (self.result, self.thumbnail, self.steps, self.checkpoint):
                path.unlink(missing_ok=True)
            for path in [*event_files(self.path), *self._pictures()]:
                path.unlink()

    def go_on(
        self, config_yaml: str, record: Mapping[str, Any], logs: Mapping[str, int], step: int
    ) -> None:
        """Takes up the run that is there where its checkpoint was taken.

        logs: {file: its bytes then}; what was written to them since is cut off. step: the last one.
        Raises UserError when the weights are others now.
        """
        earlier = json.loads((self.path / RECORD).read_bytes())
        if earlier["weights"]["sha256"] != record["weights"]["sha256"]:
            raise UserError(f"the unfinished run in {self.path} was made with other weights")
        kept = {key: earlier[key] for key in ("started", "seconds") if key in earlier}
        resumed = int(earlier.get("resumed", 0)) + 1
        changed = [*earlier.get("changed", ()), *record.get("changed", ())]
        now = {"status": "running", **record, **kept, "resumed": resumed}
        self._write(config_yaml, now | ({"changed": changed} if changed else {}))
        for path in [self.steps, *event_files(self.path)]:
            if path.name not in logs:
                path.unlink(missing_ok=True)
            elif _cut(path, logs[path.name]):
                log.warning("  %s has lost what was logged before step %d", path.name, step)
        for path in self._pictures():
            if int(path.stem) > step:
                path.unlink()

    def _pictures(self) -> list[Path]:
        """Of images/ only those that a run names so: somebody may have added others."""
        return [*self.images.glob("[0-9][0-9][0-9][0-9][0-9][0-9].png")]

    def _write(self, config_yaml: str, record: dict[str, Any]) -> None:
        """The config and the record, both or neither."""
        with replacing(self.path / CONFIG) as config, replacing(self.path / RECORD) as file:
            config.write(to_bytes(config_yaml))
            file.write(_to_json(record))
        self.record = record

    def note(self, figures: Mapping[str, Any]) -> None:
        """Adds to the record while the run goes on. Raises OSError."""
        self.record |= figures
        write_atomically(self.path / RECORD, _to_json(self.record))

    def end(self, status: str, **figures: Any) -> None:
        """The final status (`done`, `interrupted`, `failed`) and what is known by now."""
        self.record |= {"status": status, **figures}
        try:
            write_atomically(self.path / RECORD, _to_json(self.record))
            if status == "done":
                self.checkpoint.unlink(missing_ok=True)
        finally:
            self.release()

    def discard_if_unused(self) -> None:
        """Takes away what Hydra made for a run that never began, and parents left empty by it."""
        if self.record:
            return
        _close_logs()
        own = self.path / "stylex.log"
        with contextlib.suppress(OSError):
            if [*self.path.glob("*")] == [own]:
                own.unlink()
        remove_empty(self.path)


def _to_json(record: Mapping[str, Any]) -> bytes:
    return to_bytes(json.dumps(record, indent=2, ensure_ascii=False)) + b"\n"


def _cut(path: Path, size: int) -> bool:
    """Cuts the log to `size` bytes, or to whole lines where it has less. Whether it had less."""
    there = path.stat().st_size if path.exists() else 0
    if there > size:
        os.truncate(path, size)
    elif 0 < there < size and path.suffix == ".jsonl":
        os.truncate(path, path.read_bytes().rfind(b"\n") + 1)
    return there < size


def _close_logs() -> None:
    """Ends logging to files: Windows removes none that is open, and a late word would reopen it."""
    root = logging.getLogger()
    for handler in [*root.handlers]:
        if isinstance(handler, logging.FileHandler):
            root.removeHandler(handler)
            handler.close()
