"""What strength=0…1 is made of, and how even its steps are on every sample pair.

    python benchmarks/strength.py [--size 192] [--steps 20] [--work outputs/strength]

Two sweeps over all pairs of a sample photograph and a sample painting; what is there already in
--work is not run again. The first varies the style's weight, and prints the weights at which
structure_error is at even parts of its way from the default to either end: the knots of
stylex/transfer/strength.py. The second varies the strength, and prints each pair's steps.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import numpy as np
from processes import table

from stylex.config.pictures import SAMPLES
from stylex.runs.record import Record
from stylex.runs.sweep_record import collect

WEIGHTS = (0.25, 0.5, 1, 2, 5, 12, 40, 200)  # the fifth is the default, the last strength=1
DEFAULT = 5
STRENGTHS = (0, 0.25, 0.5, 0.75, 1)
PARTS = tuple(part / 10 for part in range(1, 11))


def sweep(name: str, words: Sequence[str], options: argparse.Namespace) -> list[Record]:
    """The runs of all pairs."""
    pairs = [
        f"{group}={','.join(sorted(path.stem for path in (SAMPLES / group).glob('*.jpg')))}"
        for group in ("content", "style")
    ]
    fixed = (f"size={options.size}", f"steps={options.steps}", "tracking=light", f"sweep={name}")
    options.work.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "stylex", "--multirun", *pairs, *words, *fixed]
    subprocess.run(command, cwd=options.work, check=True)
    return collect([options.work / "outputs" / "sweeps" / name])


def by_pair(records: Sequence[Record], key: str) -> dict[str, list[float]]:
    """{pair: structure_error at each value of the key, ascending}."""
    found: dict[str, dict[float, float]] = {}
    for record in records:
        pair = f"{record.value('content')}-{record.value('style')}"
        found.setdefault(pair, {})[float(record.value(key))] = record.figures["structure_error"]
    return {pair: [of[value] for value in sorted(of)] for pair, of in found.items()}


def knots(curves: Sequence[Sequence[float]]) -> list[float]:
    """The style's weights at PARTS: its way to the default is the first half, the rest the second.

    Each pair's curve counts as parts of its own end.
    """
    mean = [0.0, *map(fmean, zip(*map(_parts, curves), strict=True))]
    middle = mean[1 + WEIGHTS.index(DEFAULT)]
    way = [
        part / middle / 2 if part < middle else 0.5 + (part - middle) / (1 - middle) / 2
        for part in mean
    ]
    logs = np.log([WEIGHTS[0] / 4, *WEIGHTS])  # where nothing of the style is to be seen
    return [float(np.exp(np.interp(part, way, logs))) for part in PARTS]


def _parts(curve: Sequence[float]) -> list[float]:
    return [value / curve[-1] for value in curve]


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=192)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--work", type=Path, default=Path("outputs/strength"))
    options = parser.parse_args()
    weights = ",".join(f"{weight:g}" for weight in WEIGHTS)
    calm = ",".join(f"{5 * weight:g}" for weight in WEIGHTS)
    words = (f"style_weight={weights}", f"tv_weight={calm}", "zip=style_weight,tv_weight")
    curves = by_pair(sweep("weights", words, options), "style_weight")
    rows = [
        {"who": f"strength={part:g}", "style_weight": weight}
        for part, weight in zip(PARTS, knots([*curves.values()]), strict=True)
    ]
    print(table({"style_weight": "{:.3g}"}, rows))
    strengths = ",".join(map(str, STRENGTHS))
    found = by_pair(sweep("strengths", (f"strength={strengths}",), options), "strength")
    columns = {"structure_error at 1": "{:.3f}", "parts of it, step by step": "{}"}
    print(table(columns, [_row(*columns, pair, curve) for pair, curve in found.items()]))


def _row(end: str, steps: str, pair: str, curve: Sequence[float]) -> dict[str, object]:
    parts = [f"{after - before:.2f}" for before, after in pairwise(_parts(curve))]
    return {"who": pair, end: curve[-1], steps: " ".join(parts)}


if __name__ == "__main__":
    os.environ.setdefault("PYTHONPATH", str(Path(__file__).resolve().parents[1]))
    main()
