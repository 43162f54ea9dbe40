"""The command that reports what is installed, what is broken and how long a run takes here.

`python -m stylex.doctor`. Exit status: 0, 1 where something is broken that every run needs, 2 for a
mistake in the command line, 130 for Ctrl-C, 143 for SIGTERM.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from stylex import terminal
from stylex.doctor.checks import Check, extras, own_pictures, versions, writable
from stylex.errors import UserError, on_one_line
from stylex.importing import importing_torch

WIDTH = 13  # of the names


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the verdict, then what is amiss or, if --verbose, every check; the exit status."""
    terminal.prepare()
    try:
        verbose = _parser().parse_args(arguments).verbose
        found = [*_checks()]
    except UserError as error:
        print(f"stylex.doctor: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as stop:
        return terminal.stopped(stop)
    print(verdict(found))
    for check in found:
        if verbose or is_amiss(check):
            print(to_line(check))
    return 1 if any(check.broken for check in found) else 0


def is_amiss(check: Check) -> bool:
    """Whether there is something to do about it."""
    return check.broken or bool(check.advice)


def to_line(check: Check) -> str:
    """`! memory  0.2 GB free, … → close other programs`; no mark where all is well."""
    advice = f" → {check.advice}" if check.advice else ""
    mark = "!" if is_amiss(check) else " "
    return f"{mark} {check.name:{WIDTH}}  {on_one_line(check.found)}{advice}"


def verdict(found: Sequence[Check]) -> str:
    """The first line."""
    if any(check.broken for check in found):
        return "no run works until this is fixed:"
    time = "".join(check.found for check in found if check.name == "time")
    if any(map(is_amiss, found)):
        return f"runs work, {time}; this could be improved:"
    return f"all is well: {time}"


def _checks() -> Iterator[Check]:
    """All checks, the quick ones first."""
    yield from versions()
    yield writable("outputs", Path.cwd() / "outputs", needed=True)
    yield from own_pictures()
    yield from extras()
    # Waiting threads sleep, as in a run.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        with importing_torch():
            from stylex.doctor import benchmark
            from stylex.transfer.device import choose_device
    except (ImportError, OSError) as error:  # torch is partly installed
        yield _broken("torch", error, "reinstall torch and torchvision")
        return
    yield from benchmark.devices()
    yield (weights := benchmark.embedded_weights())
    yield benchmark.torchvision_weights()
    yield writable("downloads", benchmark.downloads(), needed=False)
    device = choose_device()
    yield from benchmark.arithmetic(device)
    if not weights.broken:
        yield from _default_run()


def _default_run() -> Iterator[Check]:
    from stylex.doctor import benchmark

    try:
        yield from benchmark.default_run()
    except Exception as error:  # whatever stops the default run is to be reported
        yield _broken("default run", error, "HYDRA_FULL_ERROR=1 python -m stylex shows more")


def _broken(name: str, error: Exception, advice: str) -> Check:
    from stylex.config.messages import one_line

    return Check(name, f"{type(error).__name__}: {one_line(error)}", advice, broken=True)


def _parser() -> terminal.Parser:
    parser = terminal.Parser(
        prog="python -m stylex.doctor",
        description="Says whether runs work here and how long the default run takes, then what is "
        "amiss and what to do about it. Nothing is downloaded, and no run is started. Takes about "
        "ten seconds.",
    )
    parser.add_argument(
        "--verbose",
        action="store_true",
        help="every check: packages, devices, weights, folders, and the default run's plan",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
