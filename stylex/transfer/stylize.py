"""Two pictures in, a picture and its figures out: the whole transfer, from plain arguments."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from PIL import Image
from torch import Tensor

from stylex.errors import UserError, check_range, check_whole
from stylex.images import load, save
from stylex.images.load import Picture
from stylex.transfer import inputs
from stylex.transfer.device import Precision, choose_device, choose_precision, computing_in
from stylex.transfer.evaluation.cuda_graph import Recorded
from stylex.transfer.evaluation.memory import Tile, check_tile, free, in_tiles, needed
from stylex.transfer.evaluation.tiles import TiledObjective, measure
from stylex.transfer.loop import Step, optimize
from stylex.transfer.losses.base import ContentLoss, Loss, MomentLoss, TotalVariation
from stylex.transfer.losses.statistics import Sums
from stylex.transfer.metrics import CONTENT_LAYER, STYLE_LAYERS, score
from stylex.transfer.objective import Objective
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.pyramid import Fit, Level, Pyramid, plan_levels, scale_size
from stylex.transfer.vgg.extractor import Extractor
from stylex.transfer.vgg.layers import check_layers, smallest_side
from stylex.transfer.vgg.network import Features, Weights

DEFAULT_CONTENT_LAYERS: Mapping[str, float] = {"relu4_2": 1.0}
DEFAULT_STYLE_LAYERS: Mapping[str, float] = {
    "relu1_1": 0.5,
    "relu2_1": 0.25,
    "relu3_1": 0.125,
    "relu4_1": 0.0625,
    "relu5_1": 0.0625,
}

MakeContentLoss = Callable[[Features, Mapping[str, float]], Loss]
MakeStyleLoss = Callable[[Mapping[str, Sums], Mapping[str, float]], Loss]


@dataclass(frozen=True)
class Plan:
    """What is about to run. Pictures are (1, 3, H, W) in [0, 1] at the sizes of the last level.

    memory: bytes that the last level will take, estimated.
    """

    content: Tensor
    style: Tensor
    levels: Sequence[Level]
    device: torch.device
    precision: Precision
    weights: Weights
    memory: int

    @property
    def steps(self) -> int:
        return sum(level.steps for level in self.levels)


@dataclass(frozen=True)
class Result:
    """The finished picture, (1, 3, H, W) in [0, 1] on the CPU, and how it came about.

    style_error, content_error: the fixed yardstick of `score`. seconds: of optimising.
    """

    image: Tensor
    style_error: float
    content_error: float
    seconds: float
    steps: int
    evaluations: int

    @property
    def picture(self) -> Image.Image:
        """As an 8-bit RGB PIL picture."""
        return load.to_pil(self.image)

    def save(self, path: str | Path) -> None:
        """Writes the format that the name ends in: .png, .jpg, .webp, .tif or .16.png (16-bit)."""
        Path(path).write_bytes(save.encode(self.image, path))


def stylize(
    content: Picture,
    style: Picture,
    *,
    size: int = 512,
    fit: Fit = "long",
    enlarge: bool = False,
    style_size: int | None = None,
    style_scale: float = 1.0,
    style_squash: bool = False,
    init: Picture = "content",
    seed: int = 0,
    steps: int | Sequence[int] = 50,
    pyramid: Pyramid = Pyramid(),
    content_weight: float = 1.0,
    style_weight: float = 5.0,
    tv_weight: float = 25.0,
    content_layers: Mapping[str, float] = DEFAULT_CONTENT_LAYERS,
    style_layers: Mapping[str, float] = DEFAULT_STYLE_LAYERS,
    content_loss: MakeContentLoss = ContentLoss,
    style_loss: MakeStyleLoss = MomentLoss,
    tv_loss: Callable[[], Loss] = TotalVariation,
    extractor: Extractor = Extractor(),
    optimizer: Optimizer = Optimizer(),
    rel_change: float = 0.0,
    device: str = "auto",
    precision: Literal["auto", "fp32", "bf16", "tf32"] = "auto",
    tile: Tile = "auto",
    on_start: Callable[[Plan], None] = lambda plan: None,
    on_step: Callable[[Step], None] = lambda step: None,
    state: dict[str, Any] | None = None,
) -> Result:
    """Paints `content` in the manner of `style`.

    content, style: a path, a PIL picture, or a tensor (3, H, W) in [0, 1].
    size: px of the result's long side (`fit="short"`: the short one, `"square"`: both); a smaller
        picture keeps its size unless `enlarge`.
    style_size: the same for the style picture, which is never enlarged; by default `size`, and
        times `style_scale`: below 1 for finer strokes. `style_squash` gives it the content's size
        instead, whatever its shape.
    pyramid, extractor, optimizer: see these classes.
    init: where to start: `content`, `noise`, `style`, or a picture.
    steps: of the optimiser, per level: one number, or one for each level.
    content_weight, style_weight, tv_weight: of the three losses; 0 leaves a loss out.
    content_layers, style_layers: {layer: weight}; 0 leaves a layer out.
    content_loss, style_loss: make a loss from {layer: the target's features, or their sums} and
        {layer: weight}.
    seed: of the noise; the same call gives the same pixels on the same machine and threads.
    rel_change: ends a level early when ten steps lower the loss by less than this part of it.
    tile: px of the squares in which larger levels are evaluated, to the same result in less memory;
        `auto`: where a level would take more than is free, if need be with less L-BFGS history.
    on_start, on_step: hear of the plan and of every step.
    state: of an earlier call's step, with the same arguments: goes on there, to the same picture.

    Raises UserError for whatever of this cannot be done, before anything is computed.
    """
    check_range("content_weight", content_weight)
    check_range("style_weight", style_weight)
    check_range("tv_weight", tv_weight)
    check_range("rel_change", rel_change, 0, 1)
    check_whole("seed", seed, 0, 2**63 - 1)
    _check_steps(steps)
    check_tile(tile)
    optimizer.check()
    torch_device = choose_device(device)
    chosen_precision = choose_precision(precision, torch_device)
    content_layers = _used(content_layers, "layers.content", content_weight)
    style_layers = _used(style_layers, "layers.style", style_weight)
    layers = (*content_layers, *style_layers)
    if not layers:
        raise UserError("nothing to optimise: content_weight and style_weight are 0")
    least = smallest_side((*layers, CONTENT_LAYER, *STYLE_LAYERS))

    content_image, style_image = inputs.pair(
        content,
        style,
        size=size,
        fit=fit,
        enlarge=enlarge,
        style_size=style_size,
        style_scale=style_scale,
        style_squash=style_squash,
        least=least,
    )
    (height, width), style_sides = load.sides(content_image), load.sides(style_image)
    levels = plan_levels(height, width, steps=steps, smallest_side=least, **vars(pyramid))
    start = inputs.initial(init, content_image, style_image, seed, levels[0])
    weights = extractor.load()

    with computing_in(chosen_precision) as dtype:
        before = _as_before(levels, state) if tile == "auto" else None
        levels = before or in_tiles(
            levels, tile, free(torch_device), lambda level: needed(level, layers, dtype, optimizer)
        )
        memory = needed(levels[-1], layers, dtype, optimizer)
        plan = Plan(
            content_image, style_image, levels, torch_device, chosen_precision, weights, memory
        )
        vgg = extractor.build(weights, layers, dtype).to(torch_device)

        def objective_at(level: Level) -> Objective:
            """The objective with its targets at the level's size; the style shrinks along."""
            ratio = max(level.height / height, level.width / width, least / min(style_sides))
            terms: list[tuple[float, Loss]] = []
            if content_layers:
                image = inputs.resized(content_image, (level.height, level.width)).to(torch_device)
                features, _ = measure(vgg, image, content_layers, (), level.tile)
                terms.append((content_weight, content_loss(features, content_layers)))
            if style_layers:
                sides = scale_size(*style_sides, ratio)
                image = inputs.resized(style_image, sides).to(torch_device)
                _, sums = measure(vgg, image, (), style_layers, level.tile)
                terms.append((style_weight, style_loss(sums, style_layers)))
            if tv_weight:
                terms.append((tv_weight, tv_loss()))
            if level.tile:
                return TiledObjective(vgg, terms, level.tile)
            return (Recorded if torch_device.type == "cuda" else Objective)(vgg, terms)

        on_start(plan)
        began = time.perf_counter()
        end = optimize(
            start.to(torch_device),
            levels,
            objective_at,
            optimizer,
            on_step,
            rel_change=rel_change,
            state=state,
        )
        image = end.image.cpu()
        seconds = time.perf_counter() - began
    figures = score(image.to(torch_device), content_image, style_image, levels[-1].tile)
    return Result(
        image, figures.style_error, figures.content_error, seconds, end.number, end.evaluations
    )


def _as_before(levels: Sequence[Level], state: dict[str, Any] | None) -> list[Level] | None:
    """The levels evaluated as they were then, if this goes on from somewhere."""
    if state is None or len(state["rooms"]) != len(levels):
        return None
    rooms = zip(levels, state["rooms"], strict=True)
    return [replace(level, tile=tile, history=history) for level, (tile, history) in rooms]


def _check_steps(steps: int | Sequence[int]) -> None:
    counts = [steps] if isinstance(steps, int) else steps
    if not isinstance(counts, Sequence) or isinstance(counts, str) or not counts:
        raise UserError(f"steps must be a whole number, or one per level, not {steps!r}")
    for count in counts:
        check_whole("steps", count, 1, 10**9)


def _used(layers: Mapping[str, float], place: str, weight: float) -> dict[str, float]:
    """The layers that count. Raises UserError for an unknown layer or what is no weight."""
    check_layers(layers, place)
    for layer, own in layers.items():
        check_range(f"{place}.{layer}", own)
    return {layer: own for layer, own in layers.items() if own and weight}
