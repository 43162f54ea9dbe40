"""From an arrangement to pages: as large as fits on one page, else as few pages as possible."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TypeVar

from stylex.report.arrangement import Block, Flow, Grid
from stylex.report.cells import Look, cell, heading, strip_heading
from stylex.report.widgets import GREY, Widget, at_least, below, beside, blank, pairs, paragraph

SIDES = (320, 280, 250, 225, 200, 180, 165, 150)  # px, the long side of a picture
LARGE, FEW = 480, 4  # px, of so few pictures
ASPECT = 1.5  # width / height of a page, where it may be chosen
STRIP = 8  # runs along one axis that stay in one row

T = TypeVar("T")


@dataclass(frozen=True)
class Section:
    """Rows, `gap` px apart, under a head that stands above them on every page."""

    head: Widget
    rows: Sequence[Widget]
    gap: int

    @property
    def width(self) -> int:
        """px"""
        return max(widget.width for widget in (self.head, *self.rows))

    @property
    def height(self) -> int:
        """px"""
        return self.head.height + sum(self.gap + row.height for row in self.rows)


def lay_out(
    arrangement: Flow | Grid,
    look_at: Callable[[int], Look],
    widest: int,
    room: Callable[[int], int],
) -> list[Widget]:
    """The pages, without head and foot; at least one.

    look_at(side): how pictures with a long side of `side` px look.
    widest: px that a page may be wide. room(width): px that a page of this width may be high.
    """
    found: list[Widget] = []
    for side in (LARGE, *SIDES) if arrangement.size <= FEW else SIDES:
        look = look_at(side)
        if isinstance(arrangement, Flow):
            candidates = _flows(arrangement, look, widest)
        else:
            candidates = _grids(arrangement, look, look_at(SIDES[-1]), widest)
        for sections in candidates:
            pages = _paginate(sections, room)
            if not found or len(pages) < len(found):
                found = pages
            if len(found) == 1:
                return found
    return found


def _flows(flow: Flow, look: Look, widest: int) -> Iterator[Sequence[Section]]:
    """Of a pleasant shape, then as wide as possible."""
    most = max(1, (widest + look.gap) // (look.width + look.gap))
    if flow.strip and flow.size <= min(STRIP, most):
        yield [_flow_section(flow, flow.size, look)]
        return
    for across in _across(flow.size, (look.empty + 4 * look.small) / look.width, most):
        yield [_flow_section(flow, across, look)]


def _flow_section(flow: Flow, across: int, look: Look) -> Section:
    """`across` runs in a row. The one value of a strip stands above its picture, as in a table;
    many values stand below, as in a museum.
    """
    rows = []
    for runs in _chunks(flow.runs, across):
        columns = []
        for run in runs:
            values = {k: v for axis in flow.axes for k, v in axis.of(run.value(axis.key)).items()}
            widgets = [cell(run, look.height(runs), look)]
            if flow.strip:
                (axis,) = flow.axes
                widgets = [strip_heading(axis, run.value(axis.key), look), *widgets]
            else:
                widgets.append(pairs(values, look.small, look.width, 6))
            columns.append(below(widgets))
        rows.append(beside(columns, look.gap, low=flow.strip))
    key = flow.axes[0].name if flow.strip else ""
    return Section(paragraph(key, look.small, look.width, GREY), rows, look.small * 4 // 3)


def _grids(grid: Grid, look: Look, smallest: Look, widest: int) -> Iterator[Sequence[Section]]:
    """Of a pleasant shape, then as wide as possible; none where smaller cells keep a grid whole."""
    columns, most = len(grid.column.values), _fitting(grid, look, widest)
    if columns > most:
        if columns > _fitting(grid, smallest, widest):
            each = math.ceil(columns / math.ceil(columns / most))
            starts = range(0, columns, each)
            parts = [_part(grid, block, at, at + each) for block in grid.blocks for at in starts]
            yield [_grid_section(part, look) for part in parts]
        return
    one, apart = _grid_section(replace(grid, blocks=grid.blocks[:1]), look), 3 * look.gap
    left = _names(grid, look)[0].width + look.gap
    most = (widest - left + apart) // (one.width - left + apart)
    for across in _across(len(grid.blocks), one.height / one.width, most):
        chunks = _chunks(grid.blocks, across)
        yield [_grid_section(replace(grid, blocks=blocks), look) for blocks in chunks]


def _grid_section(grid: Grid, look: Look) -> Section:
    """Blocks side by side, with the names of their rows once, at the left."""
    corner, *names = _names(grid, look)
    rows = []
    for i, name in enumerate(names):
        runs = [block.runs[i] for block in grid.blocks]
        high = look.height([run for some in runs for run in some])
        cells = [beside([cell(run, high, look) for run in some], look.gap) for some in runs]
        rows.append(beside([name, beside(cells, 3 * look.gap)], look.gap))
    columns = [
        at_least(heading(grid.column, value, look, look.width), look.width)
        for value in grid.column.values
    ]
    values = beside(columns, look.gap, low=True)
    key = paragraph(grid.column.name, look.small, values.width, GREY, 1)
    titles = [pairs(block.title, look.text, values.width, 3) for block in grid.blocks]
    heads = [below([title, key, values], look.small // 3) for title in titles]
    above = beside(heads, 3 * look.gap, low=True)
    return Section(beside([corner, above], look.gap, low=True), rows, look.small * 4 // 3)


def _names(grid: Grid, look: Look) -> list[Widget]:
    """What stands left of a grid, all of one width: the key of the rows, and their values."""
    wide = max(110, look.width // 2)
    key = paragraph(grid.row.name, look.small, wide, GREY, 2)
    names = [key, *(heading(grid.row, value, look, wide) for value in grid.row.values)]
    return [at_least(name, max(name.width for name in names)) for name in names]


def _fitting(grid: Grid, look: Look, widest: int) -> int:
    """How many columns fit into `widest` px, at least one."""
    return max(1, (widest - _names(grid, look)[0].width) // (look.width + look.gap))


def _part(grid: Grid, block: Block, start: int, end: int) -> Grid:
    """Some columns of one block."""
    runs = [row[start:end] for row in block.runs]
    column = replace(grid.column, values=grid.column.values[start:end])
    return replace(grid, column=column, blocks=[Block(block.title, runs)])


def _across(count: int, shape: float, most: int) -> Sequence[int]:
    """How many of `count` things to put side by side: for a pleasant shape, or else the most.

    shape: height / width of one of them.
    """
    most = max(1, min(most, count))

    def cost(across: int) -> float:
        holes = -count % across / (count + -count % across)
        return abs(math.log(across**2 / (count * ASPECT * shape))) + 3 * holes

    widest = math.ceil(count / math.ceil(count / most))  # its rows filled evenly
    return list(dict.fromkeys((min(range(1, most + 1), key=cost), widest)))


def _paginate(sections: Sequence[Section], room: Callable[[int], int]) -> list[Widget]:
    """A section that fits on a page is not broken; a page holds at least one row."""
    width = max(section.width for section in sections)
    high = room(width)
    pages: list[list[Widget]] = [[]]
    for section in sections:
        rest = section.rows
        while rest:
            page = pages[-1]
            apart = 3 * section.gap if page else 0
            free = high - sum(widget.height for widget in page) - apart - section.head.height
            ends = accumulate(section.gap + row.height for row in rest)
            count = sum(1 for end in ends if end <= free)
            if page and (not count or (count < len(rest) and section.height <= high)):
                pages.append([])
                continue
            page += [blank(1, apart), section.head]
            for row in rest[: max(1, count)]:
                page += [blank(1, section.gap), row]
            rest = rest[max(1, count) :]
    return [at_least(below(page), width) for page in pages]


def _chunks(things: Sequence[T], size: int) -> list[Sequence[T]]:
    """`size` things each, the last perhaps fewer."""
    return [things[start : start + size] for start in range(0, len(things), size)]
