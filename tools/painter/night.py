"""A night of whorls: thick strokes in ultramarine and turquoise round golden lights."""

from __future__ import annotations

import numpy as np

from .brush import Layer, canvas, coat
from .field import Array, mix, noise, ramp, rgb, smooth
from .relief import knit, light, pores, weave
from .scene import Scene

WIDTH, HEIGHT, SEED = 1024, 816, 1889

# x, y, reach in px, sense of turning and pull of each eddy of the sky.
EDDIES = (
    (352, 250, 190, 1.0, 2.6),
    (566, 330, 130, -1.0, 2.2),
    (120, 120, 105, -1.0, 1.6),
    (845, 150, 150, 1.0, 2.2),
    (690, 90, 85, -1.0, 1.4),
    (150, 420, 90, 1.0, 1.4),
    (505, 70, 80, 1.0, 1.4),
    (960, 370, 90, -1.0, 1.2),
    (740, 400, 75, 1.0, 1.2),
)
# x, y and radius of the lights that burn in the sky; the largest is the moon.
LIGHTS = (
    (845, 150, 74),
    (120, 120, 46),
    (690, 90, 34),
    (505, 70, 30),
    (150, 420, 34),
    (960, 370, 32),
    (740, 400, 28),
    (30, 280, 24),
    (270, 40, 22),
)
SKY = [
    (0.0, "07103f"),
    (0.18, "0f2a86"),
    (0.36, "1a4fc0"),
    (0.52, "1f86c8"),
    (0.66, "3fb8c4"),
    (0.80, "a8dcc0"),
    (0.92, "f4ecb0"),
    (1.0, "fffbe8"),
]
GLOW = [
    (0.0, "fffdf0"),
    (0.30, "fff0a0"),
    (0.50, "ffd23c"),
    (0.68, "f29a1c"),
    (0.80, "d8c85a"),
    (0.90, "6fc0a8"),
    (1.0, "2a78c0"),
]


def stream(x: Array, y: Array) -> tuple[Array, Array]:
    """The wind (vx, vy) of the sky: a wavy current with eddies, each (H, W)."""
    vx = np.full_like(x, 0.8)
    vy = 0.55 * np.cos(x / 120 + y / 210)
    for cx, cy, reach, sense, pull in EDDIES:
        dx, dy = x - cx, y - cy
        r = np.hypot(dx, dy) + 1e-3
        fall = pull * np.exp(-((r / reach) ** 2)) * sense
        # A little inflow makes the rings spiral.
        vx = vx + fall * (-dy / r) - 0.16 * np.abs(fall) * dx / r
        vy = vy + fall * (dx / r) - 0.16 * np.abs(fall) * dy / r
    return vx.astype(np.float32), vy.astype(np.float32)


def smear(field: Array, vx: Array, vy: Array, steps: int = 34, step: float = 3.0) -> Array:
    """Average a field (H, W) along the streamlines, both ways, over steps * step px."""
    rows, columns = field.shape
    size = np.hypot(vx, vy) + 1e-6
    ux, uy = vx / size, vy / size
    y0, x0 = np.mgrid[0:rows, 0:columns].astype(np.float32)
    total, count = field.copy(), 1
    for sign in (step, -step):
        x, y = x0, y0
        for _ in range(steps):
            j = np.clip(np.rint(x), 0, columns - 1).astype(int)
            i = np.clip(np.rint(y), 0, rows - 1).astype(int)
            x, y = x + sign * ux[i, j], y + sign * uy[i, j]
            total += field[i, j]
            count += 1
    return (total / count).astype(np.float32)


def _sky(scene: Scene, rng: np.random.Generator) -> None:
    """Bands of blue drawn out along the wind, brighter in the arms of the two great whorls."""
    w, h = scene.width, scene.height
    vx, vy = stream(scene.x, scene.y)
    bands = smear(noise(rng, w, h, 20, 2), vx, vy)
    bands = bands / bands.std()
    tone = 0.36 + 0.13 * bands + 0.10 * smooth(200, 560, scene.y) + 0.04 * noise(rng, w, h, 200)
    for cx, cy, reach, sense, _ in EDDIES[:2]:
        dx, dy = scene.x - cx, scene.y - cy
        r = np.hypot(dx, dy) + 1
        arm = np.cos(2 * np.arctan2(dy, dx) - sense * 5.2 * np.log(r / 20))
        tone = tone + (0.30 * arm + 0.12) * np.exp(-((r / reach) ** 2.5))
        tone = tone + 0.45 * np.exp(-((r / 24) ** 2))
    # One pale river of air binds the whorls together.
    path = 300 + 95 * np.sin(scene.x / 165 + 0.3) + 0.06 * (scene.x - 500)
    tone = tone + 0.22 * np.exp(-(((scene.y - path) / 34) ** 2))
    everywhere = np.ones((h, w), np.float32)
    scene.put(everywhere, ramp(tone, SKY), np.arctan2(vy, vx), 0.55)


