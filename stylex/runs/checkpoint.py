"""What a run is resumed from after it was stopped, in one file of its folder."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from stylex.atomic import replacing
from stylex.errors import UserError

FORMAT = 4  # to be raised whenever a state is made up in another way
COST = 0.02  # of the time: what checkpoints of gigabytes may take


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
                torch.save({"format": FORMAT, **vars(self)}, file)
            except RuntimeError as error:  # its zip writer, closing after a write has failed
                raise (error.__context__ or error) from None


class Checkpoints:
    """Saves one to `path` at most every `every` seconds, and seldom enough to cost little."""

    def __init__(self, path: Path, every: float) -> None:
        self.path = path
        self.every = every
        self.pause = every  # s, until the next one
        self.saved = time.perf_counter()

    @property
    def due(self) -> bool:
        """Whether it is time for the next one."""
        return time.perf_counter() - self.saved >= self.pause

    def save(self, checkpoint: Callable[[], Checkpoint]) -> None:
        """Saves what `checkpoint` makes, the time for which counts as part of the cost."""
        began = time.perf_counter()
        checkpoint().save(self.path)
        self.saved = time.perf_counter()
        cost = self.saved - began
        self.pause = max(self.every, cost / COST if cost > 1 else 0.0)


def load(path: Path) -> Checkpoint | None:
    """The checkpoint, on the CPU, or None where there is none. Nothing in the file is executed.

    Raises UserError for a file that cannot be read, or is no checkpoint of this version.
    """
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        if saved.pop("format", 1) != FORMAT:
            raise UserError(f"{path} is of another version of stylex: {_ANEW}")
        return Checkpoint(**saved)
    except FileNotFoundError:
        return None
    except UserError:
        raise
    except Exception as error:  # whatever torch's reader raises on other bytes
        raise UserError(f"{path} cannot be read: {_ANEW}") from error


_ANEW = "remove it to start the run from its beginning"
