"""The command: `python -m stylex style=kahlo content=jesse`.

Exit status: 0, 2 for a mistake in the input, 1 for a run that failed, 130 for Ctrl-C, 143 for
SIGTERM, 141 where nobody reads what it prints.
"""

import logging
import os
import sys
from pathlib import Path
from typing import cast

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from stylex import terminal, versions
from stylex.command.arguments import many_pictures, prepare
from stylex.command.flags import COMPLETION, PLAN, value_of, wants_many
from stylex.command.shells import script
from stylex.config import loader, pictures, plugins, schema
from stylex.config.messages import MISTAKES, one_line
from stylex.config.values import check_files
from stylex.errors import RunError, UserError
from stylex.importing import importing_torch
from stylex.paths import conf_folder
from stylex.runs.folder import RunFolder
from stylex.sweeps.callback import Refused
from stylex.sweeps.origin import origin_of

log = logging.getLogger(__name__)


def main() -> None:
    """Runs the command line and exits. HYDRA_FULL_ERROR=1 shows where an error came from."""
    os.environ["STYLEX_FULL_ERROR"] = os.environ.get("HYDRA_FULL_ERROR", "0")
    os.environ["HYDRA_FULL_ERROR"] = "1"  # or Hydra prints errors itself, in its own way
    # Waiting threads sleep instead of spinning: a tenth slower on an idle machine, twice as fast
    # (measured on two cores) where another program wants one of the cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    logging.raiseExceptions = False  # a log that finds no room is no reason for a traceback
    terminal.prepare()
    if "" not in sys.path and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())  # a user's own modules, as with `python -m`
    try:
        plugins.register()
        pictures.register()
        loader.register()
        arguments = sys.argv[1:] = prepare(sys.argv[1:])
        if "--version" in arguments:
            print(versions.summary())  # Hydra would tell its own
            sys.exit()
        if request := value_of(arguments, COMPLETION):
            sys.exit(_complete(request))
        if PLAN in arguments:
            with importing_torch():
                from stylex.command.plan import show

            show(arguments)
            sys.exit()
        if content := many_pictures(arguments):
            sys.exit(_many(arguments, content))
        sys.exit(_sweep() if wants_many(arguments) else _hydra())
    except Refused as refused:
        sys.exit(_say(refused.error))
    except BrokenPipeError:  # whoever read what is printed has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except (*MISTAKES, RunError, OSError) as error:  # OSError: a run folder that cannot be made
        if _shows_origin():
            raise
        sys.exit(_say(error))
    except KeyboardInterrupt as stop:
        sys.exit(terminal.stopped(stop))


def _hydra() -> int:
    folder = str(conf_folder())
    try:
        hydra.main(version_base="1.3", config_path=folder, config_name="config")(task)()
    except ValueError as error:
        if str(error).startswith("Unable to configure"):  # of `logging.config`
            raise UserError(f"hydra.job_logging: {error}: {error.__cause__}") from error
        raise
    return 0


def _complete(request: str) -> int:
    from stylex.command.completion import query

    what, _, shell = request.partition("=")
    lines = [script(shell, sys.argv[0])] if what == "install" else query()
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def _sweep() -> int:
    """The exit status: 1 when jobs are missing. However it ends, there is a summary."""
    from stylex.sweeps import grid, search, session  # drawing sheets, which one run never does

    grid.register()
    search.register()
    try:
        _hydra()
    except KeyboardInterrupt:
        print("stopped; the same command continues from here", file=sys.stderr)
        raise
    finally:
        missing = session.finish()
    return 1 if missing else 0


def _many(arguments: list[str], content: str) -> int:
    """The exit status: 1 when pictures could not be painted."""
    with importing_torch():
        from stylex.command.many import paint

    try:
        return paint(arguments, content)
    except KeyboardInterrupt:
        print("stopped; the same command continues from here", file=sys.stderr)
        raise


def task(composed: DictConfig) -> float | None:
    """One run, as Hydra calls it: here, or in whatever process a launcher starts for a sweep."""
    hydra_config = cast(DictConfig, HydraConfig.get())
    if hydra_config.mode == RunMode.MULTIRUN:
        from stylex.sweeps.job import run_job

        return run_job(composed)
    folder = RunFolder(Path(hydra_config.runtime.output_dir))
    try:
        config = schema.to_config(composed)
        check_files(composed)
        origin = origin_of(hydra_config)
        for line in pictures.shadowed_samples(origin.choices.items()):
            log.info(line)

        with importing_torch():  # not before the settings are found to be right
            from stylex.runs.run import begin, run

        if running := begin(config, folder, origin):
            run(running)
    except (*MISTAKES, RunError, OSError) as error:
        if _shows_origin():
            raise
        # As SystemExit, because Hydra adds a line of its own to any other.
        sys.exit(_say(error))
    finally:
        folder.discard_if_unused()
    return None


def _shows_origin() -> bool:
    return os.environ.get("STYLEX_FULL_ERROR") == "1"


def _say(error: Exception) -> int:
    """Prints the one line and gives the exit status."""
    print(f"stylex: {one_line(error)}", file=sys.stderr)
    return 1 if isinstance(error, RunError) else 2
