"""A cubist table: guitar, bottle, glass and newspaper, broken into shaded facets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .brush import Layer, canvas, coat
from .field import Array, Rgb, blur, mix, noise, ramp, rgb, smooth
from .relief import knit, light, pores, weave
from .scene import Point, Scene, disc
from .signs import comb, dots, drawing, mark

WIDTH, HEIGHT, SEED = 840, 1024, 1912

OCHRE = [(0, "4a2c10"), (0.35, "96642a"), (0.7, "cf9a48"), (1, "f0d596")]
UMBER = [(0, "1c140e"), (0.4, "4e3620"), (0.75, "8a6a44"), (1, "c8ac7c")]
GREY = [(0, "23282a"), (0.4, "566058"), (0.75, "98a08c"), (1, "d8d8bc")]
BLUE = [(0, "0c1a30"), (0.4, "284a74"), (0.75, "6a90ac"), (1, "c0d2ce")]
RUST = [(0, "3a0f08"), (0.4, "93321a"), (0.75, "c8623a"), (1, "eeb088")]
CREAM = [(0, "6e6450"), (0.4, "b8a880"), (0.75, "e4d8b0"), (1, "faf4de")]
BLACK = [(0, "0a0a0c"), (0.5, "1e1e22"), (0.8, "45443f"), (1, "8a8474")]
GREEN = [(0, "0c1a12"), (0.4, "2a4a34"), (0.75, "5c8058"), (1, "b0c090")]

FAMILIES = (OCHRE, GREY, CREAM, BLUE, OCHRE, GREY, CREAM, RUST, BLACK, UMBER)

# Centre, half-length, half-width and lean of the strips of imitation wood.
PAPERS = (
    (650, 925, 150, 62, 0.22),
    (96, 560, 128, 54, 1.05),
    (770, 240, 140, 60, -1.12),
)
# Facets lean along a few directions only; that is what makes a cubist picture hold together.
LEANS = (-0.62, -0.30, 0.22, 0.58, 1.05, -1.12)


def _motif(rng: np.random.Generator) -> Scene:
    """The still life as it would stand, before it is taken apart."""
    scene = Scene(WIDTH, HEIGHT, rgb("8a8468"))
    w, h = WIDTH, HEIGHT
    tone = 0.45 + 0.16 * noise(rng, w, h, 150, 2)
    scene.put(np.ones((h, w), np.float32), ramp(tone + 0.1, GREY), 0.4, 0.1)
    scene.put(smooth(300, 290, scene.x + 0.25 * scene.y), ramp(tone, BLUE), 1.2, 0.1)
    scene.put(smooth(640, 650, scene.x - 0.2 * scene.y), ramp(tone - 0.05, UMBER), 1.3, 0.1)
    grain = np.sin(scene.x / 6 + 2.2 * noise(rng, w, h, (30, 160)) + scene.y / 60)
    wood = ramp(0.45 + 0.16 * grain + 0.12 * tone, [(0, "3a1c0c"), (0.5, "8a4a20"), (1, "d89a54")])
    table = scene.polygon([(40, 700), (800, 640), (860, 1030), (-20, 1030)])
    scene.put(table, wood, 1.5, 0.3)
    paper = scene.polygon([(60, 720), (330, 650), (420, 880), (130, 960)])
    _shape(scene, paper, ramp(0.78 + 0.06 * tone, CREAM), -0.25, 0.4)
    _guitar(scene, tone)
    _bottle(scene, tone)
    return scene


def _seen(region: NDArray[np.int32], corners: list[Point], number: int) -> list[list[Point]]:
    """The edges of a plane, cut down to what no later plane covers."""
    cx, cy = (sum(c[axis] for c in corners) / len(corners) for axis in (0, 1))
    edges: list[list[Point]] = []
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        t = np.linspace(0.02, 0.98, 25)
        x, y = x0 + t * (x1 - x0), y0 + t * (y1 - y0)
        # Just inside the edge, towards the centre.
        far = np.maximum(np.hypot(cx - x, cy - y), 1)
        i = np.rint(y + 4 * (cy - y) / far).astype(int)
        j = np.rint(x + 4 * (cx - x) / far).astype(int)
        inside = (i >= 0) & (i < HEIGHT) & (j >= 0) & (j < WIDTH)
        i, j = np.clip(i, 0, HEIGHT - 1), np.clip(j, 0, WIDTH - 1)
        shown = np.flatnonzero(inside & (region[i, j] == number))
        if len(shown) > 7:
            a, b = shown[0], shown[-1]
            edges.append([(float(x[a]), float(y[a])), (float(x[b]), float(y[b]))])
    return edges


def _shape(scene: Scene, mask: Array, colour: Array | Rgb, angle: float, detail: float) -> None:
    """A thing with a dark contour, so that its pieces carry contours too."""
    scene.put(smooth(0.06, 0.20, blur(mask, 4)), rgb("17120e"), None, None)
    scene.put(mask, colour, angle, detail)


def _guitar(scene: Scene, tone: Array) -> None:
    """Body, hole, neck and strings, leaning to the right."""
    grain = 0.07 * np.sin((scene.x * 0.92 + scene.y * 0.36) / 4.5)
    bouts = [(380, 640, 172, 160), (452, 448, 128, 122), (414, 550, 108, 90)]
    masks = [disc(*scene.frame(cx, cy, rx, ry, 0.37), 0.01) for cx, cy, rx, ry in bouts]
    body = np.maximum.reduce(masks)
    side = np.roll(body, (14, 26), (0, 1))
    _shape(scene, side, ramp(tone - 0.1, RUST), 1.2, 0.4)
    _shape(scene, body, ramp(0.72 + grain + 0.4 * (tone - 0.45), OCHRE), 1.2, 0.4)
    u, v = scene.frame(430, 530, 54, 54)
    scene.put(disc(u, v), ramp(0.3 + 0.3 * v, BLACK), 0.4, 0.8)
    scene.put(disc(u, v) * smooth(0.80, 0.84, np.hypot(u, v)), rgb("c05a2a"))
    neck = scene.polygon([(466, 440), (516, 452), (620, 130), (584, 118)])
    _shape(scene, neck, ramp(0.5 + 0 * tone, UMBER), -1.25, 0.7)
    head = scene.polygon([(574, 124), (634, 140), (668, 44), (600, 26)])
    _shape(scene, head, ramp(0.45 + 0 * tone, BLACK), -1.25, 0.7)
    bridge = scene.polygon([(312, 660), (440, 704), (434, 724), (306, 680)])
    scene.put(bridge, rgb("2a1810"), 0.35, 0.8)


def _bottle(scene: Scene, tone: Array) -> None:
    """A dark bottle with a label, a glass, and fruit."""
    outline: list[Point] = [(640, 760), (640, 450), (662, 390), (664, 270), (710, 268)]
    outline += [(712, 388), (738, 448), (744, 756)]
    lit = 0.35 + 0.5 * np.exp(-(((scene.x - 664) / 16) ** 2)) + 0.2 * (tone - 0.45)
    _shape(scene, scene.polygon(outline), ramp(lit, GREEN), 1.55, 0.5)
    label = scene.polygon([(640, 540), (744, 534), (744, 660), (640, 668)])
    scene.put(label, ramp(0.8 + 0 * tone, CREAM), 0.0, 0.8)
    goblet: list[Point] = [(130, 470), (262, 462), (236, 590), (206, 616), (210, 690), (256, 716)]
    goblet += [(150, 724), (188, 694), (186, 618), (150, 594)]
    _shape(scene, scene.polygon(goblet), ramp(0.72 + 0.5 * (tone - 0.45), BLUE), 1.3, 0.6)
    for cx, cy, r in [(560, 830, 62), (664, 862, 56)]:
        u, v = scene.frame(cx, cy, r, r)
        _shape(scene, disc(u, v), ramp(0.62 - 0.3 * (u + v), RUST), 0.7, 0.5)


def _facet(
    scene: Scene, motif: Scene, rng: np.random.Generator, size: float, place: Point
) -> tuple[list[Point], int]:
    """Look at a piece of the motif from elsewhere and shade it as a plane.

    Returns the plane's corners and the number of its region.
    """
    cx, cy = place
    turn = float(rng.choice(LEANS)) + rng.normal(0, 0.04)
    long, wide = size * rng.uniform(0.9, 1.6), size * rng.uniform(0.4, 0.75)
    corners = [(-long, -wide), (long, -wide * rng.uniform(0.4, 1.1))]
    corners += [(long * rng.uniform(0.6, 1.1), wide), (-long * rng.uniform(0.5, 1.1), wide)]
    if rng.random() < 0.3:
        corners.pop(int(rng.integers(0, 4)))
    cos, sin = np.cos(turn), np.sin(turn)
    points = [(float(cx + a * cos - b * sin), float(cy + a * sin + b * cos)) for a, b in corners]
    mask = scene.polygon(points)

    # Where the piece is seen from: shifted, turned and enlarged about its centre.
    spin, zoom = rng.normal(0, 0.13), rng.uniform(0.85, 1.12)
    dx, dy = scene.x - cx, scene.y - cy
    sx = cx + zoom * (dx * np.cos(spin) - dy * np.sin(spin)) + rng.normal(0, 0.13 * size)
    sy = cy + zoom * (dx * np.sin(spin) + dy * np.cos(spin)) + rng.normal(0, 0.13 * size)
    i = np.clip(np.rint(sy), 0, HEIGHT - 1).astype(int)
    j = np.clip(np.rint(sx), 0, WIDTH - 1).astype(int)
    seen = motif.colour[i, j]

    stops = FAMILIES[int(rng.integers(0, len(FAMILIES)))]
    across = (dy * cos - dx * sin) / max(wide, 1)
    along = (dx * cos + dy * sin) / max(long, 1)
    side = float(rng.choice([-1, 1]))
    # Each plane runs from dark at one long edge to light at the other, whatever it shows.
    slope = np.clip(0.52 + 0.44 * side * across + 0.10 * along, 0, 1).astype(np.float32)
    colour = seen * (0.34 + 1.22 * slope)[..., None]
    colour = np.clip(mix(colour, ramp(slope, stops), rng.uniform(0.12, 0.5)), 0, 1)
    # Some planes stay open at an end, and slide into their neighbour there.
    passage = smooth(-1.1, -0.1, along * side) if rng.random() < 0.5 else np.ones_like(across)
    direction = turn + (np.pi / 2 if rng.random() < 0.35 else 0.0)
    scene.shade(mask, int(7 * side), 8, 6, 0.40)
    scene.put((mask * passage).astype(np.float32), colour, direction, None)
    scene.detail = np.where(mask > 0.5, motif.detail[i, j], scene.detail).astype(np.float32)
    return points, int(scene.region.max())


def _paper(scene: Scene, cx: float, cy: float, long: float, wide: float, turn: float) -> int:
    """A pasted strip of imitation wood; returns its region."""
    cos, sin = np.cos(turn), np.sin(turn)
    ends = [(-long, -wide), (long, -0.8 * wide), (0.9 * long, wide), (-long, 0.9 * wide)]
    mask = scene.polygon([(cx + a * cos - b * sin, cy + a * sin + b * cos) for a, b in ends])
    across = ((scene.y - cy) * cos - (scene.x - cx) * sin) / wide
    scene.shade(mask, -7, 9, 6, 0.5)
    scene.put(mask, ramp(0.62 - 0.22 * across, OCHRE), turn, 0.3)
    return int(scene.region.max())


def paint() -> Array:
    """The finished picture (H, W, 3)."""
    rng = np.random.default_rng(SEED)
    motif = _motif(rng)
    scene = Scene(WIDTH, HEIGHT, rgb("8a8468"))
    scene.colour, scene.angle, scene.detail = motif.colour.copy(), motif.angle, motif.detail
    facets = []
    for size, count in [(180, 26), (112, 46), (70, 30)]:
        for _ in range(count):
            place = (rng.uniform(-20, WIDTH + 20), rng.uniform(-20, HEIGHT + 20))
            facets.append(_facet(scene, motif, rng, size, place))
    papers = [_paper(scene, *paper) for paper in PAPERS]
    scene.colour = np.clip(scene.colour * np.float32(1.06), 0, 1) ** np.float32(0.86)
    detail = np.maximum(scene.detail, scene.edges())
    board = canvas(mix(scene.colour, rgb("7a4a22"), 0.5), rng, scene.region)
    scumble = {"fenced": 0.97, "dry": 0.95, "streak": 0.12, "wander": 0.05, "hue": 0.10}
    for layer in (
        Layer(50, 190, 22, value=0.03, tolerance=0.3, **scumble),
        Layer(32, 120, 14, error=0.03, detail=0.4, value=0.035, tolerance=0.2, **scumble),
        Layer(18, 52, 13, error=0.06, detail=0.45, value=0.06, **scumble),
        Layer(8, 30, 6, error=0.08, detail=0.07, tolerance=0.12, **scumble),
    ):
        coat(board, scene.colour, scene.angle, detail, layer)
    dots(board)
    for paper, number in zip(PAPERS, papers, strict=True):
        comb(board, *paper, number)
    for corners, number in facets:
        for edge in _seen(scene.region, corners, number):
            if rng.random() < 0.7:
                mark(board, edge, float(rng.uniform(3, 8)), dry=1.0)
    drawing(board)
    height = pores(board.height, weave(rng, WIDTH, HEIGHT, 4.5), 1.0)
    lit = light(board.colour, height, strength=0.28, gloss=0.05)
    return knit(lit, scene.region)
