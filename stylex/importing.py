"""Importing torch, which takes a second: late, and only where a command needs it."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing_torch() -> Iterator[None]:
    """Around the import that brings torch; once it is there, this does nothing.

    What it makes, a million objects, lives as long as the process, so the garbage collector is kept
    from it. Looking through it again and again makes the import .2 s longer, and the end of the
    process .3 s.
    """
    if "torch" in sys.modules:
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
