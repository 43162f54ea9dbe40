"""sheet.png: the pictures of many runs side by side, laid out by what differs among them."""

import io
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from stylex.atomic import write_atomically
from stylex.images.formats import is_result
from stylex.report.arrangement import Flow, Grid, arrange
from stylex.report.cells import Look, mark, shapes
from stylex.report.figures import CHOICES, TO_CONTENT, TO_STYLE
from stylex.report.layout import lay_out
from stylex.report.own import SOFTWARE
from stylex.report.ranking import Ranking
from stylex.report.widgets import (
    GREY,
    INK,
    PAPER,
    Widget,
    at_least,
    below,
    beside,
    blank,
    paragraph,
    pictures,
    words,
)
from stylex.runs.record import PICTURES

LARGEST = 4000  # px, width and height of a page
LEAST = 680  # px, what a page's text needs
MOST = 1000  # runs
MARGIN, GAP = 56, 40  # px, around a page, and between its head, its pictures and its foot

FIRST = "sheet.png"
"""The sheet, or its first page."""


def save(folder: Path, ranking: Ranking, *, title: str) -> list[Path]:
    """Writes sheet.png, sheet-2.png, … into `folder`, takes away further ones of an earlier sheet.

    Raises OSError where a page cannot be written.
    """
    paths = []
    for number, page in enumerate(pages(ranking, title=title), 1):
        paths.append(folder / (FIRST if number == 1 else f"sheet-{number}.png"))
        data = io.BytesIO()
        # A fifth larger than at 6, in a fifth of the time.
        page.save(data, "PNG", compress_level=1, pnginfo=_software())
        write_atomically(paths[-1], data.getvalue())
    for path in folder.glob("sheet-*.png"):
        own = re.fullmatch(r"sheet-[1-9]\d*\.png", path.name) and is_result(path)
        if own and path not in paths:
            path.unlink()
    return paths


def _software() -> PngInfo:
    """By which a page is known to be ours."""
    info = PngInfo()
    info.add_text("Software", SOFTWARE)
    return info


def pages(ranking: Ranking, *, title: str) -> Iterator[Image.Image]:
    """The sheet's pages, each at most LARGEST px wide and high; of more runs the best MOST.

    One axis makes a strip, two a grid, more a grid for each combination of the further ones; runs
    that fill no grid come one after the other, best first. No page where there is no run.
    """
    runs = ranking.top(MOST)
    if not runs:
        return
    arrangement, marks, known = arrange(runs, ranking.axes), marks_of(ranking), shapes(runs)
    inner = LARGEST - 2 * MARGIN

    @cache
    def look_at(side: int) -> Look:
        return Look(side, runs, known, marks, ranking)

    def frame(width: int, page: str) -> tuple[Widget, Widget]:
        width = max(width, LEAST)
        return _head(title, ranking, arrangement, width), _foot(marks, ranking, width, page)

    def room(width: int) -> int:
        return inner - 2 * GAP - sum(widget.height for widget in frame(width, "page 1 of 2"))

    bodies = lay_out(arrangement, look_at, inner, room)
    for i, body in enumerate(bodies, 1):
        head, foot = frame(body.width, f"page {i} of {len(bodies)}" if len(bodies) > 1 else "")
        page = below([head, body, foot], GAP)
        image = Image.new("RGB", (page.width + 2 * MARGIN, page.height + 2 * MARGIN), PAPER)
        page.draw(image, MARGIN, MARGIN)
        yield image


def marks_of(ranking: Ranking) -> dict[Path, str]:
    """{run folder: `best` or `front`} where that tells some runs of a pair from its others."""
    marks: dict[Path, str] = {}
    for runs in ranking.pairs:
        front = [run.folder for run in runs if run.folder in ranking.on_front]
        best = [run.folder for run in runs if ranking.ranks[run.folder] == 1]
        for kind, some in (("front", front), ("best", best)):
            if len(some) < len(runs):
                marks |= dict.fromkeys(some, kind)
    return marks


def _head(title: str, ranking: Ranking, arrangement: Flow | Grid, width: int) -> Widget:
    """The title, what became of the runs, the best ones, and the pictures common to all."""
    size = _letters(width)
    pictures = beside(_common(ranking, size), size, low=True)
    room = width - pictures.width - (2 * size if pictures.width else 0)
    notes = [ranking.counts(), *([ranking.folding] if ranking.fold else [])]
    repeats = arrangement.repeats if isinstance(arrangement, Grid) else 0
    if isinstance(arrangement, Flow) and not arrangement.strip and arrangement.size > 1:
        notes.append(ranking.sorting)
    if (kept := arrangement.size + repeats) < len(ranking.order):
        notes.append(f"the best {kept} shown, by {ranking.by}{ranking.pair}")
    repeats += sum(group.left_out for group in ranking.groups.values())
    if repeats:
        notes.append(f"{repeats} left out, repeated later with the same settings")
    text = below(
        [
            paragraph(title, size * 15 // 8, room),
            blank(1, size // 3),
            paragraph(" · ".join(notes), size, room, GREY),
            paragraph(ranking.verdict(), size, room, GREY),
        ]
    )
    return at_least(beside([at_least(text, width - pictures.width), pictures], 0), width)


def _common(ranking: Ranking, size: int) -> list[Widget]:
    """The content and the style picture, where all runs have the same."""
    widgets = []
    for key in PICTURES:
        names = {run.value(key) for run in ranking.order}
        files = (files for run in ranking.order if (files := run.files(key)))
        if len(names) == 1 and (name := names.pop()):
            art = pictures(next(files, None), (9 * size, 6 * size))
            room = max(art.width, 6 * size)
            parts = [(key, GREY), (name, INK)]
            lines = [paragraph(text, size * 4 // 5, room, colour, 1) for text, colour in parts]
            widgets.append(below([art, blank(1, size // 4), *lines]))
    return widgets


def _foot(marks: Mapping[Path, str], ranking: Ranking, width: int, page: str) -> Widget:
    """How to read the captions and the marks; `page`: which page of how many, or empty."""
    size = _letters(width) * 9 // 10
    meanings = {"best": f"best{ranking.pair} by {ranking.by}", "front": ranking.unbeaten}
    lines = [paragraph(_explained(ranking), size, width, GREY, 4)]
    for kind, meaning in meanings.items():
        if kind in marks.values():
            text = paragraph(meaning, size, width - 2 * size, GREY, 2)
            lines.append(beside([mark(kind, size), text], size // 3))
    if page:
        lines += [blank(1, size // 2), words([(page, INK)], size)]
    return below(lines)


def _explained(ranking: Ranking) -> str:
    """What the figures below each picture are."""
    known = {**TO_STYLE, **TO_CONTENT}
    names = "; ".join(f"{name}, its {known[name]}" for name in ranking.figures if name in known)
    where = "Below each picture"
    if ranking.fold:
        where = (
            f"Each picture is the median one by {ranking.by}. Below it are the means ± standard "
            f"deviations (n - 1) over {ranking.fold} of"
        )
    chosen = ""
    if CHOICES in ranking.figures:
        chosen = "chosen, what people chose by eye, in log-odds ± standard error, more is better; "
    return f"{where}: {chosen}{names}; and the seconds it took. Lower is closer."


def _letters(width: int) -> int:
    """px: a wide sheet is looked at from further away."""
    return min(28, max(15, width // 105))
