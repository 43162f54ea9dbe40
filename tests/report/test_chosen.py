"""What people chose by eye, in ranking, table and sheet; and in a sweep with rank_by=choices."""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from command_line import TINY
from sheets import boxes, reading_order

from stylex.choices.answers import Answer
from stylex.errors import UserError
from stylex.report import sheet
from stylex.report.cells import Look, shapes
from stylex.report.chosen import Choices, choices_among
from stylex.report.figures import weights_of
from stylex.report.ranking import rank
from stylex.report.table import to_csv, to_text
from stylex.runs.record import Record

D = 1.4815  # the root of 1 − σ(d) = d / 8: by how much the winner of one comparison is ahead


def run(folder, *, status="done", **typed):
    figures = {"style_error": 0.5, "content_error": 0.5, "seconds": 1.0} if status == "done" else {}
    said = {key: str(value) for key, value in typed.items()}
    return Record(Path(folder), status, typed=said, figures=figures)


def answer(left, right, chosen="left", time="t"):
    return Answer(left, right, chosen, time)


def kept(folder, *answers, name="choices.jsonl"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(json.dumps(vars(one)) + "\n" for one in answers))


def among(records, root, *answers):
    kept(root, *answers)
    found, notes = choices_among(records, root)
    assert notes == []
    return found


def test_the_most_chosen_is_first_within_its_pair(tmp_path):
    records = [run(tmp_path / f"{c}{w}", content=c, w=w) for c in "ab" for w in (1, 2)]
    choices = among(records, tmp_path, answer("a2", "a1"), answer("b1", "b2", "right"))
    ranking = rank(records, "choices", choices=choices)
    assert [one.folder.name for one in ranking.order] == ["a2", "a1", "b2", "b1"]
    assert [ranking.ranks[one.folder] for one in ranking.order] == [1, 2, 1, 2]
    assert ranking.order[0].figures["choices"] == pytest.approx(D / 2, abs=1e-4)
    assert ranking.verdict() == (
        "Best mean rank over 2 pairs of content and style (1.0 of 2, by choices): w 2"
    )
    assert "most chosen first, for each content and style" in to_text(ranking)


def test_any_two_where_no_two_are_of_one_pair(tmp_path):
    records = [run(tmp_path / c, content=c) for c in "abc"]
    choices = among(records, tmp_path, answer("b", "a"), answer("b", "c"))
    ranking = rank(records, "choices", choices=choices)
    assert [one.folder.name for one in ranking.order] == ["b", "a", "c"]
    assert [ranking.ranks[one.folder] for one in ranking.order] == [1, 2, 2]
    assert ranking.verdict().startswith("Best choices +") and "content b" in ranking.verdict()
    by_error = rank(records, choices=choices)  # which is a distance to one photograph
    assert [*by_error.ranks.values()] == [1, 1, 1]
    assert not (ranking.on_front or by_error.on_front)  # nor is one a compromise beside another


def test_without_answers_all_are_alike_and_it_says_how_to_answer():
    records = [run("a", w=1), run("b", w=2), run("c", w=3, status="failed")]
    ranking = rank(records, "choices")
    assert [*ranking.ranks.values()] == [1, 1] and len(ranking.rest) == 1
    text = to_text(ranking)
    assert 'nothing was chosen yet: in report.html, "Choose" asks which of two' in text
    assert "+0.00 ± 2.00" in text
    assert "choices" not in to_csv(rank(records), Path())


def test_the_table_has_strength_error_and_number_of_answers(tmp_path):
    records = [run(tmp_path / "a", w=1), run(tmp_path / "b", w=2), run(tmp_path / "c", status="x")]
    choices = among(records, tmp_path, answer("b", "a"))
    for by in ("seconds", "choices"):
        ranking = rank(records, by, choices=choices)
        rows = {row["path"]: row for row in csv.DictReader(to_csv(ranking, tmp_path).splitlines())}
        assert [float(rows[name]["choices"]) for name in "ba"] == pytest.approx(
            [D / 2, -D / 2], abs=1e-4
        )
        p = 1 / (1 + math.exp(-D))
        error = math.sqrt(1 / (1 / 8 + p * (1 - p))) / 2
        assert float(rows["a"]["choices_se"]) == pytest.approx(error, abs=1e-3)
        assert [rows[name]["answers"] for name in "abc"] == ["1", "1", ""]
        assert rows["c"]["choices"] == rows["c"]["choices_se"] == ""
    assert f"+{D / 2:.2f} ± {error:.2f}" in to_text(ranking)
    assert "also in summary.csv: choices" in to_text(rank(records, "seconds", choices=choices), 200)


def test_what_a_record_itself_says_of_choices_is_nothing(tmp_path):
    liar = Record(tmp_path / "a", "done", typed={"w": "1"}, figures={"choices": 99.0, "seconds": 1})
    ranking = rank([liar, run(tmp_path / "b", w=2)], "choices")
    assert {one.figures["choices"] for one in ranking.order} == {0.0}
    assert "choices" not in rank([liar]).order[0].figures


