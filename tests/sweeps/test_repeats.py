"""`fold=seed`: repeats of a sweep as one, from the command line to the files."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from swept import SWEEP, record, rows, sweep_folder

from stylex.report import __main__ as report
from stylex.runs.record import FIGURES

WORDS = (*SWEEP, "init=noise", "style_weight=1,10", "seed=range(0,3)")


def size_of(path):
    with Image.open(path) as picture:
        return picture.size


def means(folder: Path) -> dict[str, dict[str, str]]:
    """{style_weight: its row of folded.csv}"""
    with (folder / "folded.csv").open(newline="") as file:
        return {row["style_weight"]: row for row in csv.DictReader(file)}


def test_table_sheet_and_later_reports_fold(here, command, capsys):
    outcome = command(*WORDS, "fold=seed")
    assert (outcome.status, outcome.err) == (0, "")
    folder = sweep_folder(here)
    assert "fold" not in folder.name
    table = rows(folder)
    assert len(table) == 6
    for weight, row in means(folder).items():
        runs = [one for one in table if one["style_weight"] == weight]
        assert (row["runs"], row["done"]) == ("3", "3")
        for name in FIGURES:
            values = [float(one[name]) for one in runs]
            assert float(row[name]) == pytest.approx(np.mean(values))
            assert float(row[f"{name}_sd"]) == pytest.approx(np.std(values, ddof=1), abs=1e-12)
        middle = sorted(runs, key=lambda one: float(one["style_error"]))[1]
        assert row["path"] == middle["path"]
        mean, spread = float(row["style_error"]), float(row["style_error_sd"])
        assert f"{mean:.3f} ± {spread:.3f}" in outcome.out
    assert len({row["style_error_sd"] for row in means(folder).values()}) == 2
    assert "6 runs, all done · best mean style_error first\n" in outcome.out
    # A job's own record and command know nothing of it.
    job = record(folder, "style_weight=10,seed=2")
    assert "fold" not in job["command"] and "fold" not in job["settings"]

    # The sheet was drawn while the sweep ran, too; two pictures make a smaller one than six.
    folded = size_of(folder / "sheet.png")
    assert report.main([str(folder)]) == 0
    assert "mean ± standard deviation over seed" in capsys.readouterr().out
    assert size_of(folder / "sheet.png") == folded
    assert report.main([str(folder), "--fold", ""]) == 0
    assert "±" not in capsys.readouterr().out
    assert size_of(folder / "sheet.png") != folded
    # Of more folders than the sweep's own every run is shown, unless --fold asks.
    assert report.main(["outputs"]) == 0
    assert "±" not in capsys.readouterr().out
    assert report.main(["outputs", "--fold", "seed"]) == 0
    assert "±" in capsys.readouterr().out


def test_the_sheet_of_a_sweep_that_goes_on_is_folded(here, command, monkeypatch):
    from stylex.sweeps import growing

    shown = []
    save = growing.sheet.save

    def noted(folder, ranking, **kwargs):
        shown.append((ranking.fold, ranking.counts()))
        return save(folder, ranking, **kwargs)

    monkeypatch.setattr(growing.sheet, "save", noted)
    monkeypatch.setattr(growing.Drawn, "is_due", lambda *given: True)
    assert command(*WORDS, "fold=seed").status == 0
    assert shown[0] == ("seed", "6 runs: 1 done, 5 pending")


DEFECT = """
from stylex.transfer.losses.moments import MomentLoss

class Fails(MomentLoss):
    def __init__(self, seed):
        assert seed != 2
"""


def test_a_seed_that_failed_is_in_no_mean(here, command):
    (here / "mine.py").write_text(DEFECT)
    loss = ("loss.style.mine._target_=mine.Fails", "loss.style.mine.seed=${seed}")
    words = (*SWEEP, "init=noise", "style_weight=1,10", "seed=0,1,2", "fold=seed", "sweep=w")
    outcome = command(*words, *loss)
    folder = here / "outputs/sweeps/w"
    assert outcome.status == 1
    assert "2 of 3" in outcome.out
    for weight, row in means(folder).items():
        values = [
            float(one["style_error"])
            for one in rows(folder)
            if one["style_weight"] == weight and one["status"] == "done"
        ]
        assert (len(values), row["runs"], row["done"], row["status"]) == (2, "3", "2", "done")
        assert float(row["style_error"]) == pytest.approx(sum(values) / 2)
        # Of two values the deviation is their distance by √2.
        spread = abs(values[0] - values[1]) / 2**0.5
        assert float(row["style_error_sd"]) == pytest.approx(spread)
        assert record(folder, row["path"])["style_error"] == min(values)


def test_it_may_come_later_and_go_again(here, command):
    """It says how jobs are shown, not what they are: none runs again for it."""
    words = (*SWEEP, "init=noise", "style_weight=1,10", "seed=0,1", "sweep=w")
    assert "±" not in command(*words).out
    outcome = command(*words, "fold=seed")
    assert outcome.out.startswith("4 jobs, 4 done before,") and "±" in outcome.out
    outcome = command(*words, "fold=style_weight")
    assert "mean ± standard deviation over style_weight" in outcome.out
    assert "±" not in command(*words).out
    # A single value of a key that varied before.
    assert "±" in command(*words[:-2], "seed=1", "sweep=w", "fold=seed").out


def test_in_a_preset(here, command):
    preset = here / "own/experiment/seeds.yaml"
    preset.parent.mkdir(parents=True)
    preset.write_text(
        "# @package _global_\nfold: seed\n"
        "hydra: {sweeper: {params: {style_weight: '1,10', seed: 'range(0,2)'}}}\n"
    )
    outcome = command(*SWEEP, "--config-dir", "own", "experiment=seeds", "sweep=w")
    assert outcome.status == 0
    assert [row["done"] for row in means(here / "outputs/sweeps/w").values()] == ["2", "2"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fold=sede",), "fold: 'sede' does not vary in this sweep, did you mean 'seed'?"),
        (("fold=steps",), "fold: 'steps' does not vary in this sweep"),
        (("fold=seed,style_weight",), "fold is one setting, as fold=seed"),
        (("fold=[seed]",), "fold must be text"),
        (("fold=tv_weight", "tv_weight=3"), "fold: 'tv_weight' does not vary in this sweep"),
    ],
)
@pytest.mark.parametrize("flags", [(), ("--plan",)])
def test_a_mistake_is_one_line_before_anything_runs(here, command, words, said, flags):
    outcome = command(*flags, *WORDS, *words)
    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert outcome.err.startswith(f"stylex: {said}")
    assert list(here.iterdir()) == []


def test_a_plan_that_says_something_else_breaks_nothing(here, command, capsys):
    words = (*SWEEP, "seed=0,1", "sweep=w")
    assert command(*words).status == 0
    path = here / "outputs/sweeps/w/sweep.json"
    for fold in (None, 3, [], {"a": 1}, "nothing"):
        path.write_text(json.dumps({**json.loads(path.read_text()), "fold": fold}))
        assert report.main([str(path.parent)]) == 0
        assert "2 runs, all done" in capsys.readouterr().out
        assert command(*words).out.startswith("2 jobs, 2 done before")
