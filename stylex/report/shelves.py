"""Rows of runs with the heads that stand above them, at one size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from stylex.report.arrangement import Block, Flow
from stylex.report.cells import Look, cell
from stylex.report.labels import column_label, flow_label, row_label, strip_label
from stylex.report.pieces import GREY, Piece, at_least, below, beside, blank, pairs, paragraph
from stylex.runs.record import Record

T = TypeVar("T")


@dataclass(frozen=True)
class Shelf:
    """Rows, `gap` px apart, under a head that stands above them on every page."""

    head: Piece
    rows: Sequence[Piece]
    gap: int

    @property
    def width(self) -> int:
        """px"""
        return max(piece.width for piece in (self.head, *self.rows))

    @property
    def height(self) -> int:
        """px"""
        return self.head.height + sum(self.gap + row.height for row in self.rows)


def texts(flow: Flow, look: Look) -> list[Piece]:
    """What is said of each run beside its figures."""
    label = strip_label if flow.key else flow_label
    return [label(labels, look) for labels, _ in flow.cells]


def flow_shelf(flow: Flow, texts: Sequence[Piece], across: int, look: Look) -> Shelf:
    """`across` runs in a row. One value stands above its picture, as in a table; many values
    stand below, as in a museum.
    """
    rows = []
    records = [record for _, record in flow.cells]
    for some, labels in zip(chunks(records, across), chunks(texts, across), strict=True):
        cells = [cell(record, _height(some, look), look) for record in some]
        if flow.key:
            rows.append(below([beside(labels, look.gap, low=True), beside(cells, look.gap)]))
        else:
            both = [below([*one]) for one in zip(cells, labels, strict=True)]
            rows.append(beside(both, look.gap))
    key = paragraph(flow.key, look.small, look.width, GREY) if flow.key else blank(0, 0)
    return Shelf(key, rows, _row_gap(look))


def grid_shelf(blocks: Sequence[Block], look: Look) -> Shelf:
    """Blocks side by side; what their rows are is said once, at the left."""
    left = left_margin(blocks[0], look) - look.gap
    wide = max(len(block.columns) for block in blocks) * (look.width + look.gap) - look.gap
    rows = []
    for i, label in enumerate(blocks[0].rows):
        high = _height([record for block in blocks for record in block.cells[i]], look)
        cells = [
            at_least(beside([cell(r, high, look) for r in block.cells[i]], look.gap), wide)
            for block in blocks
        ]
        name = at_least(row_label(label, look), left)
        rows.append(beside([name, beside(cells, blocks_apart(look))], look.gap))
    heads = [at_least(_block_head(block, look), wide) for block in blocks]
    key = at_least(paragraph(blocks[0].rows[0].key, look.small, left, GREY, 2), left)
    above = beside(heads, blocks_apart(look), low=True)
    return Shelf(beside([key, above], look.gap, low=True), rows, _row_gap(look))


def left_margin(block: Block, look: Look) -> int:
    """px from the left to the first column: what the rows' labels and their key need."""
    room = max(110, look.width // 2)
    key = paragraph(block.rows[0].key, look.small, room, GREY, 2)
    return max(piece.width for piece in (key, *(row_label(r, look) for r in block.rows))) + look.gap


def blocks_apart(look: Look) -> int:
    """px"""
    return 3 * look.gap


def fitting(block: Block, look: Look, widest: int) -> int:
    """How many columns fit into `widest` px, at least one."""
    return max(1, (widest - left_margin(block, look) + look.gap) // (look.width + look.gap))


def split(block: Block, most: int) -> list[Block]:
    """The block in parts of at most `most` columns, about equally many each."""
    count = len(block.columns)
    across = math.ceil(count / math.ceil(count / most))
    rows = [chunks(row, across) for row in block.cells]
    return [
        Block(block.labels, block.rows, columns, [row[i] for row in rows])
        for i, columns in enumerate(chunks(block.columns, across))
    ]


def chunks(things: Sequence[T], size: int) -> list[Sequence[T]]:
    """`size` things each, the last perhaps fewer."""
    return [things[start : start + size] for start in range(0, len(things), size)]


def _block_head(block: Block, look: Look) -> Piece:
    wide = len(block.columns) * (look.width + look.gap) - look.gap
    columns = beside([column_label(label, look) for label in block.columns], look.gap, low=True)
    key = paragraph(block.columns[0].key, look.small, wide, GREY, 1)
    title = [pairs(block.labels, look.text, wide, 3)] if block.labels else []
    return below([*title, key, columns], look.small // 3)


def _height(records: Sequence[Record | None], look: Look) -> int:
    """px of a row's pictures."""
    boxes = [box for record in records if record and (box := look.box(record))]
    return max((box[1] for box in boxes), default=look.empty)


def _row_gap(look: Look) -> int:
    return look.small * 4 // 3
