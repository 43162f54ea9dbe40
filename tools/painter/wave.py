"""A woodblock print: a breaking sea under a wiped sky, with a red sun and a flight of plovers."""

from __future__ import annotations

import numpy as np

from .field import Array, Rgb, grid, mix, noise, rgb, smooth
from .press import INK, Sheet, between, bokashi, hand, impress, pooled, ribbon
from .scene import Point, line

WIDTH, HEIGHT, SEED = 1024, 720, 1831

PAPER = rgb("f3e4c4")
FOAM = rgb("f8efd8")
SHADE = rgb("a9c4cc")
# Bars of cloud: level, ends and half-height in px.
BARS = (
    (250, -60, 330, 15),
    (292, 40, 300, 11),
    (356, 210, 640, 14),
    (398, 330, 560, 10),
    (376, -80, 150, 12),
    (120, 740, 1100, 13),
    (250, 900, 1100, 12),
)
# Far mountains: foot and height in px, period and phase of their peaks, tint.
RANGES = (
    (520, 96, 92, 0.4, "8aa6b0"),
    (540, 70, 61, 1.9, "5f8a9c"),
    (556, 38, 47, 0.2, "3f6f86"),
)
DEEP, MID, PALE = rgb("123a72"), rgb("2f6f9f"), rgb("86b4c0")
BANDS = (DEEP, PALE, DEEP, MID, DEEP, FOAM, DEEP, MID, DEEP, PALE, DEEP, MID)

# Plovers, in px.
BIRDS = (
    *((60, 90), (110, 64), (168, 92), (222, 58), (262, 108), (300, 78), (120, 128), (860, 60)),
    *((910, 92), (960, 58), (900, 150), (980, 176)),
)

# The great wave, from the tip of its crest: over its back, and down its hollow face.
BACK: list[Point] = [(330, 268), (372, 176), (462, 104), (590, 66), (726, 84), (850, 170)]
BACK += [(940, 300), (1070, 460), (1190, 760)]
FACE: list[Point] = [(330, 268), (400, 232), (486, 240), (556, 300), (588, 386), (574, 476)]
FACE += [(516, 560), (420, 640), (240, 760)]
# A smaller one answers it from the left, and swells fill the foreground.
LEFT_BACK: list[Point] = [(286, 470), (236, 424), (160, 408), (80, 440), (-40, 540), (-110, 760)]
LEFT_FACE: list[Point] = [(286, 470), (238, 468), (204, 500), (206, 556), (256, 630), (380, 760)]


def _sky(rng: np.random.Generator) -> Array:
    """Cream paper, a pink horizon, a blue brow, and cloud bands printed flat."""
    x, y = grid(WIDTH, HEIGHT)
    sway = 14 * noise(rng, WIDTH, HEIGHT, (260, 60))
    colour = np.empty((HEIGHT, WIDTH, 3), np.float32)
    colour[:] = PAPER
    colour = bokashi(colour, rgb("4f86a8"), smooth(150, -30, y + sway))
    colour = bokashi(colour, rgb("f0b49c"), 0.62 * smooth(200, 520, y + sway))
    sun = smooth(61, 59.5, np.hypot(x - 176, y - 196))
    colour = mix(colour, mix(rgb("c8331f"), rgb("e8703a"), smooth(150, 260, y)), sun)
    for base, left, right, tall in BARS:
        edge = smooth(0, 90, x - left) * smooth(0, 90, right - x)
        cloud = smooth(1.1, 0.9, np.abs(y - base + 5 * np.sin(x / 46)) / (tall * edge + 0.1))
        colour = mix(colour, rgb("f6e9d2"), 0.85 * cloud)
        rim = smooth(0.7, 0.95, np.abs(y - base + 5 * np.sin(x / 46)) / (tall * edge + 0.1)) * cloud
        colour = mix(colour, rgb("b08a86"), 0.7 * rim)
    # Far ranges, each wiped from dark ridge to pale foot, and scored down their slopes.
    for base, tall, period, phase, tint in RANGES:
        ridge = base - tall * (1 - np.abs(np.sin(x / period + phase))) ** 1.2
        ridge = ridge - 0.3 * tall * (1 - np.abs(np.sin(x / period * 2.3 + 2 * phase)))
        below = y - ridge
        fold = np.sin(x / 5.5 + 0.035 * below * np.sin(x / period * 2.7) + 0.1 * sway)
        score = smooth(0.45, 0.75, fold) * smooth(62, 10, below)
        fade = smooth(120, 0, below)
        range_ = mix(PAPER, rgb(tint), 0.25 + 0.75 * fade)
        range_ = mix(range_, rgb("1c3a66"), 0.55 * score)
        colour = mix(colour, range_, smooth(-0.5, 0.5, below))
        colour = mix(colour, INK, 0.9 * smooth(1.8, 0.8, np.abs(below)))
    # Sea to the horizon, in level lines.
    sea = smooth(537, 538, y)
    level = np.sin(y / 2.2 + 1.6 * np.sin(x / 37 + y / 9) + 0.12 * sway)
    water = mix(rgb("a8c4bc"), rgb("2f6f9f"), smooth(0.1, 0.6, level) * smooth(530, 580, y))
    return mix(colour, water, sea)


