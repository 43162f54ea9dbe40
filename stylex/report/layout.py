"""From an arrangement to pages: as large as fits on one, else as few pages as can be."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from stylex.report.arrangement import Flow, Grid
from stylex.report.cells import Look
from stylex.report.pieces import Piece, at_least, below, blank
from stylex.report.shelves import (
    Shelf,
    blocks_apart,
    chunks,
    fitting,
    flow_shelf,
    grid_shelf,
    left_margin,
    split,
    texts,
)

SIDES = (320, 280, 250, 225, 200, 180, 165, 150)  # px, the long side of a picture
LARGE, FEW = 480, 4  # px, of so few pictures
ASPECT = 1.5  # width / height of a page, where it may be chosen
STRIP = 8  # runs along one axis that stay in one row


def lay_out(
    arrangement: Flow | Grid,
    look_at: Callable[[int], Look],
    widest: int,
    room: Callable[[int], int],
) -> list[Piece]:
    """The pages, without head and foot; at least one.

    look_at(side): how pictures with a long side of `side` px look.
    widest: px that a page may be wide. room(width): px that a page of this width may be high.
    """
    found: list[Piece] = []
    for side in (LARGE, *SIDES) if arrangement.size <= FEW else SIDES:
        look = look_at(side)
        if isinstance(arrangement, Flow):
            candidates = _flows(arrangement, look, widest)
        else:
            candidates = _grids(arrangement, look, look_at(SIDES[-1]), widest)
        for shelves in candidates:
            pages = _paginate(shelves, room)
            if not found or len(pages) < len(found):
                found = pages
            if len(found) == 1:
                return found
    return found


def _flows(flow: Flow, look: Look, widest: int) -> Iterator[Sequence[Shelf]]:
    """Of a pleasant shape, then as wide as can be."""
    labels, row = texts(flow, look), look.empty + 4 * look.small
    most = max(1, (widest + look.gap) // (look.width + look.gap))
    if flow.key and flow.size <= min(STRIP, most):
        yield [flow_shelf(flow, labels, flow.size, look)]
        return
    for across in _across(flow.size, ASPECT * row / look.width, most):
        yield [flow_shelf(flow, labels, across, look)]


def _grids(grid: Grid, look: Look, smallest: Look, widest: int) -> Iterator[Sequence[Shelf]]:
    """Of a pleasant shape, then as wide as can be. None where smaller cells keep a grid whole."""
    first = grid.blocks[0]
    most, columns = fitting(first, look, widest), len(first.columns)
    if columns > most:
        if columns > fitting(first, smallest, widest):
            parts = [part for block in grid.blocks for part in split(block, most)]
            yield [grid_shelf([part], look) for part in parts]
        return
    one, apart, left = grid_shelf([first], look), blocks_apart(look), left_margin(first, look)
    most = (widest - left + apart) // (one.head.width - left + apart)
    for across in _across(len(grid.blocks), ASPECT * one.height / one.width, most):
        yield [grid_shelf(blocks, look) for blocks in chunks(grid.blocks, across)]


def _across(count: int, shape: float, most: int) -> Sequence[int]:
    """How many of `count` things to put side by side: pleasantly, or else as many as can be.

    shape: ASPECT × height / width of one of them.
    """
    most = max(1, min(most, count))

    def cost(across: int) -> float:
        holes = -count % across / (count + -count % across)
        return abs(math.log(across**2 / (count * shape))) + 3 * holes

    widest = math.ceil(count / math.ceil(count / most))  # its rows filled evenly
    return list(dict.fromkeys((min(range(1, most + 1), key=cost), widest)))


def _paginate(shelves: Sequence[Shelf], room: Callable[[int], int]) -> list[Piece]:
    """A shelf that fits on a page is not broken; a page holds at least one row."""
    width = max(shelf.width for shelf in shelves)
    high = room(width)
    pages: list[list[Piece]] = [[]]
    for shelf in shelves:
        rest = shelf.rows
        while rest:
            page = pages[-1]
            apart = 3 * shelf.gap if page else 0
            free = high - sum(piece.height for piece in page) - apart - shelf.head.height
            ends = accumulate(shelf.gap + row.height for row in rest)
            count = sum(1 for end in ends if end <= free)
            if page and (not count or (count < len(rest) and shelf.height <= high)):
                pages.append([])
                continue
            page += [blank(0, apart), shelf.head]
            for row in rest[: max(1, count)]:
                page += [blank(0, shelf.gap), row]
            rest = rest[max(1, count) :]
    return [at_least(below(page), width) for page in pages]
