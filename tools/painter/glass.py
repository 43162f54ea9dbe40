"""A stained-glass window: a sun in a rose, lilies and leaves around, a border of jewels."""

from __future__ import annotations

import numpy as np

from .field import Array
from .leading import Labels, Window, glaze

WIDTH, HEIGHT, SEED = 896, 1024, 1163
CENTRE = (448.0, 400.0)

Glass = tuple[str, str]
RUBY: list[Glass] = [("b00a1c", "e8303a"), ("8a0620", "d01a3a"), ("d0202a", "f86a3a")]
GOLD: list[Glass] = [("f0a010", "ffe05a"), ("e87a0c", "ffc22e"), ("f8c81e", "fff2a0")]
AMBER: list[Glass] = [("d85a0a", "ffa02a"), ("c23a0a", "f0801e"), ("e8861a", "ffd060")]
COBALT: list[Glass] = [
    ("0a2aa0", "2f6fe8"),
    ("0c1f7a", "2a4ad0"),
    ("0f4ab8", "4aa0f0"),
    ("1a1a6a", "5a4ad8"),
]
SKY: list[Glass] = [("1f86c8", "7fd0f0"), ("2fa0b8", "a0e8e0"), ("1a6ab8", "5ab8f0")]
LEAF: list[Glass] = [("0a6a2a", "4ab83a"), ("0f7f4a", "5ad08a"), ("3a8a12", "b0d83a")]
VIOLET: list[Glass] = [("5a1a8a", "a04ad0"), ("7a1a7a", "d05ab8"), ("3a1a7a", "7a5ae0")]
ROSE: list[Glass] = [("d83a7a", "ffa0b8"), ("e85a8a", "ffd0d0"), ("c01a5a", "f87aa0")]
PEARL: list[Glass] = [("f0e4c0", "fffbe8"), ("e0e8d8", "fdfdf4")]


def _polar(window: Window, cx: float, cy: float) -> tuple[Array, Array]:
    """Distance in px and angle in turns, [0, 1), about a point."""
    dx, dy = window.x - cx, window.y - cy
    turns = (np.arctan2(dx, -dy) / (2 * np.pi)) % 1
    return np.hypot(dx, dy), turns.astype(np.float32)


def _cell(turns: Array, count: int, offset: float = 0.0) -> tuple[Labels, Array]:
    """Which of ``count`` equal sectors, and the place within it, [-1, 1]."""
    scaled = (turns * count + offset) % count
    index = np.floor(scaled)
    return index.astype(np.int32), (2 * (scaled - index) - 1).astype(np.float32)


def _ground(window: Window) -> None:
    """Sky in long curved shards round the rose, deepening outwards; earth below."""
    r, turns = _polar(window, *CENTRE)
    ring = (r / 62 + 0.35 * np.sin(turns * 44)).astype(np.int32)
    sector = (turns * (10 + 5 * ring) + 0.37 * ring).astype(np.int32)
    everywhere = np.ones(r.shape, bool)
    window.fit(everywhere, ring * 1000 + sector * 7, [*COBALT, *SKY[:2], *COBALT, VIOLET[0]])
    hill = window.y > 842 + 34 * np.sin(window.x / 110 + 0.6)
    window.fit(hill, window.shards(66, 1.8), [*LEAF, SKY[1]])
    water = window.y > 926 + 14 * np.sin(window.x / 70)
    band = ((window.y - 14 * np.sin(window.x / 70)) / 30).astype(np.int32)
    slot = ((window.x + 47 * band) / 104).astype(np.int32)
    window.fit(water, band * 100 + slot * 3 + band % 2, [*SKY, *COBALT])


