"""What a run leaves behind while it runs: its record, log, checkpoints and terminal output."""

import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

import stylex
from stylex.atomic import to_bytes, write_atomically
from stylex.config.build import picture_files
from stylex.config.schema import Config
from stylex.config.settings import flatten, to_yaml
from stylex.errors import RunError
from stylex.images.save import check_size, encode
from stylex.paths import sha256, shown
from stylex.runs import console, rates
from stylex.runs.checkpoint import Checkpoint, Checkpoints
from stylex.runs.film import Film
from stylex.runs.folder import RunFolder
from stylex.runs.machine import describe, peak_memory_mb
from stylex.runs.origin import Origin
from stylex.runs.output import save_result
from stylex.runs.resume import Resumed
from stylex.runs.signals import Stopping
from stylex.runs.tracking import Tracker
from stylex.transfer.evaluation.freed import keep_freed_memory
from stylex.transfer.loop import Step
from stylex.transfer.metrics import score
from stylex.transfer.plan import Plan
from stylex.transfer.started import Started
from stylex.transfer.stylize import Result

log = logging.getLogger(__name__)

Judge = Callable[[int, Mapping[str, float]], str]
"""(level that ends, from 1; its FIGURES) -> why the run is to end there; empty where it goes on."""


class Pruned(BaseException):
    """The judge ends the run; the message says why. No Exception, for nothing went wrong."""


def texts_of(config: Config) -> dict[str, str]:
    """{keyword: text} that travels inside a picture's file: how it was made."""
    settings = to_bytes(to_yaml(config)).decode()
    return {"Software": f"stylex {stylex.__version__}", "stylex": settings}


def record_of(config: Config, origin: Origin, started: Started) -> dict[str, Any]:
    """What run.json says of a run that begins."""
    return {
        **origin.record(),
        "settings": flatten(config),
        "pictures": {
            name: {"path": path, "sha256": sha256(path)}
            for name, path in picture_files(config).items()
        },
        "weights": {"name": started.weights.name, "sha256": started.weights.sha256},
        **started.plan.record(),
        **describe(started.plan.device),
    }


def record_of_result(result: Result, seconds: float) -> dict[str, Any]:
    """What it says of one that is done, which took so long in all."""
    return {
        "seconds": round(seconds, 2),
        "optimizing_seconds": round(result.seconds, 2),
        "steps": result.steps,
        "evaluations": result.evaluations,
        **result.metrics,
    }


