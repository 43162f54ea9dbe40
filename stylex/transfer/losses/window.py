"""A part of a picture or of a layer, and the patch around it that was computed along."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


@dataclass(frozen=True)
class Window:
    """`height` × `width` positions of a layer, from (top, left) on.

    above, before: how many more rows and columns the patch has above and left of them.
    """

    top: int
    left: int
    height: int
    width: int
    above: int = 0
    before: int = 0

    @property
    def end(self) -> tuple[int, int]:
        """The first row and column after it."""
        return self.top + self.height, self.left + self.width

    def inside(self, patch: Tensor) -> Tensor:
        """The window's own positions of its patch (B, C, h, w), without the halo."""
        whole = patch.shape[-2:] == (self.height, self.width)
        if whole and not (self.above or self.before):  # differences are fewer than the patch's rows
            return patch
        inside: Tensor = _Inside.apply(patch, self)
        return inside

    def of(self, layer: Tensor) -> Tensor:
        """The window's positions of the whole layer (…, H, W); a view."""
        rows = slice(self.top, self.top + self.height)
        return layer[..., rows, self.left : self.left + self.width]

    def patch_of(self, layer: Tensor, halo: int) -> Tensor:
        """The same with up to `halo` more positions on every side, as many as there are; a view."""
        rows = slice(self.top - self.above, self.top + self.height + halo)
        return layer[..., rows, self.left - self.before : self.left + self.width + halo]

    def shrunk(self, factor: int) -> "Window":
        """The same after pooling; top, left, above and before are multiples of `factor`."""
        bottom, right = self.end
        top, left = self.top // factor, self.left // factor
        return Window(
            top,
            left,
            bottom // factor - top,
            right // factor - left,
            self.above // factor,
            self.before // factor,
        )


class _Inside(torch.autograd.Function):
    """A patch without its halo, whose backward keeps the layout; autograd's own would lose it."""

    @staticmethod
    def forward(ctx: Any, patch: Tensor, window: Window) -> Tensor:
        ctx.window, ctx.shape = window, patch.shape
        rows, columns = _inner(window)
        return patch[..., rows, columns].contiguous(memory_format=torch.channels_last)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        rows, columns = _inner(ctx.window)
        b, c, h, w = ctx.shape
        whole = gradient.new_zeros(b, h, w, c).permute(0, 3, 1, 2)  # channels last
        whole[..., rows, columns] = gradient
        return whole, None


def _inner(window: Window) -> tuple[slice, slice]:
    return (
        slice(window.above, window.above + window.height),
        slice(window.before, window.before + window.width),
    )


def whole(layer: Tensor) -> Window:
    """All positions of a layer (…, H, W)."""
    return Window(0, 0, layer.shape[-2], layer.shape[-1])


def tiles(height: int, width: int, side: int, align: int, halo: int) -> list[Window]:
    """Windows of about `side` squared that cover (height, width) once, each with its halo.

    All but the last in a row or column begin and end at multiples of `align`, as is `halo`.
    """
    down, across = (_parts(length, side, align) for length in (height, width))
    return [
        Window(top, left, h, w, min(halo, top), min(halo, left))
        for top, h in down
        for left, w in across
    ]


def _parts(length: int, side: int, align: int) -> list[tuple[int, int]]:
    """(start, length) of nearly equal parts."""
    count = -(-length // side)
    step = -(-length // (count * align)) * align
    return [(start, min(step, length - start)) for start in range(0, length, step)]
