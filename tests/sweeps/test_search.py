"""`hydra/sweeper=optuna` as a user types it: what is tried, what is kept, what is said."""

import json
import re
import shlex
from pathlib import Path

import pytest
from command_line import start
from searching import SEARCH, SPACE, states
from swept import job_names, record, rows, started
from test_sweep_stopped import SLOW, wait_for

from stylex.sweeps import search
from stylex.transfer import stylize
from stylex.transfer.metrics import Score


def test_what_was_tried_and_which_was_best(w, command, optuna):
    by = ("rank_by=style_error+0.3*content_error", "hydra.sweeper.n_trials=4")
    outcome = command(*SEARCH, *SPACE, *by)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.startswith("4 trials, into outputs/sweeps/w\n[1/4] style_weight=")
    figures = {}
    for name in job_names(w):
        weight, seed = re.fullmatch(r"style_weight=([\d.]{3,6}),seed=([0-3])", name).groups()
        made = record(w, name)
        assert made["settings"]["style_weight"] == float(weight) and 1 <= float(weight) <= 30
        assert made["settings"]["seed"] == int(seed)
        assert f"] {name}: " in outcome.out
        figures[name] = made["style_error"] + 0.3 * made["content_error"]
    assert len(figures) == 4
    assert {row["style_weight"] for row in rows(w)} == {
        name.partition(",")[0].partition("=")[2] for name in figures
    }
    told = states(w, optuna)
    assert {state for state, _ in told} == {"COMPLETE"}
    assert sorted(value for _, value in told) == pytest.approx(sorted(figures.values()))
    # The line to paste makes the best of them again.
    best = min(figures, key=figures.get)
    line = outcome.out.splitlines()[-1]
    assert line == record(w, best)["command"] and "optuna" not in line
    words = shlex.split(line)
    assert words[:3] == ["python", "-m", "stylex"]
    assert command(*words[3:], "hydra.run.dir=again").status == 0
    again = json.loads(Path("again/run.json").read_text())
    assert again["style_error"] == record(w, best)["style_error"]


def test_more_trials_go_on_where_it_stands(w, command, optuna):
    assert command(*SEARCH, *SPACE, "hydra.sweeper.n_trials=2").status == 0
    before = started(w)
    more = command(*SEARCH, *SPACE, "hydra.sweeper.n_trials=4", "hydra.sweeper.n_jobs=2")
    assert (more.status, more.err) == (0, "")
    assert more.out.startswith("4 trials, 2 done before, into outputs/sweeps/w\n[1/2] ")
    after = started(w)
    assert len(after) == 4 and {name: after[name] for name in before} == before
    enough = command(*SEARCH, *SPACE, "hydra.sweeper.n_trials=3")
    assert enough.status == 0 and enough.out.startswith("4 trials, 4 done before")
    assert started(w) == after and len(states(w, optuna)) == 4


@pytest.mark.slow
def test_without_a_name_too_the_length_of_a_search_is_no_other_search(w, command):
    for count in (1, 2):
        unnamed = [word for word in SEARCH if word != "sweep=w"]
        assert command(*unnamed, *SPACE, f"hydra.sweeper.n_trials={count}").status == 0
    assert len([*w.parent.iterdir()]) == 1


@pytest.mark.slow
@pytest.mark.parametrize("killed", [True, False])
def test_stopped_in_the_middle_it_goes_on_from_there(here, w, command, optuna, killed):
    (here / "slow.py").write_text(SLOW)
    words = (*SEARCH, "steps=10", "loss.style.slow._target_=slow.Slow", *SPACE)
    words = (*words, "hydra.sweeper.n_trials=3")
    (here / "slow").touch()
    process = start(*words, cwd=here, strict=False)
    wait_for(lambda: len(job_names(w)) == 2, process)
    process.kill() if killed else process.terminate()
    process.communicate(timeout=60)
    (here / "slow").unlink()
    before = started(w)
    again = command(*words)
    assert (again.status, again.err) == (0, "")
    assert again.out.startswith("3 trials, 1 done before")
    found = states(w, optuna)
    assert sorted(state for state, _ in found) == ["COMPLETE"] * 3 + ["FAIL"]
    after = started(w)
    assert len(after) == 3
    finished = {name for name in before if f"] {name}: " not in again.out}
    assert len(finished) == 1 and all(after[name] == before[name] for name in finished)
    # What an undisturbed one tries.
    assert command(*words, "sweep=v").status == 0
    assert job_names(w.parent / "v") == after.keys()
    assert not [path for path in w.iterdir() if "lock" in path.name]


