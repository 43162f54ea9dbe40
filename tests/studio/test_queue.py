"""The queue: one run at a time, in order, whoever else starts one."""

from pathlib import Path

import pytest

from stylex.errors import UserError
from stylex.studio.queue import MOST, Queue, Waiting, due, joined, without


def one(name):
    return Waiting(Path(name), (f"content={name}",), name)


A, B, C = map(one, "abc")


class Runs:
    """Processes that do nothing: what was started, what is under way, what has failed."""

    def __init__(self):
        self.started, self.busy, self.failed, self.refuses = [], [], {}, ""

    def running(self):
        return self.busy

    def start(self, overrides, folder):
        if self.refuses:
            raise UserError(self.refuses)
        self.started.append((overrides, folder))
        self.busy = [folder]

    def error(self, folder):
        return self.failed.get(folder, "")


@pytest.fixture
def runs():
    return Runs()


@pytest.fixture
def queue(runs, monkeypatch):
    """Without its thread: a test takes the steps."""
    monkeypatch.setattr(Queue, "_attend", lambda self: None)
    return Queue(runs)


def test_first_come_first_served():
    waiting = joined(joined(joined((), A), B), C)
    assert waiting == (A, B, C) and without(waiting, Path("b")) == (A, C)
    assert joined(waiting, A) == (B, C, A)  # a folder waits once
    assert due(waiting, busy=True) is None and due((), busy=False) is None
    assert due(waiting, busy=False) == A
    with pytest.raises(UserError, match=f"^{MOST} runs wait already: remove one$"):
        joined([one(str(number)) for number in range(MOST)], A)


def test_one_at_a_time(queue, runs):
    runs.busy = [Path("elsewhere")]
    for each in (A, B, C):
        queue.add(each)
    assert queue.step() and runs.started == []
    runs.busy = []
    assert queue.step() and queue.step() and runs.started == [(A.overrides, A.folder)]
    queue.remove(B.folder)
    runs.busy = []
    assert queue.step() and [folder for _, folder in runs.started] == [A.folder, C.folder]
    assert queue.waiting == () and queue.step()  # it is under way
    runs.busy = []
    assert not queue.step()


def test_a_run_that_cannot_begin_is_named_and_the_next_one_begins(queue, runs, tmp_path):
    failing = Waiting(tmp_path, ("content=no",), "no in the manner of kahlo")
    for each in (failing, A):
        queue.add(each)
    assert queue.step()
    runs.busy, runs.failed = [], {tmp_path: "unknown content 'no'"}
    assert queue.step()
    assert queue.refused == ((failing.name, "unknown content 'no'"),)
    assert [folder for _, folder in runs.started] == [tmp_path, A.folder]
    runs.busy, runs.refuses = [], "the run cannot be started: No space left on device"
    queue.add(B)
    assert not queue.step()
    assert queue.refused[-1] == ("b", runs.refuses)
    queue.forget()
    assert queue.refused == ()


def test_where_another_page_is_quicker_the_run_waits(queue, runs):
    queue.add(A)

    def quicker(overrides, folder):
        runs.busy = [Path("elsewhere")]
        raise UserError("a run is under way")

    runs.start = quicker
    assert queue.step() and queue.waiting == (A,) and queue.refused == ()
