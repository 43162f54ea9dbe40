"""A Mexican still life: cut melons, a papaya and a coconut on a cloth, before a blue-green wall."""

from __future__ import annotations

import numpy as np

from .brush import Canvas, Layer, Stroke, canvas, coat, lay
from .field import Array, mix, noise, ramp, rgb, smooth
from .fruit import BLUISH, Stops, cast, coconut, globe, half_melon, leaf, melon, papaya, wedge
from .relief import knit, light
from .scene import Scene, line

WIDTH, HEIGHT, SEED = 1024, 832, 1907

# Centre, radii and turn of the cut faces that carry seeds.
Face = tuple[float, float, float, float, float]
HALF: Face = (440, 420, 214, 204, -0.10)
SLICE: Face = (300, 610, 196, 168, 0.08)

MANGO: Stops = [(0, "4a1414"), (0.4, "b0432a"), (0.72, "e0923c"), (1, "f6e0a0")]


def _room(scene: Scene, rng: np.random.Generator) -> None:
    """A wall that darkens away from the lamp, and a plain cloth with two or three soft folds."""
    w, h = scene.width, scene.height
    far = np.hypot(scene.x + 80, scene.y + 120) / 1200 + 0.05 * noise(rng, w, h, 220)
    wall = ramp(far, [(0.1, "4a9a94"), (0.45, "1f6a70"), (0.8, "124650"), (1, "0d3340")])
    # The brush goes round the lamp in wide arcs.
    arcs = np.arctan2(scene.y + 500, scene.x + 500) + np.pi / 2
    scene.put(np.ones((h, w), np.float32), wall, arcs.astype(np.float32), 0.0)
    edge = 520 + 0.02 * (scene.x - 512)
    depth = (scene.y - edge) / (h - 520)
    fold = np.sin(scene.x / 130 - 1.6 * depth + 0.4 * noise(rng, w, h, 260))
    tone = 0.66 + 0.14 * fold - 0.30 * scene.x / w + 0.12 * depth
    cloth = ramp(tone, [(0, "94602c"), (0.4, "cf9a4c"), (0.7, "e8c47c"), (1, "f8e6b4")])
    sway = 0.05 + 0.25 * np.cos(scene.x / 130 - 1.6 * depth)
    scene.put(smooth(-1.5, 1.5, scene.y - edge), cloth, sway.astype(np.float32), 0.0)


def _fruit(scene: Scene, rng: np.random.Generator) -> None:
    """The things on the cloth, from back to front, each with its shadow."""
    leaf(scene, (600, 520), (900, 60), 92, -0.10, BLUISH)
    leaf(scene, (470, 440), (560, -30), 84, 0.12)
    leaf(scene, (260, 420), (60, 40), 88, 0.14)
    cast(scene, 300, 545, 260, 52)
    melon(scene, rng, 190, 430, 196, 140, -0.16)
    cast(scene, 560, 610, 260, 60)
    half_melon(scene, *HALF)
    cast(scene, 880, 610, 210, 56)
    papaya(scene, 806, 506, 206, 122, -0.42)
    cast(scene, 400, 760, 240, 50)
    wedge(scene, *SLICE)
    cast(scene, 690, 775, 150, 50)
    coconut(scene, 620, 680, 104)
    cast(scene, 930, 780, 140, 44)
    globe(scene, 866, 716, 98, 84, MANGO, 0.2)


def _seeds(board: Canvas) -> None:
    """A few large seeds, pointing at the heart of the melon: one touch of the brush each.

    A deeper red, not black: black seeds come back as moles on every face.
    """
    rng, dark, warm = board.rng, np.array(rgb("8a2826")), np.array(rgb("9c3028"))
    for face, start, stop, count in ((HALF, 0.2, 2 * np.pi + 0.2, 6), (SLICE, 0.2, np.pi - 0.2, 3)):
        cx, cy, rx, ry, turn = face
        for k in range(count):
            a = start + (stop - start) * (k + 0.5 + rng.uniform(-0.15, 0.15)) / count
            out = np.array([rx * np.cos(a + turn), ry * np.sin(a + turn)])
            place = np.array([cx, cy]) + rng.uniform(0.58, 0.64) * out
            ends = [tuple(place + shift * out) for shift in (-0.07, 0.0, 0.07)]
            lay(board, Stroke(line(ends, 5), 13, dark, warm, 0.95, 0.0, 0.03, 1.0, 0.6))


def paint() -> Array:
    """The finished picture (H, W, 3)."""
    rng = np.random.default_rng(SEED)
    scene = Scene(WIDTH, HEIGHT, rgb("1f6a70"))
    _room(scene, rng)
    _fruit(scene, rng)
    detail = np.maximum(scene.detail, 0.6 * scene.edges())
    board = canvas(mix(scene.colour, rgb("6a3a24"), 0.25), rng, scene.region, bristle=2.2)
    # Broad, long and soft: a picture painted in this manner takes its strokes from here, and
    # at a third of this size anything narrower, a bristle too, is grain.
    wet = {"dry": 0.2, "streak": 0.05, "fenced": 1.0, "impasto": 1.0, "wander": 0.05}
    for layer in (
        Layer(74, 420, 30, value=0.035, hue=0.08, tolerance=0.20, **wet),
        Layer(46, 300, 26, error=0.06, detail=0.4, value=0.04, hue=0.08, tolerance=0.15, **wet),
        Layer(28, 190, 16, error=0.055, detail=0.25, value=0.04, hue=0.06, tolerance=0.13, **wet),
        Layer(14, 90, 9, error=0.06, tolerance=0.10, value=0.02, hue=0.04, **wet),
    ):
        coat(board, scene.colour, scene.angle, detail, layer)
    _seeds(board)
    return knit(light(board.colour, board.height, strength=0.13, gloss=0.02), scene.region)
