"""One run on disk.

    result.png     the picture; its settings travel inside the file
    run.json       status, seconds, figures, device, versions, sha256 of pictures and weights
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
import tempfile
from pathlib import Path
from typing import Any

from stylex.errors import UserError
from stylex.paths import expand


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


class RunFolder:
    """Paths and status of one run; `begin` starts it anew, whatever was there of an earlier run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.result = path / "result.png"
        self.steps = path / "steps.jsonl"
        self.images = path / "images"
        self.record: dict[str, Any] = {}

    def begin(self, config_yaml: str, record: dict[str, Any]) -> None:
        """Clears an earlier run's files and writes the config and the status `running`.

        Raises UserError when the folder holds files of these names that are no run's.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        old = [
            path for path in (self.result, self.steps, self.path / "config.yaml") if path.exists()
        ]
        if old and not (self.path / "run.json").exists():
            raise UserError(f"{old[0]} is there and of no run: choose another hydra.run.dir")
        if old:
            old += self.path.glob("events.out.tfevents.*")
            old += self.images.glob("[0-9][0-9][0-9][0-9][0-9][0-9].png")  # nobody else's pictures
        self.record = {"status": "running", **record}
        self._write_record()  # first: an earlier run's `done` would be a lie without its picture
        for path in old:
            path.unlink()
        write_atomically(self.path / "config.yaml", config_yaml.encode())

    def end(self, status: str, **figures: Any) -> None:
        """The final status (`done`, `interrupted`, `failed`) and what is known by now."""
        self.record |= {"status": status, **figures}
        self._write_record()

    def discard_if_unused(self) -> None:
        """Takes away what Hydra made for a run that never began, and parents left empty by it."""
        if self.record:
            return
        log = self.path / "stylex.log"
        here = Path.cwd()
        with contextlib.suppress(OSError):  # not empty: somebody else's
            if [*self.path.glob("*")] == [log]:
                for handler in logging.getLogger().handlers:
                    handler.close()  # Windows removes no open file
                log.unlink()
            self.path.rmdir()
            for parent in self.path.parents:
                if here not in parent.parents:
                    break
                parent.rmdir()

    def _write_record(self) -> None:
        text = json.dumps(self.record, indent=2, ensure_ascii=False)
        write_atomically(self.path / "run.json", text.encode() + b"\n")


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
