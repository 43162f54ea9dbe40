"""Which of several GPUs a process takes."""

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import torch
from filelock import FileLock, Timeout


@cache
def least_used() -> torch.device:
    """A visible one that no other process of this program has, else any; for the whole process.

    Among those the one with the most free memory. Processes that start together do not choose the
    same one: it is locked until this one ends.
    """
    count = torch.cuda.device_count()
    if count < 2:
        return torch.device("cuda")
    names = [str(torch.cuda.get_device_properties(number).uuid) for number in range(count)]
    free = _free_memory()
    order = sorted(range(count), key=lambda number: -free.get(names[number], 0))
    number = next((number for number in order if _take(names[number])), order[0])
    return torch.device("cuda", number)


def _free_memory() -> dict[str, int]:
    """{UUID: MiB}. From the driver's tool: torch would first take memory of each to say it."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return {}
    query = [tool, "--query-gpu=uuid,memory.free", "--format=csv,noheader,nounits"]
    told = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    pairs = (line.partition(",")[::2] for line in told.splitlines())
    return {
        name.removeprefix("GPU-"): int(memory)
        for name, memory in pairs
        if memory.strip().isdecimal()
    }


_locks: list[FileLock] = []  # held until the process ends


def _take(name: str) -> bool:
    lock = FileLock(Path(tempfile.gettempdir()) / f"stylex-gpu-{name}.lock", mode=0o666)
    try:
        lock.acquire(blocking=False)
    except (Timeout, OSError):  # or another user's file
        return False
    _locks.append(lock)
    return True
