"""The brush: curved strokes with bristles, laid coarse to fine along a flow field.

The method follows Hertzmann 1998: a layer of large strokes first, over an underpainting, then
smaller ones where the canvas is still far from the reference or where the painter wants detail.
Unlike there, each stroke is a ribbon with its own coordinates (along, across), so that bristles,
dry ends and ridges of paint can be drawn inside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .field import Array, blur, even, luminance, noise, shift, smooth

Labels = NDArray[np.int32]
_BANK = 1024  # side in px of the tile of bristle streaks


@dataclass(frozen=True)
class Layer:
    """How one coat of strokes is laid; lengths in px of the finished picture."""

    width: float
    length: float
    spacing: float  # distance between stroke seeds
    opacity: float = 0.95
    dry: float = 0.5  # 0: loaded to the end, 1: the last third is scumbled
    tolerance: float = 0.22  # colour distance at which a stroke stops
    error: float = 0.0  # a seed is used where the canvas is this far from the reference...
    detail: float = 0.0  # ...or with this probability times the scene's detail
    hue: float = 0.10  # deviation of hue per stroke, radians
    value: float = 0.035  # deviation of value per stroke
    streak: float = 0.10  # contrast between bristles
    impasto: float = 1.0  # height of the paint, px
    wander: float = 0.12  # deviation of direction per stroke, radians
    fenced: float = 0.0  # share of strokes kept within the shape they start in


@dataclass
class Canvas:
    """The painting in progress: colour (H, W, 3), paint height (H, W) in px, and bristles."""

    colour: Array
    height: Array
    fine: Array  # streaks of single bristles, uniform on [0, 1], along axis 0
    broad: Array  # the same for tufts of bristles
    rng: np.random.Generator
    region: Labels  # number of the shape at each pixel (H, W)


def canvas(
    under: Array, rng: np.random.Generator, region: Labels | None = None, bristle: float = 1.0
) -> Canvas:
    """A canvas covered with an underpainting (H, W, 3); ``region`` numbers its shapes.

    ``bristle`` is how coarse the hairs of the brush are.
    """

    def streaks(across: float, along: float) -> Array:
        return noise(rng, _BANK, _BANK, (across * bristle, along))

    fine = streaks(2.6, 150) + 0.7 * streaks(4.5, 60)
    broad = streaks(9, 260) + 0.5 * streaks(5, 120)
    height = np.zeros(under.shape[:2], np.float32)
    if region is None:
        region = np.zeros(height.shape, np.int32)
    return Canvas(under.astype(np.float32).copy(), height, even(fine), even(broad), rng, region)


@dataclass(frozen=True)
class Stroke:
    """One loaded brush drawn along a path (K, 2) of x, y points in px."""

    path: NDArray[np.float32]
    width: float
    colour: Array  # (3,)
    second: Array  # (3,), the other colour left on the brush
    opacity: float = 0.95
    dry: float = 0.5
    streak: float = 0.10
    impasto: float = 1.0
    taper: float = 0.35  # how much narrower the ends are than the belly
    region: int = -1  # the shape it keeps within; -1 for none


def _ribbon(
    path: NDArray[np.float32], radius: float, shape: tuple[int, int]
) -> tuple[NDArray[np.int64], Array, float]:
    """Pixels within ``radius`` of a path.

    Returns their flat indices (N,), their coordinates (3, N) in px (along the path, across it, and
    the distance to it, which past the ends is more than across) and the length of the path.
    """
    high = np.array([shape[1] - 1, shape[0] - 1])
    first = np.clip(np.floor(path.min(0) - radius - 1), 0, high).astype(int)
    last = np.clip(np.ceil(path.max(0) + radius + 1), 0, high).astype(int)
    step = np.diff(path, axis=0)
    size = np.maximum(np.hypot(step[:, 0], step[:, 1]), 1e-3)
    ux, uy = (step / size[:, None]).T.astype(np.float32)
    x = np.arange(first[0], last[0] + 1, dtype=np.float32)[None, :] - path[:-1, 0, None]
    y = np.arange(first[1], last[1] + 1, dtype=np.float32)[None, :] - path[:-1, 1, None]
    # Both coordinates are sums of a function of x and one of y: one addition per pixel each.
    along = (x * ux[:, None])[:, None, :] + (y * uy[:, None])[:, :, None]
    across = (x * -uy[:, None])[:, None, :] + (y * ux[:, None])[:, :, None]
    limit = size.astype(np.float32)[:, None, None]
    beyond = along - np.clip(along, 0, limit)
    distance = across * across + beyond * beyond
    nearest = distance.argmin(0)[None]
    inside = np.flatnonzero(np.take_along_axis(distance, nearest, 0)[0] < radius * radius)
    columns = x.shape[1]
    rows = first[1] + inside // columns
    index = rows * shape[1] + first[0] + inside % columns
    which = nearest.ravel()[inside]
    start = np.concatenate([[0.0], np.cumsum(size)]).astype(np.float32)
    flat = which * distance[0].size + inside
    away = np.sqrt(distance.ravel()[flat])
    place = np.stack([along.ravel()[flat] + start[which], across.ravel()[flat], away])
    return index, place, float(start[-1])


def lay(board: Canvas, stroke: Stroke) -> None:
    """Composite one stroke onto the canvas, colour and height."""
    radius = stroke.width / 2
    index, place, total = _ribbon(stroke.path, radius + 1, board.height.shape)
    if stroke.region >= 0:
        kept = board.region.reshape(-1)[index] == stroke.region
        index, place = index[kept], place[:, kept]
    if index.size == 0:
        return
    along, across, away = place
    row, column = board.rng.integers(0, _BANK, 2)
    line = (column + np.rint(across).astype(np.int64)) % _BANK
    run = (row + np.rint(along).astype(np.int64)) % _BANK
    fine, broad = board.fine[run, line], board.broad[run, line]

    s = np.clip(along / max(total, 1e-3), -0.2, 1.2)
    belly = 1 - stroke.taper * (np.abs(2 * s - 0.9) ** 2.5)
    edge = away / (radius * np.maximum(belly, 0.15))
    # Bristles at the rim reach out by different amounts, so that the rim is ragged.
    rim = np.clip((1.02 - edge + 0.22 * (broad - 0.5)) * radius * 0.7, 0, 1)
    load = 1.15 - stroke.dry * smooth(0.35, 1.05, s) - min(0.5, stroke.dry) * smooth(0.06, -0.06, s)
    cover = np.clip((load - 0.65 * fine - 0.35 * broad) * 4.5, 0, 1)
    alpha = stroke.opacity * rim * cover

    colour = stroke.colour + (stroke.second - stroke.colour) * smooth(0.45, 0.95, broad)[:, None]
    colour = colour + (stroke.streak * (fine + broad - 1.0))[:, None]
    flat = board.colour.reshape(-1, 3)
    flat[index] += alpha[:, None] * (np.clip(colour, 0, 1) - flat[index])

    # Paint is pushed to the rims, furrowed by the bristles, and left in a lip at the end.
    ridge = smooth(0.55, 0.9, edge) * 0.6 + 0.5 * smooth(0.8, 0.98, s)
    thick = stroke.impasto * (0.55 + 0.9 * (1 - fine) * (1 - 0.4 * stroke.dry) + ridge)
    relief = board.height.reshape(-1)
    relief[index] += alpha * (thick + 0.25 * relief[index] - relief[index])


def trace(
    seeds: Array, angle: Array, length: Array, step: float, wander: Array
) -> tuple[Array, NDArray[np.bool_]]:
    """Follow the orientation field both ways from each seed.

    seeds (N, 2), angle (H, W), length and wander (N,) -> paths (N, 2 * M + 1, 2) from one end to
    the other, and which points lie within the length and on the canvas.
    """
    count = len(seeds)
    half = int(np.ceil(length.max() / 2 / step))
    paths = np.zeros((count, 2 * half + 1, 2), np.float32)
    alive = np.zeros((count, 2 * half + 1), bool)
    paths[:, half], alive[:, half] = seeds, True
    rows, columns = angle.shape
    for sign in (1, -1):
        point = seeds.copy()
        heading = np.zeros_like(seeds)
        for k in range(1, half + 1):
            x = np.clip(np.rint(point[:, 0]), 0, columns - 1).astype(int)
            y = np.clip(np.rint(point[:, 1]), 0, rows - 1).astype(int)
            turn = angle[y, x] + wander
            ahead = sign * np.stack([np.cos(turn), np.sin(turn)], -1)
            # An orientation has no sense: keep going the way the brush already goes.
            if k > 1:
                ahead *= np.where((ahead * heading).sum(-1) < 0, -1, 1)[:, None]
                ahead = 0.7 * ahead + 0.3 * heading
                ahead /= np.maximum(np.hypot(ahead[:, 0], ahead[:, 1]), 1e-6)[:, None]
            heading = ahead.astype(np.float32)
            point = point + step * heading
            paths[:, half + sign * k] = point
            alive[:, half + sign * k] = k * step <= length / 2
    return paths, alive


def coat(board: Canvas, reference: Array, angle: Array, detail: Array, layer: Layer) -> int:
    """Lay one layer of strokes; returns how many were laid.

    reference (H, W, 3) is the picture wanted, angle (H, W) the way strokes run, and detail
    (H, W), in [0, 1], asks for strokes regardless of the error.
    """
    rng, (rows, columns) = board.rng, angle.shape
    target = blur(reference, layer.width / 6)
    y, x = np.mgrid[0 : rows : layer.spacing, 0 : columns : layer.spacing]
    seeds = np.stack([x.ravel(), y.ravel()], -1)
    seeds = seeds + rng.uniform(-0.6, 0.6, seeds.shape) * layer.spacing
    seeds = np.clip(seeds, 0, [columns - 1, rows - 1]).astype(np.float32)
    px, py = np.rint(seeds).astype(int).T
    gap = blur(np.abs(target - board.colour).mean(-1), layer.width / 4)[py, px]
    wanted = (gap >= layer.error) | (rng.random(len(seeds)) < layer.detail * detail[py, px])
    seeds, px, py = seeds[wanted], px[wanted], py[wanted]
    count = len(seeds)
    if count == 0:
        return 0

    pure = target[py, px]
    length = (layer.length * rng.uniform(0.6, 1.3, count)).astype(np.float32)
    wander = rng.normal(0, layer.wander, count).astype(np.float32)
    step = max(layer.width * 0.45, 4.0)
    paths, alive = trace(seeds, angle, length, step, wander)
    qx = np.clip(np.rint(paths[..., 0]), 0, columns - 1).astype(int)
    qy = np.clip(np.rint(paths[..., 1]), 0, rows - 1).astype(int)
    alive &= np.abs(target[qy, qx] - pure[:, None]).mean(-1) < layer.tolerance
    middle = paths.shape[1] // 2
    # A stroke ends at the first point that fails, on either side of its seed.
    ahead = np.logical_and.accumulate(alive[:, middle:], 1).sum(1)
    behind = np.logical_and.accumulate(alive[:, middle::-1], 1).sum(1)

    colours = _mixed(pure, layer.hue, layer.value, rng)
    seconds = _mixed(pure, 2.2 * layer.hue, 1.8 * layer.value, rng)
    widths = layer.width * rng.uniform(0.75, 1.25, count)
    # Mostly dark to light, as one paints, but loosely.
    order = np.argsort(luminance(pure) + rng.normal(0, 0.35, count), kind="stable")
    for k in order:
        path = paths[k, max(middle - max(behind[k] - 1, 1), 0) : middle + max(ahead[k], 2)]
        if rng.random() < 0.5:
            path = path[::-1]
        region = int(board.region[py[k], px[k]]) if rng.random() < layer.fenced else -1
        lay(
            board,
            Stroke(
                path,
                float(widths[k]),
                colours[k],
                seconds[k],
                layer.opacity,
                layer.dry * float(rng.uniform(0.5, 1.2)),
                layer.streak,
                layer.impasto,
                region=region,
            ),
        )
    return count


def _mixed(colour: Array, hue: float, value: float, rng: np.random.Generator) -> Array:
    """Colours (N, 3) as mixed anew for each stroke."""
    count = len(colour)
    return shift(
        colour,
        rng.normal(0, hue, count).astype(np.float32),
        rng.normal(0, value, count).astype(np.float32),
        (1 + rng.normal(0, 0.10, count)).astype(np.float32),
    )
