"""VGG19's layers by name (Simonyan & Zisserman 2015, table 1, column E).

`convX_Y` is before the ReLU, `reluX_Y` after it, `poolX` ends a block.
"""

import math
from collections.abc import Iterable

from stylex.errors import UserError, did_you_mean

IMAGE = "image"  # in the place of a layer: the pixels themselves
CHANNELS = (64, 128, 256, 512, 512)
CONVS_PER_BLOCK = (2, 2, 4, 4, 4)


def _layers() -> list[str]:
    names = []
    for block, convs in enumerate(CONVS_PER_BLOCK, start=1):
        for conv in range(1, convs + 1):
            names += [f"conv{block}_{conv}", f"relu{block}_{conv}"]
        names.append(f"pool{block}")
    return names


LAYERS: tuple[str, ...] = tuple(_layers())
"""All 37 layers, shallow to deep."""

CONVS: tuple[str, ...] = tuple(name for name in LAYERS if name.startswith("conv"))
"""The 16 convolutions, in the order in which every weights file holds them."""


def check_layers(names: Iterable[str], place: str) -> None:
    """Raises UserError for the first name that VGG19 does not have; `place` says where it stood."""
    for name in names:
        if name not in LAYERS:
            raise UserError(f"unknown layer '{name}' in {place}{did_you_mean(name, LAYERS)}")


def up_to(names: Iterable[str]) -> tuple[str, ...]:
    """All layers up to the deepest of these, shallow to deep; the pixels are up to none."""
    deepest = max((LAYERS.index(name) for name in names if name != IMAGE), default=-1)
    return LAYERS[: deepest + 1]


def smallest_side(names: Iterable[str]) -> int:
    """The least height or width in pixels that leaves every one of these layers a position.

    So many pixels are one position of the deepest of them.
    """
    return 1 << max(map(poolings, names), default=0)


def channels(name: str) -> int:
    """Of a layer's features; of the picture itself (IMAGE) 3."""
    return 3 if name == IMAGE else CHANNELS[int(name[4]) - 1]


def inputs(name: str) -> int:
    """How many channels a convolution sees."""
    block, number = int(name[4]), int(name[6])
    return 3 if name == CONVS[0] else CHANNELS[block - 1 - (number == 1)]


def parameters(name: str) -> int:
    """How many numbers a convolution's kernels and biases are; none in other layers."""
    if not name.startswith("conv"):
        return 0
    return (9 * inputs(name) + 1) * channels(name)


def multiplications(names: Iterable[str]) -> float:
    """For each pixel, in the convolutions up to the deepest of these layers: most of the work."""
    return math.fsum(parameters(name) / 4.0 ** poolings(name) for name in up_to(names))


def poolings(name: str) -> int:
    """How many poolings a layer's features are past; of the picture itself none."""
    if name == IMAGE:
        return 0
    return sum(before.startswith("pool") for before in LAYERS[: LAYERS.index(name) + 1])


def layer_size(name: str, height: int, width: int) -> tuple[int, int]:
    """(height, width) of a layer's features for a picture of that size; poolings round down."""
    count = poolings(name)
    return height >> count, width >> count
