"""What the machine computes with, what the weights are like, and how long a run would take."""

import contextlib
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from hydra import compose, initialize_config_dir

from stylex.config import loader, pictures, schema
from stylex.config.build import to_arguments
from stylex.config.schema import Config
from stylex.doctor.checks import Check
from stylex.errors import UserError
from stylex.transfer.device import choose_precision, computes_bf16
from stylex.transfer.evaluation.memory import fitting_size
from stylex.transfer.loop import Step
from stylex.transfer.plan import Plan, plan
from stylex.transfer.pyramid import Level, pixels_moved
from stylex.transfer.stylize import Started, stylize
from stylex.transfer.vgg.weights import load_weights, torchvision_file

TRIAL_SIZE = 256  # px: as fast per pixel as larger ones, and of many steps in three seconds
TRIAL_SECONDS = 3.0


def default_config(conf: Path) -> Config:
    """What `python -m stylex` would run. Raises UserError or what Hydra does."""
    schema.register()
    pictures.register()
    loader.register()
    with initialize_config_dir(str(conf), version_base="1.3"):
        return schema.to_config(compose("config"))


def devices() -> list[Check]:
    """What there is to compute with."""
    found = [Check("cpu", f"{platform.machine()}, {torch.get_num_threads()} threads")]
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    for index in range(count):
        about = torch.cuda.get_device_properties(index)
        found.append(Check(f"cuda:{index}", f"{about.name}, {about.total_memory / 1e9:.0f} GB"))
    if not count:
        found.append(Check("cuda", "none"))
    return [*found, Check("mps", "there" if torch.backends.mps.is_available() else "none")]


def arithmetic(device: torch.device) -> list[Check]:
    """What device=auto and precision=auto have come to."""
    computed = "computed in hardware" if computes_bf16(device) else "not computed in hardware"
    return [
        Check("device", f"auto is {device}"),
        Check("bf16", f"{computed} on {device.type}"),
        Check("precision", f"auto is {choose_precision('auto', device)}"),
    ]


def embedded_weights() -> Check:
    """Whether the weights that every result is scored with are as they were published."""
    try:
        digest = load_weights("embedded").sha256
    except UserError as error:
        return Check("weights", str(error), broken=True)  # it says what to do
    return Check("weights", f"embedded, sha256 {digest[:8]}… as it should be")


def torchvision_weights() -> Check:
    """Whether torchvision's are in the cache; they are never downloaded here."""
    path, _ = torchvision_file()
    if path.is_file():
        return Check("torchvision's", f"in {path}")
    return Check("torchvision's", f"not in {path.parent}: extractor.weights=torchvision downloads")


def downloads() -> Path:
    """The folder that downloaded weights are kept in."""
    return torchvision_file()[0].parent


def memory(free: int | None, need: int, size: int, *, tiled: bool) -> Check:
    """Whether a run of `size` px that needs `need` bytes has them."""
    if free is None:
        return Check(
            "memory", f"the default run needs {need / 1e9:.1f} GB; what is free is not known"
        )
    found = f"{free / 1e9:.1f} GB free, the default run needs {need / 1e9:.1f} GB"
    if free < need:
        advice = f"close other programs, or size={fitting_size(size, need, free)}"
        return Check("memory", found, advice, broken=True)
    if tiled:
        return Check("memory", f"{found} in tiles", "close other programs: tiles take longer")
    return Check("memory", found)


@dataclass(frozen=True)
class Speed:
    """How fast this machine takes a step of a run: seconds for each pixel of the picture."""

    seconds_per_pixel: float
    level: Level
    steps: int
    precision: str


class _Enough(BaseException):
    """Ends a run from within; no Exception, for nothing has failed."""


def plan_of(asked: Config) -> Plan:
    """What a run would do, without doing it. Raises UserError for what it cannot do."""
    return plan(**to_arguments(asked))


def measure_speed(asked: Config, size: int, seconds: float) -> Speed:
    """Takes steps of the run at one size, in px of the long side, for about so many seconds."""
    times: list[float] = []
    levels: Sequence[Level] = ()
    precision = ""

    def on_start(started: Started) -> None:
        nonlocal levels, precision
        levels, precision = started.plan.levels, started.plan.precision

    def on_step(step: Step) -> None:
        float(step.losses.total.mean())  # a GPU is done when it can say this
        times.append(time.perf_counter())
        if len(times) > 3 and times[-1] - times[0] > seconds:
            raise _Enough

    alone = replace(asked.pyramid, levels=1)
    trial = replace(asked, size=size, steps=10**6, pyramid=alone)
    with contextlib.suppress(_Enough):
        stylize(**to_arguments(trial), on_start=on_start, on_step=on_step)
    # Without the first step, which also finds its memory; the mean, since what delays some of these
    # steps will delay a run's as often.
    step = (times[-1] - times[0]) / (len(times) - 1)
    level = levels[0]
    return Speed(step / (level.height * level.width), level, len(times), precision)


def run_seconds(speed: Speed, levels: Sequence[Level]) -> float:
    """How long a run takes, which is in proportion to pixels: those of every step of each level."""
    return speed.seconds_per_pixel * pixels_moved(levels, sum(level.steps for level in levels))