def _lights(scene: Scene, rng: np.random.Generator) -> None:
    """Stars and a moon in rings of shortening strokes."""
    rough = noise(rng, scene.width, scene.height, 26, 2)
    for k, (cx, cy, radius) in enumerate(LIGHTS):
        dx, dy = scene.x - cx, scene.y - cy
        r = np.hypot(dx, dy) / radius * (1 + 0.05 * rough)
        ripple = 0.06 * np.sin(r * (11 if k else 16))
        halo = smooth(1.75, 0.95, r)
        glow = ramp(np.clip(r / 1.6 + ripple, 0, 1), GLOW)
        ring = np.arctan2(dy, dx) + np.pi / 2 - 0.15
        scene.put(halo, glow, own=False)
        near = r < 1.6
        scene.angle = np.where(near, ring, scene.angle).astype(np.float32)
        scene.detail = np.where(near, 0.9, scene.detail).astype(np.float32)
    cx, cy, radius = LIGHTS[0]
    moon = smooth(1.04, 0.96, np.hypot(scene.x - cx, scene.y - cy) / (0.66 * radius))
    bite = smooth(0.96, 1.04, np.hypot(scene.x - cx - 24, scene.y - cy + 10) / (0.56 * radius))
    scene.put(moon, rgb("f0a020"))
    scene.put(moon * bite, rgb("fff6c8"))


def _hills(scene: Scene, rng: np.random.Generator) -> None:
    """Ridges one behind another, furrowed along their slopes; the nearest are fields."""
    w, h = scene.width, scene.height
    rough = noise(rng, w, h, 24, 2)
    ridges = [
        (506, 44, 150, 0.6, [(0, "0d1f66"), (0.5, "2450a8"), (1, "6fb0d8")]),
        (566, 38, 115, 2.2, [(0, "0a2a5a"), (0.5, "1f6a9a"), (1, "7fd0c0")]),
        (628, 34, 170, 4.0, [(0, "0a2f4a"), (0.5, "1f7f7a"), (1, "b8d878")]),
    ]
    for base, swell, period, phase, stops in ridges:
        top = base + swell * np.sin(scene.x / period + phase)
        top = top + 0.5 * swell * np.sin(scene.x / period * 2.3 + 2 * phase)
        slope = np.gradient(top, axis=1)
        depth = (scene.y - top) / 90
        furrow = np.sin(scene.x / 26 - scene.y / 11 + 3 * np.sin(scene.x / 90) + 0.8 * rough)
        tone = 0.72 - 0.55 * depth + 0.20 * furrow
        crest = smooth(0.14, 0.02, depth)
        colour = mix(ramp(tone, stops), rgb("06103a"), 0.75 * crest)
        mask = smooth(-1, 1, scene.y - top)
        angle = np.arctan(slope) + 0.75 * np.clip(depth, 0, 1)
        scene.put(mask, colour, angle.astype(np.float32), 0.5)


def _lake(scene: Scene, rng: np.random.Generator) -> None:
    """Water in front of the hills, in which the lights are drawn out into broken columns."""
    w, h = scene.width, scene.height
    shore = 676 + 12 * np.sin(scene.x / 130 + 1) + 5 * np.sin(scene.x / 41)
    depth = (scene.y - shore) / 140
    ripple = noise(rng, w, h, (70, 9), 2)
    tone = 0.34 + 0.13 * ripple + 0.10 * np.sin(scene.y / 8 + 2 * np.sin(scene.x / 60))
    for cx, _, radius in LIGHTS:
        spread = radius * (0.45 + 0.45 * np.clip(depth, 0, 1)) + 8
        column = np.exp(-(((scene.x - cx - 7 * ripple) / spread) ** 2))
        tone = tone + 0.62 * column * smooth(-0.5, 0.5, np.sin(scene.y / 6.5 + 1.3 * ripple))
    gold = [(0, "07103f"), (0.25, "12379a"), (0.48, "1f7fc0"), (0.62, "5fc0c0")]
    colour = ramp(tone, [*gold, (0.78, "f0c83c"), (0.92, "ffe890"), (1, "fff8d8")])
    colour = mix(colour, rgb("081440"), 0.7 * smooth(0.08, 0.0, depth))
    sway = 0.22 * np.sin(scene.x / 60 + scene.y / 16)
    scene.put(smooth(-1, 1, scene.y - shore), colour, sway.astype(np.float32), 0.6)


