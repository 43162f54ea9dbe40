"""What a run says on the terminal: what it does, how far it is, and how it came out."""

import sys
from pathlib import Path

import torch
from tqdm import tqdm

from stylex.paths import shown
from stylex.runs.checkpoint import Checkpoint
from stylex.runs.duration import duration
from stylex.transfer.loop import Step
from stylex.transfer.plan import Plan
from stylex.transfer.pyramid import Level, pixels_moved
from stylex.transfer.stylize import Result, Started


def header(content: str, style: str, started: Started, layers: tuple[list[str], list[str]]) -> str:
    """What runs, in three lines."""
    plan = started.plan
    sizes = [f"{level.width}×{level.height}" for level in plan.levels]
    device = f"cpu ({torch.get_num_threads()} threads)"
    where = device if plan.device.type == "cpu" else str(plan.device)
    height, width = plan.style_sizes[0]
    tiled = [level for level in plan.levels if level.tile]
    return "\n".join(
        (
            f"{content} in the manner of {style} ({width}×{height} px)",
            f"  {' → '.join(sizes)} px, {plan.steps} steps on {where} in {plan.precision}",
            f"  VGG19 ({started.weights.name}): content {' '.join(layers[0]) or '–'}, "
            f"style {' '.join(layers[1]) or '–'}",
            *([_room(tiled[0], tiled[-1])] if tiled else []),
        )
    )


def _room(first: Level, last: Level) -> str:
    """How the levels are evaluated for which there is too little memory otherwise."""
    kept = f", with the last {last.history} pairs of L-BFGS" if last.history else ""
    return f"  in tiles of {last.tile} px from {first.width}×{first.height} px on{kept}"


def footer(path: Path, result: Result, seconds: float) -> str:
    """How it came out, in two lines; the picture's path stands alone for copying."""
    return (
        f"{duration(seconds)}, style_error {result.style_error:.3f}, "
        f"content_error {result.content_error:.3f}\n{shown(path)}"
    )


class Progress:
    """A bar over all levels; silent where there is no terminal.

    It counts pixels, not steps: most steps are small ones, and the time left would be far too
    short until the last level.
    """

    def __init__(
        self, plan: Plan, resumed: Checkpoint | None = None, *, hidden: bool = False
    ) -> None:
        self.plan = plan
        self.bar = tqdm(
            total=pixels_moved(plan.levels, plan.steps),
            initial=pixels_moved(plan.levels, resumed.state["number"]) if resumed else 0,
            disable=hidden or not sys.stderr.isatty(),
            dynamic_ncols=True,
            bar_format="{percentage:3.0f}% {bar} {elapsed}, {remaining} left{postfix}",
        )

    def on_step(self, step: Step) -> None:
        if self.bar.disable:
            return
        level = self.plan.levels[step.level]
        # Asking a GPU for the loss would make it wait: once in a while will do.
        if self.plan.device.type == "cpu" or step.number % 20 == 0:
            where = f"step {step.number}/{self.plan.steps}, {level.width}×{level.height} px"
            loss = float(step.losses.total.mean())
            self.bar.set_postfix_str(f"{where}, loss {loss:.4g}", refresh=False)
        self.bar.update(level.height * level.width)

    def close(self) -> None:
        self.bar.close()
