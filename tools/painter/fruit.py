"""Still-life things: leaves, fruit whole and cut, flowers. Each puts itself into a scene."""

from __future__ import annotations

import numpy as np

from .field import Array, mix, noise, ramp, rgb, smooth
from .scene import Scene, around, ball, disc, latitude

Stops = list[tuple[float, str]]

DEEP: Stops = [(0, "06231c"), (0.4, "0d5a36"), (0.75, "2f8f45"), (1, "8fc95a")]
BLUISH: Stops = [(0, "06243a"), (0.4, "0c5a5a"), (0.75, "2b8f86"), (1, "93d0b4")]
YELLOWISH: Stops = [(0, "1c3a0c"), (0.4, "4f8a16"), (0.75, "a3bf26"), (1, "ecea7a")]


def leaf(
    scene: Scene,
    root: tuple[float, float],
    tip: tuple[float, float],
    half: float,
    bend: float = 0.15,
    stops: Stops = DEEP,
    veins: int = 9,
) -> None:
    """A blade from root to tip, ``half`` px wide on each side, with a curved midrib and veins."""
    dx, dy = tip[0] - root[0], tip[1] - root[1]
    size, turn = float(np.hypot(dx, dy)), float(np.arctan2(dy, dx))
    px, py = scene.x - root[0], scene.y - root[1]
    s = (px * np.cos(turn) + py * np.sin(turn)) / size
    inner = np.clip(s, 0, 1)
    t = py * np.cos(turn) - px * np.sin(turn) - bend * size * np.sin(np.pi * inner)
    wide = half * np.sin(np.pi * inner**0.72) ** 0.85 + 1e-3
    w = np.abs(t) / wide
    mask = smooth(wide + 1, wide - 1, np.abs(t)) * ((s > 0) & (s < 1))
    scene.shade(mask, 9, 14, 10, 0.65)
    # Each half of the blade catches the light differently; the ribs between veins are rounded.
    lit = np.where(t * np.cos(turn) < 0, 0.68, 0.38) + 0.18 * (0.5 - w) - 0.15 * (1 - inner)
    rib = (veins * (s - 0.30 * w**1.2)) % 1
    lit = lit + 0.20 * np.sin(np.pi * rib) - 0.12
    vein = smooth(0.10, 0.03, np.minimum(rib, 1 - rib)) * smooth(1.0, 0.7, w)
    midrib = smooth(4.5, 2.0, np.abs(t)) * smooth(1.0, 0.8, s)
    colour = ramp(lit, stops)
    colour = mix(colour, rgb(stops[3][1]), np.maximum(0.75 * vein, 0.95 * midrib))
    colour = colour * (1 - 0.55 * smooth(0.88, 1.0, w))[..., None]
    slope = bend * np.pi * np.cos(np.pi * inner)
    angle = turn + np.arctan(slope) + np.sign(t) * 0.75
    angle = np.where(midrib > 0.4, turn + np.arctan(slope), angle)
    scene.put(mask.astype(np.float32), colour, angle.astype(np.float32), 0.55)


def globe(
    scene: Scene,
    cx: float,
    cy: float,
    rx: float,
    ry: float,
    stops: Stops,
    turn: float = 0.0,
    detail: float = 0.4,
) -> tuple[Array, Array]:
    """A whole round fruit; returns its unit-disc coordinates."""
    u, v = scene.frame(cx, cy, rx, ry, turn)
    mask = disc(u, v)
    scene.shade(mask, 14, 18, 14, 0.7)
    lit = ball(u, v, turn)
    rim = smooth(0.90, 1.0, np.hypot(u, v))
    # Light thrown back by the neighbours keeps the shadow side from going dead.
    colour = ramp(lit, stops) * (1 - 0.45 * rim)[..., None]
    # Each fruit has its stem somewhere else; the position serves as the dice.
    tilt = 0.37 * cx + 0.61 * cy
    pole = (0.55 * float(np.sin(tilt)), -0.72, 0.42)
    scene.put(mask, colour, latitude(u, v, rx, ry, turn, pole), detail)
    return u, v


def melon(
    scene: Scene, rng: np.random.Generator, cx: float, cy: float, rx: float, ry: float, turn: float
) -> None:
    """A whole watermelon, striped along its meridians."""
    u, v = scene.frame(cx, cy, rx, ry, turn)
    mask = disc(u, v)
    scene.shade(mask, 14, 18, 16, 0.7)
    lit = ball(u, v, turn)
    across = np.arcsin(np.clip(v / np.sqrt(np.clip(1 - u * u, 0.02, 1)), -1, 1))
    wave = 0.28 * noise(rng, scene.width, scene.height, 22, 2)
    stripe = smooth(-0.25, 0.35, np.sin(across * 7 + wave * 2.2))
    dark = ramp(lit, [(0, "03150f"), (0.5, "0a4a2a"), (0.9, "3f8a4c"), (1, "9ac98a")])
    pale = ramp(lit, [(0, "143a10"), (0.5, "6f9a2a"), (0.85, "c4cf62"), (1, "f6f2c0")])
    colour = mix(dark, pale, stripe) * (1 - 0.5 * smooth(0.9, 1, np.hypot(u, v)))[..., None]
    angle = turn - np.arctan2(u * np.sin(across) * ry, (1.02 - u * u) * rx)
    scene.put(mask, colour, angle.astype(np.float32), 0.5)


