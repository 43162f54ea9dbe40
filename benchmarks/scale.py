"""What a sweep costs beyond its runs, with many workers and jobs of no work.

    python benchmarks/scale.py [--jobs 100 1000 10000] [--workers 16]

Sweeps through the real command and launcher (hydra/launcher=dask) in a process of their own, whose
workers do not paint: each job only leaves a folder with a record and a thumbnail. Prints for each
number of jobs, of the process that was started:

    seconds a job    from the first job sent to the last taken back, by their number
    CPU a job        its own CPU seconds in that time: what it costs however many workers there are
    sheet            the part of that time in which the contact sheet was drawn
    report           seconds of the table, sheet, plot and page at the end
    memory           the most that it held
"""

import argparse
import contextlib
import io
import json
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

from processes import child, table

SAMPLES = Path(__file__).resolve().parent.parent / "stylex" / "samples"
COLUMNS = {
    "seconds a job": "{:.4f}",
    "CPU a job": "{:.4f}",
    "sheet": "{:.1%}",
    "report": "{:.1f} s",
    "memory": "{:.0f} MB",
}


def idle(task):  # type: ignore[no-untyped-def]
    """In place of `worker.work`: a finished run's folder, without the run."""
    from PIL import Image

    from stylex.cluster.worker import Reply
    from stylex.config.schema import to_config, without_hydra
    from stylex.config.settings import flatten
    from stylex.runs.folder import RunFolder
    from stylex.sweeps.origin import origin_of

    hydra = task.config.hydra
    folder = RunFolder(Path(str(hydra.sweep.dir)) / str(hydra.sweep.subdir))
    record = origin_of(hydra, task.plan.fixed).record()
    config = to_config(without_hydra(task.config))
    folder.hold()
    folder.begin("", {**record, "settings": flatten(config)})
    with Image.open(config.content.path) as picture:
        picture.thumbnail((320, 320))
        data = io.BytesIO()
        picture.save(data, "JPEG")
    folder.thumbnail.write_bytes(data.getvalue() + str(config.seed).encode())
    chance = random.Random(config.seed)
    names = ("style_error", "content_error", "style_distance", "structure_error", "seconds")
    folder.end("done", **{name: chance.lognormvariate(-1, 0.5) for name in names})
    return Reply()


def sweep(jobs: int, workers: int) -> None:
    """Runs one sweep here and prints what it cost, as JSON."""
    from stylex import cli
    from stylex.cluster import engine, launcher, worker
    from stylex.sweeps import session

    spent = {"sheet": 0.0, "jobs": 0.0, "cpu": 0.0, "report": 0.0}

    def timed(name, function):  # type: ignore[no-untyped-def]
        def run(*arguments):  # type: ignore[no-untyped-def]
            began, cpu = time.perf_counter(), time.process_time()
            try:
                return function(*arguments)
            finally:
                spent[name] += time.perf_counter() - began
                if name == "jobs":
                    spent["cpu"] += time.process_time() - cpu

        return run

    worker.work = idle
    launcher.refresh_sheet = timed("sheet", launcher.refresh_sheet)
    engine.Engine._run = timed("jobs", engine.Engine._run)
    session.Session._sum_up = timed("report", session.Session._sum_up)
    own = ("hydra/launcher=dask", f"hydra.launcher.n_workers={workers}", "sweep=scale")
    sys.argv = ["stylex", "--multirun", f"seed=range(0,{jobs})", *own]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        cli.main()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    found = {
        "who": f"{jobs} jobs",
        "seconds a job": spent["jobs"] / jobs,
        "CPU a job": spent["cpu"] / jobs,
        "sheet": spent["sheet"] / spent["jobs"],
        "report": spent["report"],
        "memory": memory,
    }
    print(json.dumps(found), flush=True)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        sweep(given.one, given.workers)
        return
    rows = []
    for jobs in given.jobs:
        folder = tempfile.mkdtemp(prefix="stylex-scale-")
        here = Path.cwd()
        try:
            script = Path(__file__).resolve()
            os.chdir(folder)
            words = (script, "--one", str(jobs), "--workers", str(given.workers))
            (row,), *_ = child(sys.executable, *words)
        finally:
            os.chdir(here)
            shutil.rmtree(folder)
        rows.append(row)
        print(table(COLUMNS, [row]), flush=True)
    print(table(COLUMNS, rows))


if __name__ == "__main__":
    main()
