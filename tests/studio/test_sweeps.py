"""How long a sweep still takes, and its runs as its sheet lays them out."""

from pathlib import Path

import pytest

from stylex.runs.record import Record, split
from stylex.runs.sweep_record import Plan
from stylex.studio.sweeps import seconds_left, tables


def run(name, status="done", *words, **figures):
    settings = {"content.name": "jesse", "style.name": "kahlo", **split(words)}
    return Record(
        Path(name),
        status,
        overrides=words,
        typed=split(words),
        settings=settings,
        figures={"style_error": 0.2, "content_error": 0.5, **figures},
    )


def plan(todo, started=1000.0):
    return Plan(fixed=[], rank_by="style_error", started=started, todo=todo)


def test_at_the_pace_since_the_last_start():
    records = [run("a"), run("b"), run("c", "running"), run("d", "pending")]
    # Of four two are over after 60 s: 30 s each.
    assert seconds_left(plan(4), records, {}, 1060) == pytest.approx(60)
    # Half of the third one, too: 2.5 in 60 s, 1.5 to go.
    assert seconds_left(plan(4), records, {Path("c"): 0.5}, 1060) == pytest.approx(36)
    # Three to do when it was started again, one of them over.
    assert seconds_left(plan(3), records, {}, 1060) == pytest.approx(120)


def test_nothing_is_said_before_there_is_a_pace():
    waiting = [run("a", "running"), run("b", "pending")]
    assert seconds_left(plan(2), waiting, {}, 1060) is None
    assert seconds_left(plan(2), waiting, {Path("a"): 0.5}, 1000) is None
    assert seconds_left(plan(0), waiting, {}, 1060) is None  # a plan that says something else
    assert seconds_left(plan(2, started=9e9), [run("a"), run("b", "pending")], {}, 1060) is None


def test_a_table_of_two_settings():
    records = [
        run(f"{weight},{tv}", "done", f"style_weight={weight}", f"tv_weight={tv}")
        for weight in (1, 5, 25)
        for tv in (0, 10)
        if (weight, tv) != (25, 10)
    ]
    (table,) = tables(records, "style_error")
    assert {*table.corner.split("\n")} == {"tv_weight ↓", "style_weight →"}
    assert [*table.columns] == ["1", "5", "25"]
    names = [(name, [cell and str(cell.folder) for cell in cells]) for name, cells in table.rows]
    assert names == [("0", ["1,0", "5,0", "25,0"]), ("10", ["1,10", "5,10", None])]


def test_one_row_for_one_setting_and_names_where_nothing_differs():
    strip = [run(f"w{weight}", "done", f"style_weight={weight}") for weight in (5, 1)]
    (table,) = tables(strip, "no such figure")
    assert (table.corner, [*table.columns]) == ("style_weight", ["1", "5"])
    assert [str(cell.folder) for cell in table.rows[0][1]] == ["w1", "w5"]
    (table,) = tables([run("alone")], "style_error")
    assert [*table.columns] == ["alone"]
