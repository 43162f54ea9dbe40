"""A lush Mexican still life: cut melons and papayas, pitahayas, limes, flowers and a parrot."""

from __future__ import annotations

import numpy as np

from .brush import Canvas, Layer, Stroke, canvas, coat, lay
from .field import Array, mix, noise, ramp, rgb, smooth
from .fruit import (
    BLUISH,
    DEEP,
    YELLOWISH,
    Stops,
    banana,
    citrus,
    cut_pitahaya,
    dahlia,
    globe,
    half_melon,
    leaf,
    melon,
    papaya,
    pitahaya,
)
from .relief import knit, light, pores, weave
from .scene import Scene, line

WIDTH, HEIGHT, SEED = 1024, 832, 1907

# Most strokes respect the outline they start in; the rest lose it, which keeps edges alive.
WET = {"fenced": 0.8, "impasto": 1.3, "streak": 0.11}

# Centre, radii and turn of the cut faces that carry seeds.
HALF = (420, 480, 196, 170, -0.12)
PAPAYA = (806, 488, 182, 96, -0.55)
SLICE = (520, 640, 184)
WHITE_FACE = (250, 660, 96)
EYE = (798, 100)

LIME: Stops = [(0, "10300a"), (0.4, "3f7a14"), (0.75, "8fc02a"), (1, "f0f6a0")]
ORANGE: Stops = [(0, "5a1a04"), (0.4, "d2560a"), (0.75, "ff9a1e"), (1, "ffe49a")]
MANGO: Stops = [(0, "5a0a1a"), (0.4, "d2301e"), (0.7, "f8a01e"), (1, "fff09a")]
PLUM: Stops = [(0, "14062e"), (0.4, "3c1a6a"), (0.75, "7a3f9a"), (1, "d8a8d8")]
RED: Stops = [(0, "4a0410"), (0.4, "b8101e"), (0.75, "ee3a2a"), (1, "ffb08a")]
PINK: Stops = [(0, "6a0a3a"), (0.4, "d2246c"), (0.75, "f77aa0"), (1, "ffe0e0")]
WHITE: Stops = [(0, "5a6a5a"), (0.4, "c8c8a8"), (0.75, "f6f0d8"), (1, "fffdf4")]
BERRY: Stops = [(0, "1a0620"), (0.4, "7a1040"), (0.75, "c83a6a"), (1, "ffc0d0")]
GOLD: Stops = [(0, "6a2a04"), (0.4, "e0860a"), (0.75, "ffc81e"), (1, "fff4a0")]


def _wall(scene: Scene, rng: np.random.Generator) -> None:
    """An evening sky above, a warm cloth below."""
    w, h = scene.width, scene.height
    tone = scene.y / h + 0.05 * noise(rng, w, h, 160, 2)
    sky = ramp(tone, [(0, "0f2f8a"), (0.25, "1f5fc0"), (0.5, "2fa0c8"), (0.7, "f0b84a")])
    sway = 0.35 * noise(rng, w, h, 180)
    scene.put(np.ones((h, w), np.float32), sky, sway, 0.1)
    fold = np.sin((scene.x + 0.5 * scene.y) / 34 + 1.2 * noise(rng, w, h, 200))
    cloth = ramp(0.5 + 0.5 * fold, [(0, "a83a0c"), (0.5, "e8861a"), (1, "ffd04a")])
    stripe = smooth(0.75, 0.9, np.sin((scene.x + 0.5 * scene.y) / 17))
    cloth = mix(cloth, rgb("d81e5a"), 0.8 * stripe)
    table = smooth(610, 616, scene.y + 10 * np.sin(scene.x / 90))
    scene.put(table, cloth, np.full((h, w), 1.1, np.float32), 0.3)