def _village(scene: Scene, rng: np.random.Generator) -> None:
    """Small houses in a fold of the hills, with lamps lit."""
    for _ in range(24):
        x, y = rng.uniform(60, 660), rng.uniform(606, 652)
        w, h = rng.uniform(16, 28), rng.uniform(13, 20)
        wall = scene.polygon([(x, y), (x + w, y), (x + w, y + h), (x, y + h)])
        roof = scene.polygon([(x - 3, y), (x + w + 3, y), (x + 0.55 * w, y - 0.75 * h)])
        tint = float(rng.uniform(0, 1))
        scene.put(wall, mix(rgb("2a5a9a"), rgb("8ab0b8"), tint), 1.5, 1.0)
        scene.put(roof, mix(rgb("8a3a2a"), rgb("1a2a6a"), tint), -0.5, 1.0)
        lamp = scene.polygon(
            [(x + 5, y + 3), (x + 12, y + 3), (x + 12, y + h - 2), (x + 5, y + h - 2)]
        )
        scene.put(lamp, rgb("ffd84a"), 1.5, 1.0)


def _flame(scene: Scene, foot: float, width: float, top: float, lean: float, phase: float) -> None:
    """A dark tree like a flame, from below the frame up to ``top``."""
    t = np.clip((scene.y - top) / (scene.height + 30 - top), 0, 1)
    axis = foot + lean * (1 - t) + 16 * np.sin(7 * t + phase) * (1 - t)
    lick = 1 + 0.22 * np.sin(21 * t + phase) + 0.10 * np.sin(34 * t + 2 * phase)
    half = width * t**0.62 * (1.15 - 0.45 * t) * lick + 0.1
    off = (scene.x - axis) / half
    mask = smooth(1.05, 0.95, np.abs(off)) * (scene.y > top)
    tongue = np.sin(5.5 * off + 13 * t + phase) + 0.6 * np.sin(11 * off - 25 * t)
    stops = [(0, "04101a"), (0.35, "0f3a30"), (0.65, "2a6a3c"), (0.88, "7a9a3a"), (1, "d8a83a")]
    colour = ramp(0.42 + 0.24 * tongue - 0.2 * np.abs(off), stops)
    angle = np.pi / 2 + 0.42 * np.sin(13 * t + phase + 3 * off) + 0.25 * off
    scene.put(mask.astype(np.float32), colour, angle.astype(np.float32), 0.7)


def paint() -> Array:
    """The finished picture (H, W, 3)."""
    rng = np.random.default_rng(SEED)
    scene = Scene(WIDTH, HEIGHT, rgb("102a7a"))
    _sky(scene, rng)
    _lights(scene, rng)
    _hills(scene, rng)
    _village(scene, rng)
    _lake(scene, rng)
    _flame(scene, 884, 92, 250, -30, 0.4)
    _flame(scene, 985, 66, 400, 14, 2.0)
    _flame(scene, 778, 44, 520, 8, 4.1)
    detail = np.maximum(scene.detail, scene.edges())
    board = canvas(mix(scene.colour, rgb("0a1a5a"), 0.6), rng, scene.region)
    thick = {"impasto": 2.6, "streak": 0.13, "fenced": 0.6}
    for layer in (
        Layer(30, 130, 16, tolerance=0.22, hue=0.20, value=0.05, **thick),
        Layer(19, 100, 10, error=0.035, detail=0.6, tolerance=0.2, hue=0.22, value=0.07, **thick),
        Layer(12, 66, 8.5, error=0.05, detail=0.55, tolerance=0.2, hue=0.2, value=0.08, **thick),
        Layer(7.5, 34, 6, error=0.09, detail=0.10, tolerance=0.18, hue=0.15, value=0.06, **thick),
    ):
        coat(board, scene.colour, scene.angle, detail, layer)
    height = pores(board.height, weave(rng, WIDTH, HEIGHT), 0.5)
    return knit(light(board.colour, height, strength=0.34, gloss=0.12), scene.region)
