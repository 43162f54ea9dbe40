"""What Hydra calls in the parent process before any sweeper starts.

Apart from `session`, so that a single run need not import what only sweeps need.
"""

from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from stylex.config.messages import MISTAKES
from stylex.config.plugins import DASK
from stylex.errors import UserError


class Refused(BaseException):
    """A sweep that cannot start. No Exception, for Hydra lets none out of a callback."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class SweepCallback(Callback):
    """Begins the session of a sweep, whichever sweeper makes its jobs."""

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        """Raises Refused."""
        from stylex.sweeps import session

        try:
            if config.hydra.launcher._target_ == DASK:
                _register_dask()
            session.begin(config)
        except (*MISTAKES, OSError) as error:
            raise Refused(error) from error


def _register_dask() -> None:
    try:
        from stylex.cluster import launcher
    except ImportError as error:
        raise UserError("hydra/launcher=dask needs dask: pip install 'stylex[dask]'") from error
    launcher.register()
