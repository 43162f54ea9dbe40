"""How fast this machine takes steps: kept from one run to the next, or measured in a short trial.

A run's time is in proportion to the pixels that its steps evaluate, so that one number describes a
machine: seconds per pixel and step, for each device, precision, depth, loss and optimiser. Small
pictures take longer per pixel, and have rates of their own.
"""

import contextlib
import json
import math
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from stylex.atomic import write_atomically
from stylex.transfer.evaluation.freed import keep_freed_memory
from stylex.transfer.loop import Step
from stylex.transfer.plan import Plan, plan
from stylex.transfer.stylize import Result, stylize
from stylex.transfer.vgg.layers import LAYERS

SHORTEST = 5.0  # s; of shorter runs too much is the start
MOST = 100  # rates; the oldest go
TRIAL_SIZE = 256  # px: as fast per pixel as larger pictures, and many steps in a short time


def cache_file() -> Path:
    """Where rates are kept: rates.json in the user's cache folder."""
    local = os.environ.get("LOCALAPPDATA") if os.name == "nt" else None
    base = os.environ.get("XDG_CACHE_HOME") or local or Path.home() / ".cache"
    return Path(base) / "stylex" / "rates.json"


def of(planned: Plan) -> float | None:
    """Seconds per pixel and step as a run or a trial of its kind had them; None where none had."""
    rate = _known().get(_kind(planned))
    return rate if isinstance(rate, float) and 0 < rate < math.inf else None


def remember(planned: Plan, result: Result) -> None:
    """Keeps the rate of a run from its first step to its last.

    Runs that were short, in tiles or over before their steps are left out. Does nothing where the
    cache is not writable.
    """
    whole = result.steps == planned.steps and not any(level.tile for level in planned.levels)
    if whole and result.seconds >= SHORTEST:
        _keep(_kind(planned), result.seconds / planned.pixel_steps)


def measure(arguments: Mapping[str, Any], longest: float = 3.0) -> float:
    """Seconds per pixel and step in a trial of about `longest` seconds, which is kept.

    arguments: of `stylize`. Raises UserError as that does.
    """
    times: list[float] = []  # of the start, and of the end of each step

    def on_step(step: Step) -> None:
        float(step.losses.total.mean())  # a GPU is done when it can say this
        times.append(time.perf_counter())
        if len(times) > 2 and times[-1] - times[0] > longest:
            raise _Enough

    trial = {
        **arguments,
        "size": min(TRIAL_SIZE, arguments["size"]),
        "steps": 10**6,
        "pyramid": replace(arguments["pyramid"], levels=1, repeat=0),
    }
    if plan(**trial).device.type == "cpu":
        keep_freed_memory()  # as a run does
    with contextlib.suppress(_Enough):
        stylize(
            **trial, on_start=lambda started: times.append(time.perf_counter()), on_step=on_step
        )
    (level,) = plan(**trial).levels
    pixels = level.height * level.width
    if len(times) == 2:  # nothing was to be improved
        return (times[1] - times[0]) / pixels
    # Without the first step, which also finds its memory; the mean, since what delays some of these
    # steps will delay a run's as often.
    rate = (times[-1] - times[1]) / (len(times) - 2) / pixels
    _keep(_kind(plan(**arguments)), rate)
    return rate


class _Enough(BaseException):
    """Ends a run from within; no Exception, for nothing has failed."""


def _kind(planned: Plan) -> str:
    """What a rate depends on, in words."""
    settings, device = planned.settings, planned.device
    cuda = device.type == "cuda"
    optimizer = settings.optimizer.make
    terms = (type(term.loss).__name__ for term in settings.used_style_terms.values())
    deepest = max(planned.layers, key=LAYERS.index)
    last = planned.levels[-1]
    return ", ".join(
        (
            torch.cuda.get_device_name(device) if cuda else f"{device.type} {_processor()}",
            *(() if cuda else (f"{torch.get_num_threads()} threads",)),
            planned.precision,
            *(("small",) if max(last.height, last.width) < TRIAL_SIZE else ()),
            deepest,
            *sorted(terms),
            getattr(optimizer, "func", optimizer).__name__,
            *(f"max_iter {n}" for n in [getattr(optimizer, "keywords", {}).get("max_iter")] if n),
        )
    )


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _known() -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError, RuntimeError):  # of a user without a home
        found = json.loads(cache_file().read_bytes())
        return found if isinstance(found, dict) else {}
    return {}


def _keep(kind: str, rate: float) -> None:
    others = {key: value for key, value in _known().items() if key != kind}
    latest = [*others.items(), (kind, rate)][-MOST:]
    with contextlib.suppress(OSError, RuntimeError):
        write_atomically(cache_file(), json.dumps(dict(latest), indent=1).encode())
