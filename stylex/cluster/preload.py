"""Loaded by dask into each worker of a cluster on this machine."""

import signal


def dask_setup(worker: object) -> None:
    """Called by dask when a worker starts.

    Ctrl-C reaches all processes of a terminal at once: the parent hears it and tells the workers,
    which end their steps first.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
