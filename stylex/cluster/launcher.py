"""`hydra/launcher=dask`: a sweep's jobs on the workers of a dask cluster, here or anywhere."""

import atexit
import contextlib
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from distributed import Client, SpecCluster
from distributed.comm.addressing import get_address_host_port
from hydra.core.config_loader import ConfigLoader
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, JobStatus, configure_log, setup_globals
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, open_dict

from stylex.cluster import local
from stylex.cluster.engine import Engine, Job
from stylex.config.plugins import DASK, SEARCH, SWEEPER
from stylex.errors import RunError, UserError, quoted
from stylex.report.figures import figure
from stylex.runs.record import read
from stylex.runs.sweep_record import Plan, has_failed_fast, read_plan
from stylex.sweeps.growing import refresh_sheet
from stylex.sweeps.job import note_failure, record_lost, told
from stylex.versions import computing

ANSWERED_WITHIN = 10.0  # seconds that a scheduler has


class DaskLauncher(Launcher):
    """Runs jobs on a cluster that is there, or one of processes on this machine.

    address: of a scheduler, as tcp://host:8786; None for workers of its own.
    n_workers: how many of its own; None for one per GPU, or per core that has 2 GB of memory.
    Raises UserError for an address of another form, and for no workers.
    """

    def __init__(self, address: str | None = None, n_workers: int | None = None) -> None:
        if n_workers is not None and n_workers < 1:
            raise UserError(f"hydra.launcher.n_workers must be 1 or more, not {n_workers}")
        if address is not None:
            _check_address(address)
        self.address = address
        self.n_workers = n_workers
        self.client: Client | None = None

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Called by Hydra before `launch`."""
        self.loader: ConfigLoader = hydra_context.config_loader
        self.master = config

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        """Runs the jobs, and gives what Hydra's launchers give: their figures, in order.

        Raises UserError for an address where nobody answers, RunError for a scheduler that is gone.
        """
        setup_globals()
        configure_log(self.master.hydra.hydra_logging, self.master.hydra.verbose)
        sweep = Path(str(self.master.hydra.sweep.dir))
        plan = read_plan(sweep) or Plan((), "style_error", 0)
        ended: dict[int, float | str | None] = {}  # a reason where a job failed

        def on_end(job: Job, reason: str | None) -> bool:
            if reason is not None:
                record_lost(job.config, job.folder, plan, reason)
            record = read(job.folder)
            print(told(record, job.number, plan, reason), flush=True)
            ended[job.number] = reason or figure(record.figures, plan.rank_by)
            refresh_sheet(sweep, plan, len(ended))
            if reason:
                note_failure(sweep, plan)
            return not has_failed_fast(sweep, plan)

        engine = Engine(self._connected(len(job_overrides)), sweep, plan, computing())
        engine.run(self._jobs(job_overrides, initial_job_idx, sweep), on_end)
        # Our own sweepers read the folders.
        tells = self.master.hydra.sweeper._target_ not in (SWEEPER, SEARCH)
        return [_returned(ended[number], tells=tells) for number in sorted(ended)]

    def _jobs(self, overrides: Sequence[Sequence[str]], first: int, sweep: Path) -> Iterator[Job]:
        for number, words in enumerate(overrides, first):
            config = self.loader.load_sweep_config(self.master, [*words])
            with open_dict(config):
                config.hydra.job.id = str(number)
                config.hydra.job.num = number
            yield Job(number, config, sweep / str(config.hydra.sweep.subdir))

    def _connected(self, jobs: int) -> Client:
        """A client that stays until the process ends: a search launches its jobs in parts."""
        if self.client is None:
            for name in ("distributed", "distributed.client"):  # what went wrong is told by us
                logging.getLogger(name).setLevel(logging.CRITICAL)
            self.client = self._connect(jobs)
        return self.client

    def _connect(self, jobs: int) -> Client:
        if self.address:
            try:
                client = Client(self.address, timeout=ANSWERED_WITHIN, set_as_default=False)
            except (OSError, ValueError, TimeoutError) as error:
                raise UserError(
                    f"hydra.launcher.address: no scheduler answers at {quoted(self.address)}"
                ) from error
        else:
            on_gpus = str(self.master.device).partition(":")[0] in ("auto", "cuda")
            cluster = local.cluster(jobs, self.n_workers, on_gpus=on_gpus)
            atexit.register(_close, cluster)
            client = Client(cluster, set_as_default=False)
        atexit.register(_close, client)
        return client


def _check_address(address: str) -> None:
    # A client of one that cannot be read is never made, and yet waits for its own end.
    try:
        get_address_host_port(address)
    except ValueError as error:
        raise UserError(
            f"hydra.launcher.address must be as tcp://host:8786, not '{quoted(address)}'"
        ) from error


def _close(open: Client | SpecCluster) -> None:
    with contextlib.suppress(TimeoutError):  # what still runs then ends with this process
        open.close(timeout=5)


def _returned(ended: float | str | None, *, tells: bool) -> JobReturn:
    """What Hydra's sweepers read. tells: raise a job's failure where they do."""
    failed = isinstance(ended, str)
    job = JobReturn(status=JobStatus.FAILED if failed and tells else JobStatus.COMPLETED)
    job.return_value = RunError(str(ended)) if failed and tells else None if failed else ended
    return job


def register() -> None:
    """Makes the launcher known to Hydra."""
    Plugins.instance().class_name_to_class[DASK] = DaskLauncher
