"""The pictures that ship: all there, of a decent size, and as their program paints them."""

import importlib
import json

import numpy as np
import pytest
from PIL import Image

from stylex.config.pictures import SAMPLES

PHOTOGRAPHS = {"jesse", "astronaut", "coffee", "rocket"}
PAINTINGS = {"kahlo", "night", "wave", "glass", "cubist"}


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(float)


@pytest.mark.parametrize(("group", "names"), [("content", PHOTOGRAPHS), ("style", PAINTINGS)])
def test_they_are_there_and_small_and_their_source_is_told(group, names):
    files = list((SAMPLES / group).iterdir())
    assert {path.stem for path in files} == names
    told = (SAMPLES / "README.md").read_text()
    for path in files:
        assert path.stat().st_size < 450_000
        assert min(pixels(path).shape[:2]) >= 400
        assert f"| `{path.stem}` |" in told


@pytest.mark.parametrize(
    "name",
    [
        "wave",
        *(pytest.param(name, marks=pytest.mark.slow) for name in sorted(PAINTINGS - {"wave"})),
    ],
)
def test_a_painting_is_what_its_program_paints(name):
    painted = importlib.import_module(f"tools.painter.{name}").paint() * 255
    shipped = pixels(SAMPLES / f"style/{name}.jpg")
    assert painted.shape == shipped.shape
    # JPEG at quality 90 moves a pixel of a busy picture by a few levels.
    assert np.abs(painted - shipped).mean() < 6


@pytest.mark.slow
@pytest.mark.parametrize("style", sorted(PAINTINGS))
@pytest.mark.parametrize("content", sorted(PHOTOGRAPHS))
def test_a_draft_takes_on_the_style_and_keeps_the_content(tmp_path, content, style):
    import subprocess
    import sys

    words = [f"content={content}", f"style={style}", "experiment=fast", f"hydra.run.dir={tmp_path}"]
    subprocess.run([sys.executable, "-m", "stylex", *words], check=True)
    record = json.loads((tmp_path / "run.json").read_text())
    # The photograph itself has a style_error of about 1, the cat on glass forgets most.
    assert record["style_error"] < 0.5
    assert record["content_error"] < 1.3
