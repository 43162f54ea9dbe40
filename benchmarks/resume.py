"""Runs killed at random moments and resumed, and what checkpoints cost: python benchmarks/resume.py

Each of --runs runs is killed with SIGKILL at a moment that --seed decides, resumed, perhaps killed
again, and must end in the picture and the logged steps of a run that was left alone. Exit status 1
when one does not. Then a run at --size with the default `checkpoint_every`: the share of its time
that went into checkpoints.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUN = ("size=96", "steps=12", "pyramid.min_size=48", "precision=fp32", "checkpoint_every=0.05")
RUN += ("tracking.scalars_every=1", "tracking.images_every=0")
MOST_KILLS = 3  # of one run

# The command, with the time that checkpoints take added up.
TIMED = """
import sys, time
from stylex import cli
from stylex.runs.checkpoint import Checkpoints
save, spent = Checkpoints.save, []
def timed(self, *args):
    began = time.perf_counter()
    save(self, *args)
    spent.append(time.perf_counter() - began)
Checkpoints.save = timed
try:
    cli.main()
finally:
    print(len(spent), sum(spent), file=sys.stderr)
"""


def start(folder: Path, *words: str, code: str | None = None) -> subprocess.Popen[str]:
    """The command with these words, in `folder`."""
    program = ["-c", code] if code else ["-m", "stylex"]
    return subprocess.Popen(
        [sys.executable, *program, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def left(folder: Path) -> tuple[bytes, list[int]]:
    """The picture's bytes, and the steps in the log."""
    lines = (folder / "steps.jsonl").read_text().splitlines()
    return (folder / "result.png").read_bytes(), [json.loads(line)["step"] for line in lines]


def killed_and_resumed(
    here: Path, name: str, lead: float, seconds: float, chance: random.Random
) -> int:
    """Runs in here/name until it is done; how often it was killed on the way, at least once.

    lead: how long the program takes to come to its first step. seconds: and from there to its end.
    """
    kills = 0
    while True:
        process = start(here, *RUN, f"hydra.run.dir={name}")
        patience = lead + chance.uniform(0, seconds) if kills < MOST_KILLS else None
        try:
            _, error = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills += 1
            continue
        assert process.returncode == 0, error
        if kills:
            return kills
        shutil.rmtree(here / name)  # done before its moment came


def main() -> int:
    """Prints a line per run and the two figures; gives the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=512, help="of the timed run; 0: none")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    same = resumed = 0
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        began = time.perf_counter()
        start(here, *RUN, "hydra.run.dir=whole").communicate()
        seconds = json.loads((here / "whole/run.json").read_text())["seconds"]
        lead = time.perf_counter() - began - seconds
        whole = left(here / "whole")
        for number in range(options.runs):
            kills = killed_and_resumed(here, f"run{number}", lead, seconds, chance)
            record = json.loads((here / f"run{number}/run.json").read_text())
            resumed += record.get("resumed", 0)
            identical = left(here / f"run{number}") == whole
            same += identical
            print(f"run {number}: killed {kills} times, {'identical' if identical else 'OTHER'}")
        print(
            f"seed {options.seed}: {same} of {options.runs} identical in picture and logged steps, "
            f"resumed from {resumed} checkpoints"
        )
        if options.size:
            began = time.perf_counter()
            process = start(here, f"size={options.size}", "hydra.run.dir=timed", code=TIMED)
            _, error = process.communicate()
            count, spent = error.split()[-2:]
            seconds = json.loads((here / "timed/run.json").read_text())["seconds"]
            print(
                f"{count} checkpoints in a run of {seconds:.0f} s at {options.size} px: "
                f"{float(spent):.2f} s, {100 * float(spent) / seconds:.2f} % of it"
            )
    return 0 if same == options.runs else 1


if __name__ == "__main__":
    sys.exit(main())
