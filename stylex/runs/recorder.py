"""What a run leaves while it goes on: its folder, logs, checkpoints and the terminal's lines."""

import contextlib
import io
import logging
import time
from collections.abc import Mapping
from typing import Any

from torch import Tensor

import stylex
from stylex.config.build import picture_files
from stylex.config.schema import Config
from stylex.config.settings import flatten, to_yaml
from stylex.errors import RunError
from stylex.images.load import resize, sides, to_pil
from stylex.images.save import encode
from stylex.paths import sha256, shown
from stylex.runs.atomic import to_bytes, write_atomically
from stylex.runs.checkpoint import Checkpoint
from stylex.runs.console import Progress, header
from stylex.runs.folder import RunFolder
from stylex.runs.machine import describe, keep_freed_memory, peak_memory_mb
from stylex.runs.origin import Origin
from stylex.runs.resume import Resumed
from stylex.runs.signals import Stopping
from stylex.runs.tensorboard import Tracker
from stylex.transfer.evaluation.memory import available_bytes, fitting_size
from stylex.transfer.loop import Step
from stylex.transfer.plan import Plan
from stylex.transfer.pyramid import fit_size
from stylex.transfer.stylize import Result, Started

log = logging.getLogger(__name__)

THUMBNAIL_SIZE = 320  # px, long side
COST = 0.02  # of the time: what checkpoints of gigabytes may take


