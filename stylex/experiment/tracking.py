"""What a run leaves to be compared: scalars and pictures, as JSON lines and for TensorBoard."""

import json
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams

from stylex.errors import RunError
from stylex.experiment.machine import peak_memory_mb
from stylex.experiment.run_folder import RunFolder, write_atomically
from stylex.transfer.encode import encode
from stylex.transfer.images import to_array
from stylex.transfer.loop import Step
from stylex.transfer.stylize import Plan, Result

Scalars = dict[str, float]


class Tracker:
    """Hears of every step and writes each `scalars_every`-th, and the last of each level.

    images_every: the same for pictures; 0 for none.
    flat: the settings as {key: plain value}, for TensorBoard's HParams.
    """

    def __init__(
        self,
        folder: RunFolder,
        plan: Plan,
        flat: Mapping[str, Any],
        *,
        scalars_every: int,
        images_every: int,
        tensorboard: bool,
    ) -> None:
        self.folder = folder
        self.plan = plan
        self.scalars_every = scalars_every
        self.images_every = images_every
        ends = np.cumsum([level.steps for level in plan.levels])
        self.level_ends = frozenset(int(end) for end in ends)
        self.log = folder.steps.open("w", encoding="utf-8")
        self.board = Board(folder.path, plan, flat) if tensorboard else None
        self.began = self.logged_at = time.perf_counter()
        self.logged_step = 0

    def on_step(self, step: Step) -> None:
        at_level_end = step.number in self.level_ends
        if at_level_end or step.number == 1 or step.number % self.scalars_every == 0:
            self._scalars(step)
        if self.images_every and (at_level_end or step.number % self.images_every == 0):
            image, path = step.image, self.folder.images / f"{step.number:06d}.png"
            write_atomically(path, encode(image, path))
            if self.board:
                self.board.picture("picture", image, step.number)

    def _scalars(self, step: Step) -> None:
        losses = step.losses
        # One transfer from the device for all of them, and before the clock: it waits for the step.
        values = torch.stack([losses.total, *losses.parts.values()]).mean(1).tolist()
        for part, value in zip(("total", *losses.parts), values, strict=True):
            if not math.isfinite(value):
                raise RunError(
                    f"the loss is no longer a number at step {step.number} "
                    f"(level {step.level + 1}, {part}): try a smaller optimizer.lr"
                )
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
        self.log.write(json.dumps(line) + "\n")
        self.log.flush()
        if self.board:
            scalars = {"loss/total": values[0], "run/steps_per_second": speed}
            scalars |= {f"part/{part}": value for part, value in parts.items()}
            scalars |= {f"weighted/{part}": value for part, value in weighted.items()}
            scalars |= {"run/level_px": float(max(level.width, level.height))}
            if memory is not None:
                scalars["run/memory_mb"] = memory
            self.board.scalars(scalars, step.number)

    def finish(self, result: Result) -> None:
        """The final figures and picture."""
        if self.board:
            figures = {
                "style_error": result.style_error,
                "content_error": result.content_error,
                "seconds": result.seconds,
            }
            self.board.scalars(figures, result.steps)
            self.board.picture("result", result.image, result.steps)

    def close(self) -> None:
        try:
            self.log.close()
        finally:
            if self.board:
                self.board.close()


class Board:
    """TensorBoard events straight into the run folder, so that runs are named as their folders."""

    def __init__(self, path: Path, plan: Plan, flat: Mapping[str, Any]) -> None:
        self.writer = SummaryWriter(str(path), flush_secs=5)
        # `add_hparams` would make a second run; its two session records do not.
        _, start, self.session_end = hparams(dict(flat), {})
        self._write(start)
        self.writer.add_custom_scalars(
            {
                "stylex": {
                    "losses": ["Multiline", ["loss/total", "weighted/.*"]],
                    "style, unweighted": ["Multiline", ["part/style/.*"]],
                    "content, unweighted": ["Multiline", ["part/content/.*"]],
                    "speed": ["Multiline", ["run/steps_per_second"]],
                }
            }
        )
        self.picture("content", plan.content, 0)
        self.picture("style", plan.style, 0)

    def scalars(self, scalars: Mapping[str, float], step: int) -> None:
        for tag, value in scalars.items():
            self.writer.add_scalar(tag, value, step)

    def picture(self, tag: str, image: Tensor, step: int) -> None:
        pixels = to_array(image[:1], 255).astype(np.uint8)
        self.writer.add_image(tag, pixels, step, dataformats="HWC")

    def _write(self, summary: Any) -> None:
        self.writer._get_file_writer().add_summary(summary)

    def close(self) -> None:
        self._write(self.session_end)
        self.writer.close()
