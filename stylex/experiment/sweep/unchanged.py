"""Whether a job's folder holds what the job would make again."""

import contextlib
import json
from pathlib import Path

from stylex.errors import UserError
from stylex.experiment.config import Config
from stylex.experiment.run_folder import RECORD, RESULT
from stylex.experiment.runner import picture_files, to_arguments
from stylex.experiment.settings import flatten
from stylex.paths import sha256


def is_done(folder: Path, config: Config) -> bool:
    """Whether `folder` holds a finished run of `config`, of these very pictures and weights.

    Where the pictures lie does not matter, only their bytes do.
    """
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, UserError):
        record = json.loads((folder / RECORD).read_bytes())
        return (
            record["status"] == "done"
            and (folder / RESULT).exists()
            and _without_paths(record["settings"]) == _without_paths(flatten(config))
            and {name: item["sha256"] for name, item in record["pictures"].items()}
            == {name: sha256(path) for name, path in picture_files(config).items()}
            and record["weights"]["sha256"] == to_arguments(config)["extractor"].load().sha256
        )
    return False


def _without_paths(settings: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in settings.items() if not key.endswith(".path")}
