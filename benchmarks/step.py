"""What a step of stylex costs over a bare loop of the same network, statistics and backward.

    python benchmarks/step.py [--size 400] [--rounds 12] [--precision auto]

Both run in turn, in this process, on the same picture; the ratio of the medians is what counts.
A second ratio tells what logging every step, with TensorBoard, adds to a step.
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

import torch

from stylex.config.pictures import SAMPLES
from stylex.images.load import load, resize, sides
from stylex.runs.folder import RunFolder
from stylex.runs.tensorboard import Tracker
from stylex.transfer.device import choose_device, choose_precision, computing_in
from stylex.transfer.loop import Step, optimize
from stylex.transfer.losses.base import ContentLoss, MomentLoss, TotalVariation
from stylex.transfer.losses.statistics import mean_and_covariance
from stylex.transfer.objective import Objective
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.pyramid import Level, fit_size
from stylex.transfer.stylize import DEFAULT_CONTENT_LAYERS, DEFAULT_STYLE_LAYERS, Plan
from stylex.transfer.vgg.network import VGG19
from stylex.transfer.vgg.weights import load_weights


def bare_step(vgg: VGG19, image: torch.Tensor) -> None:
    """Forward, the style layers' moments, a loss of them, and back to the pixels: nothing else."""
    image.grad = None
    loss = torch.zeros(())
    for name, features in vgg(image).items():
        if name in DEFAULT_STYLE_LAYERS:
            mean, covariance = mean_and_covariance(features)
            loss = loss + mean.square().sum() + covariance.square().sum()
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

    device = choose_device("cpu")
    precision = choose_precision(options.precision, device)
    content, style = (
        resize(image, *fit_size(*sides(image), options.size)).clamp(0, 1)
        for image in (load(SAMPLES / "content/jesse.jpg"), load(SAMPLES / "style/kahlo.jpg"))
    )
    level = Level(*sides(content), options.rounds + 1)
    weights = load_weights()
    bare: list[float] = []
    own: list[float] = []
    logging: list[float] = []

    with computing_in(precision) as dtype, tempfile.TemporaryDirectory() as folder:
        vgg = VGG19(weights, (*DEFAULT_CONTENT_LAYERS, *DEFAULT_STYLE_LAYERS), dtype=dtype)
        with torch.no_grad():
            content_loss = ContentLoss(vgg(content), DEFAULT_CONTENT_LAYERS)
            style_loss = MomentLoss(vgg(style), DEFAULT_STYLE_LAYERS)
        objective = Objective(vgg, [(1, content_loss), (5, style_loss), (25, TotalVariation())])
        plan = Plan(content, style, [level], device, precision, weights, 0)
        tracker = Tracker(
            RunFolder(Path(folder)), plan, {}, scalars_every=1, images_every=0, tensorboard=True
        )
        image = content.clone().requires_grad_()
        bare_step(vgg, image)
        resumed = time.perf_counter()

        def on_step(step: Step) -> None:
            """Runs between stylex's steps: what they take is the time since it last returned."""
            nonlocal resumed
            times = [time.perf_counter()]
            tracker.on_step(step)
            times.append(time.perf_counter())
            bare_step(vgg, image)
            times.append(time.perf_counter())
            if step.number > 1:  # the first step makes the targets' caches warm
                own.append(times[0] - resumed)
                logging.append(times[1] - times[0])
                bare.append(times[2] - times[1])
            resumed = time.perf_counter()

        optimize(content, [level], lambda _: objective, Optimizer(), on_step)
        tracker.close()

    print(f"{level.width}×{level.height} px, {precision}, {torch.get_num_threads()} threads")
    print(f"bare loop       {median(bare):8.4f} s per evaluation")
    print(f"stylex          {median(own):8.4f} s per step, {median(own) / median(bare):.3f}×")
    print(f"logging a step  {median(logging):8.4f} s, {median(logging) / median(own):.1%} of it")


if __name__ == "__main__":
    main()