class RunRecorder:
    """Begins the run folder, records every step in it, and closes it; `stylize` calls it back.

    resumed: the run to continue, if it had begun before.
    about: what else belongs into run.json. film: what is to be made of its pictures.
    judge: asked at the end of each level but the last, for which the picture so far is measured.
    bar: show the progress, where there is a terminal.
    """

    def __init__(
        self,
        config: Config,
        folder: RunFolder,
        origin: Origin,
        resumed: Resumed | None,
        about: Mapping[str, Any],
        film: Film | None = None,
        judge: Judge | None = None,
        *,
        bar: bool,
    ) -> None:
        self.config = config
        self.folder = folder
        self.origin = origin
        self.resumed = resumed
        self.about = about
        self.film = film
        self.judge = judge
        self.bar = bar
        self.stopping = Stopping(on_late=self.stop_late)
        self.texts = texts_of(config)
        self.checkpoints = Checkpoints(folder.checkpoint, config.checkpoint_every)
        self.tracker: Tracker | None = None
        self.progress: console.Progress | None = None
        self.started: Started | None = None
        self.last: Step | None = None
        self.began = time.perf_counter()

    @property
    def plan(self) -> Plan | None:
        return self.started.plan if self.started else None

    @property
    def seconds(self) -> float:
        """That the run has taken, with what it took before it was resumed."""
        before = self.resumed.checkpoint.seconds if self.resumed else 0.0
        return time.perf_counter() - self.began + before

    def on_start(self, started: Started) -> None:
        """Writes the record.

        Raises UserError where the folder holds other files of its names, or `output` is of a format
        that has no pictures of this size.
        """
        if self.config.output:
            check_size(self.config.output, *started.plan.size)
        self.started = started
        checkpoint = self.resumed.checkpoint if self.resumed else None
        self._begin(started)
        config = self.config
        used = started.plan.settings
        layers = (
            list(config.layers.content if used.used_content_terms else ()),
            list(config.layers.style if used.used_style_terms else ()),
        )
        log.info(console.header(config.content.name, config.style.name, started, layers))
        self._look_at_memory(started.plan)
        done = checkpoint.state["number"] if checkpoint else 0
        if checkpoint:
            log.info("  resuming after step %d", done)
        self.tracker = Tracker(
            self.folder,
            started,
            self.origin.swept or flatten(config),
            **vars(config.tracking),
            resumed=checkpoint,
        )
        if self.film:
            self.film.on_start(started, resumed=checkpoint is not None)
        self.progress = console.Progress(started.plan, done, hidden=not self.bar)
        self.stopping.patient = True

    def _begin(self, started: Started) -> None:
        record = {**record_of(self.config, self.origin, started), **self.about}
        resumed, folder = self.resumed, self.folder
        if not resumed:
            folder.begin(to_yaml(self.config), record)
            return
        if resumed.earlier.done:  # its picture is what it continues from, whatever happens next
            resumed.checkpoint.save(folder.checkpoint)
        if resumed.changed:
            record["changed"] = list(resumed.changed)
        step = resumed.checkpoint.state["number"]
        folder.resume(to_yaml(self.config), record, resumed.earlier, resumed.checkpoint.logs, step)

    def _look_at_memory(self, plan: Plan) -> None:
        available = plan.available_bytes
        if plan.keeps_freed:
            keep_freed_memory()
        elif available < plan.bytes:
            advice = console.memory_advice(plan.bytes, available, self.config.size)
            log.warning(f"  {available / 1e9:.1f} GB of memory are available: {advice}")

    def on_step(self, step: Step) -> None:
        """Logs it, keeps a checkpoint where one is due, and ends the run if a signal asked to.

        Raises Pruned where the judge ends it.
        """
        assert self.plan and self.tracker and self.progress
        self.last = step
        if step.restarted:
            log.warning(
                "step %d: the loss had diverged; continuing from the best picture so far",
                step.number,
            )
        self.tracker.on_step(step)
        if self.film:
            self.film.on_step(step)
        self.progress.on_step(step)
        if step.is_last:
            self.stopping.last_step()
            return
        if self.stopping.take_save():
            self.save(step.picture)
            log.info("step %d: saved %s", step.number, shown(self.folder.result))
        reason = self._judged(step) if step.ends_level else ""
        if self.checkpoints.due or step.ends_level or self.stopping.requested:
            tracker = self.tracker
            self.checkpoints.save(
                lambda: Checkpoint(step.state(), tracker.positions(), self.seconds)
            )
        self.stopping.check()
        if reason:
            raise Pruned(reason)

    def _judged(self, step: Step) -> str:
        """Measures and notes what a level has come to; why it is to be the last."""
        if not self.judge:
            return ""
        assert self.started
        tile = step.levels[step.level].tile
        found = score(step.picture, self.started.content, self.started.paintings, tile)
        number, figures = step.level + 1, {**vars(found), "seconds": round(self.seconds, 2)}
        before = self.folder.record.get("at_levels", {})
        self.folder.note({"at_levels": {**before, str(number): figures}})
        return self.judge(number, figures)

    def save(self, image: Tensor, painted: Tensor | None = None) -> None:
        """The picture into the run's folder, and what it was painted as, if that differs.

        Raises OSError.
        """
        save_result(image, self.folder, self.texts)
        if painted is not None:
            write_atomically(self.folder.painted, encode(painted, self.folder.painted, self.texts))

    def memory_advice(self) -> str:
        """What the run would have needed, and a size that takes half of it."""
        if self.plan is None:
            return "try a smaller size"
        return console.memory_advice(self.plan.bytes, self.plan.bytes // 2, self.config.size)

    def finish(self, result: Result) -> None:
        """Notes the figures and that all is done, once the final picture is saved."""
        assert self.plan and self.tracker and self.progress
        self.progress.close()
        self.tracker.finish(result)
        self.tracker.close()
        memory = peak_memory_mb(self.plan.device)
        if not self.resumed:
            rates.remember(self.plan, result)
        self.folder.end(
            "done",
            **record_of_result(result, self.seconds),
            peak_memory_mb=memory and round(memory),
        )

    def stop(self, status: str, reason: str, *, filming: bool = True) -> None:
        """Keeps the picture so far, if there is one, and records why the run ended.

        filming: make the film of what there is, too, which takes seconds.
        Nothing that fails here, on a full disk or for want of a picture, may hide that reason.
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
        if filming and last is not None and self.film:
            # A second Ctrl-C gives up the film, not the record.
            with contextlib.suppress(RunError, OSError, KeyboardInterrupt):
                self.film.save(last.picture)
                log.info("and the film so far:\n%s", shown(self.film.path))
        with contextlib.suppress(OSError):
            self.folder.end(status, reason=reason, seconds=round(self.seconds, 2))

    def stop_late(self) -> None:
        """Called from another thread when a step takes too long to end after a signal."""
        self.stop("interrupted", "stopped in the middle of a step", filming=False)
