"""Light on the finished surface: canvas weave and the raking light over the impasto."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .field import Array, blur, grid, mix, noise, smooth


def weave(rng: np.random.Generator, width: int, height: int, pitch: float = 5.0) -> Array:
    """Plain-weave canvas relief (height, width) in [0, 1]; ``pitch`` is px per thread."""
    x, y = grid(width, height)
    # Threads are never quite straight nor evenly spaced.
    x = x + 1.2 * noise(rng, width, height, (40, 200))
    y = y + 1.2 * noise(rng, width, height, (200, 40))
    warp, weft = np.sin(np.pi * x / pitch), np.sin(np.pi * y / pitch)
    over = np.sin(np.pi * (x / pitch + 0.5)) * np.sin(np.pi * (y / pitch + 0.5)) > 0
    return np.asarray(np.where(over, np.abs(warp), np.abs(weft)), np.float32)


def light(
    colour: Array,
    height: Array,
    strength: float = 0.25,
    gloss: float = 0.08,
    direction: tuple[float, float] = (-0.64, -0.77),
) -> Array:
    """Shade colours (H, W, 3) by a light from ``direction`` over a height map (H, W) in px."""
    gy, gx = np.gradient(height)
    facing = -(gx * direction[0] + gy * direction[1]) / np.sqrt(1 + gx * gx + gy * gy)
    shade = 1 + strength * np.tanh(1.6 * facing)
    shine = gloss * smooth(0.35, 1.1, facing)
    lit = colour * shade[..., None] + shine[..., None]
    return np.asarray(np.clip(lit, 0, 1), np.float32)


def pores(height: Array, cloth: Array, depth: float = 0.5) -> Array:
    """Add the canvas to the paint: the weave shows through where the paint is thin."""
    return np.asarray(height + depth * cloth * np.exp(-0.7 * height), np.float32)


def knit(colour: Array, region: NDArray[np.int32], amount: float = 0.6) -> Array:
    """Soften the stair-steps that fenced strokes leave along borders of regions (H, W)."""
    border = np.zeros(region.shape, np.float32)
    border[:, 1:] = region[:, 1:] != region[:, :-1]
    border[1:] = np.maximum(border[1:], region[1:] != region[:-1])
    weight = np.clip(2.5 * blur(border, 1), 0, 1) * amount
    return mix(colour, blur(colour, 1), weight)
