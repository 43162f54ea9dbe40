"""Runs with pictures of one flat colour."""

from pathlib import Path

import pytest
from PIL import Image
from sheets import Make, colour

from stylex.runs.record import Record


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A run whose picture has `colour(number)`."""

    def run(
        number: int, size: tuple[int, int] = (24, 16), status: str = "done", **kwargs: object
    ) -> Record:
        folder = tmp_path / "runs" / str(number)
        folder.mkdir(parents=True)
        if status in ("done", "interrupted", "pruned"):
            Image.new("RGB", size, colour(number)).save(folder / "result.png")
        errors = {"style_error": 0.1 + number / 100, "content_error": 0.9 - number / 1000}
        typed = {key: str(value) for key, value in kwargs.pop("typed", {}).items()}  # type: ignore[attr-defined]
        figures = {**errors, "seconds": 10.0} if status == "done" else {}
        return Record(folder, status, typed=typed, **{"figures": figures, **kwargs})  # type: ignore[arg-type]

    return run
