"""What rows, columns and single runs of a sheet are called, with content and style pictures."""

from collections.abc import Sequence

from stylex.report.arrangement import Label
from stylex.report.cells import Look
from stylex.report.pieces import Piece, at_least, below, beside, blank, pairs, paragraph, picture


def column_label(label: Label, look: Look) -> Piece:
    """Above a column, as wide as a cell."""
    text = paragraph(label.value, look.text, look.width)
    art = _picture(label, look.side // 2, look.side * 2 // 5)
    return at_least(below([*art, text], look.small // 3), look.width)


def row_label(label: Label, look: Look) -> Piece:
    """Left of a row."""
    text = paragraph(label.value, look.text, max(110, look.width // 2), lines=4)
    art = _picture(label, max(110, look.side // 2), look.side * 2 // 5)
    return below([*art, text], look.small // 3)


def strip_label(labels: Sequence[Label], look: Look) -> Piece:
    """Above a run that differs from its neighbours in one value; as wide as a cell."""
    (label,) = labels
    art = _picture(label, look.side // 3, look.side // 4)
    room = look.width - sum(piece.width + look.small // 2 for piece in art)
    text = paragraph(label.value, look.text, room)
    piece = below([beside([*art, text], look.small // 2, low=True), blank(0, look.small // 2)])
    return at_least(piece, look.width)


def flow_label(labels: Sequence[Label], look: Look) -> Piece:
    """Below a run that differs from its neighbours in many values."""
    return pairs(labels, look.small, look.width, 6)


def _picture(label: Label, width: int, height: int) -> list[Piece]:
    found = label.picture and picture(label.picture, (width, height))
    return [found] if found else []
