"""run.json: what is read of it, by whomever it was written, and what is written."""

import errno
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from made import RUN, edit, record

from stylex.runs.folder import RunFolder
from stylex.runs.record import FORMAT, RECORD, Record, find, read, write
from stylex.runs.recorder import RunRecorder
from stylex.runs.run import begin, run
from stylex.runs.sweep_record import Job, Plan, collect, read_plan
from stylex.transfer.metrics import score

# As written before files had a number of their format, less what is alike.
FIRST_FORMAT = {
    "status": "done",
    "started": "2026-11-21T08:24:35+0000",
    "command": "python -m stylex size=48 ++layers.style.relu2_2=1",
    "cwd": "/home/me",
    "flags": ["--config-dir=/home/me/own"],
    "overrides": ["size=48", "++layers.style.relu2_2=1"],
    "choices": {"content": "jesse", "style": "kahlo"},
    "settings": {"size": 48, "enlarge": False, "init": "content", "content.name": "jesse"},
    "pictures": {"content": {"path": "/pictures/jesse.jpg", "sha256": "ab"}},
    "weights": {"name": "embedded", "sha256": "cd"},
    "levels": [[24, 16, 8], [48, 32, 4]],
    "tiles": [[None, None], [256, 4]],
    "precision": "fp32",
    "device": "cpu",
    "threads": 2,
    "versions": {"stylex": "0.1.0", "torch": "2.14.0"},
    "output": {"path": "/pictures/jesse-kahlo.png", "sha256": "ef"},
    "resumed": 1,
    "changed": ["tv_weight (25.0 → 3.0)"],
    "seconds": 3.5,
    "steps": 12,
    "style_error": 0.25,
    "content_error": float("nan"),
}


def test_a_file_of_the_first_format(tmp_path):
    (tmp_path / RECORD).write_text(json.dumps(FIRST_FORMAT))
    assert read(tmp_path) == Record(
        folder=tmp_path,
        status="done",
        format=1,
        typed={"size": "48", "layers.style.relu2_2": "1"},
        overrides=["size=48", "++layers.style.relu2_2=1"],
        choices={"content": "jesse", "style": "kahlo"},
        settings=FIRST_FORMAT["settings"],
        figures={"threads": 2, "seconds": 3.5, "steps": 12, "style_error": 0.25},
        pictures={"content": Path("/pictures/jesse.jpg")},
        digests={"content": "ab", "weights": "cd"},
        command="python -m stylex size=48 ++layers.style.relu2_2=1",
        flags=["--config-dir=/home/me/own"],
        cwd="/home/me",
        started="2026-11-21T08:24:35+0000",
        levels=[(24, 16, 8), (48, 32, 4)],
        costs=[],
        tiles=[(None, None), (256, 4)],
        precision="fp32",
        device="cpu",
        versions={"stylex": "0.1.0", "torch": "2.14.0"},
        resumed=1,
        changed=["tv_weight (25.0 → 3.0)"],
        output={"path": "/pictures/jesse-kahlo.png", "sha256": "ef"},
    )


def test_a_finished_run_of_the_first_format_is_still_done(command, done):
    data = record(done)
    del data["format"]
    (done / RECORD).write_text(json.dumps(data))
    outcome = command(*RUN, "hydra.run.dir=x")
    assert (outcome.status, outcome.err) == (0, "") and "is done already" in outcome.out


def test_what_is_written_has_its_format_and_the_plan(whole):
    data = json.loads((whole / RECORD).read_bytes())
    assert next(iter(data)) == "format" and data["format"] == FORMAT
    assert [steps for *_, steps in data["levels"]] == [4, 2, 2]
    assert data["tiles"] == [[None, None]] * 3
    assert (data["precision"], data["device"], data["bytes"] > 10**6) == ("fp32", "cpu", True)
    assert data["versions"].keys() >= {"stylex", "python", "torch"}
    found = read(whole)
    assert (found.format, found.status) == (FORMAT, "done")
    assert found.levels == [tuple(level) for level in data["levels"]]
    assert found.costs == data["costs"] == [1.0] * 3
    assert "format" not in found.figures and found.figures["steps"] == 8


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[1, 2]", "null", "7", '"done"', "{}", "[" * 100_000),
        *('{"status": "done", "settings": 5}', '{"status": "done", "levels": [[1, 2]]}'),
        *('{"status": "done", "levels": [[1, 2, Infinity]]}', '{"status": "done", "format": "x"}'),
        *('{"status": "done", "pictures": {"content": 1}}', '{"status": 1, "overrides": [1]}'),
        *('{"status": "done", "at_levels": [1]}', '{"status": "done", "at_levels": {"x": {}}}'),
    ],
)
def test_what_is_no_record_is_a_failed_run(tmp_path, text):
    (tmp_path / RECORD).write_text(text)
    found = read(tmp_path)
    assert (found.status, found.format) == ("failed", 0)
    assert found.reason == "run.json is broken, or no record of a run"


def test_figures_at_levels(tmp_path):
    figures = {"style_error": 0.5, "content_error": float("nan"), "seconds": 2, "note": "x"}
    text = json.dumps({"status": "pruned", "reason": "behind", "at_levels": {"2": figures}})
    (tmp_path / RECORD).write_text(text)
    found = read(tmp_path)
    assert (found.status, found.reason, found.done, found.over) == ("pruned", "behind", False, True)
    assert found.at_levels == {2: {"style_error": 0.5, "seconds": 2}}


