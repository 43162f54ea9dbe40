"""Which run stands where on the sheet, before anything is drawn."""

from collections.abc import Sequence
from dataclasses import replace
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


def test_what_a_sweep_varies_together_is_one_axis():
    pairs = [("1", "x"), ("2", "y"), ("3", "z")]
    places = [{"a": a, "c": c, "b": b} for (a, b), c in product(pairs, "pq")]
    records = [replace(record, zipped=[["b", "a"]]) for record in records_of(places)]
    found = arrange(records, axes(records))
    assert isinstance(found, Grid) and len(found.blocks) == 1
    joint = found.column
    assert (joint.key, joint.name, joint.values) == ("a", "a, b", ["1", "2", "3"])
    assert [joint.shown(value) for value in joint.values] == ["1, x", "2, y", "3, z"]
    # Without another axis a strip; alike by chance only, as in a search, they are two.
    alone = [record for record in records if record.value("c") == "p"]
    strip = arrange(alone, axes(alone))
    assert isinstance(strip, Flow) and strip.strip
    chance = records_of(places)
    assert len(arrange(chance, axes(chance)).axes) == 3
    # A later job of the sweep that fits no pair.
    more = [*records, replace(records[0], typed={"a": "1", "b": "y", "c": "p"})]
    assert isinstance(arrange(more, axes(more)), Flow) or len(arrange(more, axes(more)).blocks) > 1
