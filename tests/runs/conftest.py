"""Finished runs that several tests look at or continue, made once; and runs that are stopped."""

import logging
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest
from command_line import TINY

from stylex import cli
from stylex.config.schema import Config
from stylex.runs import run

# Three levels of 4, 2 and 2 steps, each of which is logged, with losses that are soon evaluated.
RUN = (*TINY, "size=48", "steps=2", "pyramid=sqrt2", "pyramid.min_size=24")
RUN += ("layers.content={relu2_1: 1}", "layers.style={relu1_1: 1, relu2_1: 1}")
RUN += ("tracking.scalars_every=1",)


def make(folder: Path, *arguments: str) -> Path:
    """A finished run in `folder`/run, made by the command line in this process."""
    handlers = [*logging.getLogger().handlers]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("STYLEX_IMAGES", raising=False)
        patch.setenv("HYDRA_FULL_ERROR", "0")
        patch.setattr(sys, "argv", ["stylex", *arguments, "hydra.run.dir=run"])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert not ended.value.code
    for handler in {*logging.getLogger().handlers}.difference(handlers):
        handler.close()
    logging.getLogger().handlers[:] = handlers
    return folder / "run"


@pytest.fixture(scope="session")
def whole(tmp_path_factory) -> Path:
    """`RUN` without a stop: to be looked at only."""
    return make(tmp_path_factory.mktemp("whole"), *RUN)


@pytest.fixture(scope="session")
def config(tmp_path_factory) -> Config:
    """What the command line makes of `RUN`."""
    made: list[Config] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "run", lambda config, *_: made.append(config))
        make(tmp_path_factory.mktemp("config"), *RUN)
    return made[0]


@pytest.fixture
def done(here: Path, whole: Path) -> Path:
    """The same as `x` in the current folder."""
    return Path(shutil.copytree(whole, here / "x"))


@pytest.fixture
def stop_at(monkeypatch):
    """`stop_at(n)`: a signal reaches the next run in its n-th step."""
    from stylex.runs import recorder, signals

    def arrange(number: int, how: int = signal.SIGINT) -> None:
        # On a disk that stalls, a process that has waited long enough would end: this one.
        monkeypatch.setattr(signals, "PATIENCE", 600)
        real = recorder.RunRecorder.on_step

        def on_step(self, step):
            if step.number == number:
                os.kill(os.getpid(), how)
                time.sleep(0.01)
            return real(self, step)

        monkeypatch.setattr(recorder.RunRecorder, "on_step", on_step)

    return arrange
