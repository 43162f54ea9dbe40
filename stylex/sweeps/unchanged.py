"""Whether a job's folder holds what the job would make again, or what it is to be compared with."""

import contextlib
from pathlib import Path

from stylex.config.schema import Config
from stylex.errors import UserError
from stylex.images.formats import is_picture
from stylex.runs.differences import differences
from stylex.runs.record import read

# Of what differs: these make another picture, but as good a one.
AS_GOOD = ("precision", "device", "tile", "versions.stylex", "versions.torch")


def is_done(folder: Path, config: Config, *, or_pruned: bool = False) -> bool:
    """Whether `folder` holds a finished run of `config`: of these pictures and weights, computed in
    the same way. or_pruned: or one that its search has ended early.

    Where the pictures lie does not matter, only their bytes do.
    """
    record = read(folder)
    with contextlib.suppress(OSError, UserError):
        return (
            (record.over if or_pruned else record.done)
            and not record.changed
            and is_picture(record.result)
            and not differences(record, config)
        )
    return False


def incomparable(folder: Path, config: Config) -> dict[str, str]:
    """{key: how it differs} of what makes the run in `folder` no measure for those of `config`.

    Empty where there is no run any more. Raises OSError, UserError.
    """
    record = read(folder)
    found = differences(record, config) if record.format else {}
    return {key: change for key, change in found.items() if key not in AS_GOOD}
