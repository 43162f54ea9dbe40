"""The command in this process, quickly, and in one of its own, as a user runs it."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stylex import cli

TINY = ("size=32", "steps=2", "precision=fp32", "tracking.images_every=0")


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def own_logs() -> Iterator[None]:
    """A run in this process leaves its log's handler behind; later warnings are not for it."""
    root = logging.getLogger()
    handlers = [*root.handlers]
    yield
    for handler in {*root.handlers}.difference(handlers):
        handler.close()
    root.handlers[:] = handlers


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to stand in, whose modules are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STYLEX_IMAGES", raising=False)
    monkeypatch.delenv("HYDRA_FULL_ERROR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path.with_name(f"{tmp_path.name}-cache")))
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    for name, module in [*sys.modules.items()]:
        if str(getattr(module, "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def command(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """`command("size=32", …)`: `python -m stylex` without the second that importing torch takes."""

    def run(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["stylex", *arguments])
        monkeypatch.setenv("HYDRA_FULL_ERROR", "0")
        capsys.readouterr()
        try:
            cli.main()
            status = 0
        except SystemExit as exit:
            status = exit.code if isinstance(exit.code, int) else int(exit.code is not None)
        return Outcome(status, *capsys.readouterr())

    return run


def start(
    *arguments: str, cwd: Path, strict: bool = True, **kwargs: object
) -> subprocess.Popen[str]:
    """The real command in a process of its own, warnings as errors where `strict`."""
    checkout = Path(__file__).resolve().parents[1]
    return subprocess.Popen(
        [sys.executable, *(["-W", "error"] if strict else []), "-m", "stylex", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **kwargs,  # type: ignore[call-overload]
    )


@pytest.fixture
def paint() -> Callable[..., Path]:
    """Saves a small colourful picture under the path given; `seed` makes it another one."""

    def make(path: Path, width: int = 32, height: int = 32, seed: int = 0) -> Path:
        random = np.random.default_rng(seed)
        blocks = random.integers(0, 256, (-(-height // 4), -(-width // 4), 3))
        pixels = blocks.repeat(4, 0).repeat(4, 1)[:height, :width]
        noisy = (pixels + random.integers(-20, 20, pixels.shape)).clip(0, 255)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noisy.astype(np.uint8)).save(path)
        return path

    return make


def only_run(folder: Path) -> Path:
    """The one run folder under `folder`/outputs."""
    (record,) = folder.glob("outputs/runs/*/*/run.json")
    return record.parent
