"""One run: a checked config in, a run folder out. Here config ends; below it is plain arguments."""

import contextlib
import io
import logging
import math
import time
from typing import Any

import torch
from hydra.errors import InstantiationException
from hydra.utils import instantiate
from torch import Tensor

import stylex
from stylex.errors import RunError, UserError
from stylex.experiment.config import Config
from stylex.experiment.machine import describe, peak_memory_mb
from stylex.experiment.messages import one_line
from stylex.experiment.origin import Origin
from stylex.experiment.progress import Progress, footer, header
from stylex.experiment.run_folder import RunFolder, check_output, write_atomically
from stylex.experiment.settings import flatten, plain, to_yaml
from stylex.experiment.tracking import Tracker
from stylex.paths import sha256, shown
from stylex.transfer.encode import check_format, encode
from stylex.transfer.extractor import Extractor
from stylex.transfer.images import resize, sides, to_pil
from stylex.transfer.loop import Step
from stylex.transfer.optimizers import Optimizer
from stylex.transfer.pyramid import Pyramid, fit_size
from stylex.transfer.stylize import INITS, Plan, Result, stylize

log = logging.getLogger(__name__)

THUMBNAIL_SIZE = 320  # px, long side


def run(
    config: Config, folder: RunFolder, origin: Origin = Origin(), *, bar: bool = True
) -> Result:
    """Runs `config` in `folder`, whose status and files are true however it ends.

    bar: show the progress, where there is a terminal.

    Raises UserError before the run begins, RunError and KeyboardInterrupt after it has.
    """
    output = None
    if config.output is not None:
        check_format(config.output)
        sources = [config.content.path, config.style.path, config.init, config.extractor.weights]
        output = check_output(config.output, sources)
    arguments = to_arguments(config)
    listener = _Listener(config, folder, origin, bar)
    began = time.perf_counter()
    try:
        result = stylize(**arguments, on_start=listener.on_start, on_step=listener.on_step)
        listener.save(result.image)
        if output:
            write_atomically(output, encode(result.image, output, listener.texts))
        seconds = time.perf_counter() - began
        listener.finish(result, seconds)
    except KeyboardInterrupt:
        listener.stop("interrupted", "stopped from outside", time.perf_counter() - began)
        raise
    except Exception as error:
        listener.stop("failed", _reason(error), time.perf_counter() - began)
        if isinstance(error, OSError):  # a full disk, a folder taken away
            raise RunError(one_line(error)) from error
        gpu_or_python = isinstance(error, torch.OutOfMemoryError | MemoryError)
        if gpu_or_python or "can't allocate memory" in str(error):  # the CPU's allocator
            raise RunError("out of memory: try a smaller size, or device=cpu") from error
        raise
    log.info(footer(output or folder.result, result, seconds))
    return result


def _reason(error: Exception) -> str:
    """Why a run failed: what it says itself, or which defect of the program stopped it."""
    said = isinstance(error, UserError | RunError)
    return str(error) if said else f"{type(error).__name__}: {error}"


def picture_files(config: Config) -> dict[str, str]:
    """{content, style, and init where it is one: the picture's path}."""
    files = {"content": config.content.path, "style": config.style.path}
    return files if config.init in INITS else {**files, "init": config.init}


def to_arguments(config: Config) -> dict[str, Any]:
    """The arguments of `stylize`. Raises UserError where an object cannot be built."""
    loss = config.loss
    return {
        "content": config.content.path,
        "style": config.style.path,
        "size": config.size,
        "fit": config.fit.name,
        "enlarge": config.enlarge,
        "style_size": config.style_size,
        "style_scale": config.style_scale,
        "style_squash": config.style_squash,
        "init": config.init,
        "seed": config.seed,
        "steps": config.steps,
        "pyramid": Pyramid(**vars(config.pyramid)),
        "content_weight": config.content_weight,
        "style_weight": config.style_weight,
        "tv_weight": config.tv_weight,
        "content_layers": config.layers.content,
        "style_layers": config.layers.style,
        "content_loss": _loss(loss.content, "loss.content", {}, {}),
        "style_loss": _loss(loss.style, "loss.style", {}, {}),
        "tv_loss": _loss(loss.tv, "loss.tv"),
        "extractor": Extractor(**plain(vars(config.extractor))),
        "optimizer": to_optimizer(config.optimizer),
        "device": config.device,
        "precision": config.precision.name,
    }


