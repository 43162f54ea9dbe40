"""When a job of a sweep is done: if its folder holds what it would make again, as it would now."""

import dataclasses
import json

import pytest
from made import record

from stylex.sweeps.unchanged import is_done


def test_the_same_run_is_done(done, config):
    assert is_done(done, config)
    assert is_done(done, dataclasses.replace(config, output="o.png", rerun=True))
    # What the program chooses comes out the same.
    assert is_done(done, dataclasses.replace(config, tile="off", device="cpu"))


@pytest.mark.parametrize(
    "change",
    [
        {"status": "interrupted"},
        {"precision": "bf16"},
        {"device": "cuda:0"},
        {"versions": {"torch": "2.0.1"}},
        {"versions": {"stylex": "0.0.1"}},
        {"tiles": [[None, None], [None, None], [64, None]], "settings.tile": 64},
        {"settings.init": "noise"},
        {"settings.seed": 3},
        {"changed": ["tv_weight (3.0 → 25.0)"]},
        {"weights": {"name": "embedded", "sha256": "ab"}},
    ],
)
def test_another_one_is_not(done, config, change):
    data = record(done)
    for key, value in change.items():
        group, _, name = key.rpartition(".")
        (data[group] if group else data)[name] = value
    (done / "run.json").write_text(json.dumps(data))
    assert not is_done(done, config)


def test_what_an_older_record_does_not_say_is_not_compared(done, config):
    data = record(done)
    for key in ("format", "precision", "device", "versions", "tiles", "bytes"):
        del data[key]
    (done / "run.json").write_text(json.dumps(data))
    assert is_done(done, config)


def test_settings_that_there_were_not_yet_are_as_runs_were_then(done, config):
    data = record(done)
    assert data["settings"].pop("tileable") is False
    (done / "run.json").write_text(json.dumps(data))
    assert is_done(done, config)
    assert not is_done(done, dataclasses.replace(config, tileable=True))


def test_tiles_that_were_chosen_for_the_memory_of_that_moment_stand(done, config):
    data = record(done)
    data["tiles"][-1] = [256, 4]
    (done / "run.json").write_text(json.dumps(data))
    assert is_done(done, config)
    assert not is_done(done, dataclasses.replace(config, tile="off"))


def test_without_its_picture_or_its_record_it_is_not(done, config):
    (done / "result.png").rename(done / "other.png")
    assert not is_done(done, config)
    (done / "other.png").rename(done / "result.png")
    (done / "run.json").write_text("{")
    assert not is_done(done, config)
