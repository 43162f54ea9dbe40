"""Even steps on rows of pictures whose changes are known."""

from itertools import pairwise

import numpy as np
import pytest

from stylex.film.steps import Place, change, even


def row(*changes):
    """Flat pictures, each so many grey levels from the one before."""
    return [np.full((6, 3), level, np.float32) for level in np.cumsum([0.0, *changes])]


def levels(pictures, places):
    """The grey level of each place of a row of flat pictures."""
    own = [picture[0, 0] for picture in [*pictures, pictures[-1]]]
    return [
        own[n] + part * (own[n + 1] - own[n]) for n, part in ((p.number, p.part) for p in places)
    ]


def test_a_change_is_a_root_mean_square():
    one = np.zeros((2, 2, 3), np.uint8)
    other = one.copy()
    other[0, 0] = 200, 100, 0
    assert (
        change(one, other) == change(other, one) == pytest.approx(((200**2 + 100**2) / 12) ** 0.5)
    )


def test_of_equal_changes_every_nth_is_taken():
    pictures = row(*[1.0] * 100)
    places, step = even(pictures, 26, 0.5)
    assert [place.number for place in places] == [*range(0, 101, 4)]
    assert not any(place.part for place in places) and 3.2 <= step <= 4


def test_a_fast_beginning_is_slowed_down_and_a_slow_end_is_quickened():
    """One step of 64 levels, then 256 of a quarter: in 33 frames 4 levels each."""
    pictures = row(64, *[0.25] * 256)
    places, step = even(pictures, 33, 0.5)
    assert step == pytest.approx(4, rel=0.03)
    assert levels(pictures, places) == pytest.approx(np.arange(0, 129, 4), abs=1)
    assert [place.number for place in places[:16]] == [0] * 16  # dissolved
    assert not any(place.part for place in places[17:])


def test_changes_of_any_kind_come_out_even():
    """Pictures in many dimensions, turning as they go: there a path is longer than a chord."""
    random = np.random.default_rng(0)
    pictures, at = [], np.full((300, 3), 128.0)
    for number in range(200):
        pictures.append(at.astype(np.float32))
        at = at + random.normal(0, 12 * 0.98**number + 0.1, at.shape)
    places, step = even(pictures, 50, 0.5)
    shown = [
        pictures[p.number] + p.part * (pictures[min(p.number + 1, 199)] - pictures[p.number])
        for p in places
    ]
    changes = [change(*pair) for pair in pairwise(shown)]
    assert 45 <= len(places) <= 50
    assert min(changes[:-1]) > 0.74 * step and max(changes) < 1.26 * step
    assert places[0] == Place(0) and places[-1] == Place(199)


def test_what_nobody_sees_makes_no_frames():
    assert even(row(0, 0, 0), 50, 0.5)[0] == [Place(0)]
    assert even(row(), 50, 0.5)[0] == [Place(0)]
    places, step = even(row(*[0.1] * 20), 50, 0.5)  # two levels in all
    assert (len(places), step) == (5, 0.5)


def test_there_and_back_is_no_standstill():
    pictures = row(40, -40)
    places, step = even(pictures, 9, 0.5)
    found = levels(pictures, places)
    assert found[0] == found[-1] == 0 and max(found) > 30 and len(found) == 9
    assert np.abs(np.diff(found)) == pytest.approx(np.full(8, step), rel=0.26)
