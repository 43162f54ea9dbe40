"""An evaluation on a GPU as a CUDA graph: recorded once, then replayed.

An evaluation is a few hundred kernels, always the same ones at the same size. Launching them one by
one from Python takes longer than most of them run, the more so at the coarse levels; a CUDA graph
launches them all at once.
"""

import logging
from collections.abc import Callable
from typing import Generic, TypeVar

import torch
from torch import Tensor

from stylex.transfer.objective import Evaluated, Objective

log = logging.getLogger(__name__)

WARM_UP = 3  # evaluations in which cuDNN makes its choices, which a graph could not

Found = TypeVar("Found")


class CudaGraph(Generic[Found]):
    """One function of pictures of one shape, on CUDA, the same at each call.

    What it gives is overwritten by the next call. Where it cannot be recorded it is computed as
    usual, with a warning.
    """

    _image: Tensor | None = None  # the graph's input
    _graph: torch.cuda.CUDAGraph | None = None
    _refused = False
    _found: Found

    @property
    def recorded(self) -> bool:
        """Whether the next call is a replay."""
        return self._graph is not None

    def __call__(self, function: Callable[[Tensor], Found], image: Tensor) -> Found:
        """function(image). The function is not kept, which may own this graph."""
        if self._graph is None and not self._refused:
            self._record(function, image)
        if self._graph is None or self._image is None:
            return function(image)
        self._image.copy_(image.detach())
        self._graph.replay()
        return self._found

    def _record(self, function: Callable[[Tensor], Found], image: Tensor) -> None:
        fixed = image.detach().clone()
        try:
            # Streams and graphs are made on the current device, which need not be the image's.
            with torch.cuda.device(image.device):
                current, side = torch.cuda.current_stream(), torch.cuda.Stream()
                side.wait_stream(current)
                with torch.cuda.stream(side):
                    for _ in range(WARM_UP):
                        function(fixed)
                current.wait_stream(side)
                graph = torch.cuda.CUDAGraph()
                with torch.cuda.graph(graph):
                    self._found = function(fixed)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            log.warning("no CUDA graph of the evaluation, so it is slower: %s", error)
            self._refused = True
            return
        self._graph, self._image = graph, fixed


class CudaGraphObjective(Objective):
    """An objective for pictures of one shape, on CUDA.

    What `evaluate` returns is overwritten by the next call.
    """

    _graph: CudaGraph[Evaluated] | None = None

    def evaluate(self, image: Tensor) -> Evaluated:
        if self._graph is None:
            self._graph = CudaGraph()
        return self._graph(super().evaluate, image)
