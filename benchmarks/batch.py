"""What painting several settings as one batch gives over painting them one after another.

    python benchmarks/batch.py [--size 192] [--steps 6] [--rounds 5] [--device auto]
        [--precision auto] [--threads N] [--batches 1 2 4 8]

Settings that differ in style, seed and weights, in batches of each size in turn. What counts is the
ratio of the medians to that of batches of one, which are single runs; below 1 a batch pays. On the
CPU it is the processor's seconds, which other programs take less of than of the clock's.
"""

import argparse
import time
from statistics import median
from typing import Any

import torch

from stylex.config.pictures import SAMPLES
from stylex.transfer.batch import Transfer, stylize_batch
from stylex.transfer.device import choose_device
from stylex.transfer.loop import Step
from stylex.transfer.plan import plan
from stylex.transfer.pyramid import Pyramid

STYLES = ("kahlo", "night", "wave", "glass")


def seconds_each(count: int, **options: Any) -> float:
    """Of a step of one setting, in a batch of so many."""
    on_cpu = choose_device(options["device"]).type == "cpu"
    marks: list[float] = []

    def mark(step: Step) -> None:
        if not on_cpu:
            torch.cuda.synchronize()
        marks.append(time.process_time() if on_cpu else time.perf_counter())

    jobs = []
    for number in range(count):
        style = SAMPLES / f"style/{STYLES[number % len(STYLES)]}.jpg"
        own = {"style_weight": 2.0 + number, "seed": number}
        planned = plan(SAMPLES / "content/jesse.jpg", style, **own, **options)
        last = number + 1 == count
        jobs.append(Transfer(planned, on_step=mark) if last else Transfer(planned))
    for _, result in stylize_batch(jobs):
        if isinstance(result, Exception):
            raise result
    # The first step measures the targets, the last one evaluates twice.
    return (marks[-2] - marks[0]) / (len(marks) - 2) / count


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=192)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 2, 4, 8])
    given = parser.parse_args()
    if given.threads:
        torch.set_num_threads(given.threads)
    options = {name: getattr(given, name) for name in ("size", "steps", "device", "precision")}
    options |= {"pyramid": Pyramid(levels=1), "tile": "off"}

    planned = plan(SAMPLES / "content/jesse.jpg", SAMPLES / "style/kahlo.jpg", **options)
    height, width = planned.size
    print(f"{width}×{height} px, {planned.precision}, {planned.device}", end=", ")
    print(f"{torch.get_num_threads()} threads")
    times: dict[int, list[float]] = {count: [] for count in given.batches}
    for _ in range(given.rounds):
        for count, found in times.items():
            found.append(seconds_each(count, **options))
    alone = median(times[given.batches[0]])
    print("batch  seconds per step of one  to the first")
    for count, found in times.items():
        print(f"{count:5d}  {median(found):23.4f}  {median(found) / alone:12.3f}", flush=True)


if __name__ == "__main__":
    main()
