"""What stands in a run's place on the sheet: its state, its mark and its figures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sheets import boxes, colour, draw

from stylex.report import cells, sheet
from stylex.report.cells import BEST
from stylex.report.ranking import rank
from stylex.runs.record import Record


def test_a_failed_run_says_why_in_its_place(make):
    def page(reason: str) -> "np.ndarray":
        failed = Record(Path("none"), "failed", reason, {"seed": "1"})
        return draw([done, failed])[0]

    done = make(0, typed={"seed": 0})
    one, other, empty = page("out of memory " * 50), page("no such layer"), page("")
    (box,) = boxes(one, [0]).values()
    assert one.shape == other.shape
    ys, xs = np.nonzero((one != other).any(-1))
    assert xs.min() > box[2] and box[1] <= ys.min() and ys.max() < box[3]
    assert (empty[box[1] : box[3], box[2] + 1 :] < 255).any()


@pytest.mark.parametrize("status", ["interrupted", "pruned"])
def test_an_interrupted_run_shows_its_picture_with_a_mark(make, status):
    records = [make(0, typed={"seed": 0}), make(1, status=status, typed={"seed": 1})]
    (page,) = draw(records)
    (box,) = boxes(page, [0]).values()
    cut = (page == colour(1)).all(-1).sum() / ((box[2] - box[0]) * (box[3] - box[1]))
    assert 0.9 < cut < 1


def test_planned_and_running_runs_have_quiet_places(make):
    statuses = ["done", "pending", "running"]
    (page,) = draw([make(i, status=s, typed={"seed": i}) for i, s in enumerate(statuses)])
    (box,) = boxes(page, [0]).values()
    beside = page[box[1] + 3 : box[3] - 3, box[2] + 40 :]
    assert (beside == 255).all(-1).mean() > 0.95


def marks(page: "np.ndarray", numbers: Sequence[int]) -> dict[int, str]:
    """{number: `best` or `front`} of the runs that have a mark below their pictures."""
    found = {}
    for number, (left, _, right, bottom) in boxes(page, numbers).items():
        marked = (page[bottom : bottom + 40, left : right + 1] == BEST).all(-1)
        if marked.any():
            rows, columns = np.nonzero(marked)
            middle = marked[(rows.min() + rows.max()) // 2, (columns.min() + columns.max()) // 2]
            found[number] = "best" if middle else "front"
    return found


def test_the_best_is_marked_below_its_picture(make):
    (page,) = draw([make(i, typed={"seed": 10 - i}) for i in range(3)])
    assert marks(page, range(3)) == {0: "best"}  # all are on the front: that tells nothing


def test_the_best_and_the_front_of_each_pair_are_marked(make):
    errors = [(1, 9), (2, 5), (3, 6), (40, 90), (60, 70), (50, 80)]  # 2 is beaten by 1
    records = [
        make(
            i,
            typed={"content": "ab"[i // 3], "seed": i % 3},
            figures={"style_error": style, "content_error": content, "seconds": 1},
        )
        for i, (style, content) in enumerate(errors)
    ]
    (page,) = draw(records)
    assert marks(page, range(6)) == {0: "best", 1: "front", 3: "best"}
    (page,) = draw(records, by="content_error")
    assert marks(page, range(6)) == {0: "front", 1: "best", 4: "best"}


def test_runs_that_are_printed_alike_are_marked_alike(make):
    records = [
        make(
            i,
            typed={"seed": i},
            figures={"style_error": error, "content_error": 0.5, "seconds": 1},
        )
        for i, error in enumerate((0.3004, 0.2996, 0.4))
    ]
    (page,) = draw(records)
    assert marks(page, range(3)) == {0: "best", 1: "best"}


def test_the_figures_of_the_ranking_or_those_chosen_stand_below(make, monkeypatch):
    texts = []
    words = cells.words

    def noted(parts, size):
        texts.extend(text for text, _ in parts)
        return words(parts, size)

    monkeypatch.setattr(cells, "words", noted)
    four = {"style_error": 0.1, "content_error": 0.2, "style_distance": 0.3, "structure_error": 0.4}
    new = make(0, (320, 200), typed={"seed": 0}, figures={**four, "seconds": 5})
    old = make(1, (320, 200), typed={"seed": 1})

    def below(**chosen):
        texts.clear()
        assert len([*sheet.pages(rank([new, old], **chosen), title="")]) == 1
        return texts

    old_usual = ["style 0.110", "content 0.899", "10 s"]
    assert below() == ["style 0.100", "content 0.200", "5.0 s", *old_usual]
    assert below(by="structure_error") == [
        *("distance 0.300", "structure 0.400", "5.0 s"),
        *("n/a", "n/a", "10 s"),
    ]
    plane = ("style_error", "structure_error")
    assert below(plane=plane)[:3] == ["style 0.100", "structure 0.400", "5.0 s"]


def test_figures_of_any_size_fit(make):
    huge = [("style_error", 1e308), ("content_error", 1e-300), ("seconds", 1e300)]
    records = [make(0, typed={"seed": 0}), make(1, typed={"seed": 1}, figures=dict(huge))]
    (page,) = draw(records)
    assert max(page.shape) < 1500
    assert sorted(boxes(page, range(2))) == [0, 1]
