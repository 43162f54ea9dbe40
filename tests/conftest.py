"""Small networks and pictures, and VGG19 written out again, plainly, to be compared with."""

import os
from collections.abc import Callable, Iterable

# One thread for each worker and for the commands it starts: two pools that share the same cores
# wait for each other, and a test takes ten times as long.
os.environ["OMP_NUM_THREADS"] = "1"

import pytest
import torch
from torch import Tensor

from stylex.transfer.vgg.network import Weights
from stylex.transfer.vgg.weights import load_weights

pytest_plugins = ["command_line", "chromium"]

# Table 1, column E of Simonyan & Zisserman 2015, as a person would copy it.
COLUMN_E = [
    *("conv1_1", "relu1_1", "conv1_2", "relu1_2", "pool1"),
    *("conv2_1", "relu2_1", "conv2_2", "relu2_2", "pool2"),
    *("conv3_1", "relu3_1", "conv3_2", "relu3_2", "conv3_3", "relu3_3", "conv3_4", "relu3_4"),
    *("pool3", "conv4_1", "relu4_1", "conv4_2", "relu4_2", "conv4_3", "relu4_3", "conv4_4"),
    *("relu4_4", "pool4", "conv5_1", "relu5_1", "conv5_2", "relu5_2", "conv5_3", "relu5_3"),
    *("conv5_4", "relu5_4", "pool5"),
]


@pytest.fixture(scope="session")
def column_e() -> list[str]:
    return COLUMN_E


@pytest.fixture
def make_weights() -> Callable[..., Weights]:
    """Random parameters for a narrow VGG19: block b has 3 + b channels."""

    def make(seed: int = 0) -> Weights:
        generator = torch.Generator().manual_seed(seed)
        kernels, biases, channels = {}, {}, 3
        for name in COLUMN_E:
            if name.startswith("conv"):
                out = 3 + int(name[4])
                spread = (2 / (9 * channels)) ** 0.5
                kernels[name] = spread * torch.randn(out, channels, 3, 3, generator=generator)
                biases[name] = 0.1 * torch.randn(out, generator=generator)
                channels = out
        return Weights(kernels, biases, (0.5, 0.4, 0.3), (0.2, 0.25, 0.3), "narrow", "")

    return make


@pytest.fixture(scope="session")
def embedded() -> Weights:
    return load_weights("embedded")


@pytest.fixture
def picture() -> Callable[..., Tensor]:
    """A picture (1, 3, height, width) of a colour ramp, waves and some noise."""

    def make(height: int, width: int, seed: int = 0) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        y = torch.linspace(0, 1, height).view(1, height, 1)
        x = torch.linspace(0, 1, width).view(1, 1, width)
        phase = 6 * torch.rand(3, 1, 1, generator=generator)
        waves = torch.sin(9 * x + 5 * y + phase) + torch.cos(7 * y - 3 * x + 2 * phase)
        noise = torch.randn(3, height, width, generator=generator)
        return (0.5 + 0.2 * waves + 0.05 * noise).clamp(0, 1).unsqueeze(0)

    return make


def convolve(x: Tensor, kernel: Tensor, bias: Tensor, edge: str) -> Tensor:
    """A 3×3 convolution as nine shifted products; `edge`: what lies beyond the border."""
    _, _, h, w = x.shape
    if edge == "replicate":
        rows = torch.tensor([0, *range(h), h - 1])
        columns = torch.tensor([0, *range(w), w - 1])
        padded = x[:, :, rows][:, :, :, columns]
    else:
        padded = x.new_zeros(*x.shape[:2], h + 2, w + 2)
        padded[:, :, 1:-1, 1:-1] = x
    out = bias.view(1, -1, 1, 1)
    for i in range(3):
        for j in range(3):
            shifted = padded[:, :, i : i + h, j : j + w]
            out = out + torch.einsum("oc,bchw->bohw", kernel[:, :, i, j], shifted)
    return out


def pool(x: Tensor, kind: str) -> Tensor:
    h, w = x.shape[2] // 2 * 2, x.shape[3] // 2 * 2
    corners = [x[:, :, i:h:2, j:w:2] for i in (0, 1) for j in (0, 1)]
    stacked = torch.stack(corners)
    return stacked.amax(0) if kind == "max" else stacked.mean(0)


@pytest.fixture(scope="session")
def plain_vgg() -> Callable[..., dict[str, Tensor]]:
    """VGG19 in float64, layer after layer, every one kept."""

    def run(
        weights: Weights,
        image: Tensor,
        layers: Iterable[str],
        *,
        pooling: str = "max",
        padding: str = "replicate",
        normalize: bool = True,
    ) -> dict[str, Tensor]:
        layers = list(layers)
        x = image.double()
        if normalize:
            mean, std = (
                torch.tensor(v).double().view(1, 3, 1, 1) for v in (weights.mean, weights.std)
            )
            x = (x - mean) / std
        features = {}
        for name in COLUMN_E[: max(COLUMN_E.index(layer) for layer in layers) + 1]:
            if name.startswith("conv"):
                edge = padding if name == "conv1_1" else "zeros"
                x = convolve(x, weights.kernels[name].double(), weights.biases[name].double(), edge)
            elif name.startswith("relu"):
                x = torch.where(x > 0, x, torch.zeros_like(x))
            else:
                x = pool(x, pooling)
            features[name] = x
        return {layer: features[layer] for layer in layers}

    return run
