"""Two pictures in, a picture and its figures out: the whole transfer, from plain arguments."""

import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from stylex.images import load, save
from stylex.images.load import Picture
from stylex.transfer import inputs
from stylex.transfer.asking import Asking, alone
from stylex.transfer.device import computing_in, dtype_of
from stylex.transfer.evaluation.cuda_graph import CudaGraphObjective
from stylex.transfer.evaluation.freed import give_back_freed
from stylex.transfer.evaluation.tiles import TiledObjective
from stylex.transfer.loop import Step, optimizing, unchanged
from stylex.transfer.losses.base import Loss
from stylex.transfer.losses.style import Keep
from stylex.transfer.metrics import Score, score
from stylex.transfer.objective import Objective
from stylex.transfer.plan import LOOK_TILE, plan
from stylex.transfer.pyramid import Level
from stylex.transfer.shared import Shared
from stylex.transfer.started import Started, read
from stylex.transfer.style import Style, turned
from stylex.transfer.targets import aim_content, aim_style
from stylex.transfer.vgg.network import VGG19


@dataclass(frozen=True)
class Result:
    """The finished picture, (1, 3, H, W) in [0, 1] on the CPU, and how it came about.

    style_error, content_error, style_distance, structure_error: the metrics of `score`.
    seconds: of optimising.
    painted: where `image` got the photograph's colours afterwards, what the optimiser painted.
    """

    image: Tensor
    style_error: float
    content_error: float
    style_distance: float
    structure_error: float
    seconds: float
    steps: int
    evaluations: int
    painted: Tensor | None = None

    @property
    def metrics(self) -> dict[str, float]:
        """{name: value} of those of `score`."""
        return {metric.name: getattr(self, metric.name) for metric in fields(Score)}

    @property
    def picture(self) -> Image.Image:
        """As an 8-bit RGB PIL picture."""
        return load.to_pil(self.image)

    def save(self, path: str | Path) -> None:
        """Writes the format that the name ends in: .png, .jpg, .webp, .tif or .16.png (16-bit).

        `~` is understood, and folders are made. Raises UserError, OSError.
        """
        save.write(self.image, path)


@torch.inference_mode(False)
@torch.enable_grad()
def stylize(
    content: Picture,
    style: Style,
    *,
    on_start: Callable[[Started], None] = lambda started: None,
    on_step: Callable[[Step], None] = lambda step: None,
    state: dict[str, Any] | None = None,
    shared: Shared | None = None,
    **settings: Any,
) -> Result:
    """Paints `content` in the manner of `style`.

    content, style: a path, a PIL picture, or a tensor (3, H, W) in [0, 1]. A style may also be a
        `StyleSource`, or a list of them: a mixture, or each in its place.
    settings: size, steps, style_weight, …: the fields of `Settings`, where their defaults and
        ranges are; or, in place of its three weights, a `strength` from 0, which keeps the
        photograph, to 1, which has the painting's own things.
    on_start, on_step: called when the pictures are read, and after every step.
    state: of an earlier call's step, with the same arguments: continues there, to the same picture.
        It is emptied, for it may hold gigabytes.
    shared: with other calls: networks are built, pictures read and measured once for all of them.

    Raises UserError for whatever of this cannot be done, before anything is computed.
    """
    memory_plan = state["memory_plan"] if state else None
    planned = plan(content, style, memory_plan=memory_plan, **settings)
    started = read(planned, shared)
    with computing_in(planned.precision):
        vgg = network_of(started, shared)
        on_start(started)
        began = time.perf_counter()
        painted = alone(painting)(started, vgg, on_step, state, keep_of(started, shared))
        seconds = time.perf_counter() - began
    del vgg  # of Winograd's kernels alone 0.1 GB, which the metrics do not need
    return result_of(painted, started, seconds, shared)


@dataclass(frozen=True)
class Painted:
    """The optimised picture, and the same with the colours that it is shown in.

    (1, 3, H, W) in [0, 1], on the CPU.
    """

    painted: Tensor
    image: Tensor
    steps: int
    evaluations: int


def painting(
    started: Started,
    vgg: VGG19,
    on_step: Callable[[Step], None],
    state: dict[str, Any] | None = None,
    keep: Keep | None = None,
) -> Asking[Painted]:
    """The optimising of `stylize`, which pauses before each evaluation."""
    planned, given = started.plan, started.plan.settings
    end = yield from optimizing(
        started.start.to(planned.device),
        planned.levels,
        lambda level, start: _objective_at(level, start, started, vgg, keep),
        given.optimizer,
        on_step,
        stop_change=given.stop_change,
        parameterization=given.parameterization,
        canvas=started.canvas and started.canvas.on(planned.device),
        resample_every=given.resample_every,
        start_from=lambda level, image: _start_of(level, image, started),
        keep_start=given.keeps_start,
        finish=started.finish if started.finishes else unchanged,
        tileable=given.tileable,
        state=state,
    )
    painted = end.painted
    return Painted(painted.cpu(), end.finish(painted).cpu(), end.number, end.evaluations)


