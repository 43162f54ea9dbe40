"""What a person does with runs that were made: titles, stars, the trash; and how runs are found."""

import json
import os

import pytest
from PIL import Image

from stylex.errors import UserError
from stylex.runs.lock import Lock
from stylex.studio import trash
from stylex.studio.folders import Outputs
from stylex.studio.notes import LONGEST, Note, read_note, write_note
from stylex.studio.reel import kept, spread
from stylex.studio.saved import as_jpeg
from stylex.studio.shelf import Shelf


@pytest.fixture
def outputs(tmp_path):
    return Outputs(tmp_path / "outputs")


@pytest.fixture
def make(outputs):
    """`make("runs/day/name", key=value)`: a run's folder with a record that says so."""

    def make(name, **record):
        folder = outputs.root / name
        folder.mkdir(parents=True)
        (folder / "run.json").write_text(json.dumps({"status": "done", **record}))
        return folder

    return make


def test_a_note_is_kept_in_the_run_s_folder_and_gone_when_it_says_nothing(make):
    folder = make("runs/d/a")
    assert read_note(folder) == Note()
    write_note(folder, Note("A cat ☕", starred=True))
    assert json.loads((folder / "note.json").read_text("utf-8")) == {
        "title": "A cat ☕",
        "starred": True,
    }
    assert read_note(folder) == Note("A cat ☕", starred=True)
    write_note(folder, Note())
    assert [path.name for path in folder.iterdir()] == ["run.json"]
    with pytest.raises(UserError, match="^a title has at most 80 characters, not 81$"):
        write_note(folder, Note("x" * (LONGEST + 1)))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", '"a"', "{", '{"title": 3, "starred": 1}', "[" * 3000, "x" * 9000, "\0"],
)
def test_a_note_that_says_something_else_is_none(make, text):
    folder = make("runs/d/a")
    (folder / "note.json").write_text(text)
    assert read_note(folder) == Note()


def test_a_note_is_on_one_line_and_no_link_leads_elsewhere(make, tmp_path):
    folder = make("runs/d/a")
    (folder / "note.json").write_text(json.dumps({"title": "a\nb" + "x" * 200}))
    title = read_note(folder).title
    assert title.startswith("a bxx") and len(title) == LONGEST
    write_note(folder, Note("\u00c9t\u00e9\u00a0\u00e0 Paris \u202e\x1b\u2600"))
    assert read_note(folder).title == "\u00c9t\u00e9 \u00e0 Paris \u2600"
    (folder / "note.json").unlink()
    outside = tmp_path / "outside.json"
    outside.write_text('{"title": "secret"}')
    os.symlink(outside, folder / "note.json")
    assert read_note(folder) == Note()
    with pytest.raises(UserError, match="is no file of that folder"):
        write_note(folder, Note("mine"))
    assert outside.read_text() == '{"title": "secret"}'


@pytest.mark.parametrize("name", ["runs/d/a", "runs/a", "sweeps/s/style_weight=1"])
def test_deleted_and_brought_back(outputs, make, name):
    folder = make(name)
    (folder / "result.png").write_bytes(b"picture")
    gone = trash.delete(outputs, folder)
    assert not folder.exists() and (gone / "result.png").read_bytes() == b"picture"
    assert gone.is_relative_to(outputs.root / ".trash") and trash.deleted(outputs) == [gone]
    assert Shelf(outputs).entries() == []
    assert trash.restore(outputs, gone) == folder
    assert (folder / "result.png").read_bytes() == b"picture"
    assert trash.deleted(outputs) == [] and [*(outputs.root / ".trash").iterdir()] == []


def test_the_last_deleted_first_and_nothing_is_overwritten(outputs, make):
    first = trash.delete(outputs, make("runs/d/a"))
    second = trash.delete(outputs, make("runs/d/a"))
    assert trash.deleted(outputs) == [second, first]
    trash.restore(outputs, second)
    with pytest.raises(UserError, match="is there again"):
        trash.restore(outputs, first)
    with pytest.raises(UserError, match="is not in the trash any more"):
        trash.restore(outputs, second)
    assert first.is_dir()


def test_what_is_not_deleted(outputs, make, tmp_path):
    folder = make("runs/d/a")
    lock = Lock(folder)
    with pytest.raises(UserError, match="is in use"):
        trash.delete(outputs, folder)
    lock.release()
    (tmp_path / "else").mkdir()
    (tmp_path / "else/run.json").touch()
    os.symlink(tmp_path / "else", outputs.root / "runs/d/link")
    for name in ("runs/d/link", "runs/d", "runs/d/../../../else"):
        with pytest.raises(UserError, match="there is no run"):
            trash.delete(outputs, outputs.root / name)
    assert folder.is_dir() and (tmp_path / "else/run.json").is_file()


def test_runs_are_found_the_latest_first_and_read_again_only_where_they_changed(outputs, make):
    make("runs/d/one", started="2026-11-20T10:00:00")
    job = make("sweeps/s/job", started="2026-11-21T10:00:00")
    make("runs/deep/er/two", started="2026-11-19T10:00:00")
    make("studio/no", started="2026-11-22T10:00:00")
    make("runs/.hidden/no", started="2026-11-22T10:00:00")
    shelf = Shelf(outputs)
    first = shelf.entries()
    assert [entry.record.folder.name for entry in first] == ["job", "one", "two"]
    assert all(a is b for a, b in zip(first, shelf.entries(), strict=True))
    write_note(job, Note("mine", starred=True))
    noted, *others = shelf.entries()
    assert noted.note == Note("mine", starred=True)
    assert all(a is b for a, b in zip(first[1:], others, strict=True))
    (job / "run.json").write_text("{")
    (failed,) = [entry for entry in shelf.entries() if entry.record.folder == job]
    assert failed.record.status == "failed" and failed.note.title == "mine"
    (job / "run.json").unlink()
    assert len(shelf.entries()) == 2


def test_pictures_by_step(make, tmp_path):
    folder = make("runs/d/a")
    assert kept(folder) == []
    (folder / "images").mkdir()
    for name in ("000010.png", "000002.png", "mine.png"):
        (folder / "images" / name).touch()
    os.symlink(tmp_path, folder / "images/000003.png")
    assert [step for step, _ in kept(folder)] == [2, 10]


def test_spread_evenly_with_both_ends():
    assert spread(range(5), 40) == [0, 1, 2, 3, 4]
    assert spread(range(101), 5) == [0, 25, 50, 75, 100]


def test_a_jpeg_of_the_result_is_near_it_and_keeps_its_profile(tmp_path):
    path = tmp_path / "result.png"
    Image.new("RGB", (40, 24), (200, 40, 90)).save(path, icc_profile=b"profile")
    data = as_jpeg(path)
    (tmp_path / "a.jpg").write_bytes(data)
    with Image.open(tmp_path / "a.jpg") as image:
        assert (image.format, image.size) == ("JPEG", (40, 24))
        assert image.info["icc_profile"] == b"profile"
        assert (
            max(abs(a - b) for a, b in zip(image.getpixel((9, 9)), (200, 40, 90), strict=True)) < 4
        )
    path.write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    with pytest.raises(UserError):
        as_jpeg(path)
