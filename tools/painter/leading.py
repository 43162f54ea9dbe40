"""Stained glass: pieces with colours of their own, lead between them, and light through them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .field import Array, blur, even, grid, mix, noise, rgb, shift, smooth

Labels = NDArray[np.int32]
_TILE = 1024


class Window:
    """A map of glass pieces, at two samples per px, and the colours of each piece."""

    def __init__(self, width: int, height: int, rng: np.random.Generator) -> None:
        self.width, self.height, self.rng = width, height, rng
        x, y = grid(2 * width, 2 * height)
        self.x, self.y = x / 2, y / 2
        self.label: Labels = np.zeros(x.shape, np.int32)
        self.glass: list[tuple[str, str]] = [("1a3a8a", "2f6fc0")]

    def fit(
        self, mask: NDArray[np.bool_], part: Labels | int, glass: Sequence[tuple[str, str]]
    ) -> None:
        """Lay pieces over a mask: one for each value of ``part``, glazed in turn from ``glass``."""
        parts = np.broadcast_to(np.asarray(part, np.int32), mask.shape)[mask]
        values, which = np.unique(parts, return_inverse=True)
        first = len(self.glass)
        self.label[mask] = first + which
        self.glass.extend(glass[int(value) % len(glass)] for value in values)

    def shards(self, spacing: float, stretch: Array | float = 1.0) -> Labels:
        """Irregular cells about ``spacing`` px wide: nearest of jittered points."""
        columns = int(self.width / spacing) + 3
        rows = int(self.height / spacing) + 3
        jitter = self.rng.uniform(0.1, 0.9, (rows, columns, 2))
        i, j = (self.y / spacing).astype(int) + 1, (self.x / spacing).astype(int) + 1
        best = np.full(self.x.shape, np.inf, np.float32)
        cell = np.zeros(self.x.shape, np.int32)
        for di in (-1, 0, 1):
            for dj in (-1, 0, 1):
                a, b = np.clip(i + di, 0, rows - 1), np.clip(j + dj, 0, columns - 1)
                px = (b - 1 + jitter[a, b, 0]) * spacing
                py = (a - 1 + jitter[a, b, 1]) * spacing
                d = (self.x - px) ** 2 + stretch * (self.y - py) ** 2
                closer = d < best
                best = np.where(closer, d, best).astype(np.float32)
                cell = np.where(closer, a * columns + b, cell).astype(np.int32)
        return cell


def to_edge(label: Labels) -> Array:
    """Distance in samples from each sample to the nearest border between pieces (H, W).

    Jump flooding: each sample learns the nearest border sample from neighbours ever closer by.
    """
    rows, columns = label.shape
    border = np.zeros(label.shape, bool)
    border[:, 1:] |= label[:, 1:] != label[:, :-1]
    border[1:] |= label[1:] != label[:-1]
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    far = np.float32(1e6)
    near_x, near_y = np.where(border, x - 0.5, far), np.where(border, y - 0.5, far)
    step = 64
    while step:
        for dy in (-step, 0, step):
            for dx in (-step, 0, step):
                if dx == dy == 0:
                    continue
                to = (
                    slice(max(dy, 0), rows + min(dy, 0)),
                    slice(max(dx, 0), columns + min(dx, 0)),
                )
                fro = (
                    slice(max(-dy, 0), rows + min(-dy, 0)),
                    slice(max(-dx, 0), columns + min(-dx, 0)),
                )
                ox, oy = near_x[fro], near_y[fro]
                new = (ox - x[to]) ** 2 + (oy - y[to]) ** 2
                old = (near_x[to] - x[to]) ** 2 + (near_y[to] - y[to]) ** 2
                closer = new < old
                near_x[to] = np.where(closer, ox, near_x[to])
                near_y[to] = np.where(closer, oy, near_y[to])
        step //= 2
    return np.asarray(np.hypot(near_x - x, near_y - y), np.float32)


def _streaks(window: Window, label: Labels, x: Array, y: Array) -> tuple[Array, Array]:
    """Two textures in [0, 1] running along a direction of its own in each piece: wisps, ripple."""
    rng = window.rng
    angle = rng.uniform(0, np.pi, len(window.glass)).astype(np.float32)[label]
    bend = 0.25 * noise(rng, x.shape[1], x.shape[0], 120)
    cos, sin = np.cos(angle + bend), np.sin(angle + bend)
    along, across = x * cos + y * sin, y * cos - x * sin
    shift_x = rng.integers(0, _TILE, len(window.glass))[label]
    wisps = even(noise(rng, _TILE, _TILE, (70, 15), 3))
    ripple = even(noise(rng, _TILE, _TILE, (26, 6), 2))
    i = (across.astype(int) + shift_x) % _TILE
    j = (along.astype(int) + 3 * shift_x) % _TILE
    return wisps[i, j], ripple[i, j]


def _bubbles(shape: tuple[int, int], rng: np.random.Generator, count: int) -> tuple[Array, Array]:
    """Seeds of air in the glass: a lit core and a dark rim, each (H, W) in [0, 1]."""
    core, rim = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for _ in range(count):
        r = float(rng.uniform(1.3, 4.2) ** 1.05)
        cx, cy = int(rng.integers(8, shape[1] - 8)), int(rng.integers(8, shape[0] - 8))
        y, x = np.mgrid[-7:8, -7:8]
        stretch = rng.uniform(0.6, 1.0)
        d = np.hypot(x * stretch, y) / r
        part = (slice(cy - 7, cy + 8), slice(cx - 7, cx + 8))
        core[part] = np.maximum(
            core[part], smooth(0.9, 0.4, np.hypot(x + 0.3 * r, y + 0.3 * r) / r)
        )
        rim[part] = np.maximum(rim[part], np.exp(-(((d - 1) / 0.3) ** 2)))
    return core, rim


def glaze(window: Window, sun: tuple[float, float], lead: float = 3.1) -> Array:
    """The window with the day behind it, (H, W, 3); ``lead`` is the half-width of a came in px."""
    rng, width, height = window.rng, window.width, window.height
    x, y = grid(width, height)
    label = window.label[::2, ::2]
    fine = to_edge(window.label) / 2
    edge = fine.reshape(height, 2, width, 2).mean((1, 3)).astype(np.float32)

    count = len(window.glass)
    first = np.array([rgb(a) for a, _ in window.glass], np.float32)
    second = np.array([rgb(b) for _, b in window.glass], np.float32)
    hue, value = rng.normal(0, 0.12, count), rng.normal(0, 0.06, count)
    chroma = np.ones(count, np.float32)
    first = shift(first, hue.astype(np.float32), value.astype(np.float32), chroma)
    second = shift(second, 1.6 * hue.astype(np.float32), value.astype(np.float32), chroma)
    wisps, ripple = _streaks(window, label, x, y)
    colour = mix(first[label], second[label], smooth(0.25, 0.95, wisps))

    # Light: the sun behind, shadows of trees, each piece tilted and thickened in its own way.
    tilt = rng.uniform(0, 2 * np.pi, count).astype(np.float32)
    lean = ((x * np.cos(tilt)[label] + y * np.sin(tilt)[label]) / 70) % 2
    lean = np.abs(lean - 1)
    glow = np.exp(-np.hypot(x - sun[0], y - sun[1]) / 420)
    trees = noise(rng, width, height, 90, 3)
    lit = 0.95 + 0.42 * glow + 0.10 * trees + 0.26 * (lean - 0.5) + 0.30 * (ripple - 0.5)
    lit = lit * (0.66 + 0.34 * smooth(lead, lead + 11, edge))
    core, rim = _bubbles((height, width), rng, 900)
    lit = lit * (1 - 0.35 * rim) + 0.35 * core
    glass = colour * lit[..., None] + 0.34 * (np.maximum(lit - 1.05, 0) ** 1.2)[..., None]
    # Strong light bleeds round the lead.
    glass = np.clip(glass, 0, 1)
    glass = 1 - (1 - glass) * (1 - 0.22 * blur(glass, 9))

    came = lead * (1 + 0.10 * noise(rng, width, height, 30, 2))
    bar = smooth(came + 0.7, came - 0.7, edge)
    height_map = np.sqrt(np.clip(1 - (edge / came) ** 2, 0, 1)) * 3.2
    height_map = height_map + 0.18 * noise(rng, width, height, 5, 2) * bar
    gy, gx = np.gradient(blur(height_map.astype(np.float32), 1))
    facing = 0.64 * gx + 0.77 * gy
    metal = 0.16 + 0.26 * np.clip(facing, -0.5, 1.2) + 0.02 * noise(rng, width, height, 9, 2)
    metal = np.clip(metal, 0.03, 0.62)[..., None] * np.array([0.86, 0.93, 1.05], np.float32)
    return mix(glass, metal, bar)
