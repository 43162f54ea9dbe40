import io
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from stylex.report.axes import axes
from stylex.report.placing import chosen
from stylex.report.tradeoff import LOOK, draw, plot, steps
from stylex.runs.record import Record


def run(number: int, style: float, content: float, status: str = "done", **typed: object) -> Record:
    figures = {"style_error": style, "content_error": content, "seconds": 1.0}
    said = {key: str(value) for key, value in typed.items()}
    return Record(Path(str(number)), status, typed=said, figures=figures)


def many(count: int, **typed: object) -> list[Record]:
    chance = random.Random(count)
    return [
        run(i, chance.uniform(0.1, 0.9), chance.uniform(0.1, 0.9), seed=i) for i in range(count)
    ]


def plane(records: Sequence[Record], title: str = "a title"):
    with matplotlib.rc_context(LOOK):
        return plot(records, axes(records), title=title).axes[0]


def names(records: Sequence[Record]) -> list[str]:
    """What is written beside points."""
    return [text.get_text().replace("\n", " ") for text in plane(records).texts[2:]]


def test_it_is_a_picture_of_1200_by_900():
    records = many(9)
    data = draw(records, axes(records), title="a title")
    image = Image.open(io.BytesIO(data))
    assert (image.format, image.size) == ("PNG", (1200, 900))
    assert len(np.unique(np.asarray(image.convert("RGB")).reshape(-1, 3), axis=0)) > 50


def test_without_a_finished_run_there_is_nothing_to_draw():
    unknown = Record(Path("x"), "done", figures={"seconds": 1.0})
    records = [run(0, 0.1, 0.2, "failed"), run(1, 0.1, 0.2, "running"), unknown]
    assert draw(records, [], title="") is None
    assert draw([], [], title="") is None


def test_no_run_lies_below_the_steps_and_those_that_nothing_beats_are_ringed():
    records = many(60)
    points = [(r.figures["style_error"], r.figures["content_error"]) for r in records]
    best = {p for p in points if not any(q[0] < p[0] and q[1] < p[1] for q in points)}
    drawn = plane(records)
    (line,) = drawn.get_lines()
    corners = list(map(tuple, line.get_xydata()))
    assert best == set(corners[::2])
    for (left, high), (right, low) in pairwise(corners):
        assert left == right or high == low
        assert left <= right and low <= high
        assert not any(left < x < right and y < high for x, y in points)
    dots = drawn.collections[0]
    large = dots.get_offsets()[dots.get_sizes() > 40]
    assert {tuple(point) for point in large.tolist()} == best


def test_steps_go_right_before_they_go_down():
    front = [run(0, 1, 9), run(1, 3, 4), run(2, 8, 2)]
    assert steps(front) == [(1, 9), (3, 9), (3, 4), (8, 4), (8, 2)]
    assert steps(front[:1]) == [(1, 9)]


@pytest.mark.parametrize(("most", "scale"), [(0.9, "linear"), (1.1, "log")])
def test_axes_are_logarithmic_beyond_a_decade(most, scale):
    drawn = plane([run(0, 0.1, 0.5, seed=0), run(1, most, 0.4, seed=1)])
    assert (drawn.get_xscale(), drawn.get_yscale()) == (scale, "linear")
    low, high = drawn.get_xlim()
    assert low < 0.1 and most < high


def test_names_say_what_differs():
    assert names([run(0, 1, 9, weight=5), run(1, 8, 2, weight=10)]) == ["5", "10"]
    both = [run(0, 1, 9, weight=5, init="a"), run(1, 8, 2, weight=10, init="b")]
    assert names(both) == ["weight=5, init=a", "weight=10, init=b"]
    assert names([run(0, 1, 9)]) == []


@pytest.mark.parametrize("length", [1, 12, 60])
def test_names_touch_neither_one_another_nor_a_point(length):
    records = [run(i, i + 1, 100 / (i + 1), note=f"{i}".zfill(length)) for i in range(40)]
    drawn = plane(records)
    boxes = [text.get_window_extent() for text in drawn.texts[1:]]  # and the arrow
    assert 2 < len(boxes) <= 13
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])
        for x, y in drawn.transData.transform(drawn.collections[0].get_offsets()):
            assert not (box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1)
        assert drawn.bbox.x0 <= box.x0 + 1 and box.x1 <= drawn.bbox.x1 + 1


@pytest.mark.parametrize("count", [0, 1, 2, 3, 12, 13, 500])
def test_named_are_the_ends_and_some_between(count):
    picked = chosen(count)
    assert len(picked) == len(set(picked)) == min(count, 12)
    assert set(picked) >= ({0, count - 1} if count else set())


def test_a_colour_tells_a_value():
    values = ["a", "b", "a", "c", "b"]
    drawn = plane([run(i, i + 1, i + 2, init=value) for i, value in enumerate(values)])
    colours = [tuple(colour) for colour in drawn.collections[0].get_facecolors()]
    assert colours[0] == colours[2] and colours[1] == colours[4]
    assert len(set(colours)) == 3
    told = {text.get_text() for text in drawn.get_legend().get_texts()}
    assert told == {"a", "b", "c"}


@pytest.mark.parametrize("count", [5, 30])
def test_numbers_are_lighter_the_larger_they_are(count):
    records = [run(i, i + 1, i + 2, weight=1.5**i) for i in range(count)]
    colours = plane(records).collections[0].get_facecolors()
    lightness = [np.dot(to_rgb(colour), (0.2, 0.7, 0.1)) for colour in colours]
    assert all(darker < lighter for darker, lighter in pairwise(lightness))
    if count == 30:  # evenly, so by their logarithms
        assert max(np.diff(lightness)) < 4 * min(np.diff(lightness))


def test_a_run_that_diverged_is_left_out():
    records = [run(0, float("nan"), 1), run(1, 1, float("inf")), run(2, 0.5, 0.6), run(3, 0.6, 0.5)]
    drawn = plane(records)
    assert drawn.collections[0].get_offsets().tolist() == [[0.5, 0.6], [0.6, 0.5]]


@pytest.mark.parametrize(
    "records",
    [
        [run(0, 0, 0)],
        [run(i, 0.3, 0.4, seed=i) for i in range(5)],
        [
            run(i, i, i, note=note)
            for i, note in enumerate(["$x^$", "京都", "a\n" * 300, "", "\\frac"])
        ],
        [
            run(i, 10**i, 10**-i, weight=w)
            for i, w in enumerate(["inf", "nan", "-1", "0", *range(9)])
        ],
    ],
    ids=["zero", "all alike", "odd names", "odd numbers"],
)
def test_odd_runs_are_drawn(records):
    assert draw(records, axes(records), title="$\\alpha 京都 " * 50)


def test_it_says_nothing_where_there_is_no_home():
    code = (
        "import logging; logging.basicConfig(level=logging.INFO)\n"
        "from pathlib import Path\n"
        "from stylex.report import records, tradeoff\n"
        "errors = {'style_error': 1.0, 'content_error': 1.0}\n"
        "done = records.Record(Path('x'), 'done', figures=errors)\n"
        "assert tradeoff.draw([done], [], title='a title')"
    )
    nowhere = {"HOME": os.devnull, "XDG_CACHE_HOME": os.devnull, "XDG_CONFIG_HOME": os.devnull}
    said = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **nowhere},
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert said.stdout == ""
