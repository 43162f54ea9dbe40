"""One run: a checked config in, a run folder out."""

import logging
import traceback
from collections.abc import Callable
from pathlib import Path

import torch

from stylex.config.build import to_arguments
from stylex.config.messages import one_line
from stylex.config.schema import Config
from stylex.errors import RunError, UserError
from stylex.paths import shown
from stylex.runs.console import footer
from stylex.runs.film import Film, film_of
from stylex.runs.folder import RunFolder
from stylex.runs.output import Output, output_of
from stylex.runs.record import Origin, Record
from stylex.runs.recorder import Judge, Pruned, RunRecorder
from stylex.runs.resume import Resumed, find_earlier
from stylex.transfer.evaluation.memory import is_out_of_memory
from stylex.transfer.shared import Shared
from stylex.transfer.stylize import stylize

log = logging.getLogger(__name__)


def run(
    config: Config,
    folder: RunFolder,
    origin: Origin = Origin(),
    *,
    variant: str = "",
    judge: Judge | None = None,
    bar: bool = True,
    strict: bool = True,
    shared: Shared | None = None,
) -> None:
    """Runs `config` in `folder`, whose status and files are true however it ends.

    A run of the same config that is unfinished there is resumed and ends in the same picture that
    it would have made at once; one that is finished is done already. variant: what tells it from
    the other jobs of its sweep. judge: asked after each level but the last whether to go on; a run
    that it ends has the status `pruned`. bar: show the progress, where there is a terminal.
    strict: refuse a folder that holds another run, rather than replace it. shared: with other runs
    of this process.

    Raises UserError before the run begins, RunError and KeyboardInterrupt after it has.
    """
    to_arguments(config)  # what is wrong with it comes first
    folder.hold()
    try:
        # Only now that nobody else works there: until then the run may have ended.
        earlier = find_earlier(folder, config, strict=strict)
        output = output_of(config, folder.path, variant)
        film = film_of(config, folder)
        if isinstance(earlier, Record):
            picture = output.path if output and config.resume is None else folder.result
            print(f"{shown(folder.path)} is done already: {shown(picture)}", flush=True)
            return
        if earlier and earlier.config is not config:
            config = earlier.config
            origin = origin.with_steps(config.steps)
        elif config.resume and not earlier and not config.rerun:
            log.warning("%s had not come to a checkpoint: from the beginning", shown(folder.path))
        _run(config, folder, origin, earlier, output, film, judge, bar=bar, shared=shared)
    finally:
        folder.release()


def _run(
    config: Config,
    folder: RunFolder,
    origin: Origin,
    resumed: Resumed | None,
    output: Output | None,
    film: Film | None,
    judge: Judge | None,
    *,
    bar: bool,
    shared: Shared | None,
) -> None:
    about = output.record() if output else {}
    recorder = RunRecorder(config, folder, origin, resumed, about, film, judge, bar=bar)
    try:
        with recorder.stopping:
            result = stylize(
                **to_arguments(config),
                on_start=recorder.on_start,
                on_step=recorder.on_step,
                state=resumed.checkpoint.state if resumed else None,
                shared=shared,
            )
            recorder.save(result.image, result.painted)
            if output:
                output.save(result.image, folder, recorder.texts)
            if film:
                film.save(result.image)
            recorder.finish(result)
            log.info(footer(output.path if output else folder.result, result, recorder.seconds))
            recorder.stopping.check()
    except Pruned as pruned:
        recorder.stop("pruned", str(pruned))
    except KeyboardInterrupt:
        recorder.stop("interrupted", "stopped on request")
        raise
    except Exception as error:
        told = told_of(error, folder.path, recorder.memory_advice)
        recorder.stop("failed", str(told) if told else f"{type(error).__name__}: {error}")
        if told is None or told is error:
            raise
        raise told from error


def told_of(error: Exception, folder: Path, advice: Callable[[], str]) -> Exception | None:
    """What to tell about a run that broke; None for a defect of the program.

    folder: where it wrote. advice: what to do where the memory did not suffice.
    """
    if isinstance(error, UserError | RunError):
        return error
    if isinstance(error, OSError):  # a full disk, a folder that was removed
        place = "" if error.filename else f" ({shown(folder)})"
        return RunError(one_line(error) + place)
    if is_out_of_memory(error):
        # What the frames of the failed step hold would be missing to whatever runs next.
        traceback.clear_frames(error.__traceback__)
        torch.cuda.empty_cache()  # does nothing where CUDA was not used
        return RunError(f"out of memory: {advice()}")
    return None
