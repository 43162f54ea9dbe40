"""Which device computes, and in which numbers."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch

from stylex.errors import UserError, choose, did_you_mean, quoted
from stylex.transfer import gpus

Precision = Literal["fp32", "bf16", "tf32"]
PRECISIONS = ("auto", "fp32", "bf16", "tf32")


def choose_device(name: str = "auto") -> torch.device:
    """`auto` (CUDA, then Apple's MPS, then the CPU), `cpu`, `cuda`, `cuda:N` or `mps`.

    Of several CUDA devices `auto` takes the least used one.

    Raises UserError for a device that is not one of these or not there.
    """
    given, name = quoted(name), str(name).lower()
    if name == "auto":
        if torch.cuda.is_available():
            return gpus.least_used()
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    if not re.fullmatch(r"cpu|mps|cuda(:[0-9]{1,3})?", name):
        near = did_you_mean(name, ("auto", "cpu", "cuda", "cuda:0", "mps"))
        raise UserError(f"unknown device '{given}'{near}")
    kind, _, index = name.partition(":")
    if kind == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if int(index or 0) >= count:
            raise UserError(f"device={name} is not there: {count} CUDA devices found (device=auto)")
    if kind == "mps" and not torch.backends.mps.is_available():
        raise UserError("device=mps is not there (device=auto takes what is)")
    return torch.device(name)


def bf16_is_faster(device: torch.device) -> bool:
    """Whether the hardware multiplies bfloat16 sooner than float32.

    Emulated it is slower, and so it is by AVX-512 on Intel's processors without AMX: at half the
    rate of float32, where AMD's have twice its rate.
    """
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu":
        capabilities = torch.cpu.get_capabilities()
        intel = str(capabilities.get("cpu_name", "")).startswith("Intel")
        by_avx = bool(capabilities.get("avx512_bf16")) and not intel
        return by_avx or bool(capabilities.get("amx_bf16"))
    return False


def choose_precision(name: str, device: torch.device) -> Precision:
    """`auto` is bf16 where that is faster, else fp32.

    Raises UserError for an unknown name, or tf32 on anything but CUDA.
    """
    choose(name, PRECISIONS, "precision")
    if name == "auto":
        return "bf16" if bf16_is_faster(device) else "fp32"
    if name == "tf32" and device.type != "cuda":
        raise UserError(f"precision=tf32 needs a CUDA device, not {device}")
    return name  # type: ignore[return-value]


def dtype_of(precision: Precision) -> torch.dtype:
    """What the extractor computes in."""
    return torch.bfloat16 if precision == "bf16" else torch.float32


@contextmanager
def computing_in(precision: Precision) -> Iterator[torch.dtype]:
    """Gives the type that the extractor computes in; CUDA multiplies float32 as asked meanwhile."""
    settings = torch.backends.cuda.matmul, torch.backends.cudnn.conv  # type: ignore[attr-defined]
    before = [setting.fp32_precision for setting in settings]
    for setting in settings:
        setting.fp32_precision = "tf32" if precision == "tf32" else "ieee"
    try:
        yield dtype_of(precision)
    finally:
        for setting, was in zip(settings, before, strict=True):
            setting.fp32_precision = was
