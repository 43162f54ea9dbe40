"""The file that a run is resumed from: whole, of this version, and never in the way of the run."""

import time

import pytest
import torch

from stylex.errors import UserError
from stylex.runs import checkpoint
from stylex.runs.checkpoint import Checkpoint, Checkpoints, load


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
    with pytest.raises(UserError, match="another version of stylex: remove it"):
        load(path)


@pytest.mark.parametrize("cost", [0.0, 1.05])
def test_checkpoints_that_take_long_are_seldom(tmp_path, cost):
    """At a fiftieth of the time, the next one after 1.05 s of saving is due in 52 s."""
    checkpoints = Checkpoints(tmp_path / "checkpoint.pt", every=0)
    assert checkpoints.due

    def make():
        time.sleep(cost)
        return Checkpoint({}, {}, 0)

    checkpoints.save(make)
    assert checkpoints.due == (cost == 0)
    assert cost / 0.02 <= checkpoints.pause < cost / 0.02 + 50


def test_none_is_due_before_its_time(tmp_path):
    checkpoints = Checkpoints(tmp_path / "checkpoint.pt", every=30)
    assert not checkpoints.due
    checkpoints.save(lambda: Checkpoint({}, {}, 0))
    assert checkpoints.pause == 30 and not checkpoints.due
