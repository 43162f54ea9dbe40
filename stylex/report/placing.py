"""Names beside points of a plot, as many as find room without touching one another."""

from collections.abc import Sequence
from itertools import pairwise
from textwrap import fill
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Bbox

Point = tuple[float, float]
MOST = 12
AWAY = 6  # typographic points, from a point to its name
CLEAR = 5  # px around each point
# Where a name is put, best first: (its side that is at the point, across and up). Below the front
# on the left no point can be.
SIDES = (
    *(("right", "top"), ("left", "bottom"), ("left", "top"), ("right", "bottom")),
    *(("center", "top"), ("center", "bottom")),
)
SHIFTS = {"right": -AWAY, "left": AWAY, "center": 0, "top": -AWAY, "bottom": AWAY}


def write_beside(
    plane: "Axes",
    named: Sequence[tuple[Point, str]],
    *,
    points: Sequence[Point],
    steps: Sequence[Point],
    taken: Sequence["Bbox"],
) -> None:
    """Writes names beside their points, in the plot's coordinates; those without room stay away.

    points: what no name may cover; steps: the corners of a line that none may cross; taken: px
    where none may be. The canvas must have been drawn, for it to be known where they are.
    """
    from matplotlib.transforms import Bbox

    around = [
        Bbox.from_bounds(x - CLEAR, y - CLEAR, 2 * CLEAR, 2 * CLEAR)
        for x, y in plane.transData.transform(list(points))
    ]
    corners = plane.transData.transform(list(steps))
    used = [*taken, *around, *map(Bbox, pairwise(corners))]
    for i in chosen(len(named)):
        point, name = named[i]
        for across, up in SIDES:
            text = plane.annotate(
                fill(shortened(name, 100), 28 if len(name) < 60 else 38),
                point,
                xytext=(SHIFTS[across], SHIFTS[up]),
                textcoords="offset points",
                horizontalalignment=across,
                verticalalignment=up,
                fontsize=7,
                in_layout=False,
            )
            box = text.get_window_extent()
            if _inside(box, plane.bbox) and not any(box.overlaps(other) for other in used):
                used.append(box)
                break
            text.remove()


def shortened(text: str, most: int) -> str:
    """At most `most` letters of it, its middle left out: names that begin alike often end apart."""
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-(most - most // 2 - 1) :]}"


def chosen(count: int) -> list[int]:
    """Which of `count` points in a row to name: the ends first, then evenly, at most MOST."""
    if count <= 2:
        return list(range(count))
    number = min(count, MOST)
    evenly = [round(i * (count - 1) / (number - 1)) for i in range(number)]
    return [evenly[0], evenly[-1], *evenly[1:-1]]


def _inside(box: "Bbox", frame: "Bbox") -> bool:
    across = frame.x0 <= box.x0 and box.x1 <= frame.x1
    return bool(across and frame.y0 <= box.y0 and box.y1 <= frame.y1)
