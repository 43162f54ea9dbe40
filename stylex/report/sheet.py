"""sheet.png: the pictures of many runs side by side, laid out by what differs among them."""

import io
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from PIL import Image, ImageDraw

from stylex.atomic import write_atomically
from stylex.report.arrangement import arrange
from stylex.report.axes import Axis
from stylex.report.cells import look, shapes
from stylex.report.frame import foot, head
from stylex.report.layout import lay_out
from stylex.report.pieces import PAPER, Canvas, Piece, below
from stylex.report.ranking import figure, measured, pareto_front, ranked
from stylex.runs.record import Record

LARGEST = 4000  # px, width and height of a page
LEAST = 680  # px, what a page's text needs
MOST = 1000  # runs
MARGIN, GAP = 56, 40  # px, around a page, and between its head, its pictures and its foot

FIRST = "sheet.png"
"""The sheet, or its first page."""


def save(
    folder: Path,
    records: Sequence[Record],
    axes: Sequence[Axis],
    *,
    title: str,
    by: str = "style_error",
) -> list[Path]:
    """Writes sheet.png, sheet-2.png, … into `folder`, takes away further ones of an earlier sheet.

    Raises UserError for an unknown figure, OSError where a page cannot be written.
    """
    paths = []
    for number, page in enumerate(pages(records, axes, title=title, by=by), 1):
        paths.append(folder / (FIRST if number == 1 else f"sheet-{number}.png"))
        data = io.BytesIO()
        page.save(data, "PNG", compress_level=1)  # a fifth larger than at 6, in a fifth of the time
        write_atomically(paths[-1], data.getvalue())
    for path in folder.glob("sheet-*.png"):
        if re.fullmatch(r"sheet-[1-9]\d*\.png", path.name) and path not in paths:
            path.unlink()
    return paths


def pages(
    records: Sequence[Record], axes: Sequence[Axis], *, title: str, by: str = "style_error"
) -> Iterator[Image.Image]:
    """The sheet's pages, each at most LARGEST px wide and high; of more runs the best MOST.

    One axis makes a strip, two a grid, more a grid for each combination of the further ones; runs
    that fill no grid come one after the other. `by`, a figure or weighted sum of them, tells which
    are the best.

    None where there is no run. Raises UserError for an unknown figure.
    """
    if not records:
        return
    best = {record.folder for record in ranked(records, by)[:MOST]}
    shown = [record for record in records if record.folder in best]
    arrangement = arrange(shown, axes, by)
    marks = _marks(shown, by)
    look_at = partial(look, shown, shapes(shown), marks, by)
    inner = LARGEST - 2 * MARGIN

    def frame(width: int, page: str) -> tuple[Piece, Piece]:
        width = max(width, LEAST)
        return head(title, records, axes, arrangement, by, width), foot(marks, by, width, page)

    def room(width: int) -> int:
        return inner - 2 * GAP - sum(piece.height for piece in frame(width, "page 1 of 2"))

    bodies = lay_out(arrangement, look_at, inner, room)
    for i, body in enumerate(bodies, 1):
        page = f"page {i} of {len(bodies)}" if len(bodies) > 1 else ""
        above, under = frame(body.width, page)
        yield _draw(below([above, body, under], GAP))


def _marks(records: Sequence[Record], by: str) -> dict[Path, str]:
    """Which run is best, and which are on the front, where that tells some from others."""
    known = measured(records)
    if len(known) < 2:
        return {}
    front = pareto_front(known)
    marks = {record.folder: "front" for record in front} if len(front) < len(known) else {}
    best = ranked(known, by)[0]
    return {**marks, best.folder: "best"} if figure(best.figures, by) is not None else marks


def _draw(piece: Piece) -> Image.Image:
    size = (piece.width + 2 * MARGIN, piece.height + 2 * MARGIN)
    image = Image.new("RGB", size, PAPER)
    piece.draw(Canvas(image, ImageDraw.Draw(image)), MARGIN, MARGIN)
    return image
