"""How much memory a run takes, estimated before it starts, and how much there is."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import psutil
import torch

from stylex.errors import UserError, check_whole, quoted
from stylex.transfer.evaluation.freed import freed_bytes
from stylex.transfer.evaluation.tiles import LEAST, stages
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.pyramid import MOST_PIXELS, Level
from stylex.transfer.vgg.layers import LAYERS, channels, inputs, parameters, up_to
from stylex.transfer.vgg.winograd import IN, is_faster

# Tensors as large as the first layer that a convolution, its ReLU and their gradients hold at once.
TRANSIENT = 3
# Times what a network takes at once, where the process keeps what it frees: of that, some is in
# pieces too small for what is taken next.
FREED = 1.4
# Pictures besides the optimiser's: itself, its gradient, the best one, their copies in the making.
PICTURES = 6
SPARE = 0.85  # of what is available: other programs need some, too
TILES = (512, 256)  # px; smaller ones are more halo than picture
# Pairs that L-BFGS may be cut down to; fewer are hardly better than the gradient alone.
MOST, FEWEST = 20, 3

Tile = int | Literal["auto", "off"]


def step_bytes(
    level: Level,
    layers: Iterable[str],
    dtype: torch.dtype,
    optimizer: Optimizer,
    workspace: int = 0,
    *,
    keeps_freed: bool = False,
) -> int:
    """Bytes, besides the network's, that a step takes at `level`: measured to within a fifth.

    workspace: of them, those of the losses, see `Criterion.workspace`. keeps_freed: whether the
    process keeps what it frees.
    """
    used = up_to(layers)
    pixels = level.height * level.width
    pictures = PICTURES + _kept(optimizer, level.history)
    if level.tile is None:
        network = pixels * _activations(used, dtype)
    else:
        network = pixels * _between_stages(used, dtype) + _in_a_tile(used, dtype, level.tile)
    if keeps_freed:
        network *= FREED
    return round(pixels * pictures * 3 * 4 + network) + workspace


def network_bytes(
    layers: Iterable[str], scored: Iterable[str], dtype: torch.dtype, device: torch.device
) -> int:
    """Bytes of the weights as they are read, of the network that they become, and of the metrics'.

    layers: those that the losses look at, in `dtype`. scored: those of the metrics, in float32.
    """
    total = 4 * sum(map(parameters, LAYERS))
    for names, kind in ((layers, dtype), (scored, torch.float32)):
        if kind != torch.float32 or device.type != "cpu":  # where those that were read will do
            total += kind.itemsize * sum(map(parameters, up_to(names)))
    for name in filter(parameters, up_to(layers)):  # the metrics' keep none that are transformed
        if is_faster(channels(name) + inputs(name), dtype, device):
            total += dtype.itemsize * IN * IN * inputs(name) * channels(name)
    return total


def look_bytes(
    height: int, width: int, layers: Iterable[str], dtype: torch.dtype, tile: int | None
) -> int:
    """Bytes that measuring the targets of a picture of height × width px takes, forward only."""
    used, pixels = up_to(layers), height * width
    halo = stages(used)[0].halo
    at_once = pixels if tile is None else min(pixels, (tile + 2 * halo) ** 2)
    largest = TRANSIENT * channels(used[0]) * dtype.itemsize
    return round(pixels * (3 * 4 + _between_stages(used, dtype)) + at_once * largest)


def check_tile(tile: object) -> None:
    """Raises UserError unless it is `auto`, `off` or a number of pixels."""
    if isinstance(tile, int) and not isinstance(tile, bool):
        check_whole("tile", tile, LEAST, MOST_PIXELS)
    elif tile not in ("auto", "off"):
        raise UserError(f"tile must be auto, off or a number of pixels, not {quoted(tile)}")


def plan_memory(
    levels: Sequence[Level], tile: Tile, available: int, need: Callable[[Level], int]
) -> list[Level]:
    """The levels with the tiles and L-BFGS history of each, so that they fit.

    tile: px, or `off`, or `auto`: whatever fits. available: bytes. need: bytes that a level takes,
    see `step_bytes`.
    """
    if tile == "auto":
        return [_fitted(level, SPARE * available, need) for level in levels]
    if isinstance(tile, str):
        return [*levels]
    return [
        replace(level, tile=tile) if max(level.height, level.width) > tile else level
        for level in levels
    ]


def _fitted(level: Level, available: float, need: Callable[[Level], int]) -> Level:
    """Whole, or else in tiles, or else with a shorter history, too, whatever fits first.

    Where nothing does, what takes least.
    """
    if need(level) <= available:
        return level
    for tile in TILES:
        level = replace(level, tile=tile)
        if need(level) <= available:
            return level
    if need(replace(level, history=FEWEST)) == need(level):  # there is none to shorten
        return level
    for history in range(MOST, FEWEST - 1, -1):
        level = replace(level, history=history)
        if need(level) <= available:
            break
    return level


def fitting_size(size: int, need: int, available: int) -> int:
    """The size, in steps of 10 px, that fits into `available` bytes where `size` takes `need`."""
    return int(size * (available / need) ** 0.5) // 10 * 10


def _activations(layers: Sequence[str], dtype: torch.dtype) -> float:
    """Bytes per position of what enters the first of successive layers, for their backward pass.

    Autograd keeps the output of each ReLU, or what enters the pooling that is taken before it, and
    the places (64-bit) of the maxima of each pooling; a convolution with constant weights needs
    nothing. With smoothed slopes it keeps a byte of each unit, and was measured to take as much.
    """
    values, places, shrunk = float(TRANSIENT * channels(layers[0])), 0.0, 1
    for name in layers:
        if name.startswith("relu"):
            values += channels(name) / shrunk
        elif name.startswith("pool"):
            shrunk *= 4
            places += channels(name) / shrunk
    return values * dtype.itemsize + places * 8


def _between_stages(layers: Sequence[str], dtype: torch.dtype) -> float:
    """Bytes per pixel of what enters the stages after the first, and of the gradient of it."""
    maps, shrunk = [0.0], 1
    for stage in stages(layers)[:-1]:
        shrunk *= stage.shrink**2
        maps.append(channels(stage.layers[-1]) / shrunk)
    return (sum(maps) + max(maps)) * dtype.itemsize


def _in_a_tile(layers: Sequence[str], dtype: torch.dtype, tile: int) -> float:
    return max(
        (tile * stage.side + 2 * stage.halo) ** 2 * _activations(stage.layers, dtype)
        for stage in stages(layers)
    )


def _kept(optimizer: Optimizer, history: int | None) -> int:
    """How many pictures the optimiser keeps, plus an average."""
    pairs = optimizer.history
    moments = 2 if pairs is None else 2 * min(pairs, history or pairs)
    return moments + bool(optimizer.averaging)


def available_bytes(device: torch.device) -> int:
    """What a process may still take on the device.

    On CUDA that counts what torch has reserved and does not use. On the CPU it is what the system
    could give without swapping (its page cache counts as free), or what is left to this process's
    control groups, whichever is less; and what the process has freed and keeps.
    """
    if device.type == "cuda":
        reserved = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + reserved
    left = left_to_groups(Path("/sys/fs/cgroup"), Path("/proc/self/cgroup"))
    return min([int(psutil.virtual_memory().available), *left]) + freed_bytes()


def left_to_groups(mount: Path, membership: Path) -> list[int]:
    """Bytes left below the limit of each control group (Linux) that a process is nested in.

    As containers and Slurm set them. Page cache that the kernel can drop is not counted as used.
    mount: where the groups are, version 2 or 1. membership: the process's /proc/…/cgroup.
    """
    try:
        lines = membership.read_text().splitlines()
    except OSError:  # not Linux
        return []
    left = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            base, names = mount, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            base = mount / "memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        # In a container the path may be the host's, of which only the mount itself is seen.
        folder = base / path.lstrip("/")
        for group in [folder, *folder.parents]:
            if group == base.parent:
                break
            if (found := _left_to_group(group, *names)) is not None:
                left.append(found)
    return left


def _left_to_group(group: Path, limit: str, usage: str, cache: str) -> int | None:
    """None for a group without a limit."""
    try:
        used = int((group / usage).read_text())
        most = int((group / limit).read_text())
        stat = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        return most - used + int(stat.get(cache, 0))
    except (OSError, ValueError):  # `max`: no limit
        return None


def is_out_of_memory(error: Exception) -> bool:
    """Whether that is why it was raised, on any device."""
    out = isinstance(error, torch.OutOfMemoryError | MemoryError)
    # The CPU's allocator and Apple's raise a plain RuntimeError.
    return out or any(said in str(error) for said in ("can't allocate memory", "out of memory"))
