"""The feature extractor: VGG19 (Simonyan & Zisserman 2015), cut off after the deepest layer used.

Its layers' names are those of layers.py.
"""

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import pairwise
from typing import Literal
from weakref import WeakValueDictionary

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylex.transfer.vgg import smooth
from stylex.transfer.vgg.layers import check_layers, up_to
from stylex.transfer.vgg.winograd import convolve, is_faster, is_large, transformed

Features = dict[str, Tensor]
Pooling = Literal["max", "avg"]
Padding = Literal["replicate", "zeros"]
Edges = Literal["own", "opposite", "mirrored"]
Normalize = bool | Literal["centre"]


@dataclass(frozen=True)
class Weights:
    """Trained parameters and the input that they expect.

    kernels: {conv name: (out, in, 3, 3)} over RGB input; biases: {conv name: (out,)}. In float32
        with channels last, networks on the CPU use them as they are.
    mean, std: per RGB channel; the network is fed (image - mean) / std, image in [0, 1].
    """

    kernels: dict[str, Tensor]
    biases: dict[str, Tensor]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    name: str
    sha256: str
    _transformed: WeakValueDictionary[tuple[str, torch.dtype], Tensor] = field(
        default_factory=WeakValueDictionary, init=False, repr=False, compare=False
    )

    def transformed(self, name: str, dtype: torch.dtype) -> Tensor:
        """A convolution's kernels as Winograd's takes them, shared by all networks alive."""
        found = self._transformed.get((name, dtype))
        if found is None:
            found = self._transformed[name, dtype] = transformed(self.kernels[name], dtype)
        return found


class VGG19(nn.Module):
    """image (B, 3, H, W), RGB in [0, 1]  ->  {layer: (B, C, H', W')} for the layers named.

    The weights take no gradient. Nothing computes past the deepest layer, and no tensor that is
    handed out is written to afterwards.

    pooling: `max` as trained, or `avg` (Gatys et al. 2016, section 2: "slightly more appealing").
    padding: of the first convolution only. Zeros are the mean colour here, a frame that the style
        statistics see; `replicate` avoids it.
    normalize: False feeds the image as it is, `centre` the image less the mean colour but not over
        the standard deviation; some published recipes do either.
    dtype: what the convolutions compute in, and so the type of the features.
    device: where. On an x86 convolutions of many channels are Winograd's, if what they see is
        large.
    keeps_kernels: as Winograd's take them, which is 0.2 GB in float32; otherwise they are made anew
        each time, in a twentieth of the time: for a network that is used a few times only.

    Raises UserError for a layer that VGG19 lacks.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        weights: Weights,
        layers: Iterable[str],
        *,
        pooling: Pooling = "max",
        padding: Padding = "replicate",
        normalize: Normalize = True,
        dtype: torch.dtype = torch.float32,
        device: torch.device | None = None,
        keeps_kernels: bool = True,
    ) -> None:
        super().__init__()
        outputs = set(layers)
        check_layers(outputs, "the extractor")
        self.layers = up_to(outputs)
        self.outputs = frozenset(outputs)
        self.pooling = pooling
        self.padding = padding
        self.edges: Edges = "own"
        self.normalize = normalize
        self.dtype = dtype
        self.register_buffer("mean", torch.tensor(weights.mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(weights.std).view(1, 3, 1, 1))
        self._transformed: dict[str, Callable[[], Tensor]] = {}
        for name in self.layers:
            if name.startswith("conv"):
                kernel = weights.kernels[name].to(dtype, memory_format=torch.channels_last)
                self.register_buffer(f"{name}_kernel", kernel)
                self.register_buffer(f"{name}_bias", weights.biases[name].to(dtype))
                if is_faster(kernel.shape[0] + kernel.shape[1], dtype, device):
                    make = partial(transformed, weights.kernels[name], dtype)
                    kept = cache(partial(weights.transformed, name, dtype))
                    self._transformed[name] = kept if keeps_kernels else make
        self.to(device)

    def only(self, layers: Iterable[str]) -> "VGG19":
        """The same network, of the same parameters, that hands out these of its layers only."""
        other = copy.copy(self)
        other.outputs = frozenset(layers)
        other.layers = up_to(other.outputs)
        return other

    def edged(self, edges: Edges) -> "VGG19":
        """The same network, of the same parameters, that sees something else beyond an edge.

        Every convolution sees there the `opposite` edge, so that it knows no edges: for pictures
        that tile, whose sides are multiples of the poolings' strides. Or what is `mirrored` in the
        edge, so that a picture that ends there has no frame. Or its `own` padding.
        """
        other = copy.copy(self)
        other.edges = edges
        return other

    def forward(self, image: Tensor, smoothing: Tensor | None = None) -> Features:
        """smoothing: of the slopes, (B or 1, 1, 1, 1) in [0, 1], see `smooth.relu`; None: exact."""
        return self.run(self.preprocess(image), self.layers, smoothing)[1]

    def preprocess(self, image: Tensor) -> Tensor:
        """The image as the first layer takes it."""
        x = image - self.mean if self.normalize else image
        x = x / self.std if self.normalize is True else x
        return x.to(self.dtype, memory_format=torch.channels_last)

    def run(
        self, x: Tensor, layers: Iterable[str], smoothing: Tensor | None = None
    ) -> tuple[Tensor, Features]:
        """Some successive layers: their output and, of the layers to hand out, the features."""
        features: Features = {}
        for name in self._in_order(layers):
            x = self._layer(name, x, smoothing)
            if name in self.outputs:
                features[name] = x
        return x, features

    def _in_order(self, layers: Iterable[str]) -> list[str]:
        """As they are computed: a maximum before the ReLU ahead of it, if neither is handed out.

        max(ReLU(x)) is ReLU(max(x)), of a quarter of the numbers: 3 % less for an evaluation. With
        smoothed slopes the gradient then passes to the largest of four inputs below zero, too,
        where it passed to the first of four zeros: style_error came 2 % lower (12 pairs, 256 px).
        """
        order = list(layers)
        for i, (name, after) in enumerate(pairwise(tuple(order))):
            pooled = name.startswith("relu") and after.startswith("pool")
            if pooled and self.pooling == "max" and self.outputs.isdisjoint((name, after)):
                order[i], order[i + 1] = after, name
        return order

    def _layer(self, name: str, x: Tensor, smoothing: Tensor | None) -> Tensor:
        if name.startswith("relu"):
            return F.relu(x) if smoothing is None else smooth.relu(x, smoothing)
        if name.startswith("pool"):
            return F.max_pool2d(x, 2) if self.pooling == "max" else F.avg_pool2d(x, 2)
        bias, padding = self.get_buffer(f"{name}_bias"), 0
        if self.edges != "own":
            x = _extended(x, self.edges)
        elif name == "conv1_1" and self.padding == "replicate":
            x = F.pad(x, (1, 1, 1, 1), mode="replicate")
        else:
            padding = 1
        if name in self._transformed and is_large(x):
            return convolve(x, self._transformed[name](), bias, padding)
        return F.conv2d(x, self.get_buffer(f"{name}_kernel"), bias, padding=padding)


def _extended(x: Tensor, edges: Edges) -> Tensor:
    """With a row or a column more on each side. `F.pad` would lose the layout."""
    for dim in (3, 2):
        last = x.shape[dim] - 1
        beyond = (last, 0) if edges == "opposite" else (min(1, last), max(0, last - 1))
        x = torch.cat((x.narrow(dim, beyond[0], 1), x, x.narrow(dim, beyond[1], 1)), dim)
    return x
