"""One run: a checked config in, a run folder out."""

import logging

import torch

from stylex.errors import RunError, UserError
from stylex.experiment.build import to_arguments
from stylex.experiment.config import Config
from stylex.experiment.files import write_atomically
from stylex.experiment.listener import Listener
from stylex.experiment.messages import one_line
from stylex.experiment.origin import Origin
from stylex.experiment.progress import footer
from stylex.experiment.resume import find_checkpoint
from stylex.experiment.run_folder import RunFolder, check_output
from stylex.paths import shown
from stylex.transfer.encode import check_format, encode
from stylex.transfer.stylize import Result, stylize

log = logging.getLogger(__name__)


def run(
    config: Config,
    folder: RunFolder,
    origin: Origin = Origin(),
    *,
    bar: bool = True,
    strict: bool = True,
) -> Result:
    """Runs `config` in `folder`, whose status and files are true however it ends.

    A run of the same config that is unfinished there goes on to the very picture that it would
    have made. bar: show the progress, where there is a terminal. strict: refuse a folder that holds
    another unfinished run, rather than begin anew.

    Raises UserError before the run begins, RunError and KeyboardInterrupt after it has.
    """
    output = None
    if config.output is not None:
        check_format(config.output)
        sources = [config.content.path, config.style.path, config.init, config.extractor.weights]
        output = check_output(config.output, sources)
    arguments = to_arguments(config)
    resumed = find_checkpoint(folder, config, strict=strict)
    listener = Listener(config, folder, origin, resumed, bar=bar)
    try:
        with listener.stopping:
            result = stylize(
                **arguments,
                on_start=listener.on_start,
                on_step=listener.on_step,
                state=resumed.state if resumed else None,
            )
            listener.save(result.image)
            if output:
                write_atomically(output, encode(result.image, output, listener.texts))
            listener.finish(result)
    except KeyboardInterrupt:
        listener.stop("interrupted", "stopped from outside")
        raise
    except Exception as error:
        listener.stop("failed", _reason(error))
        if isinstance(error, OSError):  # a full disk, a folder taken away
            place = "" if error.filename else f" ({shown(folder.path)})"
            raise RunError(one_line(error) + place) from error
        gpu_or_python = isinstance(error, torch.OutOfMemoryError | MemoryError)
        if gpu_or_python or "can't allocate memory" in str(error):  # the CPU's allocator
            raise RunError("out of memory: try a smaller size, or device=cpu") from error
        raise
    log.info(footer(output or folder.result, result, listener.seconds))
    return result


def _reason(error: Exception) -> str:
    """Why a run failed: what it says itself, or which defect of the program stopped it."""
    said = isinstance(error, UserError | RunError)
    return str(error) if said else f"{type(error).__name__}: {error}"
