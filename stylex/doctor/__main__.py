"""The command that tells what is there, what is amiss and how long a run takes here.

`python -m stylex.doctor`. Exit status: 0, 1 where something is broken that every run needs, 2 for a
mistake in the command line, 130 for Ctrl-C, 143 for SIGTERM.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stylex import terminal
from stylex.doctor.checks import Check, extras, versions, writable
from stylex.errors import UserError, on_one_line
from stylex.paths import conf_folder
from stylex.runs.console import about

if TYPE_CHECKING:
    import torch

WIDTH = 13  # of the names


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a line for each check as it is done, and gives the exit status."""
    terminal.prepare()
    try:
        _parser().parse_args(arguments)
        found = []
        for check in _checks():
            found.append(check)
            print(to_line(check), flush=True)
    except UserError as error:
        print(f"stylex.doctor: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as stop:
        return terminal.stopped(stop)
    print(verdict(found))
    return 1 if any(check.broken for check in found) else 0


def to_line(check: Check) -> str:
    """`! memory  0.2 GB free, … → close other programs`; without a mark where nothing is amiss."""
    advice = f" → {check.advice}" if check.advice else ""
    mark = "!" if check.advice or check.broken else " "
    return f"{mark} {check.name:{WIDTH}}  {on_one_line(check.found)}{advice}"


def verdict(found: Sequence[Check]) -> str:
    """The last line."""
    if any(check.broken for check in found):
        return "no run works before what is marked with ! is put right"
    if any(check.advice for check in found):
        return "runs work; what is marked with ! could be better"
    return "all is well"


def _checks() -> Iterator[Check]:
    """Everything, what is quick first."""
    yield from versions()
    yield writable("outputs", Path.cwd() / "outputs", needed=True)
    yield from extras()
    # Waiting threads sleep, as in a run.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        from stylex.doctor import benchmark
        from stylex.transfer.device import choose_device
    except (ImportError, OSError) as error:  # torch half installed
        yield _broken("torch", error, "reinstall torch and torchvision")
        return
    yield from benchmark.devices()
    yield (weights := benchmark.embedded_weights())
    yield benchmark.torchvision_weights()
    yield writable("downloads", benchmark.downloads(), needed=False)
    device = choose_device()
    yield from benchmark.arithmetic(device)
    if not weights.broken:
        yield from _default_run(device)


def _default_run(device: "torch.device") -> Iterator[Check]:
    """Whether it has the memory, and how long it takes."""
    from stylex.doctor import benchmark
    from stylex.runs.machine import keep_freed_memory
    from stylex.transfer.evaluation.memory import available_bytes

    try:
        there = available_bytes(device)
        config = benchmark.default_config(conf_folder())
        plan = benchmark.plan_of(config)
        last = plan.levels[-1]
        yield benchmark.memory(there, plan.bytes, config.size, tiled=last.tile is not None)
        keep_freed_memory()  # as a run does
        speed = benchmark.measure_speed(config, benchmark.TRIAL_SIZE, benchmark.TRIAL_SECONDS)
    except Exception as error:  # whatever stops the default run is what there is to tell
        yield _broken("default run", error, "HYDRA_FULL_ERROR=1 python -m stylex tells more")
        return
    size = f"{speed.level.width}×{speed.level.height} px"
    per_pixel = f"{speed.seconds_per_pixel * 1e6:.2g} µs per pixel and step"
    yield Check("speed", f"{per_pixel} ({speed.steps} steps at {size} in {speed.precision})")
    time = about(benchmark.run_seconds(speed, plan.levels))
    size = f"{last.width}×{last.height} px"
    yield Check("default run", f"takes about {time} here ({plan.steps} steps up to {size})")


def _broken(name: str, error: Exception, advice: str) -> Check:
    from stylex.config.messages import one_line

    return Check(name, f"{type(error).__name__}: {one_line(error)}", advice, broken=True)


def _parser() -> terminal.Parser:
    return terminal.Parser(
        prog="python -m stylex.doctor",
        description="Tells what is installed, what is there to compute with, whether weights and "
        "folders are as they should be, and how long the default run takes here. Nothing is "
        "downloaded, and no run is started. Takes about ten seconds.",
    )


if __name__ == "__main__":
    sys.exit(main())