def _hatch(sheet: Sheet, a: list[Point], b: list[Point], rng: np.random.Generator) -> None:
    """Fine lines cut between two curves, following the water, broken here and there."""
    for k in range(62):
        t = (k + 0.5) / 62
        curve = between(a, b, t, 90)
        for _ in range(3):
            start = int(rng.integers(0, 70))
            stop = start + int(rng.integers(9, 26))
            tint = FOAM if rng.random() < 0.45 else INK
            sheet.cut(curve[start:stop], float(rng.uniform(1.0, 2.2)), tint)


def _body(sheet: Sheet, face: list[Point], back: list[Point], rng: np.random.Generator) -> None:
    """A wave's bands of colour, fanning from its crest to its foot."""
    edges = np.linspace(0, 1, len(BANDS) + 1) ** 0.9
    for k, tint in enumerate(BANDS):
        near, far = between(face, back, float(edges[k])), between(face, back, float(edges[k + 1]))
        # A band swells in the middle of the face and thins towards the crest.
        sheet.area(np.concatenate([near, far[::-1]]), tint)
    _hatch(sheet, face, back, rng)
    for k in range(len(BANDS) + 1):
        sheet.cut(between(face, back, float(edges[k])), 3.4, INK, 0.5)


def _fingers(
    path: list[Point],
    spread: tuple[float, float],
    count: int,
    size: float,
    side: float,
    rng: np.random.Generator,
) -> list[list[Array]]:
    """Hands of claws along part of a curve, off it to one side and bending forward."""
    curve = line(path, 140)
    run = np.gradient(curve, axis=0)
    hands: list[list[Array]] = []
    for k in range(count):
        s = spread[0] + (spread[1] - spread[0]) * k / max(count - 1, 1)
        i = int(s * 139)
        flow = float(np.arctan2(run[i, 1], run[i, 0]))
        heading = flow + side * (0.56 * np.pi + rng.normal(0, 0.22))
        grow = size * (1.1 - 0.5 * k / count) * rng.uniform(0.75, 1.15)
        x, y = curve[i] + rng.normal(0, 2.5, 2)
        hands.append(hand(float(x), float(y), heading, grow, side * rng.uniform(0.5, 1.3)))
    return hands[::-1]


def _lobes(
    path: list[Point], spread: float, size: float, rows: int, rng: np.random.Generator
) -> Array:
    """Heaped discs (N, 3) of foam along the start of a curve, thinning out."""
    curve = line(path, 140)
    found = []
    for _ in range(int(34 * rows * spread)):
        s = spread * rng.random() ** 0.9
        x, y = curve[int(s * 139)] + rng.normal(0, 0.20 * size, 2)
        found.append((x, y, size * rng.uniform(0.16, 0.36) * (1.1 - 0.5 * s / spread)))
    return np.array(found, np.float32)


def _crest(
    sheet: Sheet,
    back: list[Point],
    face: list[Point],
    size: float,
    side: float,
    rng: np.random.Generator,
) -> None:
    """Foam on a crest: shaded claws behind, white ones hanging in the hollow, lobes on top."""
    none = np.zeros((0, 3), np.float32)
    # Each hand keeps its own key line, so that one is seen to lie over another.
    for shapes in _fingers(face, (0.08, 0.50), 9, 1.10 * size, side, rng):
        sheet.joined(shapes, none, SHADE)
    for shapes in _fingers(back, (0.02, 0.62), 15, 0.85 * size, -side, rng):
        sheet.joined(shapes, none, FOAM)
    for shapes in _fingers(face, (0.0, 0.44), 11, 0.85 * size, side, rng):
        sheet.joined(shapes, none, FOAM)
    lobes = _lobes(back, 0.68, 0.72 * size, 4, rng)
    sheet.joined([], lobes, FOAM)
    _folds(sheet, lobes, 0.5 if side > 0 else 1.2, rng)


def _folds(sheet: Sheet, lobes: Array, lean: float, rng: np.random.Generator) -> None:
    """Crescents of shade under a broken line on each lobe (x, y, radius), all turned one way."""
    for x, y, radius in lobes:
        turns = lean + np.linspace(0, rng.uniform(1.2, 2.2), 12)
        arc = np.stack([np.cos(turns), np.sin(turns)], -1) * radius
        sheet.cut((0.85 * arc + [x - 1, y - 2]).astype(np.float32), 0.45 * radius, SHADE)
        sheet.cut((0.85 * arc + [x, y]).astype(np.float32), 1.9, INK)
        sheet.cut((0.50 * arc + [x, y]).astype(np.float32), 1.6, PALE)


