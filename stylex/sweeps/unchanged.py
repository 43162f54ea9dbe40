"""Whether a job's folder holds what the job would make again."""

import contextlib
from pathlib import Path

from stylex.config.schema import Config
from stylex.errors import UserError
from stylex.runs.record import read
from stylex.runs.resume import differences


def is_done(folder: Path, config: Config) -> bool:
    """Whether `folder` holds a finished run of `config`: of these pictures and weights, computed in
    the same way.

    Where the pictures lie does not matter, only their bytes do.
    """
    record = read(folder)
    with contextlib.suppress(OSError, UserError):
        return (
            record.done
            and not record.changed
            and record.result.exists()
            and not differences(record, config)
        )
    return False
