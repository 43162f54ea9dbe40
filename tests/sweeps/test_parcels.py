"""What travels between machines that share no disk."""

import os

from stylex.cluster.parcels import clear, pack, unpack


def written(folder, **files):
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def held(folder):
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_folder_arrives_whole_in_place_of_an_earlier_one(tmp_path):
    made, there = tmp_path / "made", tmp_path / "sweep/job"
    written(made, run_json="new", result_png="new", images__000005_png="new", _lock="123")
    written(there, run_json="old", steps_jsonl="old", images__000009_png="old", painted_png="old")
    unpack(pack(made), there)
    assert held(there) == dict.fromkeys(("run.json", "result.png", "images/000005.png"), "new")
    assert os.listdir(there.parent) == ["job"]


def test_what_no_run_writes_stays(tmp_path):
    made, there = tmp_path / "made", tmp_path / "job"
    written(made, run_json="new", note_json="sent along before it was changed", mine__a_txt="a")
    written(there, run_json="old", note_json="starred", mine__b_txt="b")
    unpack(pack(made), there)
    mine = {"mine/a.txt": "a", "mine/b.txt": "b"}
    assert held(there) == {"run.json": "new", "note.json": "starred", **mine}


def test_what_a_killed_process_had_not_put_in_its_place_is_cleared(tmp_path):
    (tmp_path / ".coming-x/new").mkdir(parents=True)
    (tmp_path / "job").mkdir()
    clear(tmp_path)
    assert os.listdir(tmp_path) == ["job"]
