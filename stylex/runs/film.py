"""A run's film: where `film=` wants it, of the pictures that the run goes through."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from stylex.config.schema import Config
from stylex.errors import UserError
from stylex.film import formats
from stylex.film.film import at_size, film_size, shrunk
from stylex.film.reel import Reel
from stylex.paths import expand
from stylex.runs.folder import RunFolder
from stylex.runs.output import is_read
from stylex.runs.record import Record
from stylex.transfer.loop import Step
from stylex.transfer.started import Started
from stylex.transfer.stylize import first_picture


class Film:
    """Gathers its pictures in the run's folder, where those of an interrupted run wait."""

    def __init__(self, path: Path, folder: RunFolder) -> None:
        self.path = path
        self.folder = folder.film
        self.reel: Reel | None = None
        self.size = (0, 0)  # (height, width)

    def on_start(self, started: Started, *, resumed: bool) -> None:
        """Begins, or goes on, with what the run's folder holds by now. Raises OSError."""
        height, width = self.size = film_size(started.plan.size, self.path)
        self.reel = Reel(self.folder, (width, height))
        if not resumed:
            self._add(0, first_picture(started))

    def on_step(self, step: Step) -> None:
        """Takes the picture if it has changed visibly. Raises OSError."""
        self._add(step.number, step.picture)

    def save(self, image: Tensor) -> None:
        """Writes the film of all until now, ending in `image`. Raises OSError, RunError."""
        assert self.reel
        formats.save(self.reel.frames(at_size(image, self.size)), self.path)

    def _add(self, number: int, image: Tensor) -> None:
        assert self.reel
        self.reel.add(number, shrunk(image, self.size))


def film_of(config: Config, folder: RunFolder) -> Film | None:
    """The film that `config` names, if it does.

    Raises UserError for a place that cannot be written, or that a picture of the run has.
    """
    if config.film is None:
        return None
    path = formats.check(config.film)
    output = expand(config.output).resolve() if config.output else None
    if is_read(path, config) or path.resolve() == output:
        raise UserError(f"film '{config.film}' would overwrite a picture of the run")
    return Film(path, folder)


def not_filmed(record: Record, config: Config) -> Mapping[str, str]:
    """{film: why} where a finished run has not left the film that `config` names."""
    if config.film is None:
        return {}
    before = str(record.settings.get("film", "none"))
    path = expand(config.film).absolute()
    if path != Path(record.cwd, expand(before)):
        return {"film": f"{before} → {config.film}"}
    return {} if path.is_file() else {"film": f"{path} is gone"}