FLAKY = """
from pathlib import Path
from stylex.transfer.losses.moments import MomentLoss

class Flaky(MomentLoss):
    def target(self, style):
        return 1 // 0 if Path("broken").exists() else super().target(style)
"""


def test_a_job_that_fails_ends_nothing_and_is_tried_again(here, w, command, optuna):
    (here / "mine.py").write_text(FLAKY)
    (here / "broken").touch()
    words = (
        *SEARCH,
        "loss.style.mine._target_=mine.Flaky",
        "style_weight=interval(1,2)",
        "hydra.sweeper.n_trials=2",
    )
    outcome = command(*words)
    assert (outcome.status, outcome.err) == (1, "")
    assert len(re.findall(r"^\[./2\] .*: failed: ZeroDivisionError", outcome.out, re.M)) == 2
    assert "2 runs, all failed" in outcome.out
    assert "the best" not in outcome.out
    assert states(w, optuna) == [("FAIL", None)] * 2
    names = job_names(w)
    (here / "broken").unlink()
    outcome = command(*words)
    assert (outcome.status, outcome.err) == (0, "")
    assert job_names(w) == names  # the same ones
    assert [state for state, _ in states(w, optuna)] == ["FAIL"] * 2 + ["COMPLETE"] * 2


def test_a_figure_that_is_no_number_is_a_failed_trial(w, command, optuna, monkeypatch):
    broken = Score(*[float("nan")] * 4)
    monkeypatch.setattr(stylize, "score", lambda *_: broken)
    outcome = command(*SEARCH, *SPACE, "hydra.sweeper.n_trials=2")
    assert outcome.err == ""
    assert states(w, optuna) == [("FAIL", None)] * 2


def test_what_is_proposed_twice_runs_once(w, command, optuna):
    outcome = command(*SEARCH, "seed=1,2", "hydra.sweeper.n_trials=5")
    assert (outcome.status, outcome.err) == (0, "")
    assert job_names(w) == {"seed=1", "seed=2"}
    assert outcome.out.count(": known already\n") == 3
    assert [state for state, _ in states(w, optuna)] == ["COMPLETE"] * 5


@pytest.fixture
def begun(here, w, command, paint):
    paint(here / "images/content/me.png")
    paint(here / "images/style/kahlo2.png")
    words = (*SEARCH, "content=me", "style=glob(kahlo*)", "style_weight=interval(1,30)")
    assert command(*words, "hydra.sweeper.n_trials=1").status == 0
    return words


def changed(words, change):
    key = change.partition("=")[0]
    return [*(word for word in words if word.partition("=")[0] != key), change]


def test_a_search_for_something_else_is_refused(here, w, begun, command, paint):
    before = started(w)

    def refused(words, said):
        outcome = command(*words)
        assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
        assert said in outcome.err and "choose another name" in outcome.err
        assert started(w) == before

    more = "hydra.sweeper.n_trials=2"
    for change, said in (
        ("style_weight=interval(1,50)", "another sweep 'w', with style_weight=interval(1,30)"),
        ("seed=interval(1,5)", "another sweep 'w', without seed=interval(1,5)"),
        ("style_weight=3", "another sweep 'w', with style_weight=interval(1,30)"),
        ("steps=3", "another sweep 'w', with steps=1"),
        ("rank_by=content_error", "the search 'w' is for the least style_error"),
    ):
        refused((*changed(begun, change), more), said)
    refused(changed(begun, "hydra/sweeper=grid"), "another sweep 'w', with style")
    paint(here / "images/style/kahlo3.png")
    said = "style had other values when the search in outputs/sweeps/w began"
    refused((*begun, more), said)
    (here / "images/style/kahlo3.png").unlink()
    paint(here / "images/content/me.png", seed=1)
    refused((*begun, more), "is of another content (another picture)")


