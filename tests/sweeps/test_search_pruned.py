"""Searches that end early what falls behind, as a user types them."""

import re
from pathlib import Path

import pytest
from command_line import start
from searching import SEARCH, states
from swept import job_names, record, rows, started

from stylex.sweeps import pruning

LEVELS = (*SEARCH, "size=64", "pyramid.min_size=32", "steps=2", "hydra.sweeper.n_trials=6")
PRUNED = (*LEVELS, "style_weight=tag(log,interval(0.1,30))", "hydra.sweeper.pruner=median")


def check_pruned(folder: Path, said: str, startup: int) -> tuple[set[str], set[str]]:
    """The rule, by hand, from what run.json says, in the order of the lines that were said."""
    finished: list[float] = []
    done, pruned = set(), set()
    for name in re.findall(r"^\[\d/6\] (\S+): ", said, re.M):
        run = record(folder, name)
        at_level = run["at_levels"]["1"]["style_error"]
        below = sum(value < at_level for value in finished)
        if len(finished) >= startup and 2 * below > len(finished):
            assert run["status"] == "pruned" and "style_error" not in run
            assert f"style_error {at_level:.3f} after level 1, median " in run["reason"]
            pruned.add(name)
        elif len(finished) < startup or 2 * below < len(finished):
            assert run["status"] == "done"
        if run["status"] == "done":  # in the middle of an even number either is right
            finished.append(at_level)
            done.add(name)
    return done, pruned


def test_what_is_behind_after_a_level_ends_there(w, command, optuna, monkeypatch):
    monkeypatch.setattr(pruning, "STARTUP", 2)
    outcome = command(*PRUNED)
    assert (outcome.status, outcome.err) == (0, "")
    done, pruned = check_pruned(w, outcome.out, 2)
    assert done and pruned
    assert f"6 runs: {len(done)} done, {len(pruned)} pruned" in outcome.out
    assert {row["status"] for row in rows(w) if not row["rank"]} == {"pruned"}
    told = states(w, optuna)
    assert [state for state, _ in told].count("PRUNED") == len(pruned)
    one = record(w, sorted(pruned)[0])
    assert one["at_levels"]["1"]["style_error"] in [value for _, value in told]
    before = started(w)
    assert before.keys() == done | pruned  # with the picture so far
    again = command(*PRUNED)
    assert again.status == 0 and again.out.startswith("6 trials, 6 done before")
    assert started(w) == before


@pytest.mark.slow
def test_being_measured_on_the_way_changes_no_picture(w, command):
    words = [word for word in LEVELS if "n_trials" not in word]
    words = (*words, "seed=7,8", "hydra.sweeper.n_trials=1", "init=noise")
    assert command(*words, "hydra.sweeper.pruner=median").status == 0
    (name,) = job_names(w)
    measured = record(w, name)
    assert measured["at_levels"].keys() == {"1"}
    assert command(*words, "sweep=v").status == 0
    plain = record(w.parent / "v", name)
    assert "at_levels" not in plain
    assert [plain[key] for key in ("style_error", "content_error", "evaluations")] == [
        measured[key] for key in ("style_error", "content_error", "evaluations")
    ]


@pytest.mark.slow
def test_a_pruned_run_can_be_finished(w, command, monkeypatch):
    monkeypatch.setattr(pruning, "is_behind", lambda value, others: True)
    monkeypatch.setattr(pruning, "median", lambda others: 0.0)
    words = [word for word in PRUNED if "n_trials" not in word]
    assert command(*words, "hydra.sweeper.n_trials=1").status == 0
    (name,) = job_names(w)
    assert record(w, name)["status"] == "pruned"
    assert command(f"resume=outputs/sweeps/w/{name}").status == 0
    made = record(w, name)
    assert made["status"] == "done" and made["at_levels"].keys() == {"1"}


@pytest.mark.slow
def test_in_processes_of_their_own(here, w, command, optuna, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS")
    parallel = ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "hydra.sweeper.n_jobs=2")
    process = start(*PRUNED, *parallel, "hydra.sweeper.n_trials=14", cwd=here, strict=False)
    out, err = process.communicate(timeout=300)
    assert (process.returncode, err) == (0, "")
    found = {name: record(w, name) for name in job_names(w)}
    count = {
        state: [r["status"] for r in found.values()].count(state) for state in ("done", "pruned")
    }
    assert count["pruned"] >= 1 and sum(count.values()) == 14
    assert f"14 runs: {count['done']} done, {count['pruned']} pruned" in out
    told = [state for state, _ in states(w, optuna)]
    assert told.count("PRUNED") == count["pruned"] and told.count("COMPLETE") == count["done"]
    done = [r["at_levels"]["1"]["style_error"] for r in found.values() if r["status"] == "done"]
    for run in found.values():
        if run["status"] == "pruned":  # behind at least those five that it was compared with
            assert run["at_levels"]["1"]["style_error"] > sorted(done)[2]
    again = command(*PRUNED, "hydra.sweeper.n_trials=14")
    assert again.out.startswith("14 trials, 14 done before")
