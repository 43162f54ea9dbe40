"""Still-life things, large and modelled by one light. Each puts itself into a scene."""

from __future__ import annotations

import numpy as np

from .field import Array, mix, noise, ramp, rgb, smooth
from .scene import Scene, around, ball, disc, latitude

Stops = list[tuple[float, str]]

DEEP: Stops = [(0, "08241f"), (0.4, "14503a"), (0.75, "3c8048"), (1, "9db860")]
BLUISH: Stops = [(0, "08242c"), (0.4, "125054"), (0.75, "3a8a80"), (1, "a8ccae")]


def cast(scene: Scene, cx: float, cy: float, rx: float, ry: float, depth: float = 0.75) -> None:
    """The shadow of a thing on the table: a flat pool that runs away from the lamp.

    It is darkest where the thing touches: a picture needs something dark beside its warm lights.
    """
    u, v = scene.frame(cx, cy, rx, ry, 0.12)
    scene.shade(smooth(1.25, 0.55, np.hypot(u, v)), 0, 0, 6, depth)
    touch = np.hypot((u + 0.2) / 0.8, (v - 0.05) / 0.5)
    scene.shade(smooth(1.1, 0.9, touch), 0, 0, 3, 0.7)


def leaf(
    scene: Scene,
    root: tuple[float, float],
    tip: tuple[float, float],
    half: float,
    bend: float = 0.15,
    stops: Stops = DEEP,
) -> None:
    """A blade from root to tip, ``half`` px wide on each side, folded along a curved midrib."""
    dx, dy = tip[0] - root[0], tip[1] - root[1]
    size, turn = float(np.hypot(dx, dy)), float(np.arctan2(dy, dx))
    px, py = scene.x - root[0], scene.y - root[1]
    s = (px * np.cos(turn) + py * np.sin(turn)) / size
    inner = np.clip(s, 0, 1)
    t = py * np.cos(turn) - px * np.sin(turn) - bend * size * np.sin(np.pi * inner)
    wide = half * np.sin(np.pi * inner**0.72) ** 0.85 + 1e-3
    w = np.abs(t) / wide
    mask = smooth(wide + 1, wide - 1, np.abs(t)) * ((s > 0) & (s < 1))
    scene.shade(mask, 26, 30, 18, 0.5)
    # The half that faces the lamp is light, the other dark; both roll over towards the rim.
    lit = np.where(t * np.cos(turn) < 0, 0.72, 0.36) - 0.22 * w**2 - 0.18 * (1 - inner)
    midrib = smooth(7, 4, np.abs(t)) * smooth(1.0, 0.7, s)
    colour = mix(ramp(lit, stops), rgb(stops[3][1]), 0.8 * midrib)
    along = turn + np.arctan(bend * np.pi * np.cos(np.pi * inner))
    # Strokes leave the midrib at a slant, as veins do: there is no need to draw them.
    angle = np.where(midrib > 0.4, along, along + np.sign(t) * 0.55)
    scene.put(mask.astype(np.float32), colour, angle.astype(np.float32), 0.2)


def globe(
    scene: Scene, cx: float, cy: float, rx: float, ry: float, stops: Stops, turn: float = 0.0
) -> None:
    """A whole round fruit."""
    u, v = scene.frame(cx, cy, rx, ry, turn)
    colour = ramp(ball(u, v, turn), stops)
    pole = (-0.45, -0.72, 0.42)
    scene.put(disc(u, v), colour, latitude(u, v, rx, ry, turn, pole), 0.3)


def melon(
    scene: Scene, rng: np.random.Generator, cx: float, cy: float, rx: float, ry: float, turn: float
) -> None:
    """A whole watermelon, striped along its meridians."""
    u, v = scene.frame(cx, cy, rx, ry, turn)
    lit = ball(u, v, turn)
    across = np.arcsin(np.clip(v / np.sqrt(np.clip(1 - u * u, 0.02, 1)), -1, 1))
    wave = 0.35 * noise(rng, scene.width, scene.height, 60)
    stripe = smooth(-0.1, 0.5, np.sin(across * 5 + wave))
    dark = ramp(lit, [(0, "06201c"), (0.5, "124a38"), (0.9, "3f8058"), (1, "9ac09a")])
    pale = ramp(lit, [(0, "12342a"), (0.5, "4f8048"), (0.85, "a8b868"), (1, "eeeac0")])
    colour = mix(dark, pale, stripe)
    angle = turn - np.arctan2(u * np.sin(across) * ry, (1.02 - u * u) * rx)
    scene.put(disc(u, v), colour, angle.astype(np.float32), 0.2)


