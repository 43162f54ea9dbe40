"""Several pictures, each with an objective of its own, in one pass of the network and back.

Of an evaluation, nearly all is the network's; what the losses make of its features is each
picture's own matter: other weights, targets and positions. So the network sees all pictures as one
batch, and each objective its own picture's features.
"""

import logging
import weakref
from collections.abc import Hashable, Sequence
from functools import partial

import torch
from torch import Tensor

from stylex.transfer.evaluation.cuda_graph import CudaGraph, CudaGraphObjective
from stylex.transfer.evaluation.memory import is_out_of_memory
from stylex.transfer.evaluation.tiles import TiledObjective
from stylex.transfer.objective import Evaluated, Objective

log = logging.getLogger(__name__)


def evaluate_together(objectives: Sequence[Objective], images: Tensor) -> list[Evaluated]:
    """What each objective finds of its own picture of images (B, 3, H, W), as (1, 3, H, W).

    The objectives look through one network, that of the first.
    """
    images = images.detach().requires_grad_()
    found = objectives[0].extractor(images, _smoothing(objectives))
    # Not by indices: the backward pass of each would fill a whole batch with zeros.
    features = {name: x.split(1) for name, x in found.items()}
    losses = [
        objective.of({name: x[number] for name, x in features.items()}, image)
        for number, (objective, image) in enumerate(zip(objectives, images.split(1), strict=True))
    ]
    (gradient,) = torch.autograd.grad([own.total for own in losses], images)
    return [(own.detach(), slope) for own, slope in zip(losses, gradient.split(1), strict=True)]


def _smoothing(objectives: Sequence[Objective]) -> Tensor | None:
    """Of each picture's gradient, (B, 1, 1, 1); None where all are exact."""
    given = [objective.smoothing for objective in objectives]
    some = next((own for own in given if own is not None), None)
    if some is None:
        return None
    return torch.cat([torch.zeros_like(some) if own is None else own for own in given])


class Batches:
    """Evaluations of pictures of one size, in batches that the memory allows.

    What it gives is overwritten by the next evaluation.

    most: pictures of a batch, halved whenever so many do not fit.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._objectives: Hashable = None  # of which there is a graph
        self._graph: CudaGraph[list[Evaluated]] = CudaGraph()

    def evaluate(
        self, objectives: Sequence[Objective], images: Sequence[Tensor]
    ) -> list[Evaluated | None]:
        """What each finds of its own picture, (1, 3, H, W); None where it is to evaluate alone.

        That is in tiles, or without others, or where together they raise an error: one's own.
        """
        while True:
            try:
                return self._in_batches(objectives, images)
            except Exception as error:
                if not is_out_of_memory(error):
                    return [None] * len(images)
            # Out here, where what the failed evaluation held is free.
            self._halve()

    def _halve(self) -> None:
        self.most = -(-self.most // 2)
        self._objectives, self._graph = None, CudaGraph()
        torch.cuda.empty_cache()  # does nothing where CUDA was not used
        log.info("the batch does not fit into the memory: at most %d at once from here", self.most)

    def _in_batches(
        self, objectives: Sequence[Objective], images: Sequence[Tensor]
    ) -> list[Evaluated | None]:
        if len(images) <= self.most and _recordable(objectives):
            return [*self._replayed(objectives, torch.cat(list(images)))]
        batches = -(-len(images) // self.most)
        size = -(-len(images) // batches)  # all but the last of one size
        found: list[Evaluated | None] = []
        for start in range(0, len(images), size):
            own, pictures = objectives[start : start + size], images[start : start + size]
            alone = len(own) == 1 or any(isinstance(one, TiledObjective) for one in own)
            found += (
                [None] * len(own) if alone else evaluate_together(own, torch.cat(list(pictures)))
            )
        return found

    def _replayed(self, objectives: Sequence[Objective], images: Tensor) -> list[Evaluated]:
        """As a CUDA graph: of one batch only, because each graph keeps its own memory."""
        these = tuple(map(weakref.ref, objectives))
        if self._objectives != these:
            self._objectives, self._graph = these, CudaGraph()  # the earlier one's memory first
        return self._graph(partial(evaluate_together, objectives), images)


def _recordable(objectives: Sequence[Objective]) -> bool:
    return len(objectives) > 1 and all(isinstance(one, CudaGraphObjective) for one in objectives)
