"""What the machine computes with, whether the weights are intact, and how long a run takes."""

import platform
from collections.abc import Iterator
from pathlib import Path

import psutil
import torch

from stylex.command.composing import composing
from stylex.config import loader, pictures, plugins
from stylex.config.build import to_arguments
from stylex.config.schema import Config
from stylex.doctor.checks import Check
from stylex.errors import UserError
from stylex.runs import rates
from stylex.runs.console import about, schedule
from stylex.transfer.device import bf16_is_faster, choose_precision
from stylex.transfer.evaluation.memory import fitting_size
from stylex.transfer.plan import Plan, plan
from stylex.transfer.vgg.weights import load_weights, torchvision_file

TRIAL_SECONDS = 3.0


def default_config() -> Config:
    """What `python -m stylex` would run. Raises UserError or what Hydra does."""
    plugins.register()
    pictures.register()
    loader.register()
    with composing(()) as composer:
        return composer.config(())


def devices() -> list[Check]:
    """The processor and the GPUs."""
    found = [Check("cpu", f"{platform.machine()}, {torch.get_num_threads()} threads")]
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    for index in range(count):
        gpu = torch.cuda.get_device_properties(index)
        found.append(Check(f"cuda:{index}", f"{gpu.name}, {gpu.total_memory / 1e9:.0f} GB"))
    if not count:
        found.append(Check("cuda", "none"))
    return [*found, Check("mps", "available" if torch.backends.mps.is_available() else "none")]


def arithmetic(device: torch.device) -> list[Check]:
    """What device=auto and precision=auto choose."""
    computed = "faster than fp32" if bf16_is_faster(device) else "not faster than fp32"
    return [
        Check("device", f"auto is {device}"),
        Check("bf16", f"{computed} on {device.type}"),
        Check("precision", f"auto is {choose_precision('auto', device)}"),
    ]


def embedded_weights() -> Check:
    """Whether the weights that the metrics are measured with are as published."""
    try:
        digest = load_weights("embedded").sha256
    except UserError as error:
        return Check("weights", str(error), broken=True)  # which says what to do
    return Check("weights", f"embedded, sha256 {digest[:8]}… as published")


def torchvision_weights() -> Check:
    """Whether torchvision's are in its cache; nothing is downloaded."""
    path, _ = torchvision_file()
    if path.is_file():
        return Check("torchvision's", f"in {path}")
    return Check("torchvision's", f"not in {path.parent}: extractor.weights=torchvision downloads")


def downloads() -> Path:
    """The folder for downloaded weights."""
    return torchvision_file()[0].parent


def default_run() -> Iterator[Check]:
    """Its plan and its speed, measured in a trial of TRIAL_SECONDS.

    Raises UserError or what Hydra does where it cannot run.
    """
    arguments = to_arguments(default_config())
    planned = plan(**arguments)
    on_cpu = planned.device.type == "cpu"
    yield memory(planned, psutil.Process().memory_info().rss if on_cpu else 0)
    rate = rates.measure(arguments, TRIAL_SECONDS)
    yield Check("speed", f"{rate * 1e6:.2g} µs per pixel and step, in {planned.precision}")
    yield Check("default run", schedule(planned))
    yield Check("time", f"about {about(planned.seconds(rate))} for the default run")


def memory(planned: Plan, program: int) -> Check:
    """Whether a planned run has the memory that it needs.

    program: bytes of that memory that Python and torch take, and take here already.
    """
    need, available = planned.bytes, planned.available_bytes
    needed = f"the default run needs {(need + program) / 1e9:.1f} GB"
    found = f"{available / 1e9:.1f} GB available, {needed}"
    if available < need:
        size = fitting_size(planned.settings.size, need, available)
        return Check("memory", found, f"close other programs, or use size={size}")
    if any(level.tile for level in planned.levels):
        return Check("memory", f"{found} in tiles", "close other programs: tiles are slower")
    return Check("memory", found)