def half_melon(scene: Scene, cx: float, cy: float, rx: float, ry: float, turn: float = 0.0) -> None:
    """A watermelon cut across: the face towards us, the rind behind it turned to the dark."""
    u, v = scene.frame(cx + 0.17 * rx, cy + 0.03 * ry, 0.98 * rx, 0.99 * ry, turn)
    rind = ramp(0.20 + 0.30 * np.clip(-v, -0.5, 1), [(0, "06201c"), (0.5, "1c5c40")])
    scene.put(disc(u, v), rind, around(u, v, rx, ry, turn), 0.2)
    u, v = scene.frame(cx, cy, rx, ry, turn)
    r = np.hypot(u, v)
    scene.put(disc(u, v, 0.012), _flesh(r, u, v), _sweep(u, v, rx, ry, turn), 0.25)


def _sweep(u: Array, v: Array, rx: float, ry: float, turn: float) -> Array:
    """Strokes of a cut face: round it at the rind, and one wide arc over the flesh.

    Rings all the way in would draw a target, and every cheek painted after it would get one.
    """
    arc = np.arctan2((v + 1.6) / ry, (u + 1.2) / rx) + np.pi / 2 + turn
    return np.where(np.hypot(u, v) > 0.76, around(u, v, rx, ry, turn), arc).astype(np.float32)


def _flesh(r: Array, u: Array, v: Array) -> Array:
    """A melon's colours from heart (r = 0) to rind (r = 1), lighter towards the lamp."""
    heart = [(0, "ea6a4c"), (0.35, "dc4838"), (0.7, "c23030"), (0.80, "e27862")]
    rind = [(0.845, "f2dfba"), (0.90, "e9e2b0"), (0.935, "7fa054"), (0.965, "1f5a3c")]
    light = 1 + 0.16 * np.clip(-0.7 * u - 0.8 * v, -1.2, 0.9)
    return np.asarray(np.clip(ramp(r, [*heart, *rind, (1, "0c3428")]) * light[..., None], 0, 1))


def wedge(scene: Scene, cx: float, cy: float, rx: float, ry: float, turn: float) -> None:
    """A slice of watermelon lying on its rind, its back edge level with (cx, cy)."""
    u, v = scene.frame(cx, cy, rx, ry, turn)
    d = np.hypot(u, v)
    mask = smooth(1.012, 0.988, d) * smooth(-0.01, 0.01, v)
    # The cut that faces up takes the light, a band of it along the back edge.
    colour = mix(_flesh(d, u, v), rgb("f4a48c"), 0.55 * smooth(0.16, 0.10, v) * (d < 0.8))
    scene.put(mask, colour, _sweep(u, v, rx, ry, turn), 0.25)


def _taper(u: Array, v: Array) -> Array:
    """The coordinate across a pear-shaped thing, narrower towards -u."""
    return np.asarray(v / (0.80 + 0.24 * np.clip(u, -1, 1)))


def papaya(scene: Scene, cx: float, cy: float, rx: float, ry: float, turn: float) -> None:
    """A whole ripe papaya, narrower towards its stem end (-u), still green about the stem."""
    u, v = scene.frame(cx, cy, rx, ry, turn)
    v = _taper(u, v)
    lit = ball(u, v, turn)
    ripe = [(0, "421a12"), (0.3, "94481c"), (0.6, "d98a34"), (0.85, "f2bc64"), (1, "fbe8b8")]
    green = [(0, "1c2414"), (0.3, "4a5a24"), (0.6, "94984a"), (0.85, "ccc07a"), (1, "f4e8bc")]
    colour = mix(ramp(lit, ripe), ramp(lit, green), smooth(-0.35, -0.95, u + 0.25 * v))
    # Strokes run from end to end, bulging as the fruit does.
    angle = turn + 0.9 * v * np.clip(-u, -1, 1)
    scene.put(disc(u, v, 0.015), colour, angle.astype(np.float32), 0.3)


def coconut(scene: Scene, cx: float, cy: float, r: float) -> None:
    """Half a coconut, seen from above: shell, white flesh, and a hollow full of shadow."""
    u, v = scene.frame(cx, cy + 0.22 * r, r, 0.96 * r)
    shell = ramp(ball(u, v), [(0, "20120e"), (0.5, "5c3a24"), (1, "a87a50")])
    scene.put(disc(u, v), shell, latitude(u, v, r, r, 0, (0.1, -0.9, 0.3)), 0.2)
    u, v = scene.frame(cx, cy, r, 0.84 * r)
    d = np.hypot(u, v)
    flesh = [(0.7, "f6edd2"), (0.86, "fbf4e0"), (0.90, "8a5c38"), (1, "4a2c1c")]
    inside = ramp(0.5 + 0.42 * v + 0.34 * u, [(0, "7f8a7c"), (0.45, "c8c2a4"), (0.9, "f4ead0")])
    colour = mix(ramp(d, flesh), inside, smooth(0.70, 0.64, d))
    scene.put(disc(u, v), colour, _sweep(u, v, r, 0.84 * r, 0), 0.3)
