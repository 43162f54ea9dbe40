"""The words of a command line as Hydra can read them."""

import re
from collections import deque
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, RangeSweep

from stylex.command.shells import SHELLS
from stylex.config import pictures
from stylex.config.loader import depth
from stylex.config.schema import AUTO
from stylex.config.settings import BOOKKEEPING
from stylex.errors import UserError, choose, did_you_mean, quoted
from stylex.paths import expand, is_file
from stylex.runs.record import RECORD, Record, read
from stylex.sweeps.names import sweep_name
from stylex.sweeps.ranges import MOST as MOST_VALUES
from stylex.sweeps.ranges import expand as expand_ranges

COMPLETION = ("--shell-completion", "-sc")
# Hydra's own and what each takes: nothing (None), one of these, or anything ().
FLAGS: dict[str, tuple[str, ...] | None] = {
    **dict.fromkeys(("--help", "-h", "--hydra-help", "--version", "--resolve", "--run", "-r")),
    **dict.fromkeys(("--multirun", "-m")),
    **dict.fromkeys(
        COMPLETION, tuple(f"{w}={shell}" for w in ("install", "query") for shell in SHELLS)
    ),
    **dict.fromkeys(("--cfg", "-c"), ("job", "hydra", "all")),
    **dict.fromkeys(
        ("--info", "-i"), ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath")
    ),
    **dict.fromkeys(("--package", "-p", "--config-path", "-cp", "--config-name", "-cn"), ()),
    **dict.fromkeys(("--config-dir", "-cd"), ()),
}
FILES = ("output", "init", "extractor.weights")  # keys that may name a file
MODES = (("--run", "-r"), ("--multirun", "-m"), ("--cfg", "-c"), ("--info", "-i"), COMPLETION)
DEEPEST = 16  # brackets within brackets; Hydra's parser goes down by recursion
MOST_IN_BRACKETS = 1_000  # for which it needs time as their square


def wants_many(arguments: list[str]) -> bool:
    """Whether they ask for a sweep."""
    return "--multirun" in arguments or "-m" in arguments


def completion(arguments: list[str]) -> str | None:
    """What `--shell-completion` asks for, in arguments that `prepare` has let through."""
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        flag, mark, value = argument.partition("=")
        if flag in COMPLETION:
            return value if mark else following
    return None


def prepare(arguments: list[str]) -> list[str]:
    """The arguments as Hydra can read them.

    Flags first, pictures' paths quoted, ranges written out, and a sweep given a name.

    Raises UserError or HydraException for what cannot be read at all.
    """
    flags, words = _parted(arguments)
    earlier, words = _with_resumed(words, many=wants_many(flags))
    words = [_quoted(_addable(expand_ranges(word))) for word in words]
    overrides = [_parsed(word) for word in words]
    if wants_many(flags):
        words += _named(overrides)
    return earlier + flags + words


def _parted(arguments: list[str]) -> tuple[list[str], list[str]]:
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


def _check_together(flags: set[str]) -> None:
    """Raises UserError for flags that do not go together."""
    modes = [flag for flag in MODES if not flags.isdisjoint(flag)]
    if len(modes) > 1:
        raise UserError(f"{modes[0][0]} and {modes[1][0]} do not go together")
    if "--resolve" in flags and flags.isdisjoint(("--cfg", "-c", "--help", "-h")):
        raise UserError("--resolve goes with --cfg or --help")


def _parsed(word: str) -> Override:
    """What Hydra reads it as. Raises UserError or HydraException for what it cannot."""
    if not re.match(r"[~+]*[^~+=@-]", word):
        raise UserError(f"'{quoted(word)}' is not of the form key=value")
    try:
        word.encode()
    except UnicodeEncodeError as error:  # a file's name in an old encoding
        raise UserError(f"'{quoted(word)}' is not UTF-8") from error
    deepest = depth(word)
    if deepest > DEEPEST:
        raise UserError(f"'{quoted(word)}' has more than {DEEPEST} brackets within brackets")
    if deepest and word.count(",") > MOST_IN_BRACKETS:
        raise UserError(f"'{quoted(word)}' has more than {MOST_IN_BRACKETS} values")
    try:
        (override,) = OverridesParser.create().parse_overrides([word])
    except ValueError as error:  # a number of more digits than Python reads
        raise UserError(f"'{quoted(word)}' cannot be read: {error}") from error
    if isinstance(sweep := override.value(), RangeSweep):
        _check_range(word, sweep)
    return override


