"""What the painter looks at: colour, stroke direction and wanted detail, built shape by shape."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from .field import Array, Rgb, blur, grid, mix, smooth

_SAMPLES = 4  # supersampling of drawn polygons
Point = tuple[float, float]


class Scene:
    """Layers of shapes over a ground; coordinates are px of the finished picture."""

    def __init__(self, width: int, height: int, ground: Rgb, angle: float = 0.0) -> None:
        self.width, self.height = width, height
        self.x, self.y = grid(width, height)
        self.colour: Array = np.empty((height, width, 3), np.float32)
        self.colour[:] = ground
        self.angle: Array = np.full((height, width), angle, np.float32)
        self.detail: Array = np.zeros((height, width), np.float32)
        self.region = np.zeros((height, width), np.int32)

    def put(
        self,
        mask: Array,
        colour: Array | Rgb,
        angle: Array | float | None = None,
        detail: float | None = None,
        own: bool = True,
    ) -> None:
        """Cover the mask (H, W) with a colour; direction and detail change with it.

        The mask becomes a region of its own, unless ``own`` is false.
        """
        self.colour = mix(self.colour, colour, mask)
        inside = mask > 0.5
        if own:
            self.region[inside] = self.region.max() + 1
        if angle is not None:
            self.angle = np.where(inside, angle, self.angle).astype(np.float32)
        if detail is not None:
            self.detail = np.where(inside, detail, self.detail).astype(np.float32)

    def shade(self, mask: Array, dx: int, dy: int, spread: float, depth: float) -> None:
        """A soft shadow thrown by a mask, displaced by (dx, dy) px; cool, never black."""
        top, left = max(dy, 0), max(dx, 0)
        moved = np.pad(mask, ((top, max(-dy, 0)), (left, max(-dx, 0))))
        moved = moved[max(-dy, 0) :, max(-dx, 0) :][: self.height, : self.width]
        soft = blur(moved.astype(np.float32), spread) * depth
        self.colour = self.colour * (1 - soft[..., None] * np.array([0.95, 0.9, 0.7], np.float32))

    def frame(
        self, cx: float, cy: float, rx: float, ry: float, turn: float = 0.0
    ) -> tuple[Array, Array]:
        """Coordinates in which an ellipse of radii (rx, ry), turned, is the unit disc."""
        dx, dy = self.x - cx, self.y - cy
        cos, sin = np.cos(turn), np.sin(turn)
        return (dx * cos + dy * sin) / rx, (dy * cos - dx * sin) / ry

    def polygon(self, points: Sequence[Point]) -> Array:
        """Antialiased mask (H, W) of a polygon."""
        k = _SAMPLES
        image = Image.new("L", (self.width * k, self.height * k))
        ImageDraw.Draw(image).polygon([(x * k, y * k) for x, y in points], fill=255)
        small = image.resize((self.width, self.height), Image.Resampling.BOX)
        return np.asarray(small, np.float32) / 255

    def edges(self, radius: float = 2.0) -> Array:
        """Where the colours change, in [0, 1]: outlines deserve small strokes."""
        fine = self.colour - blur(self.colour, radius)
        return smooth(0.02, 0.10, blur(np.abs(fine).mean(-1), 1))


def disc(u: Array, v: Array, feather: float = 0.02) -> Array:
    """Soft mask of the unit disc."""
    return smooth(1 + feather, 1 - feather, np.hypot(u, v))


def around(u: Array, v: Array, rx: float, ry: float, turn: float = 0.0) -> Array:
    """Direction (radians) of the ellipse through each point, for strokes that go round a form."""
    gx, gy = u / rx, v / ry
    return np.asarray(np.arctan2(gy, gx) + np.pi / 2 + turn, np.float32)


def _depth(u: Array, v: Array) -> Array:
    """The third coordinate of the unit sphere over its disc."""
    return np.sqrt(np.clip(1 - u * u - v * v, 0, 1)).astype(np.float32)


def latitude(
    u: Array, v: Array, rx: float, ry: float, turn: float, pole: tuple[float, float, float]
) -> Array:
    """Direction of the parallels of a globe whose ``pole`` (x, y, towards us) is not in the middle.

    Seen askew, they wrap the form as a painter's strokes do, without drawing a target on it.
    """
    z = _depth(u, v)
    tx, ty = v * pole[2] - z * pole[1], z * pole[0] - u * pole[2]
    return (np.arctan2(ty * ry, tx * rx) + turn).astype(np.float32)


def ball(u: Array, v: Array, turn: float = 0.0) -> Array:
    """Light on a sphere filling the unit disc, in [0, 1]; lamp at the upper left.

    A little light comes back from the lower right, as it does among bright things.
    """
    z = _depth(u, v)
    cos, sin = np.cos(turn), np.sin(turn)
    x, y = u * cos - v * sin, u * sin + v * cos
    lamp = np.clip(-0.52 * x - 0.62 * y + 0.59 * z, 0, 1)
    back = np.clip(0.62 * x + 0.66 * y - 0.25, 0, 1)
    shine = np.clip(-0.40 * x - 0.46 * y + 0.79 * z, 0, 1) ** 24
    lit = 0.08 + 0.72 * lamp + 0.22 * back + 0.35 * shine
    return np.asarray(np.clip(lit, 0, 1), np.float32)


def line(points: Sequence[Point], count: int = 12) -> Array:
    """A smooth curve (count, 2) through control points (Catmull-Rom)."""
    p = np.array([points[0], *points, points[-1]], np.float32)
    t = np.linspace(0, len(points) - 1, count)
    k = np.minimum(t.astype(int), len(points) - 2)
    f = (t - k)[:, None].astype(np.float32)
    a, b, c, d = p[k], p[k + 1], p[k + 2], p[k + 3]
    curve = 0.5 * (
        2 * b + (c - a) * f + (2 * a - 5 * b + 4 * c - d) * f**2 + (3 * b - a - 3 * c + d) * f**3
    )
    return np.asarray(curve, np.float32)
