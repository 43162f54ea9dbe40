"""`content=holiday/ output=painted/`: the jobs that a folder or a pattern as content stands for."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from omegaconf import open_dict

from stylex.command.composing import Composer, composing
from stylex.command.flags import CONFIG_DIR, CONFIG_NAME, part, value_of
from stylex.config import grammar, pictures
from stylex.config.schema import to_config
from stylex.errors import UserError
from stylex.many.files import Pair, pairs, sources
from stylex.many.paint import Job, Survey, survey
from stylex.many.paint import paint as paint_all
from stylex.paths import shown
from stylex.runs.origin import Origin
from stylex.sweeps.origin import origin_of


def paint(arguments: Sequence[str], content: str) -> int:
    """Paints them all, and gives the exit status: 1 where some could not be painted.

    arguments: as `prepare` made them. content: what stands there for many pictures.

    Raises UserError, or what Hydra does, for what is wrong with all of them; RunError for a disk
    that is full.
    """
    flags, words = part(arguments)
    with composing(flags) as composer:
        jobs = _jobs(composer, flags, words, content)
    return 1 if paint_all(jobs, jobs[0].pair.target.parent) else 0


def look(composer: Composer, words: Sequence[str], content: str) -> tuple[Survey, Path]:
    """What there would be to do, and the folder for it; nothing is written."""
    jobs = _jobs(composer, (), words, content)
    return survey(jobs), jobs[0].pair.target.parent


def _jobs(
    composer: Composer, flags: Sequence[str], words: Sequence[str], content: str
) -> list[Job]:
    """One for each picture; the config is composed once."""
    found = sources(content)
    others = [word for word in words if word.partition("=")[0] != "content"]
    composed = composer.compose([*others, _content(found[0])])
    with open_dict(composed):
        hydra = composed.pop("hydra")
    config = to_config(composed)
    if config.resume is not None:
        raise UserError("resume is for one run; many pictures are continued by their own command")
    if config.film is not None:
        raise UserError("film is of one run; of many pictures none is made")
    origin = replace(origin_of(hydra), flags=_flags(flags))
    jobs = []
    for pair in pairs(found, config.output, content):
        # What refers to the picture's name or path follows.
        composed.content.name = pictures.option_name(pair.source)
        composed.content.path = pictures.escaped(os.path.abspath(pair.source))
        composed.output = pictures.escaped(pair.target)
        jobs.append(Job(pair, to_config(composed), _origin(origin, pair)))
    return jobs


def _origin(origin: Origin, pair: Pair) -> Origin:
    """Of one picture: the words that would paint it on its own."""
    keys = ("content", "output")
    words = [word for word in origin.overrides if word.partition("=")[0] not in keys]
    source = grammar.unquoted(_content(pair.source).partition("=")[2])
    return replace(
        origin,
        overrides=[*words, _content(pair.source), f"output={grammar.quote(shown(pair.target))}"],
        choices={**origin.choices, "content": source},
    )


def _content(path: Path) -> str:
    place = path if len(path.parts) > 1 else Path(os.curdir, path)  # or it might be an option
    return f"content={grammar.quote(place)}"


def _flags(flags: Sequence[str]) -> list[str]:
    """`--config-dir` and `--config-name`, where they were given; the folder from the root."""
    folder, name = value_of(flags, CONFIG_DIR), value_of(flags, CONFIG_NAME)
    found = [f"--config-dir={os.path.abspath(folder)}"] if folder else []
    return found + ([f"--config-name={name}"] if name else [])
