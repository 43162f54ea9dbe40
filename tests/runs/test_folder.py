"""What a run's folder does with what it finds there."""

import json

import pytest

from stylex.errors import UserError
from stylex.runs.folder import RunFolder


@pytest.fixture
def folder(here):
    return RunFolder(here / "x")


def left(folder, status, **files):
    """What an earlier run has left."""
    folder.path.mkdir()
    (folder.path / "run.json").write_text(json.dumps({"format": 1, "status": status}))
    folder.checkpoint.write_bytes(b"a checkpoint")
    folder.result.write_bytes(b"a picture")


@pytest.mark.parametrize(
    "name",
    [
        *("result.png", "painted.png", "thumbnail.jpg", "steps.jsonl", "checkpoint.pt"),
        *("config.yaml", "images/000005.png", "film/000001.png"),
    ],
)
def test_files_of_no_run_that_it_would_replace_are_left_alone(folder, name):
    path = folder.path / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")
    with pytest.raises(UserError, match=f"{path.name} is of no run"):
        folder.begin("", {})
    assert [p for p in folder.path.rglob("*") if p.is_file()] == [path]
    assert path.read_bytes() == b"mine"


def test_what_a_killed_process_had_not_finished_is_cleared_up(folder):
    folder.path.mkdir()
    own, mine = (folder.path / name for name in (".checkpoint.pt.123.part", ".notes.part"))
    for path in (own, mine):
        path.write_bytes(b"half of it")
    folder.hold()
    folder.release()
    assert not own.exists()
    assert mine.exists()


def test_a_failure_leaves_what_an_unfinished_run_is_resumed_from(folder):
    left(folder, "interrupted")
    RunFolder(folder.path).fail("no such file", "", {})
    record = json.loads((folder.path / "run.json").read_text())
    assert (record["status"], record["reason"]) == ("failed", "no such file")
    assert folder.checkpoint.read_bytes() == b"a checkpoint"


@pytest.mark.parametrize("status", ["done", "pruned"])
def test_of_a_run_that_is_over_it_changes_nothing(folder, status):
    left(folder, status)
    before = (folder.path / "run.json").read_bytes()
    RunFolder(folder.path).fail("no such file", "", {})
    assert (folder.path / "run.json").read_bytes() == before
    assert folder.result.read_bytes() == b"a picture"


def test_one_that_holds_its_folder_may_note_its_failure_and_lets_others_in(folder):
    folder.hold()
    with pytest.raises(UserError, match="in use by process"):
        RunFolder(folder.path).hold()
    folder.fail("no such file", "a: 1", {"settings": {}})
    record = json.loads((folder.path / "run.json").read_text())
    assert (record["status"], record["reason"]) == ("failed", "no such file")
    other = RunFolder(folder.path)
    other.hold()
    other.release()
