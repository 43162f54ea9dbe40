"""Does a search find better settings than a grid or chance, and what does pruning save?

    python benchmarks/search.py FOLDER [SEEDS]

Two settings, 20 jobs each way, pictures of 128 px in two levels; searches and random settings with
SEEDS (3) seeds. Runs stay in FOLDER and are not made again. Prints a line per sweep: the least of
what is searched for, the mean of those that were finished, how many were pruned, and the
seconds of all. Then the pruned ones are finished, too, in a copy: the least among those, and how
well the figure after the first level foretells the order at the end (Spearman's rank correlation).
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
from processes import table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from stylex.report.ranking import figure  # noqa: E402
from stylex.runs.record import Record  # noqa: E402
from stylex.runs.sweep_record import collect  # noqa: E402

BY = "style_error+0.3*content_error"
COMMON = (
    "content=jesse",
    "style=kahlo",
    "steps=20",
    "size=128",
    "pyramid.min_size=64",
    "tracking=light",
)
GRID = ("style_weight=logspace(0,1.477,5)", "layers.style.relu5_1=linspace(0,1,4)")
SPACE = ("style_weight=tag(log,interval(1,30))", "layers.style.relu5_1=interval(0,1)")
SEARCH = ("hydra/sweeper=optuna", "hydra.sweeper.n_trials=20", *SPACE)
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
COLUMNS = {"least": "{:.4f}", "mean": "{:.4f}", "jobs": "{}", "pruned": "{}", "seconds": "{:.0f}"}


def sweep(folder: Path, name: str, *words: str) -> list[Record]:
    """The runs of a sweep, in the order of time, made where they are missing."""
    command = [sys.executable, "-m", "stylex", "--multirun", *COMMON, f"rank_by={BY}", *words]
    subprocess.run(
        [*command, f"sweep={name}"],
        cwd=folder,
        check=True,
        env=ENVIRONMENT,
    )
    return collect([folder / "outputs/sweeps" / name])


def row(who: str, runs: list[Record]) -> dict[str, object]:
    """A line of the table."""
    values = [value for run in runs if run.done and (value := figure(run.figures, BY))]
    return {
        "who": who,
        "least": min(values),
        "mean": sum(values) / len(values),
        "jobs": len(runs),
        "pruned": sum(run.status == "pruned" for run in runs),
        "seconds": sum(run.figures["seconds"] for run in runs),
    }


def finished(folder: Path, name: str) -> list[Record]:
    """The runs of a sweep in a copy of it, those that were pruned run to their end."""
    copy = folder / "whole" / name
    if not copy.exists():
        shutil.copytree(folder / "outputs/sweeps" / name, copy)
    for run in collect([copy]):
        if not run.done:
            command = [sys.executable, "-m", "stylex", f"resume={run.folder}"]
            subprocess.run(command, cwd=folder, check=True, env=ENVIRONMENT)
    return collect([copy])


def correlation(runs: list[Record]) -> float:
    """Spearman's, of the figures after the first level with those at the end."""
    pairs = [(figure(run.at_levels[1], BY), figure(run.figures, BY)) for run in runs]
    ranks = np.argsort(np.argsort(np.array(pairs, float), axis=0), axis=0)
    return float(np.corrcoef(ranks.T)[0, 1])


def main() -> None:
    """Runs what is missing and prints the table."""
    folder, seeds = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3
    folder.mkdir(parents=True, exist_ok=True)
    rows = [row("grid", sweep(folder, "grid", *GRID))]
    spared: list[float] = []
    whole: list[Record] = []
    for seed in range(seeds):
        for who, more in (
            ("random", ("hydra.sweeper.sampler=random",)),
            ("tpe", ()),
            ("tpe, median", ("hydra.sweeper.pruner=median",)),
        ):
            name = f"{who.replace(', ', '-')}-{seed}"
            runs = sweep(folder, name, *SEARCH, f"hydra.sweeper.seed={seed}", *more)
            rows.append(row(f"{who} {seed}", runs))
            if "median" in who:
                pruned = {run.folder.name for run in runs if run.status == "pruned"}
                made = finished(folder, name)
                whole += made
                spared += [
                    value
                    for run in made
                    if run.folder.name in pruned and (value := figure(run.figures, BY))
                ]
    print(table(COLUMNS, rows))
    print(f"the least of the pruned ones, had they been finished: {min(spared):.4f}")
    print(f"rank correlation of first and last level, {len(whole)} runs: {correlation(whole):.2f}")


if __name__ == "__main__":
    main()
