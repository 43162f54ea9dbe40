"""A small woodblock press: key lines, colour blocks, carved hatching, wood grain and paper."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from .field import Array, Rgb, blur, even, grid, mix, noise, smooth
from .scene import Point, line

_SAMPLES = 3  # supersampling of the drawing
INK: Rgb = (0.055, 0.10, 0.21)


def pixel(colour: Rgb | Array) -> tuple[int, int, int]:
    """A colour in [0, 1] as Pillow wants it."""
    r, g, b = (round(255 * float(c)) for c in colour)
    return r, g, b


class Sheet:
    """A drawing at several samples per px; all arguments are px of the finished print."""

    def __init__(self, width: int, height: int, ground: Rgb) -> None:
        self.width, self.height = width, height
        size = (width * _SAMPLES, height * _SAMPLES)
        self.image = Image.new("RGB", size, pixel(ground))
        self.pen = ImageDraw.Draw(self.image)

    def area(self, points: Array | Sequence[Point], fill: Rgb) -> None:
        """A filled polygon (N, 2)."""
        self.pen.polygon([(x * _SAMPLES, y * _SAMPLES) for x, y in points], fill=pixel(fill))

    def dot(self, x: float, y: float, radius: float, fill: Rgb) -> None:
        """A filled disc."""
        k, r = _SAMPLES, radius * _SAMPLES
        self.pen.ellipse((x * k - r, y * k - r, x * k + r, y * k + r), fill=pixel(fill))

    def cut(self, points: Array, width: float, fill: Rgb, belly: float = 1.0) -> None:
        """A carved line along (N, 2) points that swells to ``width`` px and thins at both ends."""
        s = np.linspace(0, 1, len(points))
        half = 0.5 * width * ((1 - belly) + belly * np.sin(np.pi * s) ** 0.6) + 0.2
        self.area(ribbon(points, half), fill)

    def joined(self, shapes: Sequence[Array], discs: Array, fill: Rgb, rim: float = 2.4) -> None:
        """Outlines (N, 2) and discs (x, y, radius) as one shape: the key line goes round all."""
        for shape in shapes:
            self.area(shape, INK)
            closed = [(x * _SAMPLES, y * _SAMPLES) for x, y in [*shape, shape[0], shape[1]]]
            self.pen.line(closed, pixel(INK), int(2 * rim * _SAMPLES), "curve")
        for x, y, radius in discs:
            self.dot(x, y, radius + rim, INK)
        for shape in shapes:
            self.area(shape, fill)
        for x, y, radius in discs:
            self.dot(x, y, radius, fill)

    def print(self) -> Array:
        """The drawing averaged down to (H, W, 3)."""
        small = self.image.resize((self.width, self.height), Image.Resampling.BOX)
        return np.asarray(small, np.float32) / 255


def ribbon(points: Array, half: Array) -> Array:
    """Outline (2 N, 2) of a curve (N, 2) with half-widths (N,)."""
    run = np.gradient(points, axis=0)
    run = run / np.maximum(np.hypot(run[:, 0], run[:, 1]), 1e-6)[:, None]
    side = np.stack([-run[:, 1], run[:, 0]], -1) * half[:, None]
    return np.concatenate([points + side, (points - side)[::-1]])


def claw(
    root: Point, heading: float, reach: float, width: float, curl: float, count: int = 14
) -> Array:
    """Outline of a finger of foam: from root along heading (radians), bending by ``curl``."""
    s = np.linspace(0, 1, count)
    turn = heading + curl * s**1.3
    steps = np.stack([np.cos(turn), np.sin(turn)], -1) * reach / count
    spine = np.array(root) + np.cumsum(steps, 0)
    half = 0.5 * width * (1 - s**1.6) + 0.3
    return ribbon(spine.astype(np.float32), half.astype(np.float32))


def hand(x: float, y: float, heading: float, size: float, curl: float) -> list[Array]:
    """A finger of foam with lesser fingers along it, each an outline (N, 2)."""
    parts = [claw((x, y), heading, size, 0.34 * size, curl)]
    for at, turn, scale in [(0.16, -0.9, 0.60), (0.34, 0.9, 0.52), (0.52, -1.0, 0.46)]:
        s = heading + curl * at**1.3 * 0.6
        root = (float(x + at * size * np.cos(s)), float(y + at * size * np.sin(s)))
        parts.append(claw(root, s + turn, scale * size, 0.19 * size, 2.2 * curl))
        fork = (
            float(root[0] + 0.4 * scale * size * np.cos(s + turn)),
            float(root[1] + 0.4 * scale * size * np.sin(s + turn)),
        )
        parts.append(claw(fork, s + 1.7 * turn, 0.5 * scale * size, 0.13 * size, 2.2 * curl))
    return parts


def between(a: Sequence[Point], b: Sequence[Point], t: float, count: int = 60) -> Array:
    """The curve (count, 2) a fraction t of the way from curve a to curve b."""
    return (1 - t) * line(a, count) + t * line(b, count)


def grain(rng: np.random.Generator, width: int, height: int) -> Array:
    """Wood grain (H, W) in [0, 1]: growth rings of a plank cut nearly flat, with one knot."""
    x, y = grid(width, height)
    bow = 26 * noise(rng, width, height, (420, 130)) + 5 * noise(rng, width, height, (160, 40))
    knot = np.hypot((x - 0.23 * width) / 5.0, y - 0.17 * height)
    rings = (y + bow + 60 * np.exp(-knot / 36)) / 8.5
    ring = np.abs((rings % 1) - 0.25) / 0.75
    vessel = noise(rng, width, height, (46, 1.6))
    return even(ring + 0.22 * vessel)


def impress(
    colour: Array, ink: Array, rng: np.random.Generator, paper: Rgb, bite: float = 0.22
) -> Array:
    """Print colours (H, W, 3) with coverage ``ink`` (H, W): grain, mottle and paper fibres."""
    height, width = ink.shape
    wood = grain(rng, width, height)
    mottle = noise(rng, width, height, 34, 3)
    speck = noise(rng, width, height, 2.2, 2)
    # The pigment is rubbed off where the wood is soft, and gathers in the damp.
    load = 1 - bite * smooth(0.55, 1.0, wood) - 0.05 * np.maximum(mottle, 0)
    load = load - 0.5 * smooth(1.9, 2.8, speck)
    printed = mix(paper, colour, np.clip(load, 0, 1) * ink + (1 - ink))
    printed = printed * (1 - ink * 0.10 * smooth(0.3, 0.0, wood))[..., None]
    fibre = noise(rng, width, height, (14, 3)) + noise(rng, width, height, (3, 9))
    tone = 1 + 0.011 * fibre + 0.014 * noise(rng, width, height, 3) + 0.02 * mottle
    return np.asarray(np.clip(printed * tone[..., None], 0, 1), np.float32)


def bokashi(colour: Array, tint: Rgb, weight: Array) -> Array:
    """Wipe a graded tint over the print by multiplication, as transparent pigment does."""
    return (colour * mix((1.0, 1.0, 1.0), tint, weight)).astype(np.float32)


def pooled(colour: Array, depth: float = 0.10) -> Array:
    """Darken the rims of the printed areas, where ink is squeezed out."""
    rim = np.abs(colour - blur(colour, 3)).mean(-1)
    return np.clip(colour * (1 - depth * smooth(0.02, 0.10, rim))[..., None], 0, 1)
