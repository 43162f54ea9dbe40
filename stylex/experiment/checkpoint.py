"""What a run needs to go on after it was stopped, in one file of its folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from stylex.errors import UserError
from stylex.experiment.files import replacing


@dataclass(frozen=True)
class Checkpoint:
    """A run between two steps.

    state: the loop's, see `Step.state`. logs: {file in the run folder: its bytes until then}.
    seconds: that the run had taken.
    """

    state: dict[str, Any]
    logs: dict[str, int]
    seconds: float

    def save(self, path: Path) -> None:
        """Writes it whole; until then an earlier one stays. Raises OSError."""
        with replacing(path) as file:
            try:
                torch.save(vars(self), file)
            except RuntimeError as error:  # its zip writer, closing after a write has failed
                raise (error.__context__ or error) from None


def load(path: Path) -> Checkpoint | None:
    """The checkpoint, on the CPU, or None where there is none. Nothing in the file is executed.

    Raises UserError for a file that cannot be read or is no checkpoint.
    """
    try:
        return Checkpoint(**torch.load(path, map_location="cpu", weights_only=True))
    except FileNotFoundError:
        return None
    except Exception as error:  # whatever torch's reader makes of bytes that are none of its own
        raise UserError(
            f"{path} cannot be read: take it away to start the run from its beginning"
        ) from error
