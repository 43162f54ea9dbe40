"""One contestant of compare.py in a process of its own; prints JSON lines.

python benchmarks/contestants.py NAME CONTENT STYLE SIZE BEGAN …
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from stylex.importing import importing_torch

with importing_torch():  # as all commands of stylex do
    import torch
    import torch.nn.functional as F
    from torch import Tensor

from stylex import stylize
from stylex.images.load import load, resize, sides
from stylex.transfer.device import computing_in
from stylex.transfer.evaluation.freed import keep_freed_memory
from stylex.transfer.losses.content import ContentTerm, FeatureLoss
from stylex.transfer.losses.gram import GramLoss
from stylex.transfer.losses.style import StyleTerm
from stylex.transfer.metrics import score
from stylex.transfer.objective import Objective
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.pyramid import Pyramid, fit_size
from stylex.transfer.targets import aim_content, aim_style
from stylex.transfer.vgg.extractor import Extractor
from stylex.transfer.vgg.layers import LAYERS

CONTENT = "relu4_2"
STYLE = {"relu1_1": 1.0, "relu2_1": 0.75, "relu3_1": 0.2, "relu4_1": 0.2, "relu5_1": 0.2}
STYLE_WEIGHT = 1e6
NETWORK = Extractor(unit_input=True, padding="zeros")  # as torchvision's weights expect


def say(began: float, **figures: Any) -> None:
    """Prints the figures, with the seconds since `began`."""
    print(json.dumps({"seconds": time.time() - began, **figures}), flush=True)


def pair(content: Path, style: Path, size: int) -> tuple[Tensor, Tensor]:
    """The content at `size`, the style squashed to its shape."""
    image = load(content)
    height, width = fit_size(*sides(image), size)
    return tuple(resize(x, height, width).clamp(0, 1) for x in (image, load(style)))  # type: ignore


def notebook(content: Tensor, style: Tensor, painting: Tensor, began: float, steps: int) -> None:
    """The published loop: every layer, every step, nothing saved.

    painting: the style picture in its own shape, to score by, which is not counted.
    """
    photograph = content
    weights = NETWORK.load()
    mean, std = (torch.tensor(value).view(1, 3, 1, 1) for value in (weights.mean, weights.std))

    def features(x: Tensor) -> dict[str, Tensor]:
        found = {}
        for name in LAYERS:
            if name.startswith("conv"):
                x = F.conv2d(x, weights.kernels[name], weights.biases[name], padding=1)
            elif name.startswith("relu"):
                x = F.relu(x)
            else:
                x = F.max_pool2d(x, 2, 2)
            found[name] = x
        return found

    def gram(x: Tensor) -> Tensor:
        _, c, h, w = x.shape
        flat = x.view(c, h * w)
        return flat @ flat.t()

    content, style = (content - mean) / std, (style - mean) / std
    photograph_features = features(content)[CONTENT]
    grams = {layer: gram(x) for layer, x in features(style).items() if layer in STYLE}
    target = content.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([target], lr=0.003)
    for step in range(1, steps + 1):
        found = features(target)
        loss = torch.mean((found[CONTENT] - photograph_features) ** 2)
        for layer, weight in STYLE.items():
            _, c, h, w = found[layer].shape
            part = torch.mean((gram(found[layer]) - grams[layer]) ** 2)
            loss = loss + STYLE_WEIGHT * weight * part / (c * h * w)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 100 == 0 and step < steps:
            say(began, objective=float(loss.detach()), evaluations=step)
    taken = time.time() - began
    result = (target.detach() * std + mean).clamp(0, 1)
    figures = vars(score(result, photograph, painting))
    say(time.time() - taken, objective=float(loss.detach()), evaluations=steps, **figures)


def objective(
    content: Tensor,
    style: Tensor,
    scored: Tensor,
    began: float,
    precision: str,
    steps: list[int],
    factor: float,
    value: float,
) -> None:
    """The notebook's objective, by L-BFGS, until it is as low in float32 at full size.

    With pixels that may leave [0, 1], as the loop has them. scored: the style picture in its own
    shape, to score by. Neither that nor measuring whether it is as low is counted. steps: of each
    level, at most. factor: between the sides of two levels.
    """
    keep_freed_memory()
    weights = NETWORK.load()
    paused = time.time()
    vgg = NETWORK.build(weights, [CONTENT, *STYLE], torch.float32)
    content_loss, style_loss = FeatureLoss("mean"), GramLoss("notebook")
    with computing_in("fp32"), torch.no_grad():
        (photograph,) = aim_content(content_loss, vgg, content, {CONTENT: 1.0})
        (painting,) = aim_style(style_loss, vgg, style, sides(content), STYLE)
        exact = Objective(vgg, [(1.0, photograph), (STYLE_WEIGHT, painting)])
    checking = time.time() - paused

    def on_step(step: Any) -> None:
        nonlocal checking
        last = step.level + 1 == len(step.levels)
        if last and float(step.losses.total) <= 1.02 * value:
            paused = time.time()
            with torch.no_grad():
                found = float(exact(step.level_state.pixels).total)
            checking += time.time() - paused
            if found <= value:
                taken = time.time() - began - checking
                counted = {"objective": found, "evaluations": step.evaluations, "reached": True}
                figures = vars(score(step.picture, content, scored))
                say(time.time() - taken, **counted, **figures)
                raise SystemExit

    result = stylize(
        content[0],
        style[0],
        size=max(sides(content)),
        style_weight=STYLE_WEIGHT,
        tv_weight=0,
        content_layers={CONTENT: 1.0},
        style_layers=STYLE,
        content_losses={"features": ContentTerm(content_loss)},
        style_losses={"gram": StyleTerm(style_loss)},
        extractor=NETWORK,
        pyramid=Pyramid(levels=len(steps), factor=factor),
        optimizer=Optimizer(clamp="level", smoothing=1.0),
        steps=steps,
        precision=precision,  # type: ignore[arg-type]
        on_step=on_step,
    )
    with torch.no_grad():
        found = float(exact(result.image).total)
    say(began + checking, objective=found, evaluations=result.evaluations, reached=False)


def default(
    content: Path,
    style: Path,
    size: int,
    began: float,
    precision: str,
    steps: int,
    style_weight: float,
) -> None:
    """stylex as it comes but for these; what scoring the result takes is not counted."""
    keep_freed_memory()
    ready: list[float] = []
    result = stylize(
        content,
        style,
        size=size,
        steps=steps,
        style_weight=style_weight,
        precision=precision,  # type: ignore[arg-type]
        on_start=lambda started: ready.append(time.time()),
    )
    figures = result.metrics
    taken = ready[0] - began + result.seconds
    say(time.time() - taken, evaluations=result.evaluations, **figures)


def main() -> None:
    """Runs the one that is named."""
    name, content, style, size, began, *more = sys.argv[1:]
    paths = Path(content), Path(style)
    if name == "default":
        default(*paths, int(size), float(began), more[0], int(more[1]), float(more[2]))
    elif name == "score":
        found = score(load(more[0]), load(paths[0]), load(paths[1]))
        say(float(began), **vars(found))
    elif name == "notebook":
        pictures = *pair(*paths, int(size)), load(paths[1])
        notebook(*pictures, float(began), int(more[0]))
    else:
        pictures = *pair(*paths, int(size)), load(paths[1])
        steps = [int(number) for number in more[1].split(",")]
        objective(*pictures, float(began), more[0], steps, float(more[2]), float(more[3]))


if __name__ == "__main__":
    main()
