"""summary.csv and the printed table, on runs whose figures are known."""

import csv
import io
import os
import random
from pathlib import Path

import pytest

from stylex.errors import UserError
from stylex.report.axes import axes
from stylex.report.table import to_csv, to_text
from stylex.runs.record import Record

ROOT = Path("/sweeps/first")


def run(name, style_error=None, content_error=None, seconds=9.0, **about):
    figures = {"seconds": seconds}
    if style_error is not None:
        figures |= {"style_error": style_error, "content_error": content_error}
    about = {"status": "done" if style_error is not None else "failed", **about}
    return Record(ROOT / name, figures=figures, **about)


def typed(**values):
    return {"typed": values, "settings": values}


# On the front: b (best style) and a (best content); c is beaten by a in both.
RUNS = [
    run("a", 0.5, 0.25, 30.5, **typed(style="/p/kahlo.jpg", style_weight="1")),
    run("b", 0.125, 0.75, 20.0, **typed(style="/p/kahlo.jpg", style_weight="1e1")),
    run("c", 0.75, 0.5, 10.0, **typed(style="/p/night.jpg", style_weight="1")),
    run("d", reason="out, of\n“memory”", **typed(style="/p/night.jpg", style_weight="10")),
]


def rows(records, by="style_error", root=ROOT):
    return list(csv.DictReader(io.StringIO(to_csv(records, axes(records), by, root))))


def test_csv_has_a_row_for_each_run_best_first():
    assert rows(RUNS)[1:] == [
        {
            **{"rank": "2", "style": "kahlo", "style_weight": "1", "status": "done"},
            **{"style_error": "0.5", "content_error": "0.25", "seconds": "30.5"},
            **{"pareto_front": "true", "reason": "", "path": "a"},
        },
        {
            **{"rank": "3", "style": "night", "style_weight": "1", "status": "done"},
            **{"style_error": "0.75", "content_error": "0.5", "seconds": "10.0"},
            **{"pareto_front": "false", "reason": "", "path": "c"},
        },
        {
            **{"rank": "", "style": "night", "style_weight": "10", "status": "failed"},
            **{"style_error": "", "content_error": "", "seconds": "9.0"},
            **{"pareto_front": "false", "reason": "out, of\n“memory”", "path": "d"},
        },
    ]
    assert list(rows(RUNS)[0]) == [
        *("rank", "style", "style_weight", "status", "style_error", "content_error", "seconds"),
        *("pareto_front", "reason", "path"),
    ]


@pytest.mark.parametrize(
    ("by", "order"),
    [
        ("style_error", "bacd"),
        ("content_error", "acbd"),
        ("seconds", "cbad"),
        ("style_error+content_error", "abcd"),  # 0.75, 0.875, 1.25
    ],
)
def test_order_is_by_what_was_asked_for(by, order):
    assert "".join(row["path"] for row in rows(RUNS, by)) == order
    lines = to_text(RUNS, [], by).splitlines()
    assert "".join(line[5] for line in lines[3:7]) == order


def test_an_unknown_figure_is_a_mistake():
    with pytest.raises(UserError, match="style_eror.*did you mean 'style_error'"):
        to_csv(RUNS, [], "style_eror", ROOT)


def test_paths_are_relative_to_where_the_table_is():
    assert rows(RUNS, root=ROOT.parent / "other")[0]["path"] == os.path.join("..", "first", "b")


@pytest.mark.parametrize("value", ["=1+1", "@SUM(A1)", "+cmd|x", "-cmd|x", "\t=1"])
def test_no_value_is_a_formula(value):
    record = run("=a", reason=value)
    (row,) = rows([record])
    assert row["reason"] == "'" + value
    assert row["path"] == os.path.join(".", "=a")  # still a path


@pytest.mark.parametrize("value", ["-5", "+1e-3", "[200,60]", "a=b", "plain", "-.5", ""])
def test_ordinary_values_stay_as_they_are(value):
    assert rows([run("a", reason=value)])[0]["reason"] == value