def half_melon(
    scene: Scene,
    cx: float,
    cy: float,
    rx: float,
    ry: float,
    turn: float = 0.0,
    teeth: int = 0,
) -> tuple[Array, Array]:
    """A watermelon's cut face, its rim sawn into ``teeth``; returns unit-disc coordinates."""
    u, v = scene.frame(cx, cy, rx, ry, turn)
    polar = np.arctan2(v, u)
    saw = np.abs((polar * teeth / (2 * np.pi)) % 1 - 0.5) * 2 if teeth else np.zeros_like(u)
    r = np.hypot(u, v) * (1 + 0.13 * saw).astype(np.float32)
    mask = smooth(1.015, 0.985, r)
    scene.shade(mask, 12, 20, 16, 0.75)
    ringed = [(0, "ff6a5a"), (0.22, "f4473f"), (0.55, "d81e2c"), (0.76, "e23a3c"), (0.83, "f6a08a")]
    rind = [(0.87, "f4ecc0"), (0.925, "cfdc8a"), (0.95, "2f7a32"), (1.0, "0a3a1e")]
    colour = ramp(r, [*ringed, *rind])
    fibre = 0.06 * np.sin(polar * 17 + 5 * r) * smooth(0.85, 0.5, r) * smooth(0.05, 0.3, r)
    glow = 0.16 * (-0.5 * u - 0.7 * v)
    colour = colour * (1 + fibre + glow)[..., None]
    radial = np.arctan2(v / ry, u / rx) + turn
    ring = around(u, v, rx, ry, turn)
    scene.put(mask, colour, np.where(r > 0.78, ring, radial).astype(np.float32), 0.5)
    return u, v


def papaya(scene: Scene, cx: float, cy: float, rx: float, ry: float, turn: float) -> None:
    """A halved papaya, narrower towards its stem end (-u), with a hollow in the middle."""
    u, v = scene.frame(cx, cy, rx, ry, turn)
    v = v / (0.80 + 0.24 * np.clip(u, -1, 1))
    r = np.hypot(u, v)
    mask = smooth(1.015, 0.985, r)
    scene.shade(mask, 12, 18, 15, 0.75)
    flesh = [(0, "ff9a3c"), (0.45, "f5761e"), (0.8, "f8932a"), (0.88, "ffbf4a"), (0.93, "e9d24a")]
    colour = ramp(r, [*flesh, (0.97, "8f9a22"), (1, "3a5a16")])
    colour = colour * (1 + 0.15 * (-0.5 * u - 0.8 * v))[..., None]
    hollow = np.hypot((u - 0.05) / 0.62, v / 0.42)
    pit = ramp(
        hollow + 0.25 * v, [(0, "7a2410"), (0.6, "a8380f"), (0.95, "d65a18"), (1.1, "ffb45a")]
    )
    colour = mix(colour, pit, smooth(1.08, 0.98, hollow))
    scene.put(mask, colour, around(u, v, rx, ry, turn), 0.5)


def pitahaya(scene: Scene, cx: float, cy: float, rx: float, ry: float, turn: float) -> None:
    """A dragon fruit: a magenta ball in scales that end in green tips."""
    stops = [(0, "3a0426"), (0.4, "a80f52"), (0.75, "e8357a"), (1, "ffb0b8")]
    globe(scene, cx, cy, rx, ry, stops, turn, 0.6)
    for row, count in [(-0.5, 4), (-0.05, 5), (0.42, 4), (0.8, 3)]:
        for k in range(count):
            v = -0.92 + 1.84 * (k + 0.5) / count
            u = row * np.sqrt(1 - 0.55 * v * v)
            cos, sin = np.cos(turn), np.sin(turn)
            x, y = cx + u * rx * cos - v * ry * sin, cy + u * rx * sin + v * ry * cos
            out = turn + 0.75 * v
            reach = 0.52 * rx * (1 - 0.2 * abs(v))
            tip = (x + reach * np.cos(out), y + reach * np.sin(out))
            scale: Stops = [(0, "7a0a44"), (0.35, "d2246c"), (0.7, "ee5a80"), (1, "dff08a")]
            _scale(scene, (x, y), tip, 0.20 * ry, scale)


def _scale(
    scene: Scene, root: tuple[float, float], tip: tuple[float, float], half: float, stops: Stops
) -> None:
    """One fleshy scale, turning to the last colour at its tip."""
    dx, dy = tip[0] - root[0], tip[1] - root[1]
    size, turn = float(np.hypot(dx, dy)), float(np.arctan2(dy, dx))
    px, py = scene.x - root[0], scene.y - root[1]
    s = np.clip((px * np.cos(turn) + py * np.sin(turn)) / size, 0, 1)
    t = py * np.cos(turn) - px * np.sin(turn)
    wide = half * (1 - s) ** 0.8 + 1e-3
    mask = smooth(wide + 1, wide - 1, np.abs(t)) * smooth(0, 0.05, s)
    scene.shade(mask, 3, 5, 3, 0.45)
    colour = ramp(0.2 + 0.95 * s**1.3 - 0.16 * np.sign(t), stops)
    scene.put(mask, colour, turn, 0.8)


