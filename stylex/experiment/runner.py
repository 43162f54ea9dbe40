"""One run: a checked config in, a run folder out. Here config ends; below it is plain arguments."""

import contextlib
import hashlib
import logging
import shlex
import time
from collections.abc import Sequence
from dataclasses import asdict
from enum import Enum
from typing import Any

import torch
import yaml
from hydra.errors import InstantiationException
from hydra.utils import instantiate

import stylex
from stylex.errors import RunError, UserError
from stylex.experiment.config import Config
from stylex.experiment.machine import describe, peak_memory_mb
from stylex.experiment.messages import one_line
from stylex.experiment.progress import Progress, footer, header, shown
from stylex.experiment.run_folder import RunFolder, check_output, write_atomically
from stylex.experiment.tracking import Tracker
from stylex.paths import expand
from stylex.transfer.encode import check_format, encode
from stylex.transfer.extractor import Extractor
from stylex.transfer.loop import Step
from stylex.transfer.optimizers import Optimizer
from stylex.transfer.pyramid import Pyramid
from stylex.transfer.stylize import INITS, Plan, Result, stylize

log = logging.getLogger(__name__)


def run(config: Config, folder: RunFolder, overrides: Sequence[str] = ()) -> Result:
    """Runs `config` in `folder`, whose status and files are true however it ends.

    overrides: the words of the command line that made `config`, for the record.

    Raises UserError before the run begins, RunError and KeyboardInterrupt after it has.
    """
    output = None
    if config.output is not None:
        check_format(config.output)
        output = check_output(config.output, [config.content.path, config.style.path])
    arguments = to_arguments(config)
    listener = _Listener(config, folder, overrides)
    began = time.perf_counter()
    try:
        result = stylize(**arguments, on_start=listener.on_start, on_step=listener.on_step)
        texts = {"Software": f"stylex {stylex.__version__}", "stylex": to_yaml(config)}
        write_atomically(folder.result, encode(result.image, folder.result, texts))
        if output:
            write_atomically(output, encode(result.image, output, texts))
        listener.finish(result)
    except KeyboardInterrupt:
        listener.stop("interrupted", "stopped by the user", time.perf_counter() - began)
        raise
    except Exception as error:
        listener.stop("failed", f"{type(error).__name__}: {error}", time.perf_counter() - began)
        if isinstance(error, OSError):  # a full disk, a folder taken away
            raise RunError(f"cannot write: {one_line(error)}") from error
        raise
    seconds = time.perf_counter() - began
    memory = peak_memory_mb(listener.plan.device)
    folder.end(
        "done",
        seconds=round(seconds, 2),
        optimizing_seconds=round(result.seconds, 2),
        steps=result.steps,
        evaluations=result.evaluations,
        style_error=result.style_error,
        content_error=result.content_error,
        peak_memory_mb=memory and round(memory),
    )
    log.info(footer(output or folder.result, result, seconds))
    return result


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
        "content_loss": _build(loss.content, "loss.content", {}, {}),
        "style_loss": _build(loss.style, "loss.style", {}, {}),
        "tv_loss": _build(loss.tv, "loss.tv"),
        "extractor": Extractor(**_plain(vars(config.extractor))),
        "optimizer": to_optimizer(config.optimizer),
        "device": config.device,
        "precision": config.precision.name,
    }


def to_optimizer(settings: dict[str, Any]) -> Optimizer:
    """The `optimizer` node: a torch optimiser's `_target_` and arguments, and the loop's policy."""
    settings = dict(settings)
    policy = {key: settings.pop(key) for key in ("clamp", "averaging", "carry") if key in settings}
    make = _build(settings, "optimizer", [torch.zeros(1, 3, 1, 1, requires_grad=True)])
    return Optimizer(make=make, **policy)


def _build(node: dict[str, Any], place: str, *trial: Any) -> Any:
    """A function that makes what `node` describes, given what only the run knows.

    It is tried with `trial`, so that a wrong argument is found before anything is computed.
    """
    try:
        make = instantiate(node, _partial_=True, _convert_="all")
        make(*trial)
    except InstantiationException as error:
        raise UserError(f"{place}: {str(error).partition(', set env')[0]}") from error
    except (TypeError, ValueError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{place}: {str(error).splitlines()[0]}") from error
    return make


def _plain(value: Any) -> Any:
    """Dataclasses and enums as what YAML and JSON know."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def to_yaml(config: Config) -> str:
    """Everything, resolved; in the schema's order."""
    return yaml.safe_dump(_plain(asdict(config)), sort_keys=False, allow_unicode=True)


def flatten(config: Config) -> dict[str, Any]:
    """{dotted key: number, truth value or text}, without what is null."""

    def walk(node: dict[str, Any], prefix: str) -> dict[str, Any]:
        flat: dict[str, Any] = {}
        for key, value in node.items():
            if isinstance(value, dict):
                flat |= walk(value, f"{prefix}{key}.")
            elif value is not None:
                flat[prefix + key] = value if isinstance(value, (bool, int, float)) else str(value)
        return flat

    return walk(_plain(asdict(config)), "")


class _Listener:
    """Opens the run folder when the plan is known, and passes every step on."""

    def __init__(self, config: Config, folder: RunFolder, overrides: Sequence[str]) -> None:
        self.config = config
        self.overrides = overrides
        self.folder = folder
        self.tracker: Tracker | None = None

    def on_start(self, plan: Plan) -> None:
        config = self.config
        self.plan = plan
        pictures = {"content": config.content.path, "style": config.style.path}
        if config.init not in INITS:
            pictures["init"] = config.init
        self.folder.begin(
            to_yaml(config),
            {
                "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
                "command": shlex.join(["python", "-m", "stylex", *self.overrides]),
                "pictures": {
                    name: {"path": path, "sha256": _sha256(path)} for name, path in pictures.items()
                },
                "weights": {"name": plan.weights.name, "sha256": plan.weights.sha256},
                "levels": [[level.width, level.height, level.steps] for level in plan.levels],
                "precision": plan.precision,
                **describe(plan.device),
            },
        )
        layers = list(config.layers.content), list(config.layers.style)
        log.info(header(config.content.name, config.style.name, plan, layers))
        self.tracker = Tracker(self.folder, plan, flatten(config), **vars(config.tracking))
        self.progress = Progress(plan)

    def on_step(self, step: Step) -> None:
        assert self.tracker
        self.tracker.on_step(step)
        self.progress.on_step(step)

    def finish(self, result: Result) -> None:
        assert self.tracker
        self.progress.close()
        self.tracker.finish(result)
        self.tracker.close()

    def stop(self, status: str, reason: str, seconds: float) -> None:
        """Keeps the picture so far, if there is one, and says why there is no more."""
        if self.tracker is None:
            return
        self.progress.close()
        self.tracker.close()
        last, result = self.tracker.last, self.folder.result
        # Neither a picture that is none nor a full disk may hide why the run ended.
        with contextlib.suppress(RunError, OSError):
            if last is not None:
                write_atomically(result, encode(last.image, result))
                log.info("%s after %d steps; so far:\n%s", status, last.number, shown(result))
        with contextlib.suppress(OSError):
            self.folder.end(status, reason=reason, seconds=round(seconds, 2))


def _sha256(path: str) -> str:
    with expand(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
