"""The words of a command line as Hydra can read them."""

import re
from collections.abc import Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override

from stylex.command import resume
from stylex.command.flags import SHOWING, part, wants_many
from stylex.config import grammar, pictures
from stylex.config.settings import BOOKKEEPING, FILES, OF_SWEEPS
from stylex.errors import UserError, quoted
from stylex.paths import expand, is_file
from stylex.runs.record import split
from stylex.sweeps.names import sweep_name
from stylex.sweeps.pairs import zipped
from stylex.sweeps.ranges import expand as expand_ranges

LENGTHS = tuple(f"hydra.sweeper.{name}" for name in ("n_trials", "n_jobs", "pruner"))


def prepare(arguments: list[str]) -> list[str]:
    """The arguments as Hydra can read them.

    Flags first, pictures' names and paths quoted, ranges written out, and a sweep given a name.

    Raises UserError or HydraException for what cannot be read at all.
    """
    flags, words = part(arguments)
    recalled = resume.recall(flags, words)
    if recalled:
        flags, words = recalled.flags, recalled.words
    words = zipped([_quoted(expand_ranges(word)) for word in words])
    overrides = [_parsed(word) for word in words]
    for override in overrides:  # which Hydra would take, and then miss it in some other place
        if override.is_delete() and override.key_or_group in pictures.GROUPS:
            raise UserError(f"{override.key_or_group} cannot be taken away")
    if recalled:
        recalled.check(words)
    if wants_many(flags):
        if content := _many(words):
            raise UserError(
                f"content '{quoted(content)}' is many pictures, which are painted without "
                "--multirun; a sweep has names or files: content=a.jpg,b.jpg"
            )
        words += _named(overrides)
    elif not (_many(words) or _shows(flags)):
        _check_single(overrides)
    if "--hydra-help" in flags:  # about Hydra, which knows none of these words
        words = []
    return flags + words


def many_pictures(arguments: Sequence[str]) -> str | None:
    """The folder or pattern that is to be painted as many pictures; None for one run.

    arguments: as `prepare` made them.
    """
    flags, words = part(arguments)
    return None if _shows(flags) or wants_many(flags) else _many(words)


def _shows(flags: Sequence[str]) -> bool:
    return any(flag.partition("=")[0] in SHOWING for flag in flags)


def _check_single(overrides: Sequence[Override]) -> None:
    """Raises UserError for what one run has no use for: a forgotten --multirun."""
    for override in overrides:
        if override.key_or_group in OF_SWEEPS:
            raise UserError(f"{override.key_or_group} is for sweeps: add --multirun")


def _many(words: Sequence[str]) -> str | None:
    content = grammar.unquoted(split(words).get("content", ""))
    return content if pictures.is_many(content) else None


def _parsed(word: str) -> Override:
    """What Hydra reads it as. Raises UserError or HydraException for what it cannot."""
    if not re.match(r"[~+]*[^~+=@-]", word):
        raise UserError(f"'{quoted(word)}' is not of the form key=value")
    try:
        word.encode()
        (override,) = OverridesParser.create().parse_overrides([word])
    except UnicodeEncodeError as error:  # a file's name in an old encoding
        raise UserError(f"'{quoted(word)}' is not UTF-8") from error
    except (ValueError, RecursionError) as error:  # more digits or brackets than Python takes
        raise UserError(f"'{quoted(word)}' cannot be read: {error}") from error
    return override


def _named(overrides: list[Override]) -> list[str]:
    """`sweep=…` for a command line that has none: what varies in it, and a hash of it."""
    given = [override.value() for override in overrides if override.key_or_group == "sweep"]
    if given and given[-1] is not None:
        return []
    # A sweeper's own settings count, too: they may hold what varies. How it is launched does not,
    # nor how long a search is to be.
    kept = {*BOOKKEEPING, *LENGTHS}.difference(["zip"])  # which says what there is to run
    own = [
        override
        for override in overrides
        if override.key_or_group not in kept
        and not (override.is_hydra_override() and "sweeper" not in override.key_or_group)
    ]
    swept = [override.key_or_group for override in own if override.is_sweep_override()]
    return [f"sweep='{sweep_name([str(override.input_line) for override in own], swept)}'"]


def _quoted(word: str) -> str:
    """`content=/some dir/me.jpg` -> `content='/some dir/me.jpg'`; several values likewise."""
    key, mark, value = word.partition("=")
    if mark and key == "hydra.run.dir":
        if not value:
            raise UserError("hydra.run.dir needs a folder")
        stays = grammar.is_quoted(value) or "${" in value
        return word if stays else f"{key}={grammar.quote(expand(value))}"
    if mark and key in pictures.GROUPS:
        return f"{key}={_pictures(key, value)}"
    return f"{key}={_files(value)}" if mark and key in FILES else word


def _pictures(group: str, value: str) -> str:
    if is_file(value):  # whatever is in its name
        return grammar.name(value)
    if group == "content" and pictures.is_many(grammar.unquoted(value)):
        return grammar.quote(grammar.unquoted(value))
    if value.startswith("["):
        raise UserError(f"{group} is one picture, not {value}")
    if re.match(r"\w+\(", value):
        return grammar.names_in_call(value) or value
    parts = grammar.split(value)
    return ",".join(part if grammar.is_quoted(part) else _picture(part, group) for part in parts)


def _picture(value: str, group: str = "") -> str:
    """Its path or its name; `${…}` in what is no file is an interpolation."""
    if "${" not in value:
        return value and grammar.name(value)
    names = [name for name, _ in pictures.parts_of(group, value)]
    if not any(map(pictures.looks_like_path, names)):
        return value
    return grammar.quote(value, literal=any(is_file(name) and "${" in name for name in names))


def _files(value: str) -> str:
    if is_file(value):
        return grammar.quote(value)
    if re.search(r"^\[|^\w+\(|(^|,)['\"]", value):
        return value  # a list, a function, or quoted already
    parts = value.split(",")
    return ",".join(_picture(p) if pictures.looks_like_path(p) else p for p in parts)
