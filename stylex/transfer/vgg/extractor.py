"""Which network sees the pictures, from plain settings."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

import torch

from stylex.errors import choose
from stylex.transfer.vgg.network import VGG19, Normalize, Padding, Pooling, Weights
from stylex.transfer.vgg.weights import Convention, load_weights, unit_input


@dataclass(frozen=True)
class Extractor:
    """Which network, and how it is run; see `load_weights`, `unit_input` and `VGG19`."""

    weights: str = "embedded"
    convention: Convention = "auto"
    unit_input: bool = False
    normalize: Normalize = True
    pooling: Pooling = "max"
    padding: Padding = "replicate"

    def __post_init__(self) -> None:
        choose(self.pooling, get_args(Pooling), "extractor.pooling")
        choose(str(self.normalize), ("True", "False", "centre"), "extractor.normalize")
        choose(self.padding, get_args(Padding), "extractor.padding")

    def load(self) -> Weights:
        """The parameters, read from where they are. Raises UserError."""
        weights = load_weights(self.weights, self.convention)
        return unit_input(weights) if self.unit_input else weights

    def build(
        self,
        weights: Weights,
        layers: Iterable[str],
        dtype: torch.dtype,
        device: torch.device | None = None,
    ) -> VGG19:
        """The network from `load`ed weights, up to the deepest of `layers`; None is the CPU."""
        return VGG19(
            weights,
            layers,
            pooling=self.pooling,
            padding=self.padding,
            normalize=self.normalize,
            dtype=dtype,
            device=device,
        )
