"""Whether a job's folder holds what the job would make again."""

import contextlib
import json
from pathlib import Path

from stylex.config.build import to_arguments
from stylex.config.schema import Config
from stylex.errors import UserError
from stylex.runs.folder import RECORD, RESULT
from stylex.runs.resume import differences


def is_done(folder: Path, config: Config) -> bool:
    """Whether `folder` holds a finished run of `config`, of these very pictures and weights.

    Where the pictures lie does not matter, only their bytes do.
    """
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, UserError):
        record = json.loads((folder / RECORD).read_bytes())
        return (
            record["status"] == "done"
            and not record.get("changed")
            and (folder / RESULT).exists()
            and not differences(record, config)
            and record["weights"]["sha256"] == to_arguments(config)["extractor"].load().sha256
        )
    return False