def to_optimizer(settings: dict[str, Any]) -> Optimizer:
    """The `optimizer` node: a torch optimiser's `_target_` and arguments, and the loop's policy."""
    settings = dict(settings)
    policy = {key: settings.pop(key) for key in ("clamp", "averaging", "carry") if key in settings}
    rate = settings.get("lr", 1)
    if not (isinstance(rate, int | float) and math.isfinite(rate)):
        raise UserError(f"optimizer.lr must be a number, not {rate}")
    optimizer = Optimizer(make=_instantiate(settings, "optimizer"), **policy)
    try:
        optimizer.check()
    except UserError:
        raise
    except Exception as error:  # whatever a wrong argument makes an optimiser raise
        raise UserError(f"optimizer: {_first_line(error)}") from error
    return optimizer


def _loss(node: dict[str, Any], place: str, *trial: Any) -> Any:
    """What makes a loss. Tried with `trial`, so that a wrong argument is found before the run."""
    make = _instantiate(node, place)
    try:
        make(*trial)
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"{place}: {_first_line(error)}") from error
    return make


def _instantiate(node: dict[str, Any], place: str) -> Any:
    """A function that makes what `node` describes, given what only the run knows."""
    try:
        return instantiate(node, _partial_=True, _convert_="all")
    except InstantiationException as error:
        raise UserError(f"{place}: {str(error).partition(', set env')[0]}") from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


class _Listener:
    """Opens the run folder when the plan is known, and passes every step on."""

    def __init__(self, config: Config, folder: RunFolder, origin: Origin, bar: bool) -> None:
        self.config = config
        self.bar = bar
        self.origin = origin
        self.folder = folder
        self.texts = {"Software": f"stylex {stylex.__version__}", "stylex": to_yaml(config)}
        self.tracker: Tracker | None = None
        self.progress: Progress | None = None
        self.last: Step | None = None

    def on_start(self, plan: Plan) -> None:
        config = self.config
        self.device = plan.device
        pictures = picture_files(config)
        self.folder.begin(
            to_yaml(config),
            {
                **self.origin.record(),
                "settings": flatten(config),
                "pictures": {
                    name: {"path": path, "sha256": sha256(path)} for name, path in pictures.items()
                },
                "weights": {"name": plan.weights.name, "sha256": plan.weights.sha256},
                "levels": [[level.width, level.height, level.steps] for level in plan.levels],
                "precision": plan.precision,
                **describe(plan.device),
            },
        )
        layers = list(config.layers.content), list(config.layers.style)
        log.info(header(config.content.name, config.style.name, plan, layers))
        columns = self.origin.swept or flatten(config)
        self.tracker = Tracker(self.folder, plan, columns, **vars(config.tracking))
        self.progress = Progress(plan, hidden=not self.bar)

    def on_step(self, step: Step) -> None:
        assert self.tracker
        assert self.progress
        self.last = step
        self.tracker.on_step(step)
        self.progress.on_step(step)

    def save(self, image: Tensor) -> None:
        """result.png and its thumbnail."""
        folder = self.folder
        write_atomically(folder.result, encode(image, folder.result, self.texts))
        small = io.BytesIO()
        sized = resize(image, *fit_size(*sides(image), THUMBNAIL_SIZE)).clamp(0, 1)
        to_pil(sized).save(small, "JPEG", quality=85)
        write_atomically(folder.thumbnail, small.getvalue())

    def finish(self, result: Result, seconds: float) -> None:
        assert self.tracker
        assert self.progress
        self.progress.close()
        self.tracker.finish(result)
        self.tracker.close()
        memory = peak_memory_mb(self.device)
        self.folder.end(
            "done",
            seconds=round(seconds, 2),
            optimizing_seconds=round(result.seconds, 2),
            steps=result.steps,
            evaluations=result.evaluations,
            style_error=result.style_error,
            content_error=result.content_error,
            peak_memory_mb=memory and round(memory),
        )

    def stop(self, status: str, reason: str, seconds: float) -> None:
        """Keeps the picture so far, if there is one, and says why there is no more.

        Nothing that fails here, for want of space or of a picture, may hide why the run ended.
        """
        if not self.folder.record:
            return
        for part in (self.progress, self.tracker):
            with contextlib.suppress(Exception):
                if part:
                    part.close()
        last = self.last
        with contextlib.suppress(OSError):
            if last is not None and (image := last.kept) is not None:
                self.save(image)
                log.info(
                    "%s after %d steps; so far:\n%s", status, last.number, shown(self.folder.result)
                )
        with contextlib.suppress(OSError):
            self.folder.end(status, reason=reason, seconds=round(seconds, 2))
