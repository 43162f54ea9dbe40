"""Scalar fields on the pixel grid: noise, blur, ramps and colour shifts.

Every picture is a float32 array, (H, W) for scalars and (H, W, 3) for colours, both in [0, 1].
Angles are in radians, x to the right and y down, and lengths are in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[np.floating[Any]]
Rgb = tuple[float, float, float]

# NTSC luma/chroma axes: rotating (I, Q) turns the hue without touching the value.
_TO_YIQ = np.array(
    [[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]], np.float32
)
_TO_RGB = np.linalg.inv(_TO_YIQ).astype(np.float32)


def rgb(code: str) -> Rgb:
    """A colour written as six hexadecimal digits, e.g. ``"c8321e"``."""
    return (int(code[0:2], 16) / 255, int(code[2:4], 16) / 255, int(code[4:6], 16) / 255)


def grid(width: int, height: int) -> tuple[Array, Array]:
    """Pixel-centre coordinates x and y, each (height, width)."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return x, y


def resize(field: Array, width: int, height: int) -> Array:
    """Bicubic resampling of an (H, W) field."""
    image = Image.fromarray(np.ascontiguousarray(field, np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC), np.float32)


def noise(
    rng: np.random.Generator,
    width: int,
    height: int,
    cell: float | tuple[float, float],
    octaves: int = 1,
) -> Array:
    """Smooth noise, mean 0 and deviation 1; ``cell`` is the feature size in px (x and y).

    Each further octave halves the cell and the amplitude.
    """
    cx, cy = (cell, cell) if isinstance(cell, (int, float)) else cell
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        scale = 0.5**octave
        # A margin of lattice cells keeps the bicubic kernel away from the border.
        nx = int(np.ceil(width / max(cx * scale, 1))) + 4
        ny = int(np.ceil(height / max(cy * scale, 1))) + 4
        lattice = rng.standard_normal((ny, nx)).astype(np.float32)
        wide = resize(lattice, int(nx * max(cx * scale, 1)), int(ny * max(cy * scale, 1)))
        top, left = (wide.shape[0] - height) // 2, (wide.shape[1] - width) // 2
        total += scale * wide[top : top + height, left : left + width]
    total -= total.mean()
    return np.asarray(total / (total.std() + 1e-9), np.float32)


def even(field: Array) -> Array:
    """Replace values by their rank, so that the result is uniform on [0, 1]."""
    order = np.argsort(field, axis=None, kind="stable")
    ranks = np.empty(field.size, np.float32)
    ranks[order] = np.linspace(0, 1, field.size, dtype=np.float32)
    return ranks.reshape(field.shape)


def _box(field: Array, radius: int, axis: int) -> Array:
    """Running mean of 2 * radius + 1 samples along one axis, edges replicated."""
    pad = [(0, 0)] * field.ndim
    pad[axis] = (radius + 1, radius)
    total = np.cumsum(np.pad(field, pad, mode="edge"), axis=axis, dtype=np.float64)
    size = field.shape[axis]
    high = np.take(total, np.arange(2 * radius + 1, 2 * radius + 1 + size), axis)
    low = np.take(total, np.arange(size), axis)
    return ((high - low) / (2 * radius + 1)).astype(np.float32)


def blur(field: Array, sigma: float) -> Array:
    """Gaussian-like blur of an (H, W) or (H, W, 3) field: three running means."""
    radius = round(sigma)
    if radius < 1:
        return field
    for _ in range(3):
        field = _box(_box(field, radius, 0), radius, 1)
    return field


def smooth(low: Array | float, high: Array | float, value: Array) -> Array:
    """Smoothstep: 0 below ``low``, 1 above ``high`` (or falling, when low > high)."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def mix(a: Array | Rgb, b: Array | Rgb, t: Array | float) -> Array:
    """Colours from ``a`` to ``b``; ``t`` is (H, W) or a number."""
    weight = np.asarray(t, np.float32)[..., None]
    return np.asarray(a, np.float32) * (1 - weight) + np.asarray(b, np.float32) * weight


def ramp(t: Array, stops: Sequence[tuple[float, str]]) -> Array:
    """A colour gradient through ``(position, hex code)`` stops, evaluated on t: (..., 3)."""
    places = [place for place, _ in stops]
    table = np.array([rgb(code) for _, code in stops], np.float32)
    channels = [np.interp(t, places, table[:, c]) for c in range(3)]
    return np.stack(channels, -1).astype(np.float32)


def shift(colour: Array, hue: Array, value: Array, chroma: Array) -> Array:
    """Turn hue (radians), add to value and scale chroma of (N, 3) colours."""
    y, i, q = np.moveaxis(colour @ _TO_YIQ.T, -1, 0)
    cos, sin = np.cos(hue), np.sin(hue)
    turned = np.stack([y + value, (i * cos - q * sin) * chroma, (i * sin + q * cos) * chroma], -1)
    return np.clip(turned @ _TO_RGB.T, 0, 1).astype(np.float32)


def luminance(colour: Array) -> Array:
    """The luma of (..., 3) colours."""
    return np.asarray(colour @ _TO_YIQ[0], np.float32)
