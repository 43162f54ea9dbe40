"""Which run stands where on the sheet, before anything is drawn."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path

import pytest

from stylex.report.arrangement import Flow, Grid, arrange
from stylex.report.axes import Axis, axes
from stylex.runs.record import Record


def records_of(places: Sequence[dict[str, str]]) -> list[Record]:
    return [Record(Path(str(i)), "done", typed=place) for i, place in enumerate(places)]


def test_content_goes_down_and_style_across():
    names = [{"style": s, "content": c, "seed": n} for s, c, n in product("xy", "abc", "12")]
    found = arrange(records_of(names), axes(records_of(names)))
    assert isinstance(found, Grid)
    assert (found.row.key, found.row.values) == ("content", ["a", "b", "c"])
    assert (found.column.key, found.column.values) == ("style", ["x", "y"])
    assert [block.title for block in found.blocks] == [{"seed": "1"}, {"seed": "2"}]


@pytest.mark.parametrize(("runs", "kind"), [(8, Grid), (7, Flow)])
def test_a_grid_is_given_up_where_it_is_mostly_empty(runs, kind):
    some = [{"a": str(i % 4), "b": str(i % 4 if i < 4 else (i + 1) % 4)} for i in range(runs)]
    known = [Axis("a", list("0123")), Axis("b", list("0123"))]
    assert isinstance(arrange(records_of(some), known), kind)
