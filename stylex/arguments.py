"""The words of a command line as Hydra can read them."""

import re

from hydra.core.override_parser.overrides_parser import OverridesParser

from stylex.errors import UserError
from stylex.experiment import pictures
from stylex.experiment.report.records import read
from stylex.experiment.run_folder import RECORD
from stylex.experiment.settings import BOOKKEEPING
from stylex.experiment.sweep.names import sweep_name
from stylex.experiment.sweep.ranges import expand as expand_ranges
from stylex.paths import expand, is_file


def wants_many(arguments: list[str]) -> bool:
    """Whether they ask for a sweep."""
    return "--multirun" in arguments or "-m" in arguments


def prepare(arguments: list[str]) -> list[str]:
    """The arguments as Hydra can read them.

    Flags first, pictures' paths quoted, ranges written out, and a sweep given a name.
    """
    words = [word for word in arguments if re.match(r"[~+]*[\w./@-]+=|~\w", word)]
    flags = [word for word in arguments if word not in words]
    words = _with_resumed(words, many=wants_many(flags))
    words = [_quoted(_addable(expand_ranges(word))) for word in words]
    if wants_many(flags):
        words += _named(words)
    return flags + words


def _with_resumed(words: list[str], *, many: bool) -> list[str]:
    """`resume=<run folder>` brings along the words that the run was started with.

    Raises UserError where there is no unfinished run.
    """
    folders = [word.partition("=")[2] for word in words if word.startswith("resume=")]
    if not folders or folders[-1] in ("", "null"):
        return words
    if many:
        raise UserError("resume is for one run; a sweep goes on by the same command")
    folder = expand(folders[-1].strip("'\"")).absolute()
    record = read(folder)
    if record.status in ("done", ""):
        raise UserError(f"{folder} is done: there is nothing to resume")
    if not (folder / RECORD).is_file():
        raise UserError(f"no run in {folder}")
    typed = [word for word in words if not word.startswith("resume=")]
    keys = {_key(word) for word in typed}
    earlier = [word for word in record.overrides if _key(word) not in keys]
    return [*earlier, *typed, f"hydra.run.dir={folder}"]


def _key(word: str) -> str:
    return word.lstrip("+~").partition("=")[0]


def _named(words: list[str]) -> list[str]:
    """`sweep=…` for a command line that has none: what varies in it, and a hash of it."""
    overrides = OverridesParser.create().parse_overrides(words)
    if any(override.key_or_group == "sweep" for override in overrides):
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
