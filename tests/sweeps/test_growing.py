"""When the sheet of a sweep that still runs is drawn."""

import os

import pytest
from swept import sweep_folder

from stylex.runs.sweep_record import read_plan
from stylex.sweeps import growing


@pytest.mark.parametrize(
    ("seconds", "jobs", "ended", "age", "due"),
    [
        (0.2, 10, 10, 9, False),  # 10 s at least
        (0.2, 10, 10, 11, True),
        (1.0, 100, 100, 24, False),  # a second of each 25
        (1.0, 100, 100, 26, True),
        (1.0, 100, 300, 74, False),  # three seconds by now
        (1.0, 100, 300, 76, True),
    ],
)
def test_it_takes_a_twentieth_of_the_time_at_most(seconds, jobs, ended, age, due):
    assert growing.Drawn(seconds, jobs).is_due(age, ended) == due


def test_the_first_comes_when_the_sweep_has_run_for_a_while(here, command, monkeypatch):
    drawn, save = [], growing.sheet.save
    monkeypatch.setattr(growing.sheet, "save", lambda *a, **k: drawn.append(a) or save(*a, **k))
    words = ("--multirun", "experiment=fast", "size=32", "steps=1", "pyramid.levels=1", "sweep=w")
    assert command(*words, "seed=0,1").status == 0
    folder = sweep_folder(here)
    plan, path = read_plan(folder), folder / growing.sheet.FIRST
    path.unlink()  # drawn at the end
    drawn.clear()
    for now, count in ((24, 0), (26, 1), (35, 1), (300, 2)):
        monkeypatch.setattr(growing.time, "time", lambda now=now: plan.started + now)
        growing.refresh_sheet(folder, plan, 2)
        assert len(drawn) == count
        if path.exists():
            os.utime(path, (plan.started + 26, plan.started + 26))
