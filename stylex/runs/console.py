"""What a run prints: what it does, how far it is, how it ended; and durations in words."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from stylex.paths import shown
from stylex.transfer.pyramid import Level, work_of
from stylex.transfer.vgg.layers import LAYERS

if TYPE_CHECKING:  # torch: whoever only tells durations need not wait for it
    from stylex.transfer.loop import Step
    from stylex.transfer.plan import Plan
    from stylex.transfer.settings import Settings
    from stylex.transfer.started import Started
    from stylex.transfer.stylize import Result


def duration(seconds: float) -> str:
    """As measured, to be compared: `3.7 s`, `78 s`, `17 min`."""
    if seconds < 1000:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"


def about(seconds: float) -> str:
    """As estimated: `78 s`, `17 min`, `1.6 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def title(content: str, style: str, settings: "Settings") -> str:
    """What a run makes, from the names of its pictures."""
    if not settings.used_style_terms:
        layers = dict.fromkeys(
            layer for term in settings.used_content_terms.values() for layer in term.layers or {}
        )
        return f"{content}, from its {' '.join(layers)} alone"
    if not settings.used_content_terms and settings.init == "noise":
        return f"a texture of {style}"
    return f"{content} in the manner of {style}"


def header(
    content: str, style: str, started: "Started", layers: tuple[list[str], list[str]]
) -> str:
    """What runs, in three lines, and a further one each for a mask, the surface, and tiles."""
    plan = started.plan
    height, width = plan.size
    paintings = " and ".join(f"{width}×{height}" for height, width in plan.style_sizes)
    tiled = [level for level in plan.levels if level.tile]
    return "\n".join(
        (
            f"{title(content, style, plan.settings)}, {width}×{height} px",
            f"  {schedule(plan)}",
            f"  VGG19 ({started.weights.name}): content {' '.join(layers[0]) or '–'}, "
            + (f"style {' '.join(layers[1])} of {paintings} px" if layers[1] else "style –"),
            *(
                [f"  within a mask, {float(started.canvas.mask.mean()):.0%} of the picture"]
                if started.canvas
                else []
            ),
            *([_surface(plan)] if plan.levels[-1].surface else []),
            *([_tiling(tiled[0], tiled[-1])] if tiled else []),
        )
    )


def schedule(plan: "Plan") -> str:
    """The sizes and steps of its levels, on what device, in what precision."""
    import torch

    sizes = " → ".join(f"{level.width}×{level.height}" for level in plan.levels)
    steps = " + ".join(str(level.steps) for level in plan.levels)
    cpu = f"cpu ({torch.get_num_threads()} threads)"
    where = cpu if plan.device.type == "cpu" else str(plan.device)
    return f"{sizes} px, {steps} steps on {where} in {plan.precision}"


def _surface(plan: "Plan") -> str:
    first = next(level for level in plan.levels if level.surface)
    layers = " ".join(sorted(plan.terms_at(first).layers, key=LAYERS.index))
    return f"  from {first.width}×{first.height} px on for the surface alone, by {layers}"


def _tiling(first: Level, last: Level) -> str:
    kept = f", with the last {last.history} pairs of L-BFGS" if last.history else ""
    return f"  in tiles of {last.tile} px from {first.width}×{first.height} px on{kept}"


def memory_advice(need: int, available: int, size: int) -> str:
    """What a run of `size` px needs, in bytes, and a size for which `available` would do."""
    from stylex.transfer.evaluation.memory import fitting_size

    smaller = fitting_size(size, need, available)
    enough = f"{available / 1e9:.1f} GB would do for size={smaller}"
    return f"about {need / 1e9:.1f} GB are needed, {enough}"


def footer(path: Path, result: "Result", seconds: float) -> str:
    """How it ended, in three lines; the picture's path stands alone for copying."""
    return (
        f"{duration(seconds)}, style_error {result.style_error:.3f}, "
        f"content_error {result.content_error:.3f}\n"
        f"  style_distance {result.style_distance:.3f}, "
        f"structure_error {result.structure_error:.3f}\n{shown(path)}"
    )


class Progress:
    """A bar over all levels; silent where there is no terminal.

    It counts the work, not steps: most steps are small ones, and the time left would be far too
    short until the last level. done: steps before it.
    """

    def __init__(self, plan: "Plan", done: int = 0, *, hidden: bool = False) -> None:
        self.plan = plan
        self.bar = tqdm(
            total=work_of(plan.levels, plan.steps),
            initial=work_of(plan.levels, done),
            disable=hidden or not sys.stderr.isatty(),
            dynamic_ncols=True,
            bar_format="{percentage:3.0f}% {bar} {elapsed}, {remaining} left{postfix}",
        )

    def on_step(self, step: "Step") -> None:
        if self.bar.disable:
            return
        level = self.plan.levels[step.level]
        # Asking a GPU for the loss would make it wait: once in a while is enough.
        if self.plan.device.type == "cpu" or step.number % 20 == 0:
            where = f"step {step.number}/{self.plan.steps}, {level.width}×{level.height} px"
            loss = float(step.losses.total.mean())
            self.bar.set_postfix_str(f"{where}, loss {loss:.4g}", refresh=False)
        self.bar.update(level.work)

    def close(self) -> None:
        self.bar.close()