def cut_pitahaya(scene: Scene, cx: float, cy: float, r: float) -> None:
    """The white face of a dragon fruit in its magenta skin."""
    u, v = scene.frame(cx, cy, r, r * 0.92)
    mask = disc(u, v)
    scene.shade(mask, 10, 14, 10, 0.7)
    face = [(0, "fffdf2"), (0.6, "f4ecea"), (0.76, "f2c6d4"), (0.84, "e8407f"), (1, "8a0a46")]
    colour = ramp(np.hypot(u, v), face) * (1 + 0.10 * (-0.5 * u - 0.8 * v))[..., None]
    scene.put(mask, colour, around(u, v, r, r), 0.6)


def citrus(scene: Scene, cx: float, cy: float, rx: float, ry: float, turn: float, hue: str) -> None:
    """A cut lime or orange: rind, pith and wedges."""
    pulp = {
        "lime": ["e8f08a", "b4d43c", "7fb424", "2f6a16"],
        "orange": ["ffd25a", "ff9a1e", "f0780f", "c8500a"],
    }[hue]
    u, v = scene.frame(cx, cy, rx, ry, turn)
    r, polar = np.hypot(u, v), np.arctan2(v, u)
    mask = smooth(1.03, 0.97, r)
    scene.shade(mask, 9, 13, 9, 0.7)
    wedge = np.abs((polar * 9 / (2 * np.pi)) % 1 - 0.5) * 2
    gap = smooth(0.80, 0.95, wedge + 0.10 / (r + 0.05) * 0.5) * smooth(0.86, 0.8, r)
    colour = ramp(r, [(0, pulp[0]), (0.4, pulp[1]), (0.78, pulp[2])])
    pith = rgb("fbf6d0")
    colour = mix(colour, pith, np.maximum(gap, smooth(0.78, 0.83, r)))
    colour = mix(colour, rgb(pulp[3]), smooth(0.89, 0.95, r))
    radial = np.arctan2(v / ry, u / rx) + turn
    scene.put(mask, colour, radial.astype(np.float32), 0.9)


def banana(
    scene: Scene, cx: float, cy: float, radius: float, start: float, stop: float, thick: float
) -> None:
    """A crescent on the circle (cx, cy, radius) between two angles, with a ridge of light."""
    dx, dy = scene.x - cx, scene.y - cy
    middle = (start + stop) / 2
    polar = (np.arctan2(dy, dx) - middle + np.pi) % (2 * np.pi) - np.pi
    s = polar / ((stop - start) / 2)
    t = (np.hypot(dx, dy) - radius) / thick
    wide = np.sqrt(np.clip(1 - np.abs(s) ** 3, 0, 1)) * (np.abs(s) < 1) + 1e-3
    mask = smooth(1.06, 0.94, np.abs(t) / wide) * (np.abs(s) < 1)
    scene.shade(mask.astype(np.float32), 8, 12, 9, 0.65)
    lit = 0.62 - 0.42 * t + 0.1 * np.sign(t + 0.2)
    skin: Stops = [(0, "6a4a08"), (0.3, "c88a0c"), (0.6, "f6c81e"), (0.85, "ffe45a"), (1, "fff4a8")]
    colour = mix(ramp(lit, skin), rgb("4a3a10"), smooth(0.88, 0.99, np.abs(s)))
    scene.put(mask.astype(np.float32), colour, (np.arctan2(dy, dx) + np.pi / 2), 0.5)


def dahlia(
    scene: Scene, cx: float, cy: float, r: float, stops: Stops, petals: int = 13, rows: int = 4
) -> None:
    """A flower of ``rows`` rings of petals, the outer ones laid first."""
    dx, dy = scene.x - cx, scene.y - cy
    distance, polar = np.hypot(dx, dy) / r, np.arctan2(dy, dx)
    scene.shade(smooth(1, 0.9, distance), 8, 12, 10, 0.6)
    for row in range(rows):
        reach = 1 - row * 0.72 / rows
        cell = (polar * petals / (2 * np.pi) + 0.5 * row + 0.13 * row) % 1 - 0.5
        out = distance / reach
        outline = 1 - 0.9 * np.abs(cell) ** 2.2 * 2.2
        mask = smooth(outline + 0.02, outline - 0.02, out)
        lit = 0.12 + 0.75 * out**1.6 + 0.28 * cell - 0.7 * np.abs(cell) ** 3 + 0.05 * row
        colour = ramp(lit - 0.35 * smooth(0.36, 0.5, np.abs(cell)), stops)
        scene.put(mask, colour, polar + 0.5 * cell, 0.75)
    heart = smooth(0.17, 0.14, distance)
    scene.put(heart, ramp(distance * 6, [(0, "ffe07a"), (0.6, "f0a81e"), (1, "8a4a0a")]), None, 0.9)
