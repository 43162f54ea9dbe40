"""The file that a run goes on from: whole, of this version, and never in the way of the run."""

import time

import pytest
import torch
from command_line import TINY

from stylex.errors import UserError
from stylex.runs import checkpoint
from stylex.runs.checkpoint import Checkpoint, load


def test_what_was_saved_is_loaded(tmp_path):
    path = tmp_path / "checkpoint.pt"
    assert load(path) is None
    Checkpoint({"number": 3, "pixels": torch.arange(6.0)}, {"steps.jsonl": 70}, 1.5).save(path)
    found = load(path)
    assert (found.state["number"], found.logs, found.seconds) == (3, {"steps.jsonl": 70}, 1.5)
    assert torch.equal(found.state["pixels"], torch.arange(6.0))


@pytest.mark.parametrize("theirs", [{"format": checkpoint.FORMAT + 1}, {}])
def test_that_of_another_version_is_refused_in_one_line(tmp_path, theirs):
    path = tmp_path / "checkpoint.pt"
    torch.save({"state": {}, "logs": {}, "seconds": 1.0, **theirs}, path)
    with pytest.raises(UserError, match="another version of stylex: take it away"):
        load(path)


@pytest.mark.parametrize(("cost", "expected"), [(0.0, [1, 2, 3, 4]), (1.05, [1])])
def test_checkpoints_that_take_long_are_seldom(command, monkeypatch, cost, expected):
    """At a fiftieth of the time, the next one after 1.05 s of saving is due in 52 s."""
    saved = []

    def save(self, path):
        saved.append(self.state["number"])
        time.sleep(cost)

    monkeypatch.setattr(Checkpoint, "save", save)
    settings = ("steps=5", "pyramid=single", "checkpoint_every=0")
    assert command(*TINY, *settings).status == 0
    assert saved == expected
