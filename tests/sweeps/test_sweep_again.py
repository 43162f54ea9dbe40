"""The second start of a sweep: only what is missing or would come out otherwise runs."""

import json
import shutil
from pathlib import Path

import pytest
from swept import SWEEP, job_names, record, rows, started

from stylex.errors import UserError

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


@pytest.mark.parametrize(
    "changes", [("settings", "weights"), ("picture", "result"), ("damage", "weights")]
)
def test_a_job_that_would_come_out_otherwise_runs_again(here, done, command, paint, changes):
    before = started(done)
    for name, change in zip(("me", "you"), changes, strict=True):
        job = done / f"content={name}"
        if change == "picture":
            paint(here / f"images/content/{name}.png", seed=1)
        elif change == "result":
            (job / "result.png").unlink()
        elif change == "damage":
            (job / "result.png").write_bytes(b"")
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


def test_finished_jobs_outlive_the_loss_of_their_picture(here, command, paint):
    """They cannot be compared, nor made again: what they made stays, and the status says it."""
    words = (*SWEEP, "sweep=w", "content=a.png,jesse", "style=b.png")
    paint(here / "a.png")
    paint(here / "b.png", seed=1)
    assert command(*words).status == 0
    before = {path: path.read_bytes() for path in here.glob("outputs/sweeps/w/*/[rt]*")}
    assert len(before) == 6  # of each run.json, result.png and thumbnail.jpg
    (here / "a.png").rename(here / "c.png")
    outcome = command(*words)
    assert outcome.status == 2 and "no such file" in outcome.err
    assert {path: path.read_bytes() for path in before} == before
    (here / "b.png").rename(here / "d.png")
    outcome = command(*words)
    assert outcome.status == 2 and "no such file" in outcome.err
    (here / "a.png").write_bytes(b"no picture")
    (here / "b.png").write_bytes(b"no picture")
    outcome = command(*words)
    assert outcome.status == 1 and outcome.out.count("failed: ") == 2
    assert {path: path.read_bytes() for path in before} == before
    (here / "c.png").replace(here / "a.png")
    (here / "d.png").replace(here / "b.png")
    assert "2 jobs, 2 done before" in command(*words).out


def test_jobs_that_are_made_as_one_leave_the_reason_of_their_failure(here, command):
    (here / "broken.png").write_bytes(b"no picture")
    outcome = command(*SWEEP, "sweep=w", "content=broken.png", "steps=2,3")
    assert outcome.status == 1
    folder = here / "outputs/sweeps/w"
    assert [row["status"] for row in rows(folder)] == ["failed", "failed"]
    assert all("broken.png" in record(folder, job)["reason"] for job in ("steps=2", "steps=3"))


def test_a_finished_job_that_cannot_be_made_again_keeps_its_picture(done, command, monkeypatch):
    before = {path: path.read_bytes() for path in done.glob("content=*/[rt]*")}

    def breaks(*arguments, **more):
        raise UserError("no such thing here")

    monkeypatch.setattr("stylex.runs.run.find_earlier", breaks)
    outcome = command(*WORDS, "rerun=true")
    assert outcome.status == 1
    assert outcome.out.count("failed: no such thing here") == 3
    assert {path: path.read_bytes() for path in before} == before
