"""Optimising that pauses before each evaluation, so that those of several may be made together."""

from collections.abc import Callable, Generator
from functools import wraps
from typing import NamedTuple, ParamSpec, TypeVar

from torch import Tensor

from stylex.transfer.objective import Evaluated, Objective


class Asked(NamedTuple):
    """An evaluation that comes next. image: gives the picture, (B, 3, H, W)."""

    objective: Objective
    image: Callable[[], Tensor]


P = ParamSpec("P")
T = TypeVar("T")
Asking = Generator[Asked, Evaluated | None, T]
"""Pauses before each evaluation; takes what was found, or None to evaluate for itself; gives T."""


def alone(asking: Callable[P, Asking[T]]) -> Callable[P, T]:
    """The same in one go, which evaluates for itself."""

    @wraps(asking)
    def in_one_go(*args: P.args, **kwargs: P.kwargs) -> T:
        paused = asking(*args, **kwargs)
        while True:
            try:
                next(paused)
            except StopIteration as end:
                value: T = end.value
                return value

    return in_one_go
