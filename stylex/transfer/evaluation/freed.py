"""What a process has freed: how much it is, and whether the process keeps it for what comes next.

Only glibc can be told and asked; elsewhere nothing is done, and nothing known.
"""

import ctypes
from typing import Any

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # in glibc's malloc.h
_BEFORE = ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks")


class _Mallinfo2(ctypes.Structure):
    """glibc's `struct mallinfo2`, of which `fordblks` are the bytes in free blocks."""

    _fields_ = [(name, ctypes.c_size_t) for name in (*_BEFORE, "fordblks", "keepcost")]


def keep_freed_memory() -> None:
    """Has the process keep what it frees for what it takes next.

    By default large tensors come from the system and go back to it, and above a million pixels it
    fills a quarter to a half of the time with zeroing fresh pages: at 1600×1200 px 7.4 s an
    evaluation, not 10.5; of a surface level at 2400×1600 px 20 s, not 36.
    """
    if mallopt := _of_glibc("mallopt"):
        mallopt(_MMAP_MAX, 0)
        mallopt(_TRIM_THRESHOLD, -1)


def give_back_freed() -> None:
    """Returns whole free pages to the system: before work whose tensors would not fit the gaps."""
    if malloc_trim := _of_glibc("malloc_trim"):
        malloc_trim(0)


def freed_bytes() -> int:
    """What the process has freed and keeps; 0 where that is not known."""
    mallinfo2 = _of_glibc("mallinfo2")  # from glibc 2.33 on
    if not mallinfo2:
        return 0
    mallinfo2.restype = _Mallinfo2
    return int(mallinfo2().fordblks)


def _of_glibc(name: str) -> Any:
    """The function, or None."""
    try:
        return getattr(ctypes.CDLL(None), name, None)
    except (OSError, TypeError):  # Windows
        return None