def _spray(sheet: Sheet, rng: np.random.Generator) -> None:
    """Drops thrown off the crest."""
    for _ in range(190):
        angle, far = rng.uniform(2.2, 4.9), abs(rng.normal(0, 105))
        x, y = 400 + 60 * rng.normal() + far * np.cos(angle), 190 + far * np.sin(angle)
        radius = float(rng.uniform(1.6, 4.6))
        sheet.dot(float(x), float(y), radius + 1.0, INK)
        sheet.dot(float(x), float(y), radius, FOAM)


def _swells(sheet: Sheet, rng: np.random.Generator) -> None:
    """The foreground: overlapping swells, banded and edged with foam."""
    for row, base in enumerate((588, 640, 690)):
        phase = 1.7 * row
        xs = np.linspace(-20, WIDTH + 20, 120)
        top = base + 16 * np.sin(xs / 96 + phase) + 9 * np.sin(xs / 41 + 2 * phase)
        edge = np.stack([xs, top], -1).astype(np.float32)
        tints: list[Rgb] = [MID, DEEP, PALE, DEEP, MID]
        for k, tint in enumerate(tints):
            drop = 11.0 * k + 3 * np.sin(xs / 60 + k)
            lowered = edge + np.stack([0 * xs, drop], -1)
            floor = [[WIDTH + 20, HEIGHT + 60], [-20, HEIGHT + 60]]
            sheet.area(np.concatenate([lowered, floor]), tint)
            sheet.cut(lowered.astype(np.float32), 2.2, INK, 0.2)
        for _ in range(70):
            i = int(rng.integers(2, 100))
            piece = edge[i : i + int(rng.integers(6, 16))] + np.array([0, rng.uniform(4, 46)])
            sheet.cut(piece.astype(np.float32), float(rng.uniform(1, 2.2)), FOAM)
        for _ in range(6):
            i = int(rng.integers(4, 104))
            curl = [(float(x), float(y)) for x, y in edge[i : i + 12 : 3]]
            hands = _fingers(curl, (0.1, 0.9), 4, 24, -1.0, rng)
            shapes = [part for parts in hands for part in parts]
            lobes = _lobes(curl, 1.0, 38, 1, rng)
            sheet.joined(shapes, lobes, FOAM, 1.8)
            _folds(sheet, lobes, 0.6, rng)


def _plovers(sheet: Sheet) -> None:
    """A straggling flight of small birds."""
    for k, (x, y) in enumerate(BIRDS):
        lift = 7 + 3 * (k % 3)
        for side in (-1, 1):
            wing = line([(x, y), (x + side * 10, y - lift), (x + side * 22, y - lift + 5)], 14)
            half = np.linspace(3.0, 0.3, 14).astype(np.float32)
            sheet.area(ribbon(wing, half), INK)
        sheet.area(ribbon(line([(x - 5, y - 2), (x + 4, y + 8)], 8), np.full(8, 2.4, "f4")), INK)


def paint() -> Array:
    """The finished print (H, W, 3)."""
    rng = np.random.default_rng(SEED)
    sky = _sky(rng)
    key = rgb("ff00ff")  # marks what is not drawn on, where the sky shows
    sheet = Sheet(WIDTH, HEIGHT, key)
    _plovers(sheet)
    _body(sheet, LEFT_FACE, LEFT_BACK, rng)
    _crest(sheet, LEFT_BACK, LEFT_FACE, 42, -1, rng)
    _body(sheet, FACE, BACK, rng)
    _spray(sheet, rng)
    _crest(sheet, BACK, FACE, 82, 1, rng)
    _swells(sheet, rng)
    drawn = sheet.print()
    # Antialiased edges are unmixed from the key colour by how much of it is left in them.
    left = np.clip((np.minimum(drawn[..., 0], drawn[..., 2]) - drawn[..., 1] - 0.12) / 0.88, 0, 1)
    drawn = np.clip((drawn - left[..., None] * np.array(key)) / (1 - left[..., None] + 1e-3), 0, 1)
    picture = mix(drawn, sky, left)
    y = np.mgrid[0:HEIGHT, 0:WIDTH][0].astype(np.float32)
    water = smooth(0.28, 0.05, picture[..., 0] - picture[..., 2] + 0.1) * (1 - left)
    picture = bokashi(picture, rgb("6f8fb8"), 0.8 * water * smooth(420, 720, y))
    ink = 0.35 + 0.65 * np.maximum(water, smooth(0.85, 0.6, picture.mean(-1)))
    return impress(pooled(picture), ink.astype(np.float32), rng, PAPER)
