"""How much memory a run will take, before it does, and how much there is."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import torch

from stylex.errors import UserError, check_whole, quoted
from stylex.transfer.evaluation.tiles import LEAST, stages
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.pyramid import MOST_PIXELS, Level
from stylex.transfer.vgg.layers import CHANNELS, LAYERS

# Tensors as large as the first layer that a convolution, its ReLU and their gradients hold at once.
TRANSIENT = 3
# Pictures besides the optimiser's: itself, its gradient, the best one, their copies in the making.
PICTURES = 6
SPARE = 0.85  # of what is free: other programs want some, too
TILES = (512, 256)  # px; smaller ones are more rim than picture
# Pairs that L-BFGS may be cut down to; fewer are hardly better than the gradient alone.
MOST, FEWEST = 20, 3

Tile = int | Literal["auto", "off"]


def needed(level: Level, layers: Iterable[str], dtype: torch.dtype, optimizer: Optimizer) -> int:
    """Bytes, besides the network's, that a step takes at `level`: measured to within a fifth."""
    deepest = max(LAYERS.index(layer) for layer in layers)
    used = LAYERS[: deepest + 1]
    pixels = level.height * level.width
    pictures = PICTURES + _kept(optimizer, level.history)
    if level.tile is None:
        network = pixels * _activations(used, dtype)
    else:
        network = pixels * _between_stages(used, dtype) + _in_a_tile(used, dtype, level.tile)
    return round(pixels * pictures * 3 * 4 + network)


def check_tile(tile: object) -> None:
    """Raises UserError unless it is `auto`, `off` or a number of pixels."""
    if isinstance(tile, int) and not isinstance(tile, bool):
        check_whole("tile", tile, LEAST, MOST_PIXELS)
    elif tile not in ("auto", "off"):
        raise UserError(f"tile must be auto, off or a number of pixels, not {quoted(tile)}")


def in_tiles(
    levels: Sequence[Level], tile: Tile, there: int | None, need: Callable[[Level], int]
) -> list[Level]:
    """The levels with how each is to be evaluated: as asked for, or as there is room.

    there: bytes that are free; None where nobody knows, and all is done at once.
    need: bytes that a level takes, see `needed`.
    """
    if tile == "auto" and there is not None:
        return [_fitted(level, SPARE * there, need) for level in levels]
    if isinstance(tile, str):
        return [*levels]
    return [
        replace(level, tile=tile) if max(level.height, level.width) > tile else level
        for level in levels
    ]


def _fitted(level: Level, there: float, need: Callable[[Level], int]) -> Level:
    """Whole, or else in tiles, or else with a shorter history, too, whatever fits first.

    Where nothing does, what takes least.
    """
    if need(level) <= there:
        return level
    for tile in TILES:
        level = replace(level, tile=tile)
        if need(level) <= there:
            return level
    if need(replace(level, history=FEWEST)) == need(level):  # there is none to shorten
        return level
    for history in range(MOST, FEWEST - 1, -1):
        level = replace(level, history=history)
        if need(level) <= there:
            break
    return level


def _activations(layers: Sequence[str], dtype: torch.dtype) -> float:
    """Bytes per position of what enters the first of successive layers, to go back through them.

    Autograd keeps what it needs on the way back: the output of each ReLU, and the places (64-bit)
    of the maxima of each pooling; a convolution with constant weights needs nothing.
    """
    values, places, shrunk = float(TRANSIENT * _channels(layers[0])), 0.0, 1
    for name in layers:
        if name.startswith("relu"):
            values += _channels(name) / shrunk
        elif name.startswith("pool"):
            shrunk *= 4
            places += _channels(name) / shrunk
    return values * dtype.itemsize + places * 8


def _between_stages(layers: Sequence[str], dtype: torch.dtype) -> float:
    """Bytes per pixel of what enters the stages after the first, and of the gradient of it."""
    maps, shrunk = [0.0], 1
    for stage in stages(layers)[:-1]:
        shrunk *= stage.shrink**2
        maps.append(_channels(stage.layers[-1]) / shrunk)
    return (sum(maps) + max(maps)) * dtype.itemsize


def _in_a_tile(layers: Sequence[str], dtype: torch.dtype, tile: int) -> float:
    return max(
        (tile * stage.side + 2 * stage.rim) ** 2 * _activations(stage.layers, dtype)
        for stage in stages(layers)
    )


def _channels(layer: str) -> int:
    return CHANNELS[int(layer[4]) - 1]


def free(device: torch.device) -> int | None:
    """Bytes that a process may still take on the device; None where nobody tells."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    known = [value for value in (_available(), _left_to_group()) if value is not None]
    return min(known, default=None)


def fitting(size: int, need: int, there: int) -> int:
    """The size, in steps of 10 px, for which `there` would do where `size` needs `need`."""
    return int(size * (there / need) ** 0.5) // 10 * 10


def _kept(optimizer: Optimizer, history: int | None) -> int:
    """How many pictures the optimiser keeps, plus an average."""
    pairs = optimizer.history
    moments = 2 if pairs is None else 2 * min(pairs, history or pairs)
    return moments + bool(optimizer.averaging)


def _available() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if "MemAvailable" in line)
    except (OSError, StopIteration):
        return None


def _left_to_group() -> int | None:
    """What a container's limit (cgroup 2) leaves."""
    group = Path("/sys/fs/cgroup")
    try:
        most = int((group / "memory.max").read_text())
        return most - int((group / "memory.current").read_text())
    except (OSError, ValueError):  # no limit reads `max`
        return None