def test_text_shows_order_front_and_reason():
    text = to_text(RUNS, axes(RUNS), "style_error", 80)
    assert text.splitlines() == [
        "4 runs, best style_error first: 3 done, 1 failed",
        "",
        "     style  style_weight  style_error  content_error  seconds",
        "1 ◆  kahlo            10        0.125          0.750     20.0",
        "2 ◆  kahlo             1        0.500          0.250     30.5",
        "3    night             1        0.750          0.500     10.0",
        "-    night            10  failed: out, of “memory”",
        "",
        "◆ no other run is better in both style_error and content_error",
    ]


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_text_fits_the_terminal(width):
    records = [
        run(
            f"r{index}",
            *((None, None) if index % 7 == 0 else (0.1 + index, 2.0)),
            reason="no memory " * 200,
            **typed(
                style=f"/p/図画{index % 5}.jpg",
                **{f"some.long.key{k}": f"{index}" for k in "abcdef"},
            ),
        )
        for index in range(30)
    ]
    lines = to_text(records, axes(records), "style_error", width).splitlines()
    wide = [sum(2 if char in "図画" else 1 for char in line) for line in lines]
    assert max(wide) <= width
    assert any(line.endswith("…") for line in lines)  # a reason, cut
    if width == 200:
        assert "also in summary.csv" not in lines[-1]
    if width == 60:
        assert lines[-1].startswith("also in summary.csv: some.long.key")


def test_columns_are_aligned():
    records = [
        run("a", 0.5, 0.25, **typed(style="/p/図.jpg", tv_weight="2")),
        run("b", 0.25, 0.5, **typed(style="/p/kahlo.jpg", tv_weight="10.5")),
    ]
    first, second = to_text(records, axes(records), "style_error", 80).splitlines()[3:5]
    assert first.startswith("1 ◆  kahlo       10.5")
    assert second.startswith("2 ◆  図             2")  # which is one character and two columns


def test_a_long_sweep_is_cut():
    chance = random.Random(1)
    records = [run(f"r{index}", chance.random(), chance.random()) for index in range(400)]
    records += [run(f"f{index}", reason="broken") for index in range(50)]
    lines = to_text(records, [], "style_error").splitlines()
    best = sorted(record.figures["style_error"] for record in records if record.done)[:20]
    assert [line.split()[-3] for line in lines[3:23]] == [f"{figure:.3f}" for figure in best]
    assert lines[23].strip() == "… and 380 more in summary.csv"
    assert sum("failed: broken" in line for line in lines) == 6
    assert "… and 44 more in summary.csv" in lines[30]


def test_a_terminal_gets_no_control_characters():
    record = run("a\x1b[31m", reason="\x1b]0;title\x07 first\nsecond\u202e")
    text = to_text([record], [], "style_error")
    assert all(char.isprintable() or char == "\n" for char in text)
    assert "first second" in text


def test_runs_that_never_began():
    records = [Record(ROOT / name, "pending", **typed(seed=name)) for name in "123"]
    text = to_text(records, axes(records), "style_error")
    assert text.startswith("3 runs, best style_error first: 3 pending\n")
    assert "◆" not in text
    assert [row["rank"] for row in rows(records)] == ["", "", ""]


def test_a_layer_weight_is_not_headed_as_the_style():
    key = "layers.style"
    records = [run(w, 0.5, 0.5, **typed(**{key: w, "style": w})) for w in ("1", "2")]
    (headings,) = [
        line
        for line in to_text(records, axes(records), "style_error").splitlines()
        if line.split()[-1:] == ["seconds"]
    ]
    assert headings.split()[:2] == [key, "style"]


def test_runs_that_are_alike_are_told_apart_by_their_folders():
    records = [run(f"{sweep}/{w}", 0.5, 0.5, **typed(tv_weight=w)) for sweep in "pq" for w in "12"]
    lines = to_text(records, axes(records), "style_error").splitlines()
    assert lines[2].split()[:2] == ["tv_weight", "in"]
    assert [line.split()[2:4] for line in lines[3:7]] == [
        ["1", "p"],
        ["2", "p"],
        ["1", "q"],
        ["2", "q"],
    ]