class Listener:
    """Opens the run folder when the plan is known, passes every step on, and closes it.

    resumed: where the run goes on from, if it had begun before.
    about: what else belongs into run.json.
    bar: show the progress, where there is a terminal.
    """

    def __init__(
        self,
        config: Config,
        folder: RunFolder,
        origin: Origin,
        resumed: Resumed | None,
        about: Mapping[str, Any],
        *,
        bar: bool,
    ) -> None:
        self.config = config
        self.folder = folder
        self.origin = origin
        self.resumed = resumed.checkpoint if resumed else None
        self.changed = list(resumed.changed) if resumed else []
        self.about = about
        self.bar = bar
        self.stopping = Stopping(on_late=self._stop_late)
        settings = to_bytes(to_yaml(config)).decode()
        self.texts = {"Software": f"stylex {stylex.__version__}", "stylex": settings}
        self.tracker: Tracker | None = None
        self.progress: Progress | None = None
        self.plan: Plan | None = None
        self.last: Step | None = None
        self.began = self.saved = time.perf_counter()
        self.pause = config.checkpoint_every  # s, until the next checkpoint

    @property
    def seconds(self) -> float:
        """That the run has taken, with what it took before it was resumed."""
        before = self.resumed.seconds if self.resumed else 0.0
        return time.perf_counter() - self.began + before

    def on_start(self, started: Started) -> None:
        """Raises UserError where the folder cannot be this run's, or its weights are others."""
        config = self.config
        plan = self.plan = started.plan
        record = {
            **self.origin.record(),
            "settings": flatten(config),
            "pictures": {
                name: {"path": path, "sha256": sha256(path)}
                for name, path in picture_files(config).items()
            },
            "weights": {"name": started.weights.name, "sha256": started.weights.sha256},
            "levels": [[level.width, level.height, level.steps] for level in plan.levels],
            "tiles": [[level.tile, level.history] for level in plan.levels],
            "precision": plan.precision,
            **describe(plan.device),
            **self.about,
        }
        if self.resumed:
            record |= {"changed": self.changed} if self.changed else {}
            step = self.resumed.state["number"]
            self.folder.go_on(to_yaml(config), record, self.resumed.logs, step)
        else:
            self.folder.begin(to_yaml(config), record)
        layers = list(config.layers.content), list(config.layers.style)
        log.info(header(config.content.name, config.style.name, started, layers))
        there = available_bytes(plan.device)
        if there is not None and there < plan.bytes:
            log.warning(f"  {there / 1e9:.1f} GB of memory are free: {self.memory_advice(there)}")
        elif there is not None and plan.device.type == "cpu" and plan.bytes < there / 2:
            keep_freed_memory()
        if self.resumed:
            log.info("  going on after step %d", self.resumed.state["number"])
        self.tracker = Tracker(
            self.folder,
            started,
            self.origin.swept or flatten(config),
            **vars(config.tracking),
            resumed=self.resumed,
        )
        self.progress = Progress(plan, self.resumed, hidden=not self.bar)
        self.stopping.patient = True

    def on_step(self, step: Step) -> None:
        """Logs it, keeps a checkpoint where one is due, and ends the run if somebody asked to."""
        assert self.plan and self.tracker and self.progress
        self.last = step
        if step.restarted:
            log.warning(
                "step %d: the loss had run away; going on from the best picture so far", step.number
            )
        self.tracker.on_step(step)
        self.progress.on_step(step)
        if step.ends_level and step.level + 1 == len(self.plan.levels):
            self.stopping.last_step()
            return
        if self.stopping.take_save():
            self.save(step.picture)
            log.info("step %d: saved %s", step.number, shown(self.folder.result))
        due = time.perf_counter() - self.saved >= self.pause
        if due or step.ends_level or self.stopping.asked:
            self._keep(step, self.tracker)
        self.stopping.check()

    def _keep(self, step: Step, tracker: Tracker) -> None:
        began = time.perf_counter()
        Checkpoint(step.state(), tracker.positions(), self.seconds).save(self.folder.checkpoint)
        self.saved = time.perf_counter()
        cost = self.saved - began
        self.pause = max(self.config.checkpoint_every, cost / COST if cost > 1 else 0.0)

    def save(self, image: Tensor) -> None:
        """result.png and its thumbnail."""
        folder = self.folder
        write_atomically(folder.result, encode(image, folder.result, self.texts))
        small = io.BytesIO()
        sized = resize(image, *fit_size(*sides(image), THUMBNAIL_SIZE)).clamp(0, 1)
        to_pil(sized).save(small, "JPEG", quality=85)
        write_atomically(folder.thumbnail, small.getvalue())

    def memory_advice(self, there: int | None = None) -> str:
        """What the run needs, and a size that would do with `there` bytes, by default half."""
        if self.plan is None:
            return "try a smaller size"
        need = self.plan.bytes
        there = need // 2 if there is None else there
        size = fitting_size(self.config.size, need, there)
        return (
            f"about {need / 1e9:.1f} GB are needed, {there / 1e9:.1f} GB would do for size={size}"
        )

    def finish(self, result: Result) -> None:
        """The final picture is there: notes the figures and that all is done."""
        assert self.plan and self.tracker and self.progress
        self.progress.close()
        self.tracker.finish(result)
        self.tracker.close()
        memory = peak_memory_mb(self.plan.device)
        self.folder.end(
            "done",
            seconds=round(self.seconds, 2),
            optimizing_seconds=round(result.seconds, 2),
            steps=result.steps,
            evaluations=result.evaluations,
            style_error=result.style_error,
            content_error=result.content_error,
            peak_memory_mb=memory and round(memory),
        )

    def stop(self, status: str, reason: str) -> None:
        """Keeps the picture so far, if there is one, and says why there is no more.

        Nothing that fails here, for want of space or of a picture, may hide why the run ended.
        """
        if self.folder.record.get("status") != "running":  # never begun, or done already
            return
        for part in (self.progress, self.tracker):
            with contextlib.suppress(Exception):
                if part:
                    part.close()
        last = self.last
        with contextlib.suppress(RunError, OSError):
            if last is not None:
                self.save(last.picture)
                log.info(
                    "%s after %d steps; so far:\n%s", status, last.number, shown(self.folder.result)
                )
        with contextlib.suppress(OSError):
            self.folder.end(status, reason=reason, seconds=round(self.seconds, 2))

    def _stop_late(self) -> None:
        """Called from another thread when a step outlasts the patience of who wants it to end."""
        self.stop("interrupted", "stopped in the middle of a step")
