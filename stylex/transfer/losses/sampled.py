"""Style losses that look at sampled positions, and what they make of them."""

from collections.abc import Mapping

import torch
from torch import Tensor

from stylex.errors import check_whole
from stylex.transfer.losses.base import Statistics, at_least_float32
from stylex.transfer.losses.style import StyleLoss
from stylex.transfer.losses.view import View
from stylex.transfer.vgg.layers import IMAGE


class SampledLoss(StyleLoss):
    """A style loss whose statistics are features at sampled positions.

    samples, style_samples: positions of the picture, and of the painting (by default as many).

    Raises UserError for numbers out of range.
    """

    def __init__(self, samples: int, style_samples: int | None = None, most: int = 65536) -> None:
        self.samples = samples
        self.style_samples = samples if style_samples is None else style_samples
        check_whole("samples", self.samples, 2, most)
        check_whole("style_samples", self.style_samples, 2, most)

    def sample(self, view: View, count: int) -> Statistics:
        """What the view's window holds of `count` positions; by default (B, count, C)."""
        return (view.sampled(count),)

    def statistics(self, view: View) -> Statistics:
        return self.sample(view, self.samples)

    def style_statistics(self, view: View) -> Statistics:
        return self.sample(view, self.style_samples)


def sampled_rows(samples: Mapping[str, Statistics]) -> dict[str, Tensor]:
    """{layer: features at sampled positions, (B, n, C)}, from what `View.sampled` gave.

    Pixels count from mid-grey: what they have in common would else make all cosines near 1.
    """
    return {
        layer: at_least_float32(sample) - 0.5 if layer == IMAGE else at_least_float32(sample)
        for layer, (sample,) in samples.items()
    }


def unit_rows(rows: Tensor) -> Tensor:
    """rows (B, n, C), each over its length; one of no length to speak of becomes 0.

    The gradient of a row of zeros is 0, too, where that of x/‖x‖ would be infinite: after a ReLU
    there are such rows.
    """
    lengths: Tensor = torch.linalg.vector_norm(rows, dim=2, keepdim=True)
    none = lengths <= 1e-6 * lengths.detach().mean(1, keepdim=True)
    return rows / lengths.masked_fill(none, torch.inf)
