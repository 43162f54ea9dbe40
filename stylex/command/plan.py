"""`--plan`: what a command line would run, without running it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from hydra.types import RunMode
from omegaconf import OmegaConf

from stylex.command import many
from stylex.command.arguments import many_pictures
from stylex.command.composing import Composer, composing
from stylex.command.flags import part, wants_many
from stylex.config.build import to_arguments
from stylex.config.messages import MISTAKES, one_line
from stylex.config.plugins import SWEEPER
from stylex.config.schema import Config, stripped, to_config
from stylex.config.values import check_files
from stylex.errors import UserError
from stylex.images.load import size_of
from stylex.paths import shown
from stylex.runs import rates
from stylex.runs.console import about, schedule, title
from stylex.runs.folder import RunFolder
from stylex.runs.record import Record
from stylex.runs.run import look
from stylex.sweeps import session, together
from stylex.sweeps.configs import Configs
from stylex.sweeps.grid import check_batch, jobs_of
from stylex.sweeps.job import is_basic
from stylex.transfer.branching import own_shares
from stylex.transfer.inputs import INITS
from stylex.transfer.plan import Plan, plan
from stylex.transfer.pyramid import work_of
from stylex.transfer.vgg.weights import SOURCES


@dataclass(frozen=True)
class Estimate:
    """One run. bytes: with what the program itself takes. seconds: of its steps. measured: whether
    a trial has just said so.
    """

    plan: Plan
    bytes: int
    seconds: float
    measured: bool


def show(arguments: Sequence[str]) -> None:
    """Prints the plan. arguments: as `prepare` made them.

    Raises UserError or what Hydra does for what could not run.
    """
    flags, words = part(arguments)
    content = many_pictures(arguments)
    with composing(flags) as composer:
        if content:
            lines = _many(composer, words, content)
        else:
            lines = _sweep(composer, words) if wants_many(flags) else _run(composer, words)
    print(*lines, sep="\n")


def _run(composer: Composer, words: Sequence[str]) -> list[str]:
    composed = composer.compose(words)
    folder = RunFolder(Path(composed.hydra.run.dir))
    config = to_config(stripped(composed))
    check_files(composed)
    earlier, _, _ = look(config, folder)
    if isinstance(earlier, Record):
        return [f"{shown(folder.path)} is done already"]
    found = _estimate(earlier.config if earlier else config)
    _read_further_files(found.plan)
    tiles = [level.tile for level in found.plan.levels if level.tile]
    needs, available = found.bytes / 1e9, found.plan.available_bytes / 1e9
    memory = f"{needs:.1f} GB of memory, of {available:.1f} GB available"
    source = "by a trial just now" if found.measured else "by earlier runs here"
    begun = int(earlier.checkpoint.state["number"]) if earlier else 0
    done = work_of(found.plan.levels, begun) / found.plan.pixel_steps
    since = f" from step {begun + 1} on" if begun else ""
    return [
        title(config.content.name, config.style.name, found.plan.settings),
        f"  {schedule(found.plan)}",
        *([f"  the last {len(tiles)} in tiles of {tiles[-1]} px"] if tiles else []),
        f"  {memory}",
        f"  about {about(found.seconds * (1 - done))}{since} (estimated {source})",
    ]


def _read_further_files(planned: Plan) -> None:
    """Reads what the plan did not need: the first picture's header, and the weights of a file.

    Raises UserError for what cannot be read.
    """
    given = planned.settings
    if not (isinstance(given.init, str) and given.init in INITS):
        size_of(given.init)
    if given.extractor.weights not in SOURCES:
        given.extractor.load()


def _sweep(composer: Composer, words: Sequence[str]) -> list[str]:
    master = composer.compose(words, RunMode.MULTIRUN)
    if master.hydra.sweeper._target_ != SWEEPER:
        raise UserError("--plan knows what a grid will run; this sweeper decides as it goes")
    check_batch(master)
    planned = session.plan_of(master)
    configs = Configs(composer.loader, master)
    task: Any = OmegaConf.to_container(master.hydra.overrides.task, resolve=False)
    jobs = jobs_of(configs, task, planned.swept)
    todo = session.still_to_do(jobs, master, configs.compose)
    found: list[Estimate] = []
    refused, seconds = [], 0.0
    batch = (
        together.largest_batch(master.batch, str(master.device)) if is_basic(master.hydra) else 0
    )
    for group in together.alike(todo) if batch == 1 else [[job] for job in todo]:
        own = []
        for job in group:
            try:
                own.append(_estimate(to_config(configs.compose(job.overrides))))
            except MISTAKES as error:
                refused.append(f"{job.name}: {one_line(error)}")
        shares = own_shares([estimate.plan for estimate in own])
        seconds += sum(map(lambda one, share: one.seconds * share, own, shares))
        found += own
    parts = [f"{len(todo)} job{'s' * (len(todo) != 1)}"]
    if found:
        parts.append(f"about {about(seconds)}")
        parts.append(f"{max(estimate.bytes for estimate in found) / 1e9:.1f} GB each")
    if done := len(jobs) - len(todo):
        parts.append(f"besides {done} done already")
    return [", ".join([*parts, f"into {shown(session.folder_of(master))}"]), *refused]


def _many(composer: Composer, words: Sequence[str], content: str) -> list[str]:
    found, folder = many.look(composer, words, content)
    parts = [f"{len(found.todo)} picture{'s' * (len(found.todo) != 1)} to paint"]
    if found.todo:
        estimates = [_estimate(job.config) for job, _ in found.todo]
        parts.append(f"about {about(sum(estimate.seconds for estimate in estimates))}")
        parts.append(f"{max(estimate.bytes for estimate in estimates) / 1e9:.1f} GB each")
    parts += [str(found)] if str(found) else []
    return [", ".join([*parts, f"into {shown(folder)}"]), *found.refused]


def _estimate(config: Config) -> Estimate:
    arguments = to_arguments(config)
    planned = plan(**arguments)
    program = 0 if planned.device.type == "cuda" else psutil.Process().memory_info().rss
    rate = rates.of(planned)
    measured = rate is None
    if rate is None:
        rate = rates.measure(arguments)
    return Estimate(planned, planned.bytes + program, planned.seconds(rate), measured)
