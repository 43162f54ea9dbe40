"""The objective on a GPU: worked out once, then replayed.

An evaluation is a few hundred kernels, always the same ones at the same size. Launching them one by
one from Python takes longer than most of them run, the more so at the coarse levels; a CUDA graph
launches them all at once.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from stylex.transfer.losses.base import Loss
from stylex.transfer.objective import Losses, Objective
from stylex.transfer.vgg.network import VGG19

log = logging.getLogger(__name__)

WARM_UP = 3  # evaluations in which cuDNN makes its choices, which a graph could not

Evaluated = tuple[Losses, Tensor]
Work = Callable[[], Evaluated]
Record = Callable[[Work], tuple[Callable[[], None], Evaluated]]
"""work -> (replay, result): each replay fills the same tensors of `result` anew."""


def on_cuda(work: Work) -> tuple[Callable[[], None], Evaluated]:
    """Records by a CUDA graph. Raises RuntimeError for work that cannot be recorded."""
    here, aside = torch.cuda.current_stream(), torch.cuda.Stream()
    aside.wait_stream(here)
    with torch.cuda.stream(aside):
        for _ in range(WARM_UP):
            work()
    here.wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = work()
    return graph.replay, result


def on_its_device(image: Tensor) -> AbstractContextManager[object]:
    """Streams and graphs are made on the current device, which need not be the image's."""
    return torch.cuda.device(image.device) if image.is_cuda else nullcontext()


class Recorded(Objective):
    """An objective for pictures of one shape. What it returns is overwritten by the next one.

    Where its evaluation cannot be recorded it is done as ever, with a warning.
    """

    def __init__(
        self, extractor: VGG19, terms: list[tuple[float, Loss]], record: Record = on_cuda
    ) -> None:
        super().__init__(extractor, terms)
        self.record: Record | None = record
        self.image: Tensor | None = None

    def evaluate(self, image: Tensor) -> Evaluated:
        if self.image is None and self.record:
            self._begin(image, self.record)
        if self.image is None:
            return super().evaluate(image)
        self.image.copy_(image.detach())
        self.replay()
        return self.result

    def _begin(self, image: Tensor, record: Record) -> None:
        fixed = image.detach().clone()
        try:
            with on_its_device(fixed):
                self.replay, self.result = record(lambda: Objective.evaluate(self, fixed))
            self.image = fixed
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            log.warning("the evaluation cannot be recorded, so it is slower: %s", error)
            self.record = None
