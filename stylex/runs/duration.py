"""Seconds in words."""


def duration(seconds: float) -> str:
    """As measured, to be compared: `3.7 s`, `78 s`, `17 min`."""
    if seconds < 1000:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"


def about(seconds: float) -> str:
    """As estimated: `78 s`, `17 min`, `1.6 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
