"""The jobs of a sweep on a cluster's workers: sent as these come, taken back as they finish."""

import contextlib
import itertools
import pickle
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from distributed import Client, Future, KilledWorker, as_completed
from omegaconf import DictConfig

from stylex.atomic import write_atomically
from stylex.cluster import worker
from stylex.cluster.parcels import clear, digests, files_of, pack, unpack
from stylex.cluster.worker import Reply, Task
from stylex.config.messages import MISTAKES, one_line
from stylex.config.schema import to_config, without_hydra
from stylex.errors import RunError
from stylex.paths import expand
from stylex.runs.folder import CHECKPOINT
from stylex.runs.sweep_record import Plan

MARK = ".shared"  # the file by which a worker knows that it shares the disk
LOOKED_EVERY = 1.0  # seconds, for workers that have come and a scheduler that is gone
PAUSE = 0.01  # seconds between looks for jobs that have ended
STOPPED_WITHIN = 6.0  # seconds that jobs have, after Ctrl-C, to end and come back


@dataclass(frozen=True)
class Job:
    """One of the sweep.

    number: from 0 on. config: composed, with Hydra's part. folder: where its run belongs.
    """

    number: int
    config: DictConfig
    folder: Path


OnEnd = Callable[[Job, str | None], bool]
"""Told of each job that has ended, and why it failed; whether others are to begin."""


class Engine:
    """Sends a sweep's jobs to the workers of a cluster, at most as many at once as there are.

    So nothing waits at a worker that might die, and what waits here takes no memory.

    plan: the sweep's. versions: {package: version} that workers must have.
    """

    def __init__(
        self, client: Client, sweep: Path, plan: Plan, versions: Mapping[str, str]
    ) -> None:
        self.client = client
        self.sweep = sweep
        self.plan = replace(plan, jobs=())
        self.versions = versions
        self.mark = sweep / MARK, secrets.token_hex(16)
        self.running: dict[Future[Reply], Job] = {}
        self.ended = as_completed(loop=client.loop)
        self.apart = False  # whether any worker does not share the disk

    def run(self, jobs: Iterable[Job], on_end: OnEnd) -> None:
        """Runs the jobs.

        Raises RunError where the scheduler is gone; KeyboardInterrupt once the workers have stopped
        and what they had done is kept.
        """
        clear(self.sweep)
        path, text = self.mark
        write_atomically(path, text.encode())
        try:
            self._run(iter(jobs), on_end)
        except KeyboardInterrupt:
            self._stop(on_end)
            raise
        finally:
            path.unlink(missing_ok=True)

    def _run(self, jobs: Iterator[Job], on_end: OnEnd) -> None:
        looked, workers = -LOOKED_EVERY, 0
        while True:
            if (now := time.monotonic()) > looked + LOOKED_EVERY:
                looked, workers = now, self._workers()
            for job in itertools.islice(jobs, max(0, workers - len(self.running))):
                self._send(job)
            if not self.running:
                return
            for future in self._ended():
                if not self._take(future, on_end):
                    jobs = iter(())

    def _workers(self) -> int:
        """How many there are; one where none has come yet, for which a job can wait."""
        if self.client.status != "running":
            raise RunError(GONE)
        return max(1, len(self.client.nthreads()))

    def _ended(self) -> Sequence[Future[Reply]]:
        """Those that have ended, perhaps after a moment."""
        if not self.ended.has_ready():
            time.sleep(PAUSE)
        found: list[Future[Reply]] = self.ended.next_batch(block=False)
        return found

    def _send(self, job: Job, wanted: Iterable[str] = ()) -> None:
        """Sends a job. wanted: hashes of files that a worker lacked."""
        files, folder = self._files(job) if self.apart else None, None
        data = {digest: path for path, digest in (files or {}).items() if digest in {*wanted}}
        if self.apart and (job.folder / CHECKPOINT).exists():
            folder = pack(job.folder)
        task = Task(
            *(pickle.dumps(job.config), self.plan, self.mark, self.versions, files),
            {digest: expand(path).read_bytes() for digest, path in data.items()},
            folder,
        )
        # To any worker: what is bound to one that has died waits for ever where none is left.
        future = self.client.submit(worker.work, task, pure=False)
        self.running[future] = job
        self.ended.add(future)

    def _files(self, job: Job) -> dict[str, str]:
        try:
            return digests(files_of(to_config(without_hydra(job.config))))
        except MISTAKES:  # the job itself will say it
            return {}

    def _take(self, future: Future[Reply], on_end: OnEnd) -> bool:
        """Takes back what has ended. Whether other jobs are to begin."""
        job = self.running.pop(future)
        if future.cancelled():
            raise RunError(GONE)
        error = future.exception() if future.status == "error" else None
        if isinstance(error, KilledWorker):
            count = error.allowed_failures + 1
            return on_end(job, f"{count} workers died while running it")
        if error is not None:  # of dask's, or of pickling
            return on_end(job, one_line(error))
        reply: Reply = future.result()
        if reply.wanted is not None:
            self.apart = True
            self._send(job, reply.wanted)
            return True
        if reply.folder is not None:
            unpack(reply.folder, job.folder)
        return reply.stopped or on_end(job, reply.reason)

    def _stop(self, on_end: OnEnd) -> None:
        """Ends the workers' jobs after their steps, and takes back what they have."""
        until = time.monotonic() + STOPPED_WITHIN
        self.client.run(worker.stop, self.mark[1], on_error="ignore")
        while self.running and time.monotonic() < until:
            with contextlib.suppress(RunError):
                for future in self._ended():
                    self._take(future, on_end)
        self.client.cancel([*self.running])


GONE = "the scheduler is gone; the same command continues from here"
