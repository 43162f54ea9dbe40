"""The flags of a command line: Hydra's own, and `--plan`."""

from collections import deque
from collections.abc import Sequence

from stylex.command.shells import SHELLS
from stylex.errors import UserError, choose, did_you_mean, quoted

COMPLETION = ("--shell-completion", "-sc")
CONFIG_DIR = ("--config-dir", "-cd")
CONFIG_NAME = ("--config-name", "-cn")
CONFIG_PATH = ("--config-path", "-cp")
MULTIRUN = ("--multirun", "-m")
PLAN = "--plan"
SHOWING = ("--help", "-h", "--hydra-help", "--version", "--cfg", "-c", "--info", "-i", *COMPLETION)
# What each takes: nothing (None), one of these, or anything ().
FLAGS: dict[str, tuple[str, ...] | None] = {
    **dict.fromkeys(("--help", "-h", "--hydra-help", "--version", "--resolve", "--run", "-r")),
    **dict.fromkeys((*MULTIRUN, PLAN)),
    **dict.fromkeys(
        COMPLETION, tuple(f"{w}={shell}" for w in ("install", "query") for shell in SHELLS)
    ),
    **dict.fromkeys(("--cfg", "-c"), ("job", "hydra", "all")),
    **dict.fromkeys(
        ("--info", "-i"), ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath")
    ),
    **dict.fromkeys(("--package", "-p", *CONFIG_PATH, *CONFIG_NAME, *CONFIG_DIR), ()),
}
MODES = (("--run", "-r"), MULTIRUN, ("--cfg", "-c"), ("--info", "-i"), COMPLETION)


def part(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The flags, with their values, and the words.

    Raises UserError for a wrong flag, which Hydra would answer with a page of usage.
    """
    flags: list[str] = []
    words: list[str] = []
    rest = deque(arguments)
    while rest:
        argument = rest.popleft()
        if not argument.startswith("-"):
            words.append(argument)
            continue
        flag, mark, value = argument.partition("=")
        if flag not in FLAGS:
            near = did_you_mean(flag, [name for name in FLAGS if name.startswith("--")])
            raise UserError(f"unknown flag '{quoted(flag)}'{near}")
        values = FLAGS[flag]
        flags.append(argument)
        if values is None:
            if mark:
                raise UserError(f"{flag} takes no value")
            continue
        if flag in ("--info", "-i") and not mark and not {*values}.intersection(list(rest)[:1]):
            continue  # of everything
        if not mark and rest:
            value = rest.popleft()
            flags.append(value)
        if values:
            choose(value, values, flag)
        elif not value:
            raise UserError(f"{flag} needs a value")
    _check_together({flag.partition("=")[0] for flag in flags})
    return flags, words


def value_of(arguments: Sequence[str], names: Sequence[str]) -> str | None:
    """The value of the first flag of these names, `--flag=value` or `--flag value`."""
    for index, argument in enumerate(arguments):
        flag, mark, value = argument.partition("=")
        if flag in names:
            return value if mark else arguments[index + 1]
    return None


def wants_many(arguments: Sequence[str]) -> bool:
    """Whether they ask for a sweep."""
    return any(flag in arguments for flag in MULTIRUN)


def _check_together(flags: set[str]) -> None:
    """Raises UserError for flags that do not go together."""
    modes = [names[0] for names in MODES if not flags.isdisjoint(names)]
    if PLAN in flags and not {*modes} <= {"--run", "--multirun"}:
        modes = [PLAN, *modes]
    if len(modes) > 1:
        raise UserError(f"{modes[0]} and {modes[1]} do not go together")
    if "--resolve" in flags and flags.isdisjoint(("--cfg", "-c", "--help", "-h")):
        raise UserError("--resolve goes with --cfg or --help")
