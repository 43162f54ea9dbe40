"""Each run's picture is one flat colour, so that a sheet's pixels tell what stands where."""

from collections.abc import Callable, Sequence

import numpy as np

from stylex.report import sheet
from stylex.report.ranking import rank
from stylex.runs.record import Record

Box = tuple[int, int, int, int]
Make = Callable[..., Record]


def colour(number: int) -> tuple[int, int, int]:
    """For each of 400 numbers its own, none of them a colour of the sheet's."""
    return 40 + number % 11 * 16, 250 - number // 11 % 11 * 16, 100 + number // 121 * 30


def draw(
    records: Sequence[Record], title: str = "a title", by: str = "style_error"
) -> list["np.ndarray"]:
    return [np.asarray(page) for page in sheet.pages(rank(records, by), title=title)]


def boxes(page: "np.ndarray", numbers: Sequence[int]) -> dict[int, Box]:
    """{number: (left, top, right, bottom)} of the rectangles of their colours; each just once."""
    table = np.full(1 << 24, -1, np.int16)
    weights = np.array([65536, 256, 1])
    table[np.array([colour(number) for number in numbers]) @ weights] = list(numbers)
    packed = page[..., 0].astype(np.int32) << 16 | page[..., 1].astype(np.int32) << 8 | page[..., 2]
    here = table[packed]
    starts = (here != np.roll(here, 1, 0)) & (here != np.roll(here, 1, 1)) & (here >= 0)
    ends = (here != np.roll(here, -1, 0)) & (here != np.roll(here, -1, 1)) & (here >= 0)
    areas = np.bincount(here[here >= 0], minlength=max(numbers) + 1)
    found: dict[int, Box] = {}
    for y, x in np.argwhere(starts).tolist():
        assert here[y, x] not in found, f"{here[y, x]} is there twice"
        found[int(here[y, x])] = x, y, x + 1, y + 1
    for y, x in np.argwhere(ends).tolist():
        left, top, _, _ = found[here[y, x]]
        found[int(here[y, x])] = left, top, x + 1, y + 1
    for number, (left, top, right, bottom) in found.items():
        assert areas[number] == (right - left) * (bottom - top), f"{number} is no rectangle"
    return found


def reading_order(found: dict[int, Box]) -> list[int]:
    """Line by line; pictures of one line stand on the same base."""
    return sorted(found, key=lambda number: (found[number][3], found[number][0]))