def _rose(window: Window) -> None:
    """The sun: rings of flames, medallions, petals and a hub."""
    r, turns = _polar(window, *CENTRE)
    bent = turns + 0.010 * np.sin(r / 17)
    k, c = _cell(bent, 32)
    reach = np.where(k % 2 == 0, 392, 342)
    flame = (r < 262 + (reach - 262) * (1 - np.abs(c)) ** 0.75) & (r > 240)
    window.fit(flame, k, [GOLD[0], AMBER[0], GOLD[2], RUBY[0]])
    k, c = _cell(turns, 36)
    window.fit(r < 262, k, [RUBY[0], GOLD[1], COBALT[2], GOLD[0]])
    window.fit(r < 234, k // 3 + 500, [COBALT[0], VIOLET[0]])
    k, c = _cell(turns, 12, 0.5)
    # Round medallions between the petals, each a ring about a jewel.
    middle = (k + 0.0) / 12 + 0.0
    px = CENTRE[0] + 196 * np.sin(2 * np.pi * middle)
    py = CENTRE[1] - 196 * np.cos(2 * np.pi * middle)
    d = np.hypot(window.x - px, window.y - py)
    window.fit(d < 35, k * 2, [LEAF[0], LEAF[1]])
    window.fit(d < 20, k, [ROSE[0], GOLD[2], RUBY[2]])
    k, c = _cell(turns, 12)
    petal = r < 70 + 156 * (1 - np.abs(c) ** 2.6) * np.sqrt(np.clip(1 - (r / 236) ** 4, 0, 1))
    side = (c > 0).astype(np.int32)
    window.fit(petal, k * 2 + side, [RUBY[0], ROSE[0], RUBY[2], ROSE[1], AMBER[0], RUBY[1]])
    heart = r < 52 + 84 * (1 - np.abs(c) ** 2.2) * (r < 146)
    window.fit(heart, k, [GOLD[0], GOLD[2], AMBER[2]])
    k, c = _cell(turns, 12, 0.5)
    window.fit(r < 74 + 10 * np.abs(c), k, [COBALT[2], SKY[0], VIOLET[0]])
    window.fit(r < 50, k // 2, [RUBY[0], AMBER[0]])
    window.fit(r < 27, 0, [GOLD[2]])


def _leaf(window: Window, x0: float, y0: float, x1: float, y1: float, half: float) -> None:
    """A pointed leaf in four pieces, split by its midrib and across."""
    size, turn = np.hypot(x1 - x0, y1 - y0), np.arctan2(y1 - y0, x1 - x0)
    dx, dy = window.x - x0, window.y - y0
    s = (dx * np.cos(turn) + dy * np.sin(turn)) / size
    t = dy * np.cos(turn) - dx * np.sin(turn) + 0.10 * size * np.sin(np.pi * np.clip(s, 0, 1))
    inside = (np.abs(t) < half * np.sin(np.pi * np.clip(s, 0, 1) ** 0.85)) & (s > 0) & (s < 1)
    part = (t > 0).astype(np.int32) + 2 * (s + 0.004 * np.abs(t) > 0.55)
    window.fit(inside, part, [LEAF[0], LEAF[2], LEAF[1], LEAF[2]])


def _stem(window: Window, x0: float, y0: float, x1: float, y1: float, sway: float) -> None:
    """A band of green from (x0, y0) up to (x1, y1)."""
    s = np.clip((window.y - y0) / (y1 - y0), 0, 1)
    axis = x0 + (x1 - x0) * s + sway * np.sin(np.pi * s)
    inside = (np.abs(window.x - axis) < 8.5) & (s > 0) & (s < 1)
    window.fit(inside, (s * 4).astype(np.int32), [LEAF[1], LEAF[0]])


def _lily(window: Window, cx: float, cy: float, size: float, lean: float, hue: list[Glass]) -> None:
    """A flower of five petals seen from the side, with a gold throat."""
    for k, spread in enumerate((-1.25, 1.25, -0.66, 0.66, 0.0)):
        turn = -np.pi / 2 + lean + spread
        dx, dy = window.x - cx, window.y - cy
        s = (dx * np.cos(turn) + dy * np.sin(turn)) / size
        t = dy * np.cos(turn) - dx * np.sin(turn)
        t = t - np.sign(spread) * 0.24 * size * np.clip(s, 0, 1.2) ** 2
        wide = 0.27 * size * np.sin(np.pi * np.clip(s, 0, 1) ** 0.8) + 0.05 * size * (1 - s)
        inside = (np.abs(t) < wide) & (s > 0) & (s < 1)
        part = (t > 0).astype(np.int32) if k == 4 else np.zeros(inside.shape, np.int32)
        window.fit(inside, part + k, hue)
    r, turns = _polar(window, cx, cy)
    window.fit(r < 0.20 * size, (turns * 3).astype(np.int32), [GOLD[2], AMBER[2]])


def _border(window: Window) -> None:
    """A frame: a fillet of pearl, then jewels between bars."""
    x, y = window.x, window.y
    near = np.minimum(np.minimum(x, WIDTH - x), np.minimum(y, HEIGHT - y))
    upright = np.minimum(x, WIDTH - x) < np.minimum(y, HEIGHT - y)
    run = np.where(upright, y - HEIGHT / 2, x - WIDTH / 2) + 2000
    k = (run / 64).astype(np.int32) * 2 + upright
    window.fit(near < 62, (run / 128).astype(np.int32) * 2 + upright, PEARL)
    window.fit(near < 50, k * 4, [RUBY[0], COBALT[0], RUBY[1], COBALT[2], VIOLET[0]])
    across = np.abs(near - 25) / 25 + np.abs((run % 64) - 32) / 32
    window.fit((near < 50) & (across < 0.82), k, [GOLD[0], SKY[1], GOLD[2], LEAF[2], ROSE[1]])
    corner = (np.minimum(x, WIDTH - x) < 62) & (np.minimum(y, HEIGHT - y) < 62)
    where = (x > WIDTH / 2).astype(np.int32) + 2 * (y > HEIGHT / 2)
    window.fit(corner, where, [COBALT[1]])
    r = np.hypot(np.minimum(x, WIDTH - x) - 31, np.minimum(y, HEIGHT - y) - 31)
    window.fit(r < 23, where, [RUBY[2]])


def paint() -> Array:
    """The finished window (H, W, 3)."""
    window = Window(WIDTH, HEIGHT, np.random.default_rng(SEED))
    _ground(window)
    _rose(window)
    for sx in (1, -1):

        def at(x: float, side: int = sx) -> float:
            """The place x on the left half, or its mirror image."""
            return x if side > 0 else WIDTH - x

        _stem(window, at(250), 930, at(178), 690, 26 * sx)
        _stem(window, at(330), 930, at(330), 806, -14 * sx)
        _leaf(window, at(246), 910, at(86), 830, 44)
        _leaf(window, at(250), 880, at(350), 800, 36)
        _leaf(window, at(214), 800, at(96), 720, 34)
        _lily(window, at(178), 704, 128, -0.15 * sx, [ROSE[0], ROSE[1], VIOLET[1], ROSE[2]])
        _lily(window, at(330), 830, 92, 0.12 * sx, [AMBER[1], GOLD[0], RUBY[2], AMBER[0]])
        _lily(window, at(130), 176, 92, 0.5 * sx, [VIOLET[0], VIOLET[1], ROSE[0], VIOLET[2]])
        _leaf(window, at(124), 182, at(80), 296, 30)
        _leaf(window, at(136), 178, at(212), 112, 26)
    _stem(window, 448, 940, 448, 856, 0)
    _leaf(window, 448, 930, 366, 882, 22)
    _leaf(window, 448, 930, 530, 882, 22)
    _lily(window, 448, 890, 84, 0, [ROSE[1], PEARL[0], ROSE[0], PEARL[1]])
    _border(window)
    return glaze(window, CENTRE)
