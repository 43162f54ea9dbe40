"""Signs drawn over a cubist picture: contours, strings, print, music, letters, grain and dots."""

from __future__ import annotations

import itertools

import numpy as np

from .brush import Canvas, Stroke, lay
from .field import Rgb, rgb
from .scene import Point, line


def mark(
    board: Canvas,
    points: list[Point],
    width: float,
    colour: Rgb = (0.07, 0.06, 0.06),
    dry: float = 0.5,
) -> None:
    """A drawn line, by a thin brush that runs dry."""
    tint = np.array(colour, np.float32)
    path = line(points, 8 + 4 * len(points))
    lay(board, Stroke(path, width, tint, tint, 0.92, dry, 0.05, 1.3, 0.5))


def _contour(board: Canvas, points: list[Point], width: float, round_: bool = True) -> None:
    """A contour in broken, displaced lengths, with a scumbled shadow beside it."""
    rng = board.rng
    curve = line(points, 48) if round_ else np.array(points, np.float32)
    cuts = np.unique([0, *rng.integers(8, 40, 2), 47]) if round_ else np.array([0, len(points) - 1])
    umber, black = np.array(rgb("2a1c12"), np.float32), np.array(rgb("100e0e"), np.float32)
    for first, last in itertools.pairwise(cuts):
        if last - first < 2 and round_:
            continue
        piece = curve[first : last + 1] + rng.normal(0, 3.0, 2).astype(np.float32)
        beside = piece + rng.normal(0, 1, 2).astype(np.float32) + np.float32(9)
        if round_:
            lay(board, Stroke(beside, 3.6 * width, umber, umber, 0.5, 1.1, 0.08, 0.8, 0.5))
        size = width * float(rng.uniform(0.7, 1.5))
        lay(board, Stroke(piece, size, black, black, 0.95, 0.8, 0.06, 1.4, 0.7))


def _arc(
    board: Canvas,
    cx: float,
    cy: float,
    rx: float,
    ry: float,
    start: float,
    stop: float,
    width: float,
) -> None:
    """Part of an ellipse, drawn with the brush."""
    turns = np.linspace(start, stop, 9)
    points = [(float(cx + rx * np.cos(t)), float(cy + ry * np.sin(t))) for t in turns]
    if rx > 40:
        _contour(board, points, width)
    else:
        mark(board, points, width)


def comb(
    board: Canvas, cx: float, cy: float, long: float, wide: float, turn: float, region: int
) -> None:
    """Grain combed into a strip: lines that part round a knot, kept within its region."""
    rng = board.rng
    cos, sin = np.cos(turn), np.sin(turn)
    dark = np.array(rgb("3e2210"), np.float32)
    u = np.linspace(-1.05 * long, 1.05 * long, 14)
    for v in np.arange(-wide, wide, 9.5) + rng.normal(0, 1.2, len(np.arange(-wide, wide, 9.5))):
        sway = 3 * np.sin(u / 37 + rng.uniform(0, 1.5))
        w = v + sway + 20 * np.exp(-((u / 45) ** 2) - (v / 60) ** 2) * np.sign(v)
        path = np.stack([cx + u * cos - w * sin, cy + u * sin + w * cos], -1).astype(np.float32)
        width = float(rng.uniform(3, 6))
        lay(board, Stroke(path, width, dark, dark, 0.85, 0.9, 0.08, 1.2, 0.5, region))


def dots(board: Canvas) -> None:
    """Rows of dabs, as if printed."""
    for cx, cy, turn, tint in [(250, 110, -0.30, "f0dcae"), (760, 610, 0.58, "e8a070")]:
        cos, sin = np.cos(turn), np.sin(turn)
        for row in range(8):
            for k in range(11):
                u, v = 15.0 * (k - 5) + 7.5 * (row % 2), 14.0 * (row - 4)
                x, y = cx + u * cos - v * sin, cy + u * sin + v * cos
                dab = [(float(x - 1.5), float(y)), (float(x + 1.5), float(y + 1))]
                mark(board, dab, float(board.rng.uniform(7, 10)), rgb(tint), 0.2)


