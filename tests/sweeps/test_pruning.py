"""The median rule, on runs as their folders tell them."""

from pathlib import Path

import pytest

from stylex.runs.record import Record
from stylex.sweeps.pruning import at_level, is_behind


@pytest.mark.parametrize(
    ("value", "others", "behind"),
    [
        (3.1, [1, 2, 3, 4, 5], True),
        (3.0, [5, 4, 3, 2, 1], False),  # no further off than the middle one
        (3.4, [1, 2, 3, 4, 5, 6], False),  # the median is 3.5
        (3.6, [1, 2, 3, 4, 5, 6], True),
        (9.0, [1, 2, 3, 4], False),  # too few to tell
    ],
)
def test_behind_half_of_those_that_are_done(value, others, behind):
    assert is_behind(value, others) is behind


def run(status="done", size=(64, 48), **figures):
    levels = [(*size, 10), (size[0] * 2, size[1] * 2, 10)]
    return Record(Path("r"), status, levels=levels, at_levels={1: figures} if figures else {})


def test_runs_are_compared_at_the_same_level_and_size():
    runs = [
        run(style_error=0.5, content_error=1.0),
        run(style_error=0.7, content_error=2.0),
        run("pruned", style_error=0.9, content_error=9.0),
        run("running", style_error=0.9, content_error=9.0),
        run(size=(32, 24), style_error=0.1, content_error=0.1),
        run(style_error=0.1),  # the other figure was not measured
        run(),
    ]
    found = at_level(runs, 1, (64, 48), "style_error+0.5*content_error")
    assert found == pytest.approx([1.0, 1.7])
    assert at_level(runs, 2, (128, 96), "style_error") == []
    assert at_level(runs, 1, None, "style_error") == []