def test_folded_runs_have_the_mean_and_spread_of_their_strengths(tmp_path):
    records = [run(tmp_path / f"{w}{s}", w=w, seed=s) for w in (1, 2) for s in (0, 1)]
    choices = among(records, tmp_path, answer("20", "10"), answer("21", "11", "tie"))
    ranking = rank(records, "choices", fold="seed", choices=choices)
    assert [one.value("w") for one in ranking.order] == ["2", "1"]
    # Means of ±d/2 and 0, and their sample standard deviation.
    assert ranking.text(ranking.order[0], "choices") == f"+{D / 4:.2f} ± {D / 2 / math.sqrt(2):.2f}"
    head, first, _ = to_csv(ranking, tmp_path).splitlines()
    row = dict(zip(head.split(","), first.split(","), strict=True))
    assert float(row["choices_sd"]) == pytest.approx(D / 2 / math.sqrt(2), abs=1e-4)


def test_answers_of_folders_between_are_read_and_names_are_from_the_root(tmp_path):
    records = [run(tmp_path / f"one/{w}", w=w) for w in (1, 2)]
    kept(tmp_path / "one", answer("1", "2"))
    kept(tmp_path, answer("one/1", "one/2", "tie", "u"), answer("one/1", "one/2"))
    found, notes = choices_among(records, tmp_path)
    assert found.answers == [answer("one/1", "one/2"), answer("one/1", "one/2", "tie", "u")]
    assert notes == []


def test_runs_that_are_gone_are_one_line(tmp_path):
    kept(tmp_path, answer("a", "x"), answer("a", "b"), answer("../a", "/etc/passwd"))
    found, notes = choices_among([run(tmp_path / "a"), run(tmp_path / "b")], tmp_path)
    assert found.answers == [answer("a", "b")]
    assert notes == [f"{tmp_path}: 2 answers are about runs that are not here"]


@pytest.mark.parametrize("by", ["choices+style_error", "0.5*choices", "2*seconds+choices"])
def test_choices_stand_alone(by):
    with pytest.raises(UserError, match="choices are in no sum"):
        weights_of(by)
    with pytest.raises(UserError, match="did you mean 'choices'"):
        weights_of("choises")


def test_the_sheet_marks_the_most_chosen(make, tmp_path):
    """And each cell is as wide as its caption."""
    records = [make(number, typed={"style_weight": number}) for number in range(3)]
    choices = among(records, tmp_path / "runs", answer("1", "0"), answer("1", "2"))
    ranking = rank(records, "choices", choices=choices)
    (page,) = (np.asarray(one) for one in sheet.pages(ranking, title="t"))
    assert reading_order(boxes(page, [0, 1, 2])) == [0, 1, 2]
    red = np.argwhere((page == (200, 44, 40)).all(2))  # the best one's dot, below its picture
    left, _, right, _ = boxes(page, [1])[1]
    above = red[red[:, 0] < red[:, 0].max() - 60]  # not the one in the foot, which explains it
    assert len(above) and left < above[:, 1].min() and above[:, 1].max() < right
    look = Look(150, records, shapes(records), sheet.marks_of(ranking), ranking)
    caption = sum(look.columns) + (len(look.columns) - 1) * look.apart
    assert caption + look.small <= look.width


def test_a_sweep_is_ranked_by_what_was_chosen_in_it(here, command):
    words = ("--multirun", *TINY, "content=jesse", "style=kahlo", "sweep=w", "rank_by=choices")
    first = command(*words, "style_weight=1,2")
    assert first.status == 0 and "nothing was chosen yet" in first.out
    folder = here / "outputs/sweeps/w"
    kept(folder, answer("style_weight=2", "style_weight=1"), answer("gone", "style_weight=1"))
    again = command(*words, "style_weight=1,2")
    assert again.status == 0 and "2 done before" in again.out
    assert f"{folder}: 1 answer is about runs that are not here" in again.out
    with (folder / "summary.csv").open() as file:
        rows = [*csv.DictReader(file)]
    assert [row["style_weight"] for row in rows] == ["2", "1"]
    assert float(rows[0]["choices"]) == pytest.approx(D / 2, abs=1e-4)


def test_a_search_cannot_go_by_eye(here, command):
    pytest.importorskip("optuna", reason="needs pip install '.[optuna]'")
    words = ("--multirun", *TINY, "hydra/sweeper=optuna", "style_weight=interval(1,10)")
    outcome = command(*words, "sweep=w", "rank_by=choices")
    assert outcome.status == 2
    assert outcome.err == (
        "stylex: rank_by=choices is for lists; a search goes by a figure that runs measure\n"
    )
    assert not (here / "outputs").exists() or not [*here.glob("outputs/sweeps/*")]


def test_no_choices_is_the_default():
    assert rank([]).choices == Choices()