def drawing(board: Canvas) -> None:
    """The signs by which the things are known: contours, strings, print, staves and letters."""
    _arc(board, 372, 648, 186, 168, 0.35, 2.9, 9)
    _arc(board, 352, 632, 150, 150, 2.2, 4.0, 8)
    _arc(board, 462, 440, 134, 124, 3.6, 5.2, 9)
    _arc(board, 476, 462, 122, 118, -0.6, 0.9, 9)
    _arc(board, 430, 530, 56, 56, 0.0, 4.6, 9)
    _arc(board, 452, 516, 56, 60, 3.8, 6.6, 7)
    for points in (
        [(640, 760), (640, 452)],
        [(640, 452), (662, 392), (664, 262)],
        [(744, 752), (744, 452)],
        [(744, 452), (714, 390), (712, 266)],
        [(130, 470), (154, 592), (190, 620)],
        [(190, 620), (188, 700), (150, 724)],
        [(264, 460), (238, 590), (208, 618)],
        [(60, 722), (330, 650)],
        [(330, 650), (420, 880)],
        [(20, 706), (300, 682)],
        [(500, 668), (830, 636)],
        [(466, 440), (584, 118)],
        [(516, 452), (622, 130)],
    ):
        _contour(board, [(float(x), float(y)) for x, y in points], 8, len(points) > 2)
    for k in range(6):
        x, tint = 478 + 7 * k, rgb("f4e6c0")
        mark(board, [(x - 130 + 4 * k, 690 + k), (x - 30, 520), (x + 120 - 3 * k, 90)], 3.6, tint)
    for k in range(7):
        x, y = 510 + 13 * k, 400 - 42 * k
        mark(board, [(x - 22, y - 6), (x + 24, y + 8)], 5, rgb("d8b878"))
    for x, y in [(596, 58), (590, 84), (584, 108), (662, 70), (654, 96), (646, 120)]:
        _arc(board, x, y, 9, 7, 0, 6.3, 7)
    _arc(board, 687, 264, 26, 8, 0, 6.3, 6)
    _arc(board, 197, 466, 66, 15, 0, 6.3, 6)
    _arc(board, 692, 758, 54, 15, 0.0, 3.3, 7)
    _arc(board, 560, 830, 62, 62, 0.4, 4.4, 8)
    _arc(board, 664, 862, 56, 56, -1.2, 2.6, 8)
    _print(board, board.rng)


def _print(board: Canvas, rng: np.random.Generator) -> None:
    """Columns of newsprint as dabs of the brush, staves of music, and stencilled letters."""
    turn = -0.25
    cos, sin = np.cos(turn), np.sin(turn)
    for column in range(3):
        for row in range(17):
            a = 16.0
            while a < 78:
                step = float(rng.uniform(7, 20))
                u, v = column * 88 + a, 34 + row * 12.0
                x, y = 66 + u * cos - v * sin, 730 + u * sin + v * cos
                mark(
                    board,
                    [(x, y), (x + step * 0.75 * cos, y + step * 0.75 * sin)],
                    4.6,
                    rgb("2a2622"),
                    0.3,
                )
                a += step
    for k in range(5):
        y = 196 + 13 * k
        mark(board, [(84, y + 20), (190, y + 4), (306, y - 16)], 3.2)
    for x, y in [(112, 236), (150, 214), (196, 226), (236, 196), (276, 204)]:
        _arc(board, x, y, 5, 4, 0, 6.3, 8)
        mark(board, [(x + 7, y), (x + 8, y - 44)], 3.6)
    letters: dict[str, list[list[Point]]] = {
        "L": [[(0, 0), (0, 1)], [(0, 1), (0.6, 1)]],
        "U": [[(0, 0), (0.02, 0.8), (0.3, 1), (0.6, 0.8), (0.62, 0)]],
        "N": [[(0, 1), (0, 0)], [(0, 0), (0.6, 1)], [(0.6, 1), (0.6, 0)]],
        "A": [[(0, 1), (0.32, 0)], [(0.32, 0), (0.66, 1)], [(0.14, 0.64), (0.5, 0.64)]],
    }
    x = 84.0
    for letter in "LUNA":
        for stroke in letters[letter]:
            mark(
                board,
                [(x + 62 * a, 812 + 66 * b - 0.25 * (x - 84) - 15 * a) for a, b in stroke],
                12,
            )
        x += 64
