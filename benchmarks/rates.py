"""How near an evaluation comes to what the machine's convolutions can do, whole and in tiles.

    python benchmarks/rates.py [--sizes 400,1600] [--tile 512] [--precisions fp32,bf16] [--json F]

Every row is measured in this process, with the picture at 4:3: seconds of one evaluation of the
default objective (losses and gradient), GFLOP/s of VGG's convolutions alone in that time, and that
as a share of the best 3×3 convolution measured just before. In tiles, the time over that at once.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import torch
import torch.nn.functional as F

from stylex.config.pictures import SAMPLES
from stylex.images.load import load, resize
from stylex.runs.machine import describe
from stylex.transfer.device import choose_device, choose_precision, computing_in
from stylex.transfer.evaluation.freed import keep_freed_memory
from stylex.transfer.evaluation.tiles import TiledObjective
from stylex.transfer.losses.content import FeatureLoss
from stylex.transfer.losses.moments import MomentLoss
from stylex.transfer.losses.tv import TotalVariation
from stylex.transfer.objective import Objective
from stylex.transfer.settings import DEFAULT_CONTENT_LAYERS, DEFAULT_STYLE_LAYERS
from stylex.transfer.targets import aim_content, aim_style
from stylex.transfer.vgg.layers import CHANNELS
from stylex.transfer.vgg.network import VGG19
from stylex.transfer.vgg.weights import load_weights

LAYERS = (*DEFAULT_CONTENT_LAYERS, *DEFAULT_STYLE_LAYERS)
SHAPES = ((64, 300, 400), (128, 150, 200), (256, 75, 100), (512, 37, 50))


def flops_per_pixel(vgg: VGG19) -> float:
    """Of the convolutions, there and back: back to the input costs as much as there."""
    total, channels, shrunk = 0.0, 3, 1
    for name in vgg.layers:
        if name.startswith("pool"):
            shrunk *= 4
        elif name.startswith("conv"):
            out = CHANNELS[int(name[4]) - 1]
            total += 2 * 9 * channels * out / shrunk
            channels = out
    return 2 * total


def seconds(work: Callable[[], object], least: float = 1.5) -> float:
    """The median of at least three times, for at least so many seconds; once before, unmeasured."""
    work()
    times: list[float] = []
    while len(times) < 3 or sum(times) < least:
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return median(times)


def convolution_rate(dtype: torch.dtype) -> float:
    """GFLOP/s of the fastest of VGG's large layers."""
    best = 0.0
    for channels, height, width in SHAPES:
        x = torch.randn(1, channels, height, width).to(dtype, memory_format=torch.channels_last)
        kernel = torch.randn(channels, channels, 3, 3) / (3 * channels**0.5)
        kernel = kernel.to(dtype, memory_format=torch.channels_last)
        bias = torch.zeros(channels, dtype=dtype)
        with torch.no_grad():
            taken = seconds(lambda: F.conv2d(x, kernel, bias, padding=1))  # noqa: B023
        best = max(best, 2 * 9 * channels**2 * height * width / taken / 1e9)
    return best


def rows(precision: Any, sizes: list[int], tile: int) -> list[dict[str, Any]]:
    """One per size, and one more for each that is larger than a tile."""
    found = []
    with computing_in(precision) as dtype:
        best = convolution_rate(dtype)
        vgg = VGG19(load_weights(), LAYERS, dtype=dtype)
        for width in sizes:
            height = width * 3 // 4
            image, style = (
                resize(load(SAMPLES / name), height, width).clamp(0, 1)
                for name in ("content/jesse.jpg", "style/kahlo.jpg")
            )
            photograph, size = image.flip(3), (height, width)
            (content,) = aim_content(
                *(FeatureLoss(), vgg, photograph, DEFAULT_CONTENT_LAYERS), tile=tile
            )
            (moments,) = aim_style(
                *(MomentLoss(), vgg, style, size, DEFAULT_STYLE_LAYERS), tile=tile
            )
            terms: list[Any] = [(1, content), (5, moments), (25, TotalVariation())]
            whole = seconds(lambda: Objective(vgg, terms).evaluate(image))  # noqa: B023
            ways = [("whole", whole)]
            if width > tile:
                tiled = TiledObjective(vgg, terms, tile)
                ways.append((f"tiles of {tile}", seconds(lambda: tiled.evaluate(image))))  # noqa: B023
            for way, taken in ways:
                rate = flops_per_pixel(vgg) * height * width / taken / 1e9
                found.append(
                    {
                        "precision": precision,
                        "width": width,
                        "height": height,
                        "way": way,
                        "seconds": taken,
                        "microseconds_per_pixel": taken / height / width * 1e6,
                        "gflops": rate,
                        "of_convolution_rate": rate / best,
                        "convolution_gflops": best,
                        "over_whole": taken / whole,
                    }
                )
    return found


def table(found: list[dict[str, Any]]) -> str:
    """What `rows` measured, for people."""
    lines = [
        "precision  picture    evaluated        seconds  µs/px  GFLOP/s  of the best   over whole",
        "                                                               convolution",
    ]
    for row in found:
        size = f"{row['width']}×{row['height']}"
        lines.append(
            f"{row['precision']:9}  {size:9}  {row['way']:14}  {row['seconds']:8.3f}  "
            f"{row['microseconds_per_pixel']:5.2f}  {row['gflops']:7.0f}  "
            f"{row['of_convolution_rate']:11.0%}  {row['over_whole']:11.2f}"
        )
    return "\n".join(lines)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="400,1600")
    parser.add_argument("--tile", type=int, default=512)
    parser.add_argument("--precisions", default="fp32,bf16")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    keep_freed_memory()  # as a run does
    device = choose_device("cpu")
    found = []
    for name in options.precisions.split(","):
        sizes = [int(size) for size in options.sizes.split(",")]
        found += rows(choose_precision(name, device), sizes, options.tile)
    print(table(found))
    if options.json:
        options.json.write_text(json.dumps({"machine": describe(device), "rates": found}, indent=1))


if __name__ == "__main__":
    main()
