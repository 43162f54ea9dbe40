"""What a step of stylex costs over a bare loop of the same network, statistics and backward.

    python benchmarks/step.py [--size 400] [--rounds 12] [--precision auto]

Both run in turn, in this process, on the same picture; the ratio of the medians is what counts.
A second ratio tells what logging every step, with TensorBoard, adds to a step.
"""

import argparse
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from statistics import median

import torch

from stylex.config.pictures import SAMPLES
from stylex.runs.folder import RunFolder
from stylex.runs.tracking import Tracker
from stylex.transfer.device import dtype_of
from stylex.transfer.loop import Step
from stylex.transfer.losses.statistics import covariance, moments
from stylex.transfer.pyramid import Pyramid
from stylex.transfer.settings import DEFAULT_CONTENT_LAYERS, DEFAULT_STYLE_LAYERS
from stylex.transfer.started import Started
from stylex.transfer.stylize import stylize
from stylex.transfer.vgg.network import VGG19


def bare_step(vgg: VGG19, image: torch.Tensor) -> None:
    """Forward, the style layers' moments, a loss of them, and back to the pixels: nothing else."""
    image.grad = None
    loss = torch.zeros(())
    for name, features in vgg(image).items():
        if name in DEFAULT_STYLE_LAYERS:
            mean, gram = moments(features)
            loss = loss + mean.square().sum() + covariance(mean, gram).square().sum()
        else:
            loss = loss + features.float().square().sum()
    loss.backward()


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--precision", default="auto")
    options = parser.parse_args()

    times: dict[str, list[float]] = {"bare": [], "step": [], "logging": []}
    with tempfile.TemporaryDirectory() as folder:

        def on_start(begun: Started) -> None:
            nonlocal started, tracker, vgg, image, resumed
            started = begun
            layers = *DEFAULT_CONTENT_LAYERS, *DEFAULT_STYLE_LAYERS
            vgg = VGG19(started.weights, layers, dtype=dtype_of(started.plan.precision))
            image = started.content.clone().requires_grad_()
            tracker = Tracker(
                *(RunFolder(Path(folder)), started, {}),
                scalars_every=1,
                images_every=0,
                tensorboard=True,
            )
            bare_step(vgg, image)
            resumed = time.perf_counter()

        def on_step(step: Step) -> None:
            """Runs between stylex's steps: what they take is the time since it last returned."""
            nonlocal resumed
            clock = [resumed, time.perf_counter()]
            tracker.on_step(step)
            clock.append(time.perf_counter())
            bare_step(vgg, image)
            clock.append(time.perf_counter())
            if step.number > 1:  # the first also measures the targets
                taken = (end - begin for begin, end in pairwise(clock))
                for name, seconds in zip(("step", "logging", "bare"), taken, strict=True):
                    times[name].append(seconds)
            resumed = time.perf_counter()

        started: Started
        tracker: Tracker
        vgg: VGG19
        image: torch.Tensor
        resumed = 0.0
        stylize(
            SAMPLES / "content/jesse.jpg",
            SAMPLES / "style/kahlo.jpg",
            size=options.size,
            steps=options.rounds + 1,
            pyramid=Pyramid(levels=1),
            device="cpu",
            precision=options.precision,
            on_start=on_start,
            on_step=on_step,
        )
        tracker.close()

    level, (bare, own, logging) = (
        started.plan.levels[0],
        (median(times[name]) for name in ("bare", "step", "logging")),
    )
    precision = started.plan.precision
    print(f"{level.width}×{level.height} px, {precision}, {torch.get_num_threads()} threads")
    print(f"bare loop       {bare:8.4f} s per evaluation")
    print(f"stylex          {own:8.4f} s per step, {own / bare:.3f}×")
    print(f"logging a step  {logging:8.4f} s, {logging / own:.1%} of it")


if __name__ == "__main__":
    main()