def _check_range(word: str, sweep: RangeSweep) -> None:
    """Raises UserError for a range of no values, or of endlessly many."""
    try:
        count = (float(sweep.stop or 0) - float(sweep.start or 0)) / float(sweep.step)
    except (ArithmeticError, TypeError):
        count = 0
    if not 0 < count <= MOST_VALUES:
        raise UserError(f"'{quoted(word)}': a range is of 1 to {MOST_VALUES} values")


def _with_resumed(words: list[str], *, many: bool) -> tuple[list[str], list[str]]:
    """`resume=<run folder>` brings along the flags and words that the run was started with.

    Raises UserError where there is no unfinished run.
    """
    folders = [word.partition("=")[2] for word in words if word.startswith("resume=")]
    if not folders or folders[-1] in ("", "null"):
        return [], words
    if many:
        raise UserError("resume is for one run; a sweep goes on by the same command")
    folder = expand(folders[-1].strip("'\"")).absolute()
    record = read(folder)
    if not (folder / RECORD).is_file():
        raise UserError(f"no run in {folder}")
    if not record.settings:
        raise UserError(f"{folder / RECORD} cannot be read: there is nothing to resume by")
    typed = [word for word in words if not word.startswith("resume=")]
    keys = {_key(word) for word in typed}
    earlier = [_from_here(word, record) for word in record.overrides if _key(word) not in keys]
    # A record may be a stranger's: of flags only those that say where YAML files are.
    flags = [flag for flag in record.flags if flag.startswith(("--config-dir=", "--config-name="))]
    return flags, [*earlier, *typed, f"resume={_quote(folder)}", f"hydra.run.dir={folder}"]


def _from_here(word: str, record: Record) -> str:
    """A word of the run's, with its file's whole path where the run was started elsewhere."""
    key = _key(word)
    elsewhere = Path(record.cwd) != Path.cwd() if record.cwd else False
    if not elsewhere or key not in (*pictures.GROUPS, *FILES):
        return word
    value = record.settings.get(f"{key}.path" if key in pictures.GROUPS else key, "")
    if key == "output" and value == AUTO:
        return word
    path = Path(record.cwd, expand(str(value)))
    return f"{key}={_quote(path)}" if value and (key == "output" or is_file(path)) else word


def _key(word: str) -> str:
    return word.lstrip("+~").partition("=")[0]


def _named(overrides: list[Override]) -> list[str]:
    """`sweep=…` for a command line that has none: what varies in it, and a hash of it."""
    given = [override.value() for override in overrides if override.key_or_group == "sweep"]
    if given and given[-1] is not None:
        return []
    # A sweeper's own settings count, too: they may hold what varies. How it is launched does not.
    own = [
        override
        for override in overrides
        if override.key_or_group not in BOOKKEEPING
        and not (override.is_hydra_override() and "sweeper" not in override.key_or_group)
    ]
    swept = [override.key_or_group for override in own if override.is_sweep_override()]
    return [f"sweep='{sweep_name([str(override.input_line) for override in own], swept)}'"]


def _addable(word: str) -> str:
    """`layers.style.relu2_2=1` -> `++layers.style.relu2_2=1`: layers need not be there already."""
    return f"++{word}" if re.match(r"layers\.(style|content)[.=]", word) else word


def _quoted(word: str) -> str:
    """`content=/some dir/me.jpg` -> `content='/some dir/me.jpg'`; several paths likewise."""
    key, mark, value = word.partition("=")
    if key == "hydra.run.dir" and mark:
        return (
            word if value[:1] in ("'", '"') or "${" in value else f"{key}={_quote(expand(value))}"
        )
    if not mark or key not in (*pictures.GROUPS, *FILES):
        return word
    if is_file(value):
        return f"{key}={_quote(value)}"
    if key in pictures.GROUPS and value.startswith("["):
        raise UserError(f"{key} is one picture, not {value}")
    if re.search(r"^\[|^\w+\(|(^|,)['\"]", value):
        return word  # a list, glob(…), or quoted already
    parts = [_quote(part) if pictures.looks_like_path(part) else part for part in value.split(",")]
    return f"{key}={','.join(parts)}"


def _quote(path: str | Path) -> str:
    # In Hydra's quotes a backslash is itself unless it stands before a quote, and `${` is its own.
    quoted = re.sub(r"(\\*)'", r"\1\1\\'", str(path))
    return "'" + quoted.replace("${", "\\${") + "'"
