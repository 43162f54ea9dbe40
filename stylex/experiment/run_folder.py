"""One run on disk.

    result.png     the picture; its settings travel inside the file
    thumbnail.jpg  the same, 320 px, for contact sheets
    run.json       status, settings, figures, device, versions, sha256 of pictures and weights
    config.yaml    everything, resolved
    steps.jsonl    one line per logged step
    images/        intermediate pictures
    events.out…    TensorBoard

Pictures and records are written whole or not at all, logs line by line, and `status` is always
true: running, done, interrupted, or failed (with its reason).
"""

import contextlib
import json
import logging
import os
import shlex
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from stylex.errors import UserError
from stylex.experiment.lock import Lock
from stylex.paths import expand

RECORD, CONFIG, RESULT, THUMBNAIL = "run.json", "config.yaml", "result.png", "thumbnail.jpg"


def to_command(overrides: Iterable[str]) -> str:
    """The line that makes a run with these overrides, ready for a shell."""
    return shlex.join(["python", "-m", "stylex", *overrides])


def split(overrides: Sequence[str]) -> dict[str, str]:
    """`["style_weight=10", "++layers.style.relu2_2=1"]` -> {key without marks: value}."""
    pairs = (override.lstrip("+~").partition("=") for override in overrides)
    return {key: value for key, _, value in pairs}


def write_atomically(path: Path, data: bytes) -> None:
    """All of `data` under `path`, or whatever was there before. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


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
        self.steps = path / "steps.jsonl"
        self.images = path / "images"
        self.record: dict[str, Any] = {}
        self.lock: Lock | None = None

    def begin(self, config_yaml: str, record: dict[str, Any]) -> None:
        """Clears an earlier run's files and writes the config and the status `running`.

        Raises UserError when the folder holds files of these names that are no run's, or when a run
        of another process goes on there.
        """
        self.lock = Lock(self.path)
        old = [path for path in (self.result, self.steps, self.path / CONFIG) if path.exists()]
        if old and not (self.path / RECORD).exists():
            self.lock.release()
            raise UserError(f"{old[0]} is there and of no run: choose another hydra.run.dir")
        if old:
            old += [self.thumbnail] if self.thumbnail.exists() else []
            old += self.path.glob("events.out.tfevents.*")
            old += self.images.glob("[0-9][0-9][0-9][0-9][0-9][0-9].png")  # nobody else's pictures
        self.record = {"status": "running", **record}
        self._write_record()  # first: an earlier run's `done` would be a lie without its picture
        for path in old:
            path.unlink()
        write_atomically(self.path / CONFIG, config_yaml.encode())

    def end(self, status: str, **figures: Any) -> None:
        """The final status (`done`, `interrupted`, `failed`) and what is known by now."""
        self.record |= {"status": status, **figures}
        try:
            self._write_record()
        finally:
            if self.lock:
                self.lock.release()

    def discard_if_unused(self) -> None:
        """Takes away what Hydra made for a run that never began, and parents left empty by it."""
        if self.record:
            return
        log = self.path / "stylex.log"
        with contextlib.suppress(OSError):
            if [*self.path.glob("*")] == [log]:
                for handler in logging.getLogger().handlers:
                    handler.close()  # Windows removes no open file
                log.unlink()
        remove_empty(self.path)

    def _write_record(self) -> None:
        text = json.dumps(self.record, indent=2, ensure_ascii=False)
        write_atomically(self.path / RECORD, text.encode() + b"\n")


def check_output(output: str, sources: list[str]) -> Path:
    """The path to save the result at.

    Raises UserError where it cannot be written, or would overwrite a picture it is made from.
    """
    path = expand(output)
    if path.is_dir():
        raise UserError(f"output '{output}' is a folder; name a file in it")
    for source in sources:
        file = expand(source)
        if path.exists() and file.exists() and path.samefile(file):
            raise UserError(f"output '{output}' would overwrite the picture it is made from")
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            return path
    except OSError as error:
        raise UserError(f"output '{output}' cannot be written: {error.strerror}") from error