def test_every_level_that_is_judged_is_measured_as_it_is_shown(here, config, monkeypatch):
    folder, asked, expected, real = RunFolder(here / "x"), [], {}, RunRecorder.on_step

    def on_step(self, step):
        if step.ends_level and not step.is_last:
            found = score(step.picture, self.started.content, self.started.paintings)
            expected[str(step.level + 1)] = vars(found)
        real(self, step)

    monkeypatch.setattr(RunRecorder, "on_step", on_step)
    run(
        begin(
            replace(config, color=type(config.color)["keep"]),
            folder,
            judge=lambda n, _: asked.append(n) or "",
        )
    )
    found = record(folder.path)["at_levels"]
    assert asked == [1, 2] and found.keys() == expected.keys() == {"1", "2"}
    for level, figures in expected.items():
        assert {name: found[level][name] for name in figures} == pytest.approx(figures)


def test_that_of_a_newer_version_says_so(tmp_path):
    (tmp_path / RECORD).write_text(json.dumps({"format": FORMAT + 1, "status": "done"}))
    found = read(tmp_path)
    assert (found.status, found.format) == ("failed", 0)
    assert found.reason == "run.json was written by a newer version of stylex"


def test_a_run_whose_process_is_gone_was_interrupted(tmp_path):
    (tmp_path / RECORD).write_text(json.dumps({"status": "running"}))
    assert read(tmp_path).status == "interrupted"


def test_nothing_that_a_record_names_is_imported(here, command, done, monkeypatch):
    """Not to read it, nor to compare it with a run that is to start there."""
    (here / "evil.py").write_text("open('owned', 'w').close()\nclass Evil: pass\n")
    monkeypatch.syspath_prepend(here)
    settings = record(done)["settings"]
    edit(
        done,
        settings={**settings, "optimizer._target_": "evil.Evil", "loss.tv._target_": "evil.Evil"},
        choices={"loss": "evil.Evil"},
        weights={"name": "evil.Evil", "sha256": "evil.Evil"},
        versions={"evil.Evil": "1", "_target_": "evil.Evil"},
    )
    found = read(done)
    assert found.settings["optimizer._target_"] == "evil.Evil"
    outcome = command(*RUN, "hydra.run.dir=x")
    assert (outcome.status, outcome.out) == (2, "")
    assert "optimizer._target_ (evil.Evil → " in outcome.err
    assert "evil" not in sys.modules and not (here / "owned").exists()


def test_an_unfinished_record_ends_in_room_for_its_last_words(tmp_path):
    write(tmp_path, {"status": "running"})
    text = (tmp_path / RECORD).read_text()
    assert json.loads(text) == {"format": FORMAT, "status": "running"}
    assert len(text) > len(text.strip()) + 2000
    write(tmp_path, {"status": "failed", "reason": "x"})
    assert (tmp_path / RECORD).read_text().endswith('"reason": "x"\n}\n')


def test_where_there_is_no_room_for_a_longer_one_it_stays_as_it_is(tmp_path, monkeypatch):
    """Overwritten on a full disk, it would be cut off, and of no run any more."""

    def full(path, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    write(tmp_path, {"status": "running"})
    before = (tmp_path / RECORD).read_bytes()
    monkeypatch.setattr("stylex.runs.record.write_atomically", full)
    with pytest.raises(OSError, match="No space"):
        write(tmp_path, {"status": "failed", "reason": "x" * 5000})
    assert (tmp_path / RECORD).read_bytes() == before
    write(tmp_path, {"status": "failed", "reason": "no room"})
    assert json.loads((tmp_path / RECORD).read_bytes())["reason"] == "no room"


def test_runs_below_a_folder(tmp_path):
    for name in ("b/run", "a", "a/inside", "c"):
        (tmp_path / name).mkdir(parents=True)
        write(tmp_path / name, {"status": "done"})
    assert find([tmp_path, tmp_path / "c"]) == [tmp_path / name for name in ("a", "b/run", "c")]


def test_a_sweep_is_read_as_it_was_written(tmp_path):
    plan = Plan(
        fixed=["size=32"],
        rank_by="seconds",
        started=5.0,
        swept=["seed"],
        jobs=[Job("seed=1", ["size=32", "seed=1"]), Job("seed=2", ["size=32", "seed=2"])],
        todo=2,
        zipped=(["seed", "size"],),
    )
    plan.write(tmp_path)
    assert read_plan(tmp_path) == plan
    (tmp_path / "seed=2").mkdir()
    write(tmp_path / "seed=2", {"status": "done"})
    assert [(r.folder.name, r.status) for r in collect([tmp_path])] == [
        ("seed=1", "pending"),
        ("seed=2", "done"),
    ]
    assert all(record.zipped == plan.zipped for record in collect([tmp_path]))


@pytest.mark.parametrize(
    "change",
    [
        {"jobs": [{"name": "../elsewhere", "overrides": []}]},
        {"jobs": [{"name": "..", "overrides": []}]},
        {"jobs": [{"name": 5, "overrides": []}]},
        {"jobs": [{"name": "a", "overrides": "seed=1"}]},
        {"jobs": 5},
        {"fixed": [5]},
        {"zipped": [5]},
        {"started": "soon"},
        {"rank_by": None, "fixed": None},
    ],
)
def test_a_sweep_that_says_something_else_is_none(tmp_path, change):
    plan = {"fixed": [], "rank_by": "seconds", "started": 1.0, "jobs": []}
    (tmp_path / "sweep.json").write_text(json.dumps({**plan, **change}))
    assert read_plan(tmp_path) is None
    assert collect([tmp_path]) == []
