"""One job on a worker: the pictures in, a run folder out."""

import contextlib
import pickle
import shutil
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from distributed import get_worker
from hydra import version
from hydra._internal.callbacks import Callbacks
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobStatus, run_job, setup_globals
from hydra.types import HydraContext
from omegaconf import DictConfig, open_dict

from stylex.cluster.parcels import Store, pack, unpack
from stylex.config.messages import one_line
from stylex.importing import importing_torch
from stylex.paths import found_at
from stylex.runs import signals
from stylex.runs.lock import is_held
from stylex.runs.sweep_record import Plan
from stylex.sweeps.job import attempt
from stylex.versions import computing

LOCK_CHECKED_EVERY = 0.5  # seconds


@dataclass(frozen=True)
class Task:
    """One job, as it travels to a worker.

    packed: its config, composed, with Hydra's part; pickled, for the scheduler would unpack it and
        pack it again. plan: the sweep's, without its jobs.
    mark: a file in the sweep's folder, and what it says, of this start of the sweep alone: who
        finds it there shares the disk.
    versions: of what computes, where the sweep was started.
    files: {path: sha256} of what the run reads; None as long as every worker shares the disk.
    data: {sha256: bytes} of those that the worker lacked. folder: an earlier start's, packed.
    """

    packed: bytes
    plan: Plan
    mark: tuple[Path, str]
    versions: Mapping[str, str]
    files: Mapping[str, str] | None = None
    data: Mapping[str, bytes] = field(default_factory=dict)
    folder: bytes | None = None

    @cached_property
    def config(self) -> DictConfig:
        """Unpacked."""
        config: DictConfig = pickle.loads(self.packed)
        return config


@dataclass(frozen=True)
class Reply:
    """What came of a task.

    reason: why the job failed. stopped: whether it was stopped on request.
    wanted: instead of running, the hashes of the files that the worker lacks; without the task's
        `files`, none. folder: the run's, packed, where no disk is shared.
    """

    reason: str | None = None
    stopped: bool = False
    wanted: list[str] | None = None
    folder: bytes | None = None


_one_at_a_time = threading.Lock()  # a worker may have several threads; Hydra's state is global
_stopped: set[str] = set()  # the marks of sweeps that were stopped
_now = [""]  # the mark of the job that runs


def stop(mark: str) -> None:
    """Ends this worker's job after its current step if it is of that sweep; no other one begins."""
    _stopped.add(mark)
    if _now[0] == mark:
        signals.stop_threads()


def work(task: Task) -> Reply:
    """Runs the job, or says which files it lacks."""
    with importing_torch():  # not where this module is read in order to send `work` to others
        import torch

    with _one_at_a_time:
        _now[0] = task.mark[1]
        if task.mark[1] in _stopped:
            return Reply(stopped=True)
        if differing := _differing(task.versions):
            return Reply(f"the worker {get_worker().address} has {differing}")
        if (threads := get_worker().state.nthreads) > 1:
            torch.set_num_threads(threads)
        if _shares_disk(task.mark):
            with _standing_in(Path(str(task.config.hydra.runtime.cwd))):
                return _run(task)
        return _run_apart(task)


def _differing(wanted: Mapping[str, str]) -> str:
    """Another version computes other pixels, and would be found out of date at the next start."""
    here = computing()
    return ", ".join(
        f"{name} {here[name]}, not {v}" for name, v in wanted.items() if here[name] != v
    )


def _shares_disk(mark: tuple[Path, str]) -> bool:
    path, text = mark
    with contextlib.suppress(OSError):
        return path.read_text() == text
    return False


@contextlib.contextmanager
def _standing_in(folder: Path) -> Iterator[None]:
    """Where the command was typed, from which relative paths are, and modules of the user's."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    with contextlib.chdir(folder):
        yield


def _run(task: Task) -> Reply:
    config = task.config
    version.setbase("1.3")
    setup_globals()
    HydraConfig.instance().set_config(config)
    folder = Path(str(config.hydra.sweep.dir)) / str(config.hydra.sweep.subdir)
    # A start that was killed may have left its job running here or on another worker.
    while is_held(folder) and task.mark[1] not in _stopped:
        time.sleep(LOCK_CHECKED_EVERY)
    replies: list[Reply] = []
    context = HydraContext(config_loader=cast(Any, None), callbacks=Callbacks(config))
    try:
        done = run_job(
            task_function=lambda composed: replies.append(Reply(attempt(composed, task.plan))),
            config=config,
            job_dir_key="hydra.sweep.dir",
            job_subdir_key="hydra.sweep.subdir",
            hydra_context=context,
        )
    except KeyboardInterrupt:
        return Reply(stopped=True)
    if done.status == JobStatus.FAILED:
        return Reply(one_line(cast(Exception, done._return_value)))
    return replies[0]


def _run_apart(task: Task) -> Reply:
    """The job on a machine that does not share the disk."""
    worker = get_worker()
    own = Path(worker.local_directory) / "stylex"
    store = Store(own / "files")
    store.add(task.data)
    elsewhere = [key for key in ("output", "film") if task.config[key] is not None]
    if elsewhere:
        return Reply(f"{elsewhere[0]} needs a disk that all workers share")
    if task.files is None or store.missing(task.files.values()):
        missing = store.missing(task.files.values()) if task.files else []
        return Reply(wanted=missing)
    config = task.config
    folder = own / "sweeps" / str(config.hydra.sweep.subdir)
    with open_dict(config):
        config.hydra.sweep.dir = str(folder.parent)
    if task.folder:
        unpack(task.folder, folder)
    with found_at(store.places(task.files)):
        reply = _run(task)
    packed = pack(folder)
    shutil.rmtree(folder)
    return Reply(reply.reason, reply.stopped, folder=packed)
