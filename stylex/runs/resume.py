"""What a folder holds of an earlier run: one to continue, one that is finished, or neither."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import torch

from stylex.config.build import to_arguments
from stylex.config.schema import Config
from stylex.errors import UserError
from stylex.images.formats import is_picture
from stylex.images.load import load as load_picture
from stylex.images.load import sides
from stylex.runs.checkpoint import Checkpoint, load
from stylex.runs.differences import differences, is_of, surfaces_of
from stylex.runs.film import not_filmed
from stylex.runs.folder import RunFolder, event_files
from stylex.runs.output import not_saved
from stylex.runs.record import RECORD, Record, read
from stylex.transfer.color import FINISHED, seen
from stylex.transfer.inputs import resized
from stylex.transfer.level import LevelState
from stylex.transfer.loop import Step
from stylex.transfer.objective import Losses, Objective
from stylex.transfer.plan import plan
from stylex.transfer.pyramid import level_steps
from stylex.transfer.started import canvas_of

# On these the sizes and the nature of what a checkpoint holds depend.
_NEVER = (
    *("size", "fit", "enlarge", "tileable", "pyramid", "content", "init"),
    *("optimizer", "parameterization", "extractor.weights"),
)


@dataclass(frozen=True)
class Resumed:
    """A run to continue.

    earlier: its record. config: as given, with `steps` as they were in the levels that are over.
    changed: [`key (it was → it is)`] of what will be another from here on.
    """

    checkpoint: Checkpoint
    earlier: Record
    config: Config
    changed: Sequence[str] = ()


def find_earlier(folder: RunFolder, config: Config, *, strict: bool) -> Resumed | Record | None:
    """What the folder, whose lock is held, already holds of the run that `config` describes.

    The run to continue; or the record of the finished one, where nothing is left to do; or None,
    where it has to begin. strict: refuse a folder that holds another run; otherwise, and with
    `rerun`, that one is to be replaced.

    Raises UserError, naming what differs.
    """
    if not (folder.path / RECORD).exists():
        return None
    record = read(folder.path)
    if not record.format:
        if strict:
            raise UserError(f"{folder.path}: {record.reason}; remove it, or choose another folder")
        return None
    strict = strict and not config.rerun
    if record.done:
        kept = strict and is_picture(record.result)
        return _finished(folder, record, config) if kept else None
    return _unfinished(folder, record, config, strict=strict)


def _unfinished(
    folder: RunFolder, record: Record, config: Config, *, strict: bool
) -> Resumed | None:
    try:
        checkpoint = load(folder.checkpoint)
    except UserError:  # it is damaged, or of another version
        if strict:
            raise
        return None
    if checkpoint is None or not record.levels:
        return None
    found = differences(record, config)
    differing = _refused(found, config)
    if not strict and (differing or "steps" in found):
        return None
    if differing:
        raise UserError(
            f"the unfinished run in {folder.path} differs: {_listed(differing)}; "
            f"{_advice(differing)}"
        )
    steps = _steps(config, record, checkpoint.state)
    return Resumed(checkpoint, record, _with_steps(config, record, steps), _changes(found, "steps"))


def _finished(folder: RunFolder, record: Record, config: Config) -> Resumed | Record:
    """With `resume` and more steps it is continued; the same run again is done already."""
    found = differences(record, config)
    if config.resume is None:
        found |= {**not_saved(record, config), **not_filmed(record, config)}
        found |= _split_up(record, config)
        if not found:
            return record
        raise UserError(
            f"the finished run in {folder.path} differs: {_listed(found)}; "
            "choose another folder, or replace it with rerun=true"
        )
    if differing := _refused(found, config):
        raise UserError(
            f"the finished run in {folder.path} differs: {_listed(differing)}; {_advice(differing)}"
        )
    had = [steps for *_, steps in record.levels]
    steps = _given_steps(config, record)
    if steps[-1] < had[-1]:
        raise UserError(f"steps: level {len(had)} has had {had[-1]} already, more than {steps[-1]}")
    if steps[-1] == had[-1]:
        if not_saved(record, config):
            where = f"the picture is {record.result}"
            raise UserError(f"the run in {folder.path} is finished and writes no more: {where}")
        if not_filmed(record, config):
            how = f"python -m stylex.film {folder.path} {config.film}"
            raise UserError(f"the run is finished; for a film of what it has logged: {how}")
        return record
    config = _with_steps(config, record, [*had[:-1], steps[-1]])
    return Resumed(_from_picture(folder, record, config), record, config, _changes(found))


def _from_picture(folder: RunFolder, record: Record, config: Config) -> Checkpoint:
    """A finished run as if between two steps: its picture, and an optimiser without a memory."""
    arguments = to_arguments(config)
    planned = plan(**arguments, memory_plan=record.tiles)
    levels = planned.levels
    if any(term.loss.sees_start for term in planned.terms_at(levels[-1]).style.values()):
        unknown = "a loss depends on what the last level started from, which is not kept"
        raise UserError(f"{folder.path} cannot be continued: {unknown}")
    # With the photograph's colours put into it, the result is not what the optimiser had.
    picture = load_picture(folder.painted if planned.settings.color in FINISHED else record.result)
    if sides(picture) != (levels[-1].height, levels[-1].width):
        raise UserError(f"{record.result} is not of the run's size: it cannot be continued")
    unused = cast(Objective, None)  # nothing is evaluated here
    content, _ = seen(planned.settings.color, resized(planned.content, planned.size), [])
    now = LevelState(
        picture,
        levels[-1],
        unused,
        arguments["optimizer"],
        parameterization=arguments["parameterization"],
        canvas=canvas_of(planned, content),
    )
    now.evaluate.losses = Losses(torch.full((1,), torch.inf), {}, {})
    now.done = record.levels[-1][2]
    number, evaluations = (int(record.figures[key]) for key in ("steps", "evaluations"))
    state = Step(number, len(levels) - 1, evaluations, now, levels).state()
    logs = [folder.steps, *event_files(folder.path)]
    sizes = {path.name: path.stat().st_size for path in logs if path.exists()}
    return Checkpoint(state, sizes, record.figures.get("seconds", 0.0))


def _split_up(record: Record, config: Config) -> dict[str, str]:
    """What changed while the run was under way: one run of these settings differs from it."""
    changed = (change.partition(" (") for change in record.changed)
    return {
        key: f"changed on the way: {change.removesuffix(')')}"
        for key, _, change in changed
        if not is_of(key, config.may_change)
    }


def _refused(found: Mapping[str, str], config: Config) -> dict[str, str]:
    """Those of the differences that a run which is continued may not have."""
    allowed = ("steps", *config.may_change)
    return {
        key: change
        for key, change in found.items()
        if is_of(key, _NEVER) or not is_of(key, allowed)
    }


def _advice(differing: Mapping[str, str]) -> str:
    fixed = [key for key in differing if is_of(key, _NEVER)]
    if fixed:
        return f"{fixed[0]} cannot change when a run is resumed, so choose another folder"
    return f"resume it with may_change=[{','.join(sorted(differing))}], or choose another folder"


def _listed(found: Mapping[str, str]) -> str:
    return ", ".join(f"{key} ({change})" for key, change in sorted(found.items()))


def _changes(found: Mapping[str, str], *less: str) -> list[str]:
    return [f"{key} ({change})" for key, change in sorted(found.items()) if key not in less]


def _steps(config: Config, record: Record, state: Mapping[str, Any]) -> list[int]:
    """Of each level: as they were in those that are over, as `config` says in the others.

    Raises UserError for fewer than are done.
    """
    before = [steps for *_, steps in record.levels]
    given = _given_steps(config, record)
    level = state["level_state"]
    over = state["level"] + (level["method"] is None)
    begun = over == state["level"]
    if begun and given[over] < level["done"]:
        raise UserError(
            f"steps: level {over + 1} has had {level['done']} already, more than {given[over]}"
        )
    return [*before[:over], *given[over:]]


def _given_steps(config: Config, record: Record) -> list[int]:
    """Of each of the record's levels, as `config` has them."""
    given = config.pyramid
    surfaces = surfaces_of(record, given.surface_above)
    return level_steps(config.steps, len(record.levels), given.first, surfaces)


def _with_steps(config: Config, record: Record, steps: list[int]) -> Config:
    return config if steps == _given_steps(config, record) else replace(config, steps=steps)
