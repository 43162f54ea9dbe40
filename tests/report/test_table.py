"""summary.csv and the printed table, on runs whose figures are known."""

import csv
import io
import os
import random
from dataclasses import replace
from pathlib import Path

import pytest

from stylex.report.ranking import rank
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
    run("a", 0.5, 0.25, 30.5, **typed(loss="gram", style_weight="1")),
    run("b", 0.125, 0.75, 20.0, **typed(loss="gram", style_weight="1e1")),
    run("c", 0.75, 0.5, 10.0, **typed(loss="moments", style_weight="1")),
    run("d", reason="out, of\n“memory”", **typed(loss="moments", style_weight="10")),
]
OLD = {"style_distance": "", "structure_error": ""}  # as runs had not got them
# The photograph `sea` has larger errors than `tree` in whatever style_weight.
PAIRS = [
    run("s1", 5.0, 2.0, **typed(content="sea", style_weight="1")),
    run("t1", 0.5, 0.25, **typed(content="tree", style_weight="1")),
    run("s5", 4.0, 3.0, **typed(content="sea", style_weight="5")),
    run("t5", 0.25, 0.5, **typed(content="tree", style_weight="5")),
    run("s9", 4.5, 3.5, **typed(content="sea", style_weight="9")),
    run("t9", **typed(content="tree", style_weight="9")),
]


def rows(records, by="style_error", root=ROOT):
    return list(csv.DictReader(io.StringIO(to_csv(rank(records, by), root))))


def text(records, by="style_error", width=80):
    return to_text(rank(records, by), width)


def test_csv_has_a_row_for_each_run_best_first():
    assert rows(RUNS)[1:] == [
        {
            **{"rank": "2", "loss": "gram", "style_weight": "1", "status": "done"},
            **{"style_error": "0.5", "content_error": "0.25", "seconds": "30.5", **OLD},
            **{"pareto_front": "true", "reason": "", "path": "a"},
        },
        {
            **{"rank": "3", "loss": "moments", "style_weight": "1", "status": "done"},
            **{"style_error": "0.75", "content_error": "0.5", "seconds": "10.0", **OLD},
            **{"pareto_front": "false", "reason": "", "path": "c"},
        },
        {
            **{"rank": "", "loss": "moments", "style_weight": "10", "status": "failed"},
            **{"style_error": "", "content_error": "", "seconds": "9.0", **OLD},
            **{"pareto_front": "false", "reason": "out, of\n“memory”", "path": "d"},
        },
    ]
    assert list(rows(RUNS)[0]) == [
        *("rank", "loss", "style_weight", "status", "style_error", "content_error"),
        *("style_distance", "structure_error", "seconds", "pareto_front", "reason", "path"),
    ]


def test_text_has_the_figures_of_the_ranking_and_names_the_others():
    more = {"style_distance": 0.4, "structure_error": 0.6}
    new = replace(RUNS[1], figures={**RUNS[1].figures, **more})
    lines = text([RUNS[0], new]).splitlines()
    assert lines[2].split()[-3:] == ["style_error", "content_error", "seconds"]
    assert lines[-1] == "also in summary.csv: style_distance, structure_error"
    assert not any("also in" in line for line in text(RUNS).splitlines())  # nobody has them
    lines = text([RUNS[0], new], "style_distance").splitlines()
    assert lines[2].split()[-3:] == ["style_distance", "structure_error", "seconds"]
    assert lines[3].split()[-3:] == ["0.400", "0.600", "20.0"]
    assert lines[4].split() == ["-", "1", "done"]  # the old one
    assert lines[-1] == "also in summary.csv: style_error, content_error"
    row = rows([RUNS[0], new], "style_distance")[0]
    assert (row["style_error"], row["structure_error"]) == ("0.125", "0.6")


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
    lines = text([replace(run, typed={}, settings={}) for run in RUNS], by).splitlines()
    assert "".join(line[5] for line in lines[3:7]) == order


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
    assert text(RUNS).splitlines() == [
        "4 runs: 3 done, 1 failed · best style_error first",
        "",
        "     loss     style_weight  style_error  content_error  seconds",
        "1 ◆  gram               10        0.125          0.750     20.0",
        "2 ◆  gram                1        0.500          0.250     30.5",
        "3    moments             1        0.750          0.500     10.0",
        "-    moments            10  failed: out, of “memory”",
        "",
        "◆ no other run is better in both style_error and content_error",
    ]


def test_each_pair_of_content_and_style_has_a_table_of_its_own():
    assert text(PAIRS).splitlines() == [
        "6 runs: 5 done, 1 failed · best style_error first, for each content and style",
        "Best mean rank over 2 pairs of content and style (1.0 of 2, by style_error):",
        "style_weight 5",
        "",
        "     content  style_weight  style_error  content_error  seconds",
        "1 ◆  sea                 5        4.000          3.000      9.0",
        "2    sea                 9        4.500          3.500      9.0",
        "3 ◆  sea                 1        5.000          2.000      9.0",
        "1 ◆  tree                5        0.250          0.500      9.0",
        "2 ◆  tree                1        0.500          0.250      9.0",
        "-    tree                9  failed",
        "",
        "◆ none of its content and style is better in both style_error and content_error",
    ]
    table = {row["path"]: row for row in rows(PAIRS)}
    # Only the weights 1 and 5 are done for both.
    assert {name: row["mean_rank"] for name, row in table.items()} == {
        **{"s5": "1.0", "t5": "1.0", "s1": "2.0", "t1": "2.0", "s9": "", "t9": ""}
    }
    assert [table[name]["rank"] for name in ("s5", "s9", "s1", "t5", "t1")] == [*"12312"]
    assert table["s1"]["pareto_front"] == table["t1"]["pareto_front"] == "true"


