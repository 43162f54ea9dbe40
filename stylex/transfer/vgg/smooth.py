"""ReLU with a slope that looks around its kink.

The values stay as they are. But the slope of a unit is 0 or 1, and where it changes from one step
to the next the gradient jumps. A quasi-Newton method takes the difference of two gradients for
curvature, and such jumps for a part of it. With slopes averaged over some width it comes further
in as many steps, though not quite towards the objective's own minimum; so the width shrinks as a
level goes on, see `Optimizer.smoothing`.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

# Half of it at a smoothing of 1, over the root mean square of the channels at that place.
WIDTH = 1.0
STEPS = 127  # of a slope, as an int8, to which torch converts several times as fast as to a uint8


def relu(x: Tensor, smoothing: Tensor) -> Tensor:
    """ReLU of x (B, C, H, W), with the slope of the mean of ReLUs of x − w to x + w.

    w is `smoothing` (B or 1, 1, 1, 1), 0 to 1, times WIDTH times the root mean square of x over its
    channels. Of all this the slope alone is kept, in a byte.
    """
    out: Tensor = _ReLU.apply(x, smoothing)
    return out


class _ReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, smoothing: Tensor) -> Tensor:
        ctx.save_for_backward(_slope(x, smoothing))
        return F.relu(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (slope,) = ctx.saved_tensors
        return slope.to(gradient.dtype).mul_(gradient).div_(STEPS), None


def _slope(x: Tensor, smoothing: Tensor) -> Tensor:
    """From 0 to STEPS, an int8 like x."""
    size = torch.linalg.vector_norm(x, dim=1, keepdim=True) / x.shape[1] ** 0.5
    width = (size * (WIDTH * smoothing).to(x.dtype)).clamp_min(1e-30)
    # A half more, which cutting off to a whole number takes away.
    slope: Tensor = (x * (STEPS / 2 / width)).add_(STEPS / 2 + 0.5).clamp_(0, STEPS)
    return slope.to(torch.int8)
