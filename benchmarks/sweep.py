"""What a job of a sweep costs beyond its run: python benchmarks/sweep.py

Runs sweeps of 1 and of 1 + JOBS tiny jobs, each in a process of its own, and prints

    overhead = (what the long sweep spends outside its runs - what the short one does) / JOBS

What a sweep spends outside its runs: its own seconds less those that its runs recorded, which are
from reading the pictures to the saved result. Composing the config, folders, logs, the contact
sheet, table, plot and page are all overhead. Also prints how often the weights were read.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

JOBS = 40
ROUNDS = 3
ROOT = Path(__file__).resolve().parents[1]
SETTINGS = ("size=128", "steps=4", "pyramid=single")

# The command itself, which at its end says how often it has read the weights.
COMMAND = """
import atexit, sys
from stylex import cli
from stylex.transfer.vgg import weights
reads, read = [], weights._read_tensors
weights._read_tensors = lambda path: reads.append(path) or read(path)
atexit.register(lambda: print(len(reads), file=sys.stderr))
cli.main()
"""


def sweep(jobs: int) -> tuple[float, list[float], int]:
    """Seconds of a sweep, its runs' own seconds, and how often it read the weights."""
    with tempfile.TemporaryDirectory() as folder:
        seeds = ",".join(map(str, range(jobs)))
        words = [sys.executable, "-c", COMMAND, "--multirun", *SETTINGS, f"seed={seeds}"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        began = time.perf_counter()
        done = subprocess.run(
            words, cwd=folder, env=environment, check=True, capture_output=True, text=True
        )
        seconds = time.perf_counter() - began
        records = Path(folder).glob("outputs/sweeps/*/*/run.json")
        own = [json.loads(path.read_text())["seconds"] for path in records]
    assert len(own) == jobs
    return seconds, own, int(done.stderr.split()[-1])


def main() -> None:
    """Prints one line per round, and the median."""
    overheads = []
    for _ in range(ROUNDS):
        short, alone, _ = sweep(1)
        long, own, reads = sweep(1 + JOBS)
        overheads.append(((long - sum(own)) - (short - sum(alone))) / JOBS)
        print(
            f"1 job {short:.2f} s, {1 + JOBS} jobs {long:.2f} s, runs {sum(own):.2f} s: "
            f"overhead {1000 * overheads[-1]:.0f} ms a job; weights read {reads} time(s)"
        )
    print(
        f"median overhead {1000 * statistics.median(overheads):.0f} ms a job (of {ROUNDS} rounds)"
    )


if __name__ == "__main__":
    main()