def result_of(
    painted: Painted, started: Started, seconds: float, shared: Shared | None = None
) -> Result:
    """With its figures. seconds: of optimising. shared: with the scoring of others."""
    planned = started.plan
    give_back_freed()  # .03 s, for 0.1 GB less at the peak of a run at 512 px
    figures = score(
        painted.image.to(planned.device),
        started.content,
        started.paintings,
        planned.levels[-1].tile,
        shared,
    )
    return Result(
        painted.image,
        **vars(figures),
        seconds=seconds,
        steps=painted.steps,
        evaluations=painted.evaluations,
        painted=painted.painted if started.finishes else None,
    )


def stylize_each(contents: Iterable[Picture], style: Style, **arguments: Any) -> Iterator[Result]:
    """Paints one picture after another in the manner of `style`, each as `stylize` does.

    The networks are made once, and each painting is measured once for every size of a level.
    contents: taken one by one. arguments: of `stylize`, alike for all.

    Raises UserError when it comes to a picture that cannot be read, or one that is too small.
    """
    shared = Shared()
    for content in contents:
        yield stylize(content, style, shared=shared, **arguments)


def keep_of(started: Started, shared: Shared | None) -> Keep | None:
    """For what the network of `network_of` has measured for other transfers."""
    return shared.keep(_key_of(started)) if shared else None


def _key_of(started: Started) -> Hashable:
    """Equal where networks see alike, so far as they have the same layers."""
    planned, given = started.plan, started.plan.settings
    how = given.extractor, given.tileable, planned.precision, planned.device
    return started.weights.sha256, *how


def network_of(started: Started, shared: Shared | None = None) -> VGG19:
    """The network that its losses look through."""
    planned, weights = started.plan, started.weights
    extractor, layers, dtype = (
        planned.settings.extractor,
        planned.layers,
        dtype_of(planned.precision),
    )

    def build() -> VGG19:
        return extractor.build(weights, layers, dtype, planned.device)

    return shared.network((_key_of(started), *layers), build) if shared else build()


def first_picture(started: Started) -> Tensor:
    """What the first level starts from, (1, 3, h, w), as it is to be shown."""
    start = _start_of(started.plan.levels[0], started.start, started)
    return started.finish(start.clamp(0, 1))  # with `init_detail` it may be beyond


def _start_of(level: Level, before: Tensor, started: Started) -> Tensor:
    """What a level starts from, see `inputs.start_of`."""
    given = started.plan.settings
    if isinstance(given.init, str) and given.init == "content" and not given.used_style_terms:
        before = started.start  # which is what is wanted, and has all its details
    last = level.number and level.number + 1 == len(started.plan.levels)
    photograph = started.seen_content if given.init_detail and not last else None
    return inputs.start_of(level, before, photograph, tileable=given.tileable)


def _objective_at(
    level: Level, start: Tensor, started: Started, vgg: VGG19, keep: Keep | None = None
) -> Objective:
    """The objective with its targets at the level's size; the style pictures shrink along."""
    planned, given = started.plan, started.plan.settings
    (height, width), device = planned.size, planned.device
    size, own = (level.height, level.width), planned.terms_at(level)
    terms: list[tuple[float, Loss]] = []
    seen = vgg.edged("opposite") if given.tileable else vgg
    # The painting does not tile, but neither may its frame become part of what does.
    style_vgg = vgg.edged("mirrored") if given.tileable else vgg
    photograph = inputs.resized(started.seen_content, size).to(device)
    if own.content:
        content = aim_content(
            own.content,
            seen,
            photograph,
            {},
            seed=given.seed,
            tile=level.tile,
            keep=None if given.resample_every else keep,
        )
        terms += [(given.content_weight, loss) for loss in content]
    if own.style:
        smallest = min(min(painting.image.shape[-2:]) for painting in started.paintings)
        paintings = started.seen_paintings
        if given.style_turned:
            paintings = [view for painting in paintings for view in turned(painting)]
        style = aim_style(
            own.style,
            style_vgg,
            paintings,
            size,
            {},
            ratio=max(level.height / height, level.width / width, planned.smallest_side / smallest),
            seed=given.seed,
            tile=level.tile or LOOK_TILE,
            device=device,
            photograph=photograph,
            start=start if level.number else None,
            guide_vgg=seen,
            keep=keep,
        )
        terms += [(given.style_weight, loss) for loss in style]
    if given.tv_weight:
        tv = given.tv_loss.tileable() if given.tileable else given.tv_loss
        terms.append((given.tv_weight, tv))
    seen = seen.only(own.layers)
    if level.tile:
        return TiledObjective(seen, terms, level.tile)
    # A recorded graph would look at the same positions for ever.
    graph = device.type == "cuda" and not given.resample_every
    return (CudaGraphObjective if graph else Objective)(seen, terms)
