"""Nothing outside of outputs/ is opened, whatever a link says."""

import json
import os

import pytest

from stylex.errors import UserError
from stylex.studio.folders import Outputs, own_file


@pytest.fixture
def outputs(tmp_path):
    return Outputs(tmp_path / "outputs")


def make_run(folder, **record):
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"status": "done", **record}))
    return folder


def test_a_run_is_found_by_its_name(outputs):
    folder = make_run(outputs.root / "runs/2026-11-21/a-b_1")
    assert outputs.name(folder) == "runs/2026-11-21/a-b_1"
    assert outputs.find("runs/2026-11-21/a-b_1") == folder


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../else", "runs", "runs/../../else", "/etc", "a\0b", "x" * 5000]
)
def test_nothing_else_is(outputs, name):
    make_run(outputs.root / "runs/a")
    make_run(outputs.root.parent / "else")
    with pytest.raises(UserError, match="there is no run"):
        outputs.find(name)


def test_nor_through_a_link(outputs):
    outside = make_run(outputs.root.parent / "else")
    (outputs.root / "runs").mkdir(parents=True)
    os.symlink(outside, outputs.root / "runs/link")
    os.symlink("loop", outputs.root / "runs/loop")
    for name in ("runs/link", "runs/loop"):
        with pytest.raises(UserError, match="there is no run"):
            outputs.find(name)


@pytest.mark.parametrize("name", ["mine", "a.b-c_9", "x7"])
def test_a_sweep_s_name(outputs, name):
    assert outputs.sweep(name) == outputs.root / "sweeps" / name


@pytest.mark.parametrize(
    "name",
    ["", "..", ".hidden", "a/b", "a b", "ü", "${x}", "x" * 62, "a\n", "1e5", "7", "true", "NULL"],
)
def test_what_is_none(outputs, name):
    with pytest.raises(UserError, match="a sweep's name"):
        outputs.sweep(name)


def test_new_runs_do_not_share_a_folder(outputs):
    assert len({outputs.new_run("a", "b") for _ in range(3)}) == 3
    assert outputs.new_run("a", "b").name.startswith("a-b_")


def test_uploads_of_each_group_the_latest_first(outputs):
    for second, name in enumerate(["content/00aa/a.png", "content/11bb/b.jpg", "style/22cc/c.png"]):
        path = outputs.root / "studio/uploads" / name
        path.parent.mkdir(parents=True)
        path.touch()
        os.utime(path, (second, second))
    (outputs.uploads("content") / ".trial").mkdir()
    (outputs.uploads("content") / ".trial/d.png").touch()
    assert [path.name for path in outputs.uploaded("content")] == ["b.jpg", "a.png"]
    assert [path.name for path in outputs.uploaded("style")] == ["c.png"]


def test_a_folder_s_own_files_are_opened_and_no_others(outputs):
    folder = make_run(outputs.root / "runs/a")
    (folder / "images").mkdir()
    (folder / "images/1.png").touch()
    (folder / "result.png").touch()
    (folder / "inside").symlink_to("result.png")
    outside = make_run(outputs.root / "runs/a-secret") / "run.json"
    (folder / "outside").symlink_to(outside)
    (folder / "loop").symlink_to("loop")
    (folder / "folder").symlink_to(outside.parent)
    os.mkfifo(folder / "pipe")
    for name in ("result.png", "images/1.png", "inside"):
        assert own_file(folder, name).samefile(folder / name)
    for name in ("outside", "loop", "pipe", "folder/run.json", "../a-secret/run.json", "images"):
        assert own_file(folder, name) is None
    assert own_file(folder, str(outside)) is None and own_file(folder, "missing") is None
