"""One run: a checked config in, a run folder out."""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from stylex.config.build import to_arguments
from stylex.config.messages import one_line
from stylex.config.schema import Config
from stylex.errors import RunError, UserError
from stylex.paths import shown
from stylex.runs.console import footer
from stylex.runs.film import Film, film_of
from stylex.runs.folder import RunFolder
from stylex.runs.origin import Origin
from stylex.runs.output import Output, output_of
from stylex.runs.record import Record
from stylex.runs.recorder import Judge, Pruned, RunRecorder
from stylex.runs.resume import Resumed, find_earlier
from stylex.transfer.evaluation.memory import is_out_of_memory
from stylex.transfer.shared import Shared
from stylex.transfer.stylize import Result, stylize

log = logging.getLogger(__name__)


def begin(
    config: Config,
    folder: RunFolder,
    origin: Origin = Origin(),
    *,
    variant: str = "",
    judge: Judge | None = None,
    bar: bool = True,
    strict: bool = True,
) -> "Running | None":
    """Takes `folder` for a run of `config`; its status and files are true however it ends.

    A run of the same config that is unfinished there is resumed and ends in the same picture that
    it would have made at once. variant: what tells it from the other jobs of its sweep. judge:
    asked after each level but the last whether to go on; a run that it ends has the status
    `pruned`. bar: show the progress, where there is a terminal. strict: of a finished run of the
    same config say that it is done already, for which there is None, and refuse a folder that holds
    another run; otherwise either is replaced.

    `run` takes it from there. Raises UserError.
    """
    to_arguments(config)  # what is wrong with it comes first
    folder.hold()
    try:
        # Only now that nobody else works there: until then the run may have ended.
        earlier, output, film = look(config, folder, variant, strict=strict)
        if isinstance(earlier, Record):
            picture = output.path if output and config.resume is None else folder.result
            print(f"{shown(folder.path)} is done already: {shown(picture)}", flush=True)
            folder.release()
            return None
        if earlier and earlier.config is not config:
            config = earlier.config
            origin = origin.with_steps(config.steps)
        elif config.resume and not earlier and not config.rerun:
            log.warning("%s had not come to a checkpoint: from the beginning", shown(folder.path))
        about = output.record() if output else {}
        recorder = RunRecorder(config, folder, origin, earlier, about, film, judge, bar=bar)
        return Running(config, recorder, earlier, output, film)
    except BaseException:
        folder.release()
        raise


def look(
    config: Config, folder: RunFolder, variant: str = "", *, strict: bool = True
) -> tuple[Resumed | Record | None, Output | None, Film | None]:
    """What `folder` holds of a run of `config`, see `find_earlier`, and where its picture goes.

    Changes nothing. variant, strict: as of `begin`. Raises UserError.
    """
    earlier = find_earlier(folder, config, strict=strict)
    return earlier, output_of(config, folder.path, variant), film_of(config, folder)


@dataclass(frozen=True)
class Running:
    """A run in a folder that it holds. resumed: what it continues. config: with that one's steps.

    recorder: for `stylize` to call back. output, film: where its picture goes besides.
    """

    config: Config
    recorder: RunRecorder
    resumed: Resumed | None
    output: Output | None
    film: Film | None

    @property
    def state(self) -> dict[str, Any] | None:
        """What `stylize` continues from."""
        return self.resumed.checkpoint.state if self.resumed else None

    def finish(self, result: Result) -> None:
        """Keeps the picture and the figures. Raises UserError, OSError."""
        recorder, folder = self.recorder, self.recorder.folder
        recorder.save(result.image, result.painted)
        if self.output:
            self.output.save(result.image, folder, recorder.texts)
        if self.film:
            self.film.save(result.image)
        recorder.finish(result)
        place = self.output.path if self.output else folder.result
        log.info(footer(place, result, recorder.seconds))

    def end(self, error: BaseException) -> BaseException | None:
        """Keeps what there is and notes why it ended; what to raise, None where nothing is wrong.

        A defect of the program is raised as it is.
        """
        recorder = self.recorder
        if isinstance(error, Pruned):
            recorder.stop("pruned", str(error))
            return None
        if isinstance(error, KeyboardInterrupt):
            recorder.stop("interrupted", "stopped on request")
        elif isinstance(error, Exception):
            told = told_of(error, recorder.folder.path, recorder.memory_advice)
            recorder.stop("failed", str(told) if told else f"{type(error).__name__}: {error}")
            return told or error
        return error


def run(running: Running, shared: Shared | None = None) -> None:
    """Takes a run to its end, however that comes. shared: with other runs of this process.

    Raises UserError for what shows only now, RunError, KeyboardInterrupt.
    """
    recorder = running.recorder
    try:
        with recorder.stopping:
            result = stylize(
                **to_arguments(running.config),
                on_start=recorder.on_start,
                on_step=recorder.on_step,
                state=running.state,
                shared=shared,
            )
            running.finish(result)
            recorder.stopping.check()
    except BaseException as error:
        told = running.end(error)
        if told is error:
            raise
        if told is not None:
            raise told from error
    finally:
        recorder.folder.release()


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
