"""`resume=<run folder>`: the words that the run was started with, and what they may name.

A run folder is data, and may be a stranger's. What only it names is neither imported nor read as a
config: that may say which programs are run, and where logs are written.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from stylex.command.composing import composing
from stylex.command.flags import CONFIG_DIR, CONFIG_NAME, value_of, wants_many
from stylex.config import grammar, pictures
from stylex.config.schema import AUTO
from stylex.config.settings import FILES
from stylex.errors import UserError, quoted
from stylex.paths import expand, is_file, shown
from stylex.runs.record import RECORD, Record, read, split

# What a run folder may name: the classes of losses and optimisers.
OWN = re.compile(r"stylex\.transfer\.(losses|optim)(\.\w+)*\.[A-Z]\w*|torch\.optim\.[A-Z]\w*")
PARTS = ("loss", "optimizer")  # of a config, that are made into objects


@dataclass(frozen=True)
class Recalled:
    """A run to resume.

    flags: those typed now. words: all of them, the earlier ones first. typed: {key: value} of those
        typed now.
    """

    folder: Path
    flags: list[str]
    words: list[str]
    typed: Mapping[str, str]

    def check(self, words: list[str]) -> None:
        """Raises UserError where the run would import a class that was not named again.

        words: those of this run as Hydra can read them.
        """
        with composing(self.flags) as composer:
            composed = composer.compose(words)
        for place, name in _named(composed):
            if not OWN.fullmatch(name) and not self._is_typed(place, name):
                again = f"resume={shown(self.folder)} {place}={quoted(name)}"
                raise UserError(
                    f"{shown(self.folder)} used {quoted(name)}, which is not part of stylex or "
                    f"torch: if you trust it, name it again, as in {again}"
                )

    def _is_typed(self, place: str, name: str) -> bool:
        return any(
            f"{place}.".startswith(f"{key}.") and name in re.findall(r"[\w.]+", value)
            for key, value in self.typed.items()
        )


def recall(flags: list[str], words: list[str]) -> Recalled | None:
    """What `resume=<run folder>` brings along; None without one.

    Raises UserError where there is no run.
    """
    folders = [word.partition("=")[2] for word in words if word.startswith("resume=")]
    if not folders or folders[-1] == "null":
        return None
    if not folders[-1]:
        raise UserError("resume needs a run's folder")
    if wants_many(flags):
        raise UserError("resume is for one run; a sweep is resumed by its own command")
    folder = expand(grammar.unquoted(folders[-1])).absolute()
    record = read(folder)
    if not (folder / RECORD).is_file():
        raise UserError(f"no run in {folder}")
    if not record.settings:
        raise UserError(f"{folder / RECORD} cannot be read: there is nothing to resume by")
    typed = [word for word in words if not word.startswith("resume=")]
    keys = split(typed)
    # Words for Hydra itself are never recorded by a run.
    earlier = [
        _from_here(word, record)
        for word in record.overrides
        if _key(word) not in keys and not _key(word).startswith("hydra")
    ]
    places = [f"resume={grammar.quote(folder)}", f"hydra.run.dir={grammar.quote(folder)}"]
    _check_flags(folder, record, flags)
    return Recalled(folder, flags, [*earlier, *typed, *places], keys)


def _check_flags(folder: Path, record: Record, typed: list[str]) -> None:
    """Raises UserError unless all flags that say where configs are have been typed again."""
    names = {"--config-dir": CONFIG_DIR, "--config-name": CONFIG_NAME}
    missing = [
        flag
        for flag in record.flags
        if value_of(typed, names.get(flag.partition("=")[0], ())) is None
    ]
    if missing:
        flags = " ".join(map(quoted, missing))
        raise UserError(f"{shown(folder)} was started with {flags}: add that again")


def _named(composed: DictConfig) -> Iterator[tuple[str, str]]:
    """(place, name) of all that the config would import."""
    for part in PARTS:
        node = OmegaConf.select(composed, part)
        if isinstance(node, DictConfig):
            yield from _below(part, OmegaConf.to_container(node, resolve=True))


def _below(place: str, node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            inner = f"{place}.{key}"
            if key == "_target_" and not isinstance(value, dict | list) and value is not None:
                yield inner, str(value)
            else:
                yield from _below(inner, value)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _below(f"{place}.{index}", value)


def _from_here(word: str, record: Record) -> str:
    """A word of the run's, with its file's whole path where the run was started elsewhere."""
    key = _key(word)
    elsewhere = Path(record.cwd) != Path.cwd() if record.cwd else False
    if elsewhere and (again := _several_from_here(key, record)):
        return again
    if not elsewhere or key not in (*pictures.GROUPS, *FILES):
        return word
    value = record.settings.get(f"{key}.path" if key in pictures.GROUPS else key, "")
    if key == "output" and value == AUTO:
        return word
    path = Path(record.cwd, expand(str(value)))
    return (
        f"{key}={grammar.quote(path)}"
        if value and (key in ("output", "film") or is_file(path))
        else word
    )


def _several_from_here(key: str, record: Record) -> str:
    """The word for several styles, or for regions, by the files that were recorded."""
    here = {name: str(Path(record.cwd, expand(path))) for name, path in record.pictures.items()}
    styles = [here[name] for name in here if name.startswith("style.")]
    if key == "style" and styles:
        weights = re.findall(r"[\d.e+-]+", str(record.settings.get("style.weights", "")))
        mixed = (f"{path}:{weight}" for path, weight in zip(styles, weights, strict=False))
        return f"style={grammar.quote('+'.join(mixed))}"
    if key == "regions":
        entries = []
        for number in range(1, 1 + (len(styles) or 1)):
            named = [f"regions.{number}.{kind}" for kind in ("mask", "source")]
            files = [grammar.quote(here[name]) if name in here else "null" for name in named]
            entries.append("{{mask: {}, source: {}}}".format(*files))
        return f"regions=[{','.join(entries)}]"
    return ""


def _key(word: str) -> str:
    return word.lstrip("+~").partition("=")[0]
