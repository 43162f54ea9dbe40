"""The objective on a GPU as a CUDA graph: recorded once, then replayed.

An evaluation is a few hundred kernels, always the same ones at the same size. Launching them one by
one from Python takes longer than most of them run, the more so at the coarse levels; a CUDA graph
launches them all at once.
"""

import logging

import torch
from torch import Tensor

from stylex.transfer.objective import Losses, Objective

log = logging.getLogger(__name__)

WARM_UP = 3  # evaluations in which cuDNN makes its choices, which a graph could not


class CudaGraphObjective(Objective):
    """An objective for pictures of one shape, on CUDA.

    What `evaluate` returns is overwritten by the next call. Where the evaluation cannot be recorded
    it is computed as usual, with a warning.
    """

    _image: Tensor | None = None  # the graph's input
    _graph: torch.cuda.CUDAGraph | None = None
    _refused = False

    def evaluate(self, image: Tensor) -> tuple[Losses, Tensor]:
        if self._graph is None and not self._refused:
            self._record(image)
        if self._graph is None or self._image is None:
            return super().evaluate(image)
        self._image.copy_(image.detach())
        self._graph.replay()
        return self._result

    def _record(self, image: Tensor) -> None:
        fixed = image.detach().clone()
        try:
            # Streams and graphs are made on the current device, which need not be the image's.
            with torch.cuda.device(image.device):
                current, side = torch.cuda.current_stream(), torch.cuda.Stream()
                side.wait_stream(current)
                with torch.cuda.stream(side):
                    for _ in range(WARM_UP):
                        super().evaluate(fixed)
                current.wait_stream(side)
                graph = torch.cuda.CUDAGraph()
                with torch.cuda.graph(graph):
                    self._result = super().evaluate(fixed)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            log.warning("no CUDA graph of the evaluation, so it is slower: %s", error)
            self._refused = True
            return
        self._graph, self._image = graph, fixed
