"""Workers on this machine: a process for each GPU, or for each core that has the memory."""

import os
import shutil
import subprocess
from collections.abc import Sequence

import dask
import psutil
from distributed import Nanny, Scheduler, SpecCluster

WORKER_BYTES = 2e9  # of memory that a run of the default size takes, with the program
# Jobs that kill so many workers are given up.
MOST_DEATHS = 3
SETTINGS = {
    # What a worker has to say the parent says, too.
    "distributed.nanny.pre-spawn-environ.DASK_LOGGING__DISTRIBUTED": "critical",
    # How often each of its parts looks whether the process is too busy to answer.
    "distributed.admin.tick.interval": "1s",
    # Messages, jobs among them, that are kept for whoever would look for a fault of dask's.
    "distributed.admin.low-level-log-length": 10,
}


def cluster(jobs: int, wanted: int | None, *, on_gpus: bool) -> SpecCluster:
    """Starts the workers, on loopback alone; they end with this process, however it ends.

    jobs: how many there are for them. wanted: how many workers; None for the machine's choice.
    """
    dask.config.set(SETTINGS)
    gpus = visible_gpus() if on_gpus else []
    count = wanted or min(jobs, len(gpus) or _fitting())
    threads = max(1, cores() // count)
    options = {
        "nthreads": 1,  # one job at a time
        "memory_limit": 0,  # what a run needs is planned by the run
        "host": "127.0.0.1",
        "dashboard": False,
        "preload": ["stylex.cluster.preload"],
    }
    workers = {
        number: {
            "cls": Nanny,
            "options": {**options, "env": _environment(number, gpus, threads)},
        }
        for number in range(count)
    }
    scheduler = {
        "cls": Scheduler,
        "options": {
            "host": "127.0.0.1",
            "dashboard": False,
            "dashboard_address": "127.0.0.1:0",  # of its health check, which there always is
            "allowed_failures": MOST_DEATHS - 1,
        },
    }
    return SpecCluster(workers=workers, scheduler=scheduler, silence_logs=False)


def visible_gpus() -> list[str]:
    """As CUDA_VISIBLE_DEVICES names them."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return [name for name in named.split(",") if name]
    if not (tool := shutil.which("nvidia-smi")):  # comes with the driver
        return []
    told = subprocess.run([tool, "--list-gpus"], capture_output=True, text=True, check=False)
    return [str(n) for n, line in enumerate(told.stdout.splitlines()) if line.startswith("GPU")]


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _fitting() -> int:
    return max(1, min(cores(), int(psutil.virtual_memory().available / WORKER_BYTES)))


def _environment(number: int, gpus: Sequence[str], threads: int) -> dict[str, str]:
    own = {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", str(threads))}
    if gpus:
        own["CUDA_VISIBLE_DEVICES"] = gpus[number % len(gpus)]
    return own