def _leaves(scene: Scene) -> None:
    """The foliage behind, fanning out from the middle of the heap."""
    leaf(scene, (400, 420), (40, -40), 105, 0.10, DEEP, 10)
    leaf(scene, (560, 400), (420, -70), 95, -0.14, BLUISH, 10)
    leaf(scene, (620, 420), (700, -60), 88, 0.12, DEEP, 9)
    leaf(scene, (700, 460), (1060, 60), 95, -0.08, BLUISH, 10)
    leaf(scene, (330, 470), (-60, 250), 100, -0.12, YELLOWISH, 10)
    leaf(scene, (480, 420), (230, -30), 70, 0.14, YELLOWISH, 9)
    leaf(scene, (640, 420), (560, 20), 60, 0.10, YELLOWISH, 8)
    leaf(scene, (760, 520), (1070, 300), 85, 0.12, DEEP, 9)
    leaf(scene, (260, 560), (-60, 480), 80, 0.10, BLUISH, 9)


def _parrot(scene: Scene) -> None:
    """A green parrot looking left, perched at the upper right."""
    body: Stops = [(0, "0a3a1a"), (0.35, "1f8a2f"), (0.7, "6fc832"), (1, "e8f08a")]
    wing: Stops = [(0, "0a1a5a"), (0.35, "1a4ac0"), (0.7, "3fa0e0"), (1, "b8e8f0")]
    tail: Stops = [(0, "5a0a14"), (0.35, "d2241e"), (0.7, "f8702a"), (1, "ffd07a")]
    for k, stops in enumerate([tail, wing, tail, wing]):
        leaf(scene, (886 + 12 * k, 280), (926 + 26 * k, 480 - 16 * k), 19, 0.04, stops, 14)
    globe(scene, 862, 218, 72, 122, body, -0.30, 0.7)
    globe(scene, 836, 226, 44, 84, [(0, "6a6a0a"), (0.5, "d8c81e"), (1, "fff08a")], -0.26, 0.7)
    for k in range(5):
        leaf(scene, (878 + 9 * k, 168 + 15 * k), (934 + 9 * k, 330 + 12 * k), 26, -0.10, wing, 12)
    leaf(scene, (872, 132), (950, 268), 40, -0.16, body, 9)
    leaf(scene, (884, 132), (962, 226), 27, -0.16, tail, 9)
    globe(scene, 822, 104, 64, 60, body, 0.0, 0.9)
    globe(scene, 812, 78, 46, 30, RED, -0.4, 0.9)
    globe(scene, 836, 134, 40, 28, GOLD, 0.3, 0.9)
    upper = line([(786, 76), (752, 86), (736, 118), (746, 152), (764, 126), (792, 122)], 40)
    lower = line([(772, 128), (758, 146), (776, 158), (794, 140)], 24)
    horn: Stops = [(0, "2a2014"), (0.45, "8a7a54"), (1, "fff0c8")]
    for outline, lit in ((lower, 0.1), (upper, 0.55)):
        mask = scene.polygon([(float(x), float(y)) for x, y in outline])
        scene.put(mask, ramp(lit + (790 - scene.x - 0.6 * (scene.y - 90)) / 110, horn), 1.9, 1.0)
    globe(scene, 800, 100, 19, 18, [(0, "e8e0d0"), (1, "ffffff")], 0.0, 1.0)


