"""One run on disk.

    result.png     the picture; its settings travel inside the file
    thumbnail.jpg  the same, 320 px, for contact sheets
    run.json       status, settings, figures, plan, versions, sha256 of pictures and weights
    config.yaml    everything, resolved
    steps.jsonl    one line per logged step
    images/        intermediate pictures
    events.out…    TensorBoard
    painted.png    the same before it got the photograph's colours, with color=keep or luminance
    checkpoint.pt  what an unfinished run is resumed from
    film/          with film=…, what an unfinished run's film is made of

Pictures and records are written whole or not at all, logs line by line, and `status` is always
true: running, done, interrupted, failed, or, in a search, pruned (each with its reason).
"""

import contextlib
import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stylex.atomic import remove_unfinished, replacing, to_bytes
from stylex.errors import UserError
from stylex.film.reel import pictures_in
from stylex.runs.lock import Lock
from stylex.runs.record import RECORD, RESULT, THUMBNAIL, Record, encode, read, write

log = logging.getLogger(__name__)

CONFIG, CHECKPOINT, STEPS = "config.yaml", "checkpoint.pt", "steps.jsonl"
PAINTED, IMAGES, FILM, LOG = "painted.png", "images", "film", "stylex.log"
MADE = (RESULT, PAINTED, THUMBNAIL, STEPS, CHECKPOINT)  # by a run, besides its config and record


def others_in(folder: Path) -> list[Path]:
    """What no run writes there: notes and files of somebody's own."""
    own = {*MADE, RECORD, CONFIG, IMAGES, FILM, LOG, *(path.name for path in event_files(folder))}
    return [path for path in folder.iterdir() if path.name not in own and path.name[0] != "."]


def event_files(folder: Path) -> list[Path]:
    """TensorBoard's in `folder`."""
    return sorted(folder.glob("events.out.tfevents.*"))


def remove_empty(folder: Path) -> None:
    """Removes a folder without files, and its parents below here that it leaves empty."""
    here = Path.cwd()
    with contextlib.suppress(OSError):  # not empty: somebody else's
        folder.rmdir()
        for parent in folder.parents:
            if here not in parent.parents:
                break
            parent.rmdir()


class RunFolder:
    """Paths and status of one run; `begin` starts it anew, whatever an earlier run left there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.result = path / RESULT
        self.thumbnail = path / THUMBNAIL
        self.checkpoint = path / CHECKPOINT
        self.steps = path / STEPS
        self.painted = path / PAINTED
        self.images = path / IMAGES
        self.film = path / FILM
        self.record: dict[str, Any] = {}
        self.lock: Lock | None = None

    def hold(self) -> None:
        """Keeps other processes out until `end` or `release`; clears up after one that was killed.

        More than once does no harm. Raises UserError where another one works there.
        """
        if not self.lock:
            self.lock = Lock(self.path)
            for name in (*MADE, RECORD, CONFIG):
                remove_unfinished(self.path / name)

    def release(self) -> None:
        """Lets others in. More than once does no harm."""
        if self.lock:
            self.lock.release()
            self.lock = None

    def begin(self, config_yaml: str, record: Mapping[str, Any]) -> None:
        """Clears an earlier run's files and writes the config and the status `running`.

        Raises UserError when the folder holds files of these names that are no run's.
        """
        earlier = (self.path / RECORD).exists()
        files = [*(self.path / name for name in MADE), *self._pictures()]
        for path in (self.path / CONFIG, *files):
            if path.exists() and not earlier:
                raise UserError(f"{path} is of no run: choose another hydra.run.dir")
        self._write(config_yaml, {"status": "running", **record})
        if earlier:  # last, for nothing is to be lost on a full disk
            for path in [*files, *event_files(self.path)]:
                path.unlink(missing_ok=True)

    def resume(
        self,
        config_yaml: str,
        record: Mapping[str, Any],
        earlier: Record,
        logs: Mapping[str, int],
        step: int,
    ) -> None:
        """Continues the run of `earlier` from where its checkpoint was taken.

        logs: {file: its bytes then}; what was written to them since is cut off. step: the last one.
        """
        kept: dict[str, Any] = {"started": earlier.started} if earlier.started else {}
        if "seconds" in earlier.figures:
            kept["seconds"] = earlier.figures["seconds"]
        if earlier.at_levels:
            kept["at_levels"] = {str(n): dict(found) for n, found in earlier.at_levels.items()}
        changed = [*earlier.changed, *record.get("changed", ())]
        now = {"status": "running", **record, **kept, "resumed": earlier.resumed + 1}
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
        """Of images/ and film/ only those that a run names so: somebody may have added others."""
        return [*pictures_in(self.images), *pictures_in(self.film)]

    def remove_film(self) -> None:
        """Removes what a film was made of. Raises OSError."""
        for path in pictures_in(self.film):
            path.unlink()
        with contextlib.suppress(OSError):  # none there, or somebody's own files in it
            self.film.rmdir()

    def _write(self, config_yaml: str, record: dict[str, Any]) -> None:
        """The config and the record, both or neither."""
        with replacing(self.path / CONFIG) as config, replacing(self.path / RECORD) as file:
            config.write(to_bytes(config_yaml))
            config.flush()  # before the record is replaced: a full disk shows here
            file.write(encode(record))
        self.record = record

    def note(self, figures: Mapping[str, Any]) -> None:
        """Adds to the record of a run that is not finished. Raises OSError."""
        write(self.path, record := {**self.record, **figures})
        self.record = record

    def end(self, status: str, **figures: Any) -> None:
        """The final status (`done`, `interrupted`, `failed`, `pruned`) and what is known by now."""
        try:
            self.note({"status": status, **figures})
            if status == "done":
                self.checkpoint.unlink(missing_ok=True)
                self.remove_film()
        finally:
            self.release()

    def fail(self, reason: str, config_yaml: str, record: Mapping[str, Any]) -> None:
        """Notes why the run failed, wherever it was. What is there stays.

        A run that never began is begun with `config_yaml` and `record`. An earlier, unfinished one
        that was to go on here keeps all but its status; a finished one is left as it is.
        Raises UserError where another process works there, OSError.
        """
        self.hold()
        try:
            if not self.record:
                earlier = read(self.path)
                if earlier.over:
                    return
                if earlier.format:
                    self.record = json.loads((self.path / RECORD).read_bytes())
            if not self.record:
                self.begin(config_yaml, record)
            self.end("failed", reason=reason)
        finally:
            self.release()

    def discard_if_unused(self) -> None:
        """Removes what Hydra made for a run that never began, and parents left empty by it."""
        if self.record:
            return
        _close_logs()
        own = self.path / LOG
        with contextlib.suppress(OSError):
            if [*self.path.glob("*")] == [own]:
                own.unlink()
        remove_empty(self.path)


def _cut(path: Path, size: int) -> bool:
    """Cuts the log to `size` bytes, or to whole lines where it has less. Whether it had less."""
    found = path.stat().st_size if path.exists() else 0
    if found > size:
        os.truncate(path, size)
    elif 0 < found < size and path.suffix == ".jsonl":
        os.truncate(path, path.read_bytes().rfind(b"\n") + 1)
    return found < size


def _close_logs() -> None:
    """Ends logging to files: Windows removes none that is open, and a late line would reopen it."""
    root = logging.getLogger()
    for handler in [*root.handlers]:
        if isinstance(handler, logging.FileHandler):
            root.removeHandler(handler)
            handler.close()