def test_runs_that_are_printed_alike_have_the_same_marks():
    records = [run(name, 0.3 + i / 1e7, 0.4, **typed(seed=name)) for i, name in enumerate("12345")]
    lines = text([*records, run("6", 0.4, 0.5, **typed(seed="6"))]).splitlines()[3:9]
    assert [line.split() for line in lines] == [
        *(["1", "◆", name, "0.300", "0.400", "9.0"] for name in "12345"),
        ["6", "6", "0.400", "0.500", "9.0"],
    ]


def test_of_many_pairs_the_best_of_each_are_printed():
    chance = random.Random(1)
    records = [
        run(f"{c}{w}", chance.random(), 0.5, **typed(content=f"c{c}", weight=str(w)))
        for c in range(10)
        for w in range(10)
    ]
    lines = text(records).splitlines()
    assert [line.split()[0] for line in lines[5:25]] == ["1", "2"] * 10
    assert lines[25].strip() == "… and 80 more in summary.csv"


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_text_fits_the_terminal(width):
    records = [
        run(
            f"r{index}",
            *((None, None) if index % 7 == 0 else (0.1 + index, 2.0)),
            reason="no memory " * 200,
            **typed(
                init=f"図画{index % 5}",
                **{f"some.long.key{k}": f"{index}" for k in "abcdef"},
            ),
        )
        for index in range(30)
    ]
    lines = text(records, width=width).splitlines()
    wide = [sum(2 if char in "図画" else 1 for char in line) for line in lines]
    assert max(wide) <= width
    assert any(line.endswith("…") for line in lines)  # a reason, cut
    if width == 200:
        assert "also in summary.csv" not in lines[-1]
    if width == 60:
        assert lines[-1] == "also in summary.csv: content_error, seconds"


def test_settings_stay_longer_than_further_figures():
    """They are what tells the rows apart; what is left out is said whole."""
    keys = ("first_key", "second_key", "third_key", "fourth_key")
    names = [f"{value:05}" for value in range(2)]
    records = [run(name, 0.125, 0.25, **typed(**dict.fromkeys(keys, name))) for name in names]
    lines = text(records, width=40).splitlines()
    assert [line.split() for line in lines[2:6]] == [
        ["first_", "second_", "third_", "style_"],
        ["key", "key", "key", "error"],
        ["1", "◆", "0", "0", "0", "0.125"],
        ["1", "◆", "1", "1", "1", "0.125"],
    ]
    end = lines.index("also in summary.csv: fourth_key,")
    assert lines[end + 1 :] == ["  content_error, seconds"]


def test_columns_are_aligned():
    records = [
        run("a", 0.5, 0.25, **typed(init="図", tv_weight="2")),
        run("b", 0.25, 0.5, **typed(init="style", tv_weight="10.5")),
    ]
    first, second = text(records).splitlines()[3:5]
    assert first.startswith("1 ◆  style       10.5")
    assert second.startswith("2 ◆  図             2")  # which is one character and two columns


def test_a_long_sweep_is_cut():
    chance = random.Random(1)
    records = [run(f"r{index}", chance.random(), chance.random()) for index in range(400)]
    records += [run(f"f{index}", reason="broken") for index in range(50)]
    lines = text(records).splitlines()
    best = sorted(record.figures["style_error"] for record in records if record.done)[:20]
    assert [line.split()[-3] for line in lines[3:23]] == [f"{figure:.3f}" for figure in best]
    assert lines[23].strip() == "… and 380 more in summary.csv"
    assert sum("failed: broken" in line for line in lines) == 6
    assert "… and 44 more in summary.csv" in lines[30]


def test_a_terminal_gets_no_control_characters():
    record = run("a\x1b[31m", reason="\x1b]0;title\x07 first\nsecond\u202e")
    table = text([record])
    assert all(char.isprintable() or char == "\n" for char in table)
    assert "first second" in table


def test_runs_that_never_began():
    records = [Record(ROOT / name, "pending", **typed(seed=name)) for name in "123"]
    assert text(records).startswith("3 runs, all pending · best style_error first\n")
    assert "◆" not in text(records)
    assert [row["rank"] for row in rows(records)] == ["", "", ""]


def test_a_layer_weight_is_not_headed_as_the_style():
    key = "layers.style"
    records = [run(w, 0.5, 0.5, **typed(**{key: w, "style": w})) for w in ("1", "2")]
    lines = text(records).splitlines()
    (headings,) = [line for line in lines if line.split()[-1:] == ["seconds"]]
    assert headings.split()[:2] == [key, "style"]


def test_runs_that_are_alike_are_told_apart_by_their_folders():
    records = [run(f"{sweep}/{w}", 0.5, 0.5, **typed(tv_weight=w)) for sweep in "pq" for w in "12"]
    lines = text(records).splitlines()
    assert lines[2].split()[:2] == ["tv_weight", "in"]
    assert [line.split()[2:4] for line in lines[3:7]] == [
        ["1", "p"],
        ["2", "p"],
        ["1", "q"],
        ["2", "q"],
    ]
