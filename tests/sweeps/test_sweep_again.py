"""The second start of a sweep: only what is missing or would come out otherwise runs."""

import json
import shutil
from pathlib import Path

import pytest
from swept import SWEEP, job_names, record, rows, started

WORDS = (*SWEEP, "sweep=w", "content=me,you,them")


@pytest.fixture
def done(here, command, paint, tmp_path_factory) -> Path:
    """A finished sweep over three equal pictures, made once and copied."""
    picture = paint(here / "images/content/me.png")
    for name in ("you", "them"):
        (here / f"images/content/{name}.png").write_bytes(picture.read_bytes())
    folder, kept = here / "outputs/sweeps/w", tmp_path_factory.getbasetemp() / "finished"
    if kept.exists():
        shutil.copytree(kept, folder)
    else:
        assert command(*WORDS).status == 0
        shutil.copytree(folder, kept)
    return folder


def test_only_what_is_missing_runs(done, command):
    before = started(done)
    shutil.rmtree(done / "content=me")
    outcome = command(*WORDS)
    assert outcome.status == 0
    assert "3 jobs, 2 done before" in outcome.out and "[1/1] content=me" in outcome.out
    after = started(done)
    assert after["content=me"] > before["content=me"]
    assert after["content=you"] == before["content=you"]
    assert len(rows(done)) == 3


def test_or_everything_where_that_is_asked_for(done, command):
    before = started(done)
    assert command(*WORDS, "rerun=true").status == 0
    assert all(again > before[job] for job, again in started(done).items())


@pytest.mark.parametrize("changes", [("settings", "weights"), ("picture", "result")])
def test_a_job_that_would_come_out_otherwise_runs_again(here, done, command, paint, changes):
    before = started(done)
    for name, change in zip(("me", "you"), changes, strict=True):
        job = done / f"content={name}"
        if change == "picture":
            paint(here / f"images/content/{name}.png", seed=1)
        elif change == "result":
            (job / "result.png").unlink()
        else:
            data = record(done, job.name)
            if change == "settings":  # as after an edited YAML file
                data["settings"]["tv_weight"] = 24.5
            else:
                data["weights"]["sha256"] = "0" * 64
            (job / "run.json").write_text(json.dumps(data))
    outcome = command(*WORDS)
    assert "3 jobs, 1 done before" in outcome.out
    after = started(done)
    assert after["content=them"] == before["content=them"]
    assert all(after[f"content={name}"] > before[f"content={name}"] for name in ("me", "you"))


def test_a_moved_picture_is_the_same_picture(here, done, command, monkeypatch):
    before = started(done)
    (here / "images").rename(here / "elsewhere")
    monkeypatch.setenv("STYLEX_IMAGES", str(here / "elsewhere"))
    outcome = command(*WORDS)
    assert outcome.status == 0 and "3 jobs, 3 done before" in outcome.out
    assert started(done) == before


def test_more_values_join_a_named_sweep(done, command):
    outcome = command(*SWEEP, "sweep=w", "content=you,jesse")
    assert "2 jobs, 1 done before" in outcome.out
    assert {row["content"] for row in rows(done)} == {"me", "you", "them", "jesse"}
    assert command(*SWEEP, "sweep=w", "content=you").out.startswith("1 job, 1 done before")


def test_it_grows_by_a_range_of_one_value(here, command):
    sweep = (*SWEEP, "sweep=w", "seed=3")
    assert command(*sweep, "style_weight=logspace(2,2,1)").out.startswith("1 job, into")
    assert command(*sweep, "style_weight=10").out.startswith("1 job, into")
    assert job_names(here / "outputs/sweeps/w") == {"style_weight=100", "style_weight=10"}
    # What was the same for all jobs has to stay so, or a folder's name would not tell it.
    for other in ("steps=3", "seed=4"):
        outcome = command(*sweep, "style_weight=1", other)
        assert (outcome.status, outcome.err.count("\n")) == (2, 1)
        assert "another sweep 'w', with" in outcome.err, outcome.err


def test_two_sweeps_never_share_a_folder_by_accident(here, done, command):
    before = started(done)
    outcome = command(*WORDS, "seed=4")
    assert outcome.status == 2 and "another sweep 'w', without seed=4" in outcome.err
    assert started(done) == before
    # Without a name each command has a folder of its own, whatever the order of its words.
    assert command(*SWEEP, "seed=1,2").status == 0
    assert command("seed=1,2", *SWEEP).out.startswith("2 jobs, 2 done before")
    assert len([*here.glob("outputs/sweeps/*")]) == 2


def test_folders_keep_the_order_of_the_first_command(here, command):
    first = command(*SWEEP, "sweep=w", "style_weight=1,2", "optimizer=adam")
    assert first.out.startswith("2 jobs, into")
    more = command(*SWEEP, "sweep=w", "seed=1,2", "style_weight=1", "optimizer=adam")
    assert (more.status, more.err) == (0, "")
    both = {"style_weight=1,seed=1", "style_weight=1,seed=2"}
    assert both < job_names(here / "outputs/sweeps/w")
