"""The command: `python -m stylex style=kahlo content=jesse`.

Exit status: 0, 2 for a mistake in the input, 1 for a run that failed, 130 for Ctrl-C, 143 for
SIGTERM.
"""

import io
import os
import re
import signal
import sys
from pathlib import Path

import hydra
import yaml
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from stylex.errors import RunError, UserError
from stylex.experiment import config, pictures
from stylex.experiment.messages import one_line
from stylex.experiment.run_folder import RunFolder
from stylex.paths import expand, is_file

MISTAKES = (UserError, HydraException, OmegaConfBaseException, yaml.YAMLError)


def main() -> None:
    """Runs the command line and exits. HYDRA_FULL_ERROR=1 shows where an error came from."""
    show_origin = os.environ.get("HYDRA_FULL_ERROR") == "1"

    def task(composed: DictConfig) -> None:
        try:
            _run(composed)
        except (*MISTAKES, RunError) as error:
            if show_origin:
                raise
            # As SystemExit, because Hydra adds a line of its own to any other.
            sys.exit(_say(error))

    os.environ["HYDRA_FULL_ERROR"] = "1"  # or Hydra prints errors itself, in its own way
    # Waiting threads sleep instead of spinning: a tenth slower on an idle machine, twice as fast
    # (measured on two cores) where another program wants one of the cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without `×` is no reason to fail
            stream.reconfigure(errors="replace")
    signal.signal(signal.SIGTERM, _terminate)
    try:
        sys.argv[1:] = prepare(sys.argv[1:])
        config.register()
        pictures.register()
        hydra.main(version_base="1.3", config_path=str(conf_folder()), config_name="config")(task)()
    except (*MISTAKES, OSError) as error:  # OSError: a run folder that cannot be made
        if show_origin:
            raise
        sys.exit(_say(error))
    except KeyboardInterrupt as stop:
        sys.exit(143 if isinstance(stop, _Terminated) else 130)


class _Terminated(KeyboardInterrupt):
    """SIGTERM, a cluster's or a container's notice: the run ends as with Ctrl-C."""


def _terminate(signum: int, frame: object) -> None:
    raise _Terminated


def _say(error: Exception) -> int:
    """Prints the one line and gives the exit status."""
    print(f"stylex: {one_line(error)}", file=sys.stderr)
    return 1 if isinstance(error, RunError) else 2


def _run(composed: DictConfig) -> None:
    hydra_config = HydraConfig.get()
    folder = RunFolder(Path(hydra_config.runtime.output_dir))
    try:
        from stylex.experiment.runner import run  # torch: not before it is needed

        overrides = hydra_config.overrides.task
        run(config.to_config(composed, overrides), folder, overrides)
    finally:
        folder.discard_if_unused()


def conf_folder() -> Path:
    """conf/ in the installed package, or at the top of a checkout."""
    here = Path(__file__).resolve().parent
    for folder in (here / "conf", here.parent / "conf"):
        if (folder / "config.yaml").is_file():
            return folder
    raise UserError(f"no conf/ beside or inside {here}: reinstall stylex")


def prepare(arguments: list[str]) -> list[str]:
    """The arguments as Hydra can read them: flags first, and pictures' paths quoted."""
    words = [word for word in arguments if re.match(r"[~+]*[\w./@-]+=|~\w", word)]
    flags = [word for word in arguments if word not in words]
    return flags + [_quoted(_addable(word)) for word in words]


def _addable(word: str) -> str:
    """`layers.style.relu2_2=1` -> `++layers.style.relu2_2=1`: layers need not be there already."""
    return f"++{word}" if re.match(r"layers\.(style|content)[.=]", word) else word


def _quoted(word: str) -> str:
    """`content=/some dir/me.jpg` -> `content='/some dir/me.jpg'`; several paths likewise."""
    key, _, value = word.partition("=")
    if key == "hydra.run.dir":
        return f"{key}={expand(value)}"
    if key not in (*pictures.GROUPS, "output", "init", "extractor.weights"):
        return word
    if is_file(value):
        return f"{key}={_quote(value)}"
    if key in pictures.GROUPS and value.startswith("["):
        raise UserError(f"{key} is one picture, not {value}")
    if re.search(r"^\[|^\w+\(|(^|,)['\"]", value):
        return word  # a list, glob(…), or quoted already
    parts = [_quote(part) if pictures.looks_like_path(part) else part for part in value.split(",")]
    return f"{key}={','.join(parts)}"


def _quote(path: str) -> str:
    # In Hydra's quotes a backslash is itself unless it stands before a quote, and `${` is its own.
    quoted = re.sub(r"(\\*)'", r"\1\1\\'", path)
    return "'" + quoted.replace("${", "\\${") + "'"