@pytest.mark.parametrize("change", ["hydra.sweeper.sampler=random", "rank_by=1*style_error"])
def test_how_it_searches_may_change(begun, command, change):
    outcome = command(*changed(begun, change), "hydra.sweeper.n_trials=2")
    assert (outcome.status, outcome.err) == (0, "")


def test_a_search_in_a_yaml_file(here, w, command, optuna):
    preset = here / "own/experiment/strip.yaml"
    preset.parent.mkdir(parents=True)
    space = "{style_weight: 'interval(2,3)', tv_weight: 'interval(4,5)'}"
    preset.write_text(
        f"# @package _global_\nhydra: {{sweeper: {{n_trials: 1, params: {space}}}}}\n"
    )
    words = (*SEARCH, "--config-dir", "own", "experiment=strip")
    assert command(*words).status == 0
    (name,) = job_names(w)
    assert re.fullmatch(r"style_weight=2\.\d+,tv_weight=4\.\d+", name)
    # The command line has the last word, and makes another search of it.
    other = command(*words, "tv_weight=7")
    assert other.status == 2 and "another sweep 'w', without tv_weight=7" in other.err
    assert command(*words, "tv_weight=7", "sweep=v").status == 0
    (name,) = job_names(w.parent / "v")
    assert re.fullmatch(r"style_weight=2\.\d+", name)
    assert record(w.parent / "v", name)["settings"]["tv_weight"] == 7


def test_it_begins_anew_where_that_is_asked_for(w, begun, command, optuna):
    assert command(*begun, "hydra.sweeper.n_trials=2", "rerun=true").status == 0
    assert len(states(w, optuna)) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("style_weight=interval(-1,1)",), "style_weight must be from 0"),
        (("style_weight=interval(5,1)",), "the lower one first"),
        (("style_wait=interval(1,2)",), "did you mean 'style_weight'"),
        (("style=kahlo,nihgt",), "did you mean 'night'"),
        (("seed=3",), "a search needs a setting to choose"),
        (("seed=1,2", "output=x.png"), "output is one file"),
        (("seed=1,2", "hydra.sweeper.n_trials=0"), "hydra.sweeper.n_trials must be from 1"),
        (("seed=1,2", "hydra.sweeper.n_jobs=x"), "hydra.sweeper.n_jobs must be a whole number"),
        (("seed=1,2", "hydra.sweeper.seed=-1"), "hydra.sweeper.seed must be from 0"),
        (("seed=1,2", "hydra.sweeper.sampler=tpi"), "did you mean 'tpe'"),
        (("seed=1,2", "hydra.sweeper.pruner=medium"), "did you mean 'median'"),
        (("seed=1,2", "rank_by=beauty"), "beauty"),
        (("seed=1,2", "zip=seed"), "zip is for lists"),
    ],
)
def test_a_mistake_is_one_line_before_anything_runs(here, optuna, command, words, said):
    outcome = command(*SEARCH, *words)
    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert outcome.err.startswith("stylex: ") and said in outcome.err
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(("found", "said"), [(None, ""), ("2.10.1", ", not 2.10.1")])
def test_without_optuna_it_says_what_to_install(here, command, monkeypatch, found, said):
    monkeypatch.setattr(search, "version_of", lambda name: found)
    outcome = command(*SEARCH, *SPACE)
    assert (outcome.status, outcome.out) == (2, "")
    needs = f"stylex: hydra/sweeper=optuna needs Optuna 4 or later{said}: pip install"
    assert outcome.err == f"{needs} 'stylex[optuna]'\n"
    assert list(here.iterdir()) == []


def test_another_package_s_sweeper_of_that_name_is_not_taken(here):
    plugin = here / "hydra_plugins/theirs/__init__.py"
    plugin.parent.mkdir(parents=True)
    plugin.write_text(
        "from hydra.core.config_store import ConfigStore\n"
        "node = {'_target_': 'hydra_plugins.theirs.Theirs', 'direction': 'minimize'}\n"
        "ConfigStore.instance().store(group='hydra/sweeper', name='optuna', node=node)\n"
    )
    words = ("hydra/sweeper=optuna", "--cfg", "hydra", "-p", "hydra.sweeper")
    process = start(*words, cwd=here)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert "_target_: hydra_plugins.stylex.SearchSweeper" in out and "direction" not in out