def _fruit(scene: Scene, rng: np.random.Generator) -> None:
    """The heap, from back to front."""
    melon(scene, rng, 196, 352, 190, 138, -0.25)
    dahlia(scene, 96, 150, 104, RED, 14, 4)
    dahlia(scene, 262, 96, 86, WHITE, 12, 4)
    dahlia(scene, 610, 130, 84, PINK, 12, 4)
    globe(scene, 940, 520, 92, 86, ORANGE)
    globe(scene, 520, 296, 84, 78, MANGO, 0.4)
    banana(scene, 640, 190, 210, 0.62, 1.75, 36)
    banana(scene, 660, 186, 250, 0.66, 1.70, 38)
    leaf(scene, (560, 560), (720, 420), 60, 0.14, YELLOWISH, 8)
    papaya(scene, *PAPAYA)
    pitahaya(scene, 642, 362, 84, 70, -1.1)
    leaf(scene, (330, 610), (40, 640), 74, 0.12, DEEP, 9)
    leaf(scene, (560, 700), (760, 590), 74, 0.10, BLUISH, 9)
    globe(scene, 636, 474, 58, 54, RED, 0.2)
    half_melon(scene, *HALF, teeth=22)
    globe(scene, 60, 556, 82, 78, MANGO, 0.3)
    globe(scene, 178, 556, 70, 66, PLUM)
    globe(scene, 618, 590, 62, 58, LIME)
    globe(scene, 706, 640, 60, 56, GOLD)
    leaf(scene, (700, 716), (1040, 600), 84, -0.10, DEEP, 9)
    leaf(scene, (640, 820), (960, 740), 74, 0.12, BLUISH, 9)
    leaf(scene, (300, 720), (-30, 770), 76, -0.10, YELLOWISH, 9)
    leaf(scene, (420, 720), (260, 850), 60, 0.10, DEEP, 8)
    leaf(scene, (560, 760), (720, 850), 66, -0.10, YELLOWISH, 8)
    cut_pitahaya(scene, *WHITE_FACE)
    dahlia(scene, 966, 690, 98, GOLD, 13, 4)
    citrus(scene, 806, 664, 74, 66, 0.2, "orange")
    _wedge(scene, *SLICE)
    citrus(scene, 92, 690, 70, 62, -0.3, "lime")
    globe(scene, 366, 752, 62, 58, LIME)
    citrus(scene, 756, 774, 64, 56, 0.5, "lime")
    pitahaya(scene, 886, 786, 98, 76, -0.3)
    globe(scene, 44, 800, 84, 78, RED)
    dahlia(scene, 190, 800, 84, PINK, 12, 4)
    globe(scene, 654, 812, 68, 62, ORANGE)
    for k in range(11):
        x, y = 476 + 31 * (k % 4) - 14 * (k // 4), 800 + 26 * (k // 4) + 5 * (k % 2)
        globe(scene, x, y, 23, 22, PLUM if k % 3 else BERRY)


def _wedge(scene: Scene, cx: float, cy: float, r: float) -> None:
    """A slice of watermelon standing on its rind."""
    u, v = scene.frame(cx, cy, r, r * 0.82, 0.10)
    d = np.hypot(u, v)
    mask = smooth(1.015, 0.985, d) * smooth(-0.02, 0.02, v + 0.04)
    scene.shade(mask, 10, 16, 12, 0.7)
    flesh = [(0, "ff7a62"), (0.3, "f2403a"), (0.7, "d41c30"), (0.8, "f0605a"), (0.86, "fbe8c0")]
    colour = ramp(d, [*flesh, (0.92, "d8e08a"), (0.95, "2f8a32"), (1, "0a3a1e")])
    lip = smooth(0.08, 0.0, v)
    colour = mix(colour, rgb("ff9a80"), 0.7 * lip * smooth(0.85, 0.8, d))
    scene.put(mask, colour, (np.arctan2(v, u) + 0.1).astype(np.float32), 0.5)


def _seed(
    board: Canvas, x: float, y: float, turn: float, size: float, dark: str, shine: str
) -> None:
    """A seed and the light on it: two touches of the brush."""
    dx, dy = size * np.cos(turn), size * np.sin(turn)
    body, glint = np.array(rgb(dark), np.float32), np.array(rgb(shine), np.float32)
    path = line([(x - dx, y - dy), (x, y), (x + dx, y + dy)], 5)
    lay(board, Stroke(path, 1.25 * size, body, body, 1.0, 0.0, 0.04, 2.2, 0.5))
    path = line([(x - 0.6 * dx - 1.5, y - 0.6 * dy - 1.5), (x - 1, y - 2)], 3)
    lay(board, Stroke(path, 0.45 * size + 1, glint, glint, 0.9, 0.2, 0.02, 2.2, 0.3))


def _pearl(board: Canvas, x: float, y: float, radius: float) -> None:
    """A round black seed: a dab, and a glint."""
    dark, glint = np.array(rgb("12100e"), np.float32), np.array(rgb("c8ccc0"), np.float32)
    dab = line([(x - 0.35 * radius, y), (x + 0.35 * radius, y)], 3)
    lay(board, Stroke(dab, 2 * radius, dark, dark, 1.0, 0.0, 0.05, 2.6, 0.0))
    spot = line([(x - 0.5 * radius, y - 0.4 * radius), (x - 0.1 * radius, y - 0.5 * radius)], 3)
    lay(board, Stroke(spot, 0.5 * radius, glint, glint, 0.95, 0.0, 0.0, 2.6, 0.0))


def _on(face: tuple[float, float, float, float, float], u: float, v: float) -> tuple[float, float]:
    """The place in px of a point (u, v) of a face whose rim is the unit circle."""
    cx, cy, rx, ry, turn = face
    cos, sin = np.cos(turn), np.sin(turn)
    return cx + u * rx * cos - v * ry * sin, cy + u * rx * sin + v * ry * cos


def _seeds(board: Canvas) -> None:
    """Watermelon, papaya and pitahaya seeds, placed on their faces."""
    rng = board.rng
    for ring, count in [(0.60, 17), (0.42, 11)]:
        for k in range(count):
            a = 2 * np.pi * (k + rng.uniform(-0.25, 0.25)) / count
            r = ring + rng.uniform(-0.05, 0.05)
            x, y = _on(HALF, r * np.cos(a), r * np.sin(a))
            _seed(board, x, y, a, 8.5, "1a0a08", "c8a890")
    cx, cy, radius = SLICE
    for k in range(13):
        a = np.pi * (k + 0.5 + rng.uniform(-0.2, 0.2)) / 13
        r = radius * (0.56 + 0.11 * (k % 2))
        x, y = cx + r * np.cos(a), cy + 0.82 * r * np.sin(a) + 14
        _seed(board, x, y, a, 8, "1a0a08", "c8a890")
    for _ in range(130):
        a, r = rng.uniform(0, 2 * np.pi), np.sqrt(rng.uniform(0, 1)) * 0.9
        x, y = _on(PAPAYA, 0.05 + 0.58 * r * np.cos(a), 0.38 * r * np.sin(a))
        _pearl(board, x, y, rng.uniform(4.6, 6.4))
    _pearl(board, *EYE, 10)
    cx, cy, radius = WHITE_FACE
    for _ in range(120):
        a, r = rng.uniform(0, 2 * np.pi), np.sqrt(rng.uniform(0, 1)) * 0.65 * radius
        x, y = cx + r * np.cos(a), cy + 0.92 * r * np.sin(a)
        _seed(board, x, y, a, rng.uniform(2.2, 3.6), "1a1418", "6a5a60")


def paint() -> Array:
    """The finished picture (H, W, 3)."""
    rng = np.random.default_rng(SEED)
    scene = Scene(WIDTH, HEIGHT, rgb("2a4a8a"))
    _wall(scene, rng)
    _leaves(scene)
    _parrot(scene)
    _fruit(scene, rng)
    detail = np.maximum(scene.detail, scene.edges())
    under = mix(scene.colour, rgb("a8401a"), 0.35)
    board = canvas(under, rng, scene.region)
    for layer in (
        Layer(40, 170, 19, dry=0.4, hue=0.18, value=0.05, tolerance=0.20, impasto=1.3),
        Layer(25, 105, 12, error=0.04, detail=0.6, hue=0.16, value=0.055, tolerance=0.18, **WET),
        Layer(14, 66, 8.5, error=0.055, detail=0.45, hue=0.14, value=0.055, tolerance=0.15, **WET),
        Layer(8, 36, 5.5, error=0.065, detail=0.16, tolerance=0.12, **WET),
    ):
        coat(board, scene.colour, scene.angle, detail, layer)
    _seeds(board)
    height = pores(board.height, weave(rng, WIDTH, HEIGHT), 0.6)
    lit = light(board.colour, height, strength=0.30, gloss=0.08)
    return knit(lit, scene.region)
