"""How much memory a run will take, before it does, and how much there is."""

from collections.abc import Iterable
from pathlib import Path

import torch

from stylex.transfer.optimizers import Optimizer
from stylex.transfer.pyramid import Level
from stylex.transfer.vgg import CHANNELS, LAYERS

# Tensors as large as the first layer that a convolution, its ReLU and their gradients hold at once.
TRANSIENT = 3
# Pictures besides the optimiser's: itself, its gradient, the best one, their copies in the making.
PICTURES = 6


def needed(level: Level, layers: Iterable[str], dtype: torch.dtype, optimizer: Optimizer) -> int:
    """Bytes, besides the network's, that a step takes at `level`: measured to within a fifth.

    Autograd keeps what it needs on the way back: the output of each ReLU, and the places (64-bit)
    of the maxima of each pooling; a convolution with constant weights needs nothing.
    """
    deepest = max(LAYERS.index(layer) for layer in layers)
    values = places = 0.0  # per pixel of the picture
    shrunk = 1
    for name in LAYERS[: deepest + 1]:
        block = int(name[4])
        if name.startswith("relu"):
            values += CHANNELS[block - 1] / shrunk
        elif name.startswith("pool"):
            shrunk *= 4
            places += CHANNELS[block - 1] / shrunk
    values += TRANSIENT * CHANNELS[0]
    pictures = PICTURES + _pictures(optimizer)
    return round(
        level.height * level.width * (values * dtype.itemsize + places * 8 + pictures * 3 * 4)
    )


def free(device: torch.device) -> int | None:
    """Bytes that a process may still take on the device; None where nobody tells."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    known = [value for value in (_available(), _left_to_group()) if value is not None]
    return min(known, default=None)


def fitting(size: int, need: int, there: int) -> int:
    """The size, in steps of 10 px, for which `there` would do where `size` needs `need`."""
    return int(size * (there / need) ** 0.5) // 10 * 10


def _pictures(optimizer: Optimizer) -> int:
    """How many pictures the optimiser keeps, plus an average."""
    method = optimizer.make([torch.zeros(1, 3, 1, 1, requires_grad=True)])
    # L-BFGS keeps pairs; the others one or two moments.
    kept = 2 * int(method.defaults["history_size"]) if "history_size" in method.defaults else 2
    return kept + bool(optimizer.averaging)


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
