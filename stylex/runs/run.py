"""One run: a checked config in, a run folder out."""

import logging
import traceback

import torch

from stylex.config.build import to_arguments
from stylex.config.messages import one_line
from stylex.config.schema import Config
from stylex.errors import RunError, UserError
from stylex.images.save import encode
from stylex.paths import shown
from stylex.runs.console import footer
from stylex.runs.folder import RunFolder
from stylex.runs.origin import Origin
from stylex.runs.output import Output, output_of
from stylex.runs.recorder import Listener
from stylex.runs.resume import Resumed, find_unfinished
from stylex.transfer.stylize import Result, stylize

log = logging.getLogger(__name__)


def run(
    config: Config,
    folder: RunFolder,
    origin: Origin = Origin(),
    *,
    variant: str = "",
    bar: bool = True,
    strict: bool = True,
) -> Result:
    """Runs `config` in `folder`, whose status and files are true however it ends.

    A run of the same config that is unfinished there goes on to the very picture that it would
    have made. variant: what tells it from the other jobs of its sweep. bar: show the progress,
    where there is a terminal. strict: refuse a folder that holds another unfinished run, rather
    than begin anew.

    Raises UserError before the run begins, RunError and KeyboardInterrupt after it has.
    """
    output = output_of(config, folder.path, variant)
    to_arguments(config)  # what is wrong with it comes first
    folder.hold()
    try:
        resumed = find_unfinished(folder, config, strict=strict)
        if resumed and resumed.config is not config:
            config = resumed.config
            origin = origin.with_steps(config.steps)
        elif config.resume and not resumed:
            log.warning("%s had not come to a checkpoint: from the beginning", shown(folder.path))
        return _run(config, folder, origin, resumed, output, bar=bar)
    finally:
        folder.release()


def _run(
    config: Config,
    folder: RunFolder,
    origin: Origin,
    resumed: Resumed | None,
    output: Output | None,
    *,
    bar: bool,
) -> Result:
    about = output.record() if output else {}
    listener = Listener(config, folder, origin, resumed, about, bar=bar)
    try:
        with listener.stopping:
            result = stylize(
                **to_arguments(config),
                on_start=listener.on_start,
                on_step=listener.on_step,
                state=resumed.checkpoint.state if resumed else None,
            )
            listener.save(result.image)
            if output:
                output.save(encode(result.image, output.path, listener.texts), folder)
            listener.finish(result)
            log.info(footer(output.path if output else folder.result, result, listener.seconds))
            listener.stopping.check()
    except KeyboardInterrupt:
        listener.stop("interrupted", "stopped from outside")
        raise
    except Exception as error:
        said = _said(error, folder, listener)
        listener.stop("failed", str(said) if said else f"{type(error).__name__}: {error}")
        if said is None or said is error:
            raise
        raise said from error
    return result


def _said(error: Exception, folder: RunFolder, listener: Listener) -> UserError | RunError | None:
    """What to tell about a run that broke; None for a defect of the program."""
    if isinstance(error, UserError | RunError):
        return error
    if isinstance(error, OSError):  # a full disk, a folder taken away
        place = "" if error.filename else f" ({shown(folder.path)})"
        return RunError(one_line(error) + place)
    if isinstance(error, torch.OutOfMemoryError | MemoryError) or _CPU_ALLOCATOR in str(error):
        # What the frames of the failed step hold would be missing to whatever runs next.
        traceback.clear_frames(error.__traceback__)
        torch.cuda.empty_cache()  # does nothing where CUDA was not used
        return RunError(f"out of memory: {listener.memory_advice()}")
    return None


_CPU_ALLOCATOR = "can't allocate memory"  # in its RuntimeError
