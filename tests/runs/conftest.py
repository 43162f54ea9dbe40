"""Finished runs that several tests look at or continue, made once; and runs that are stopped."""

import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from made import RUN, make

from stylex.config.schema import Config
from stylex.runs import run


@pytest.fixture(scope="session")
def whole(tmp_path_factory) -> Path:
    """`RUN` without a stop: to be looked at only."""
    return make(tmp_path_factory.mktemp("whole"), *RUN)


@pytest.fixture(scope="session")
def config(tmp_path_factory) -> Config:
    """What the command line makes of `RUN`."""
    made: list[Config] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "begin", lambda config, *_: made.append(config))
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
