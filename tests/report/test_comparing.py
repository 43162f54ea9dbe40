"""What differs among runs, which are better, and what a run folder's record says."""

import json
from itertools import product
from pathlib import Path

import pytest

from stylex.errors import UserError
from stylex.report.axes import axes, label, place
from stylex.report.ranking import figure, pareto_front, ranked, weights_of
from stylex.runs.record import Record, find, read, split


def run(*typed: str, choices=None, status="done", style=0.0, content=0.0, seconds=1.0, **settings):
    """A record with settings of its own over some defaults."""
    settings = {"style_weight": 5.0, "tv_weight": 25.0, "content.name": "jesse", **settings}
    return Record(
        Path("x"),
        status,
        typed=split(typed),
        choices={"content": "jesse", "optimizer": "lbfgs", **(choices or {})},
        settings={key.replace("__", "."): value for key, value in settings.items()},
        figures={"style_error": style, "content_error": content, "seconds": seconds},
    )


def keys(*records):
    return {axis.key: list(axis.values) for axis in axes(records)}


def test_typed_keys_that_differ_are_axes_numbers_ascending():
    runs = [
        run(f"style_weight={weight}", "size=64", style_weight=float(weight))
        for weight in ("10", "3", "1e2")
    ]
    assert keys(*runs) == {"style_weight": ["3", "10", "100"]}


def test_a_default_counts_where_nothing_was_typed():
    assert keys(run(), run("style_weight=10", style_weight=10.0)) == {"style_weight": ["5", "10"]}


def test_words_keep_their_order():
    runs = [run(f"loss={name}", choices={"loss": name}) for name in ("moments", "gram", "a")]
    assert keys(*runs) == {"loss": ["moments", "gram", "a"]}


def test_what_a_choice_brings_along_is_no_axis_of_its_own():
    runs = [
        run("optimizer=lbfgs", optimizer__lr=1.0),
        run("optimizer=adam", choices={"optimizer": "adam"}, optimizer__lr=0.02),
    ]
    assert keys(*runs) == {"optimizer": ["lbfgs", "adam"]}
    # Unless the choice does not tell it.
    edited = run("optimizer=adam", choices={"optimizer": "adam"}, optimizer__lr=0.05)
    assert keys(*runs, edited) == {
        "optimizer": ["lbfgs", "adam"],
        "optimizer.lr": ["0.02", "0.05", "1"],
    }


def test_a_setting_of_an_edited_file_is_an_axis_though_nobody_typed_it():
    assert keys(run(), run(tv_weight=3.0)) == {"tv_weight": ["3", "25"]}


def test_failed_and_pending_runs_make_no_axes():
    failed = Record(Path("y"), "failed", typed={"style_weight": "10"})
    assert keys(run("style_weight=5"), failed) == {"style_weight": ["5", "10"]}


def test_runs_alike_differ_in_nothing():
    assert keys(run(), run()) == {}
    assert axes([]) == []


def test_labels():
    runs = [run(f"style_weight={w}", f"seed={s}") for w, s in product((1, 2), (3, 4))]
    found = axes(runs)
    assert dict(place(runs[1], found)) == {"style_weight": "1", "seed": "4"}
    assert label(runs[1], found) == "style_weight=1, seed=4"


def test_a_figure_may_be_a_weighted_sum():
    figures = {"style_error": 0.2, "content_error": 1.0, "seconds": 9.0}
    assert figure(figures, "style_error") == 0.2
    assert figure(figures, "style_error+0.3*content_error") == pytest.approx(0.5)
    assert figure(figures, "2*style_error + .5*content_error") == pytest.approx(0.9)
    assert weights_of("seconds+seconds") == {"seconds": 2}
    assert figure({"style_error": 0.2}, "style_error+content_error") is None
    assert figure({"style_error": float("nan")}, "style_error") is None


@pytest.mark.parametrize(
    "by", ["", "beauty", "style_error-content_error", "-1*seconds", "2*", "1e3*seconds+", "a*b"]
)
def test_what_is_no_figure_is_a_mistake(by):
    with pytest.raises(UserError, match="cannot rank by"):
        weights_of(by)


def test_best_first_and_those_without_a_figure_last():
    runs = [run(style=s) for s in (0.3, 0.1, 0.2)]
    failed, lost = run(status="failed", style=0.0), run(style=float("nan"))
    assert ranked([failed, *runs, lost]) == [runs[1], runs[2], runs[0], failed, lost]
    assert ranked(runs, "seconds") == runs  # equal: as they came


def test_the_pareto_front_against_its_definition():
    points = [(0.1, 0.9), (0.2, 0.5), (0.2, 0.6), (0.3, 0.5), (0.4, 0.2), (0.4, 0.2), (0.9, 0.1)]
    runs = [run(style=s, content=c) for s, c in points]
    runs += [run(style=0.0, content=float("nan")), run(status="failed")]

    def beaten(a, b):
        """b is no worse than a in either, and better in one."""
        return b[0] <= a[0] and b[1] <= a[1] and b != a

    expected = [
        record
        for record, point in zip(runs, points, strict=False)
        if not any(beaten(point, other) for other in points)
    ]
    assert pareto_front(runs) == expected
    assert len(expected) == 5


def test_run_folders_are_found_at_any_depth_each_once(tmp_path):
    folders = [tmp_path / "a", tmp_path / "b" / "c" / "d", tmp_path / "b" / "e"]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "run.json").write_text("{}")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "run.json").write_text("{}")
    assert find([tmp_path, tmp_path / "b"]) == folders
    assert find([tmp_path / "a"]) == [tmp_path / "a"]


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '"x"', "null", '{"settings": 3}', "\0\xff"])
def test_a_broken_record_is_a_failed_run(tmp_path, text):
    (tmp_path / "run.json").write_text(text, encoding="latin-1")
    record = read(tmp_path)
    assert record.status == "failed" and "run.json" in record.reason


def test_a_record_of_a_run_that_ended_without_a_word(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"status": "running"}))
    assert read(tmp_path).status == "interrupted"
