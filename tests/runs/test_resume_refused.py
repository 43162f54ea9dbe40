"""What a run may not be resumed with, each said in one line, and nothing is touched."""

import json

import pytest
from made import RUN, edit, files, record


def test_resuming_with_other_settings_says_which(here, command, stop_at, monkeypatch, paint):
    paint(here / "images/style/mine.png", 64, 64)
    stop_at(3)
    assert command(*RUN, "style=mine", "hydra.run.dir=x").status == 130
    monkeypatch.undo()
    monkeypatch.chdir(here)
    before = files(here / "x")

    for words, said in (
        (["tv_weight=3"], "tv_weight (25.0 → 3.0); resume it with may_change=[tv_weight]"),
        (["style=kahlo"], "style (another picture)"),
        (["init=noise"], "init (content → noise); init cannot change when a run is resumed"),
        (["size=40", "may_change=[size]"], "size cannot change when a run is resumed"),
        (["optimizer.lr=0.5", "may_change=[optimizer]"], "cannot change when a run is resumed"),
        (["tv_weight=3", "seed=4", "may_change=[seed]"], "differs: tv_weight"),
    ):
        outcome = command("resume=x", *words)
        assert (outcome.status, outcome.out) == (2, "")
        assert outcome.err.count("\n") == 1 and said in outcome.err
    paint(here / "images/style/mine.png", 64, 64, seed=5)
    assert "another picture" in command("resume=x").err
    assert files(here / "x") == before  # nothing was touched

    paint(here / "images/style/mine.png", 64, 64)
    outcome = command("resume=x", "tv_weight=3", "may_change=[tv_weight]", "steps=3")
    assert (outcome.status, outcome.err) == (0, "")
    settings = record(here / "x")["settings"]
    assert (settings["tv_weight"], settings["steps"]) == (3.0, 3)


def test_what_an_earlier_version_made_with_exact_slopes_goes_on_with_those(
    here, command, stop_at, monkeypatch
):
    stop_at(3)
    assert command(*RUN, "optimizer.smoothing=0", "hydra.run.dir=x").status == 130
    monkeypatch.undo()
    monkeypatch.chdir(here)
    made = record(here / "x")
    made["overrides"].remove("optimizer.smoothing=0")
    del made["settings"]["optimizer.smoothing"]
    edit(here / "x", **made)
    outcome = command("resume=x")
    assert outcome.status == 2 and "optimizer.smoothing (0 → 1.0)" in outcome.err
    assert command("resume=x", "optimizer.smoothing=0").status == 0


@pytest.mark.slow
def test_computed_otherwise_it_is_refused_and_named(here, command, stop_at, monkeypatch):
    """Precision, kind of device, versions and tiles; what an older record lacks is not compared."""
    stop_at(3)
    assert command(*RUN, "hydra.run.dir=x").status == 130
    monkeypatch.undo()
    monkeypatch.chdir(here)
    true = record(here / "x")
    installed = true["versions"]["torch"]
    for entries, said, key in (
        ({"precision": "bf16"}, "precision (bf16 → fp32)", "precision"),
        ({"device": "cuda:1"}, "device (cuda → cpu)", "device"),
        (
            {"versions": {**true["versions"], "torch": "2.0.1"}},
            f"versions.torch (2.0.1 → {installed})",
            "versions.torch",
        ),
    ):
        edit(here / "x", **{**true, **entries})
        before = files(here / "x")
        outcome = command("resume=x")
        assert (outcome.status, outcome.out) == (2, "")
        assert f"differs: {said}; resume it with may_change=[{key}]" in outcome.err
        assert files(here / "x") == before
    edit(here / "x", **true)
    outcome = command("resume=x", "tile=32")
    assert (outcome.status, outcome.out) == (2, "")
    assert "differs: tile (auto → 32); resume it with may_change=[tile]" in outcome.err

    older = {key: true[key] for key in true if key not in ("format", "precision", "device")}
    (here / "x/run.json").write_text(json.dumps({**older, "versions": {"torch": "2.0.1"}}))
    outcome = command("resume=x", "may_change=[versions]")
    assert (outcome.status, outcome.err) == (0, "")
    assert record(here / "x")["changed"] == [f"versions.torch (2.0.1 → {installed})"]
    assert record(here / "x")["precision"] == "fp32"


def test_what_cannot_be_resumed(here, command, stop_at, monkeypatch):
    for folder in (".", "nowhere"):
        outcome = command(f"resume={folder}")
        assert outcome.status == 2 and "no run in" in outcome.err
    assert "one run" in command("--multirun", "resume=x", "seed=1,2").err
    stop_at(2)
    assert command(*RUN, "hydra.run.dir=x").status == 130
    monkeypatch.undo()
    monkeypatch.chdir(here)
    record_text = (here / "x/run.json").read_text()
    (here / "x/run.json").write_text("{")
    outcome = command("resume=x")
    assert outcome.status == 2 and "run.json cannot be read" in outcome.err
    assert (here / "x/result.png").exists()
    (here / "x/run.json").write_text(record_text)
    (here / "x/checkpoint.pt").write_bytes(b"no checkpoint")
    outcome = command("resume=x")
    assert outcome.status == 2 and "checkpoint.pt cannot be read" in outcome.err
    assert command(*RUN, "hydra.run.dir=x", "rerun=true").status == 0
    outcome = command("resume=x", "output=me.png")
    assert outcome.status == 2 and "is finished and writes no more: the picture is" in outcome.err
    assert not (here / "x/checkpoint.pt").exists()
    (here / "x/run.json").write_text(record_text)
    outcome = command("resume=x")
    assert outcome.status == 0 and "resuming" not in outcome.out
    assert "from the beginning" in outcome.out + outcome.err
