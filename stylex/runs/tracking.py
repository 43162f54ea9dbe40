"""A run's log: scalars and pictures, as JSON lines and for TensorBoard."""

import contextlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.tensorboard.summary import custom_scalars, hparams

from stylex.atomic import naming, write_atomically
from stylex.images.load import to_pil
from stylex.images.save import encode
from stylex.runs.checkpoint import Checkpoint
from stylex.runs.folder import RunFolder, event_files
from stylex.runs.machine import peak_memory_mb
from stylex.runs.tensorboard import EventFile, picture, scalars
from stylex.transfer.loop import Step
from stylex.transfer.started import Started
from stylex.transfer.stylize import Result

Scalars = dict[str, float]


class Tracker:
    """Called after every step; writes each `scalars_every`-th, and the last of each level.

    images_every: the same for pictures; 0 for none.
    flat: the settings as {key: plain value}, for TensorBoard's HParams.
    """

    def __init__(
        self,
        folder: RunFolder,
        started: Started,
        flat: Mapping[str, Any],
        *,
        scalars_every: int,
        images_every: int,
        tensorboard: bool,
        resumed: Checkpoint | None = None,
    ) -> None:
        self.folder = folder
        self.plan = started.plan
        self.scalars_every = scalars_every
        self.images_every = images_every
        self.log = folder.steps.open("a" if resumed else "w", encoding="utf-8")
        self.board: Board | None = None
        try:
            if tensorboard:
                introduced = bool(event_files(folder.path))
                self.board = Board(folder.path)
                if not introduced:
                    self.board.introduce(started, flat)
        except OSError:
            with contextlib.suppress(OSError):
                self.close()
            raise
        self.logged_at = time.perf_counter()
        self.logged_step = resumed.state["number"] if resumed else 0
        self.began = self.logged_at - (resumed.seconds if resumed else 0)

    def on_step(self, step: Step) -> None:
        at_level_end = step.ends_level
        if at_level_end or step.number == 1 or step.number % self.scalars_every == 0:
            self._scalars(step)
        if self.images_every and (at_level_end or step.number % self.images_every == 0):
            image, path = step.picture, self.folder.images / f"{step.number:06d}.png"
            write_atomically(path, encode(image, path))
            if self.board:
                self.board.picture("picture", image, step.number)

    def _scalars(self, step: Step) -> None:
        losses = step.losses
        # One transfer from the device for all of them, and before the clock: it waits for the step.
        values = torch.stack([losses.total, *losses.parts.values()]).mean(1).tolist()
        now = time.perf_counter()
        speed = (step.number - self.logged_step) / (now - self.logged_at)
        self.logged_step, self.logged_at = step.number, now
        parts: Scalars = dict(zip(losses.parts, values[1:], strict=True))
        weighted = {part: losses.weights[part] * value for part, value in parts.items()}
        level = self.plan.levels[step.level]
        memory = peak_memory_mb(self.plan.device)
        line = {
            "step": step.number,
            "level": step.level + 1,
            "width": level.width,
            "height": level.height,
            "evaluations": step.evaluations,
            "seconds": round(now - self.began, 3),
            "steps_per_second": round(speed, 3),
            "memory_mb": memory and round(memory),
            "loss": values[0],
            "parts": parts,
            "weighted": weighted,
        }
        with naming(self.folder.steps):
            self.log.write(json.dumps(line) + "\n")
            self.log.flush()
        if self.board:
            shown = {"loss/total": values[0], "run/steps_per_second": speed}
            shown |= {f"part/{part}": value for part, value in parts.items()}
            shown |= {f"weighted/{part}": value for part, value in weighted.items()}
            shown |= {"run/level_px": float(max(level.width, level.height))}
            if memory is not None:
                shown["run/memory_mb"] = memory
            self.board.scalars(shown, step.number)

    def positions(self) -> dict[str, int]:
        """{log file: its size in bytes}, once all that was logged is safely on the disk."""
        self.log.flush()
        os.fsync(self.log.fileno())
        if self.board:
            self.board.events.sync()
        files = [self.folder.steps, *event_files(self.folder.path)]
        return {path.name: path.stat().st_size for path in files}

    def finish(self, result: Result) -> None:
        """The final figures and picture."""
        if self.board:
            self.board.scalars({**result.metrics, "seconds": result.seconds}, result.steps)
            self.board.picture("result", result.image, result.steps)

    def close(self) -> None:
        try:
            with naming(self.folder.steps):
                self.log.close()
        finally:
            if self.board:
                self.board.close()


class Board:
    """TensorBoard events in the run folder itself, so that runs are named as their folders."""

    def __init__(self, folder: Path) -> None:
        self.events = EventFile(folder)

    def introduce(self, started: Started, flat: Mapping[str, Any]) -> None:
        """Once, at the start of a run: its settings and its pictures."""
        # `SummaryWriter.add_hparams` would make a second run; its two session records do not.
        _, start, _ = hparams(dict(flat), {})
        self.events.add(start)
        layout = {
            "losses": ["Multiline", ["loss/total", "weighted/.*"]],
            "style, unweighted": ["Multiline", ["part/style/.*"]],
            "content, unweighted": ["Multiline", ["part/content/.*"]],
            "speed": ["Multiline", ["run/steps_per_second"]],
        }
        self.events.add(custom_scalars({"stylex": layout}))
        self.picture("content", started.content, 0)
        several = len(started.seen_paintings) > 1
        for number, painting in enumerate(started.seen_paintings, 1):
            self.picture(f"style/{number}" if several else "style", painting.image, 0)

    def scalars(self, values: dict[str, float], step: int) -> None:
        self.events.add(scalars(values), step)
        self.events.flush()  # for those who watch

    def picture(self, tag: str, image: Tensor, step: int) -> None:
        self.events.add(picture(tag, to_pil(image[:1])), step)

    def close(self) -> None:
        _, _, end = hparams({}, {})
        try:
            self.events.add(end)
        finally:
            self.events.close()
