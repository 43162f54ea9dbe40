"""tradeoff.png, by what matplotlib was asked to draw."""

import io
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from stylex.report.plot import LOOK, chosen, draw, plot
from stylex.report.ranking import rank
from stylex.report.tint import tint_of
from stylex.runs.record import Record


def run(
    number: object, style: float, content: float, status: str = "done", /, **typed: object
) -> Record:
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
        return plot(rank(records), title=title).axes[0]


def names(records: Sequence[Record]) -> list[str]:
    return written(plane(records))


def written(drawn) -> list[str]:
    """What is written beside points."""
    return [text.get_text().replace("\n", " ") for text in drawn.texts[2:]]


def test_it_is_a_picture_of_1200_by_900():
    records = many(9)
    data = draw(rank(records), title="a title")
    image = Image.open(io.BytesIO(data))
    assert (image.format, image.size) == ("PNG", (1200, 900))
    assert len(np.unique(np.asarray(image.convert("RGB")).reshape(-1, 3), axis=0)) > 50


def test_without_a_finished_run_there_is_nothing_to_draw():
    unknown = Record(Path("x"), "done", figures={"seconds": 1.0})
    records = [run(0, 0.1, 0.2, "failed"), run(1, 0.1, 0.2, "running"), unknown]
    assert draw(rank(records), title="") is None
    assert draw(rank([]), title="") is None


def dots(drawn, ringed=None):
    """{(style_error, content_error): area}, of those of the fronts or of the others."""
    others, front, *_ = drawn.collections
    shown = [others, front] if ringed is None else [front] if ringed else [others]
    return {
        tuple(point): size
        for collection in shown
        for point, size in zip(collection.get_offsets(), collection.get_sizes(), strict=False)
    }


def test_no_run_lies_below_the_line_and_those_that_nothing_beats_are_ringed():
    records = many(60)
    points = [
        (round(r.figures["style_error"], 3), round(r.figures["content_error"], 3)) for r in records
    ]
    best = {p for p in points if not any(q[0] <= p[0] and q[1] <= p[1] and q != p for q in points)}
    drawn = plane(records)
    (line,) = drawn.get_lines()
    corners = line.get_xydata().tolist()
    assert line.get_drawstyle() == "steps-post"  # right before down
    assert best == set(map(tuple, corners)) == set(dots(drawn, True))
    for (left, high), (right, low) in pairwise(corners):
        assert left < right and low < high
        assert not any(left < x < right and y < high for x, y in points)
    assert set(dots(drawn)) == set(points)
    assert min(dots(drawn, True).values()) > max(dots(drawn, False).values())


def test_a_run_that_is_beaten_has_no_name():
    points = [(0.1, 0.9), (0.5, 0.5), (0.9, 0.1), (0.9, 0.9), (0.6, 0.8)]
    records = [run(at, *point, weight=at + 1) for at, point in enumerate(points)]
    assert {*names(records)} == {"1", "2", "3"}


def test_each_pair_has_a_front_in_its_own_colour():
    records = [
        run(f"{content}{weight}", scale * weight, scale / weight, content=content, weight=weight)
        for content, scale in (("a", 0.1), ("b", 1.0))
        for weight in (1, 2, 4)
    ]
    drawn = plane(records)
    lines = {line.get_color(): line.get_xydata().tolist() for line in drawn.get_lines()}
    assert [*lines.values()] == [
        [[0.1, 0.1], [0.2, 0.05], [0.4, 0.025]],
        [[1.0, 1.0], [2.0, 0.5], [4.0, 0.25]],
    ]
    legend = drawn.get_legend()
    assert legend.get_title().get_text() == "content"
    shades = [handle.get_facecolor()[0][:3] for handle in legend.legend_handles]
    assert [tuple(shade) for shade in shades] == [to_rgb(colour) for colour in lines]
    assert sorted(written(drawn)) == sorted(["1", "2", "4"] * 2)  # the pair is told by the colour


def test_a_run_that_is_alone_in_its_pair_is_on_no_front():
    drawn = plane([run(content, i + 1, i + 1, content=content) for i, content in enumerate("abc")])
    assert (len(drawn.get_lines()), dots(drawn, True), len(dots(drawn))) == (0, {}, 3)


def test_runs_in_one_place_are_one_dot_with_their_number():
    records = [run(i, 0.3 + i / 1e6, 0.4, weight=i) for i in range(5, 8)]
    drawn = plane([*records, run(1, 0.5, 0.2, weight=9), run(2, 0.5, 0.6), run(3, 0.5, 0.6)])
    assert set(dots(drawn, True)) == {(0.3, 0.4), (0.5, 0.2)}
    assert set(dots(drawn, False)) == {(0.5, 0.6)}
    numbers = {t.get_position(): t.get_text() for t in drawn.texts if t.get_text() in ("2", "3")}
    assert numbers == {(0.3, 0.4): "3", (0.5, 0.6): "2"}
    assert "5 · 6 · 7" in [text.get_text() for text in drawn.texts]
    assert faces(drawn)[0] == (1, 1, 1, 1)  # of three colours none


def test_a_ring_holds_its_own_dot():
    # The second is not on the front, and so near that the first would be hidden by it.
    drawn = plane([run(0, 0.3, 0.4), run(1, 0.301, 0.401), run(2, 0.9, 0.1)])
    others, front = drawn.collections[:2]
    assert (0.3, 0.4) in dots(drawn, True) and (0.301, 0.401) in dots(drawn, False)
    assert front.get_zorder() > others.get_zorder()


def test_errors_beyond_all_bounds_are_left_out_and_told():
    records = [run(0, 1e308, 1e-300), run(1, 1e-300, 0.5), run(2, 0.5, 0.25), run(3, 0.25, 1e10)]
    drawn = plane(records)
    assert set(dots(drawn)) == {(1e-300, 0.5), (0.5, 0.25)}
    assert "4 finished runs; 2 not shown, with errors above 1e9" in drawn.texts[1].get_text()
    assert draw(rank(records), title="")
    assert draw(rank(records[:1]), title="") is None


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
        for x, y in drawn.transData.transform([*dots(drawn)]):
            assert not (box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1)
        assert drawn.bbox.x0 <= box.x0 + 1 and box.x1 <= drawn.bbox.x1 + 1


@pytest.mark.parametrize("count", [0, 1, 2, 3, 12, 13, 500])
def test_named_are_the_ends_and_some_between(count):
    picked = chosen([[(float(i), -float(i)) for i in range(count)]])
    numbers = [int(point[0]) for point in picked]
    assert len(numbers) == len(set(numbers)) == min(count, 12)
    assert set(numbers[:2]) == ({0, count - 1} if count else set())


@pytest.mark.parametrize(("fronts", "each"), [(2, 6), (4, 3), (5, 2), (12, 1), (30, 1)])
def test_several_fronts_share_the_names(fronts, each):
    points = [[(float(f), float(i)) for i in range(20)] for f in range(fronts)]
    picked = chosen(points)
    assert len(picked) == min(fronts * each, 12)
    assert max([int(f) for f, _ in picked].count(f) for f in range(fronts)) == each


def faces(drawn) -> list[tuple[float, ...]]:
    """The dots' colours, from left to right."""
    pairs = [
        (point[0], tuple(colour))
        for collection in drawn.collections[:2]
        for point, colour in zip(collection.get_offsets(), collection.get_facecolors(), strict=True)
    ]
    return [colour for _, colour in sorted(pairs)]


def test_a_colour_tells_a_value():
    values = ["a", "b", "a", "c", "b"]
    drawn = plane([run(i, i + 1, i + 2, init=value) for i, value in enumerate(values)])
    colours = faces(drawn)
    assert colours[0] == colours[2] and colours[1] == colours[4]
    assert len(set(colours)) == 3
    told = {text.get_text() for text in drawn.get_legend().get_texts()}
    assert told == {"a", "b", "c"}


@pytest.mark.parametrize("count", [5, 30])
def test_numbers_are_lighter_the_larger_they_are(count):
    records = [run(i, i + 1, i + 2, weight=1.5**i) for i in range(count)]
    colours = faces(plane(records))
    lightness = [np.dot(to_rgb(colour), (0.2, 0.7, 0.1)) for colour in colours]
    assert all(darker < lighter for darker, lighter in pairwise(lightness))
    if count == 30:  # evenly, so by their logarithms
        assert max(np.diff(lightness)) < 4 * min(np.diff(lightness))


def test_a_run_that_diverged_is_left_out():
    records = [run(0, float("nan"), 1), run(1, 1, float("inf")), run(2, 0.5, 0.6), run(3, 0.6, 0.5)]
    drawn = plane(records)
    assert set(dots(drawn)) == {(0.5, 0.6), (0.6, 0.5)}


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
    assert draw(rank(records), title="$\\alpha 京都 " * 50)


def test_of_a_pair_without_the_figure_that_ranks_nothing_is_shown():
    new = [run(i, 0.2 + i / 9, 0.5 - i / 9, content=c, style="a") for i, c in enumerate("abab")]
    new = [replace(one, figures={**one.figures, "style_distance": 0.1}) for one in new]
    old = run("old", 0.3, 0.4, content="c", style="a")
    with matplotlib.rc_context(LOOK):
        ranking = rank([*new, old], "style_distance", ("style_error", "content_error"))
        drawn = plot(ranking, title="a title").axes[0]
    assert "4 finished runs" in drawn.texts[1].get_text()
    assert draw(ranking, title="a title")


def test_it_says_nothing_where_there_is_no_home():
    code = (
        "import logging; logging.basicConfig(level=logging.INFO)\n"
        "from pathlib import Path\n"
        "from stylex.report import plot, ranking\n"
        "from stylex.runs.record import Record\n"
        "errors = {'style_error': 1.0, 'content_error': 1.0}\n"
        "done = Record(Path('x'), 'done', figures=errors)\n"
        "assert plot.draw(ranking.rank([done]), title='a title')"
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


def test_a_picture_that_has_two_names_is_one_pair_of_one_colour():
    def of(number, name, digest, weight):
        made = run(number, 0.1 * number, 1 - 0.1 * number, content=name, style_weight=weight)
        return replace(made, digests={"content": digest, "style": "s"})

    records = [of(1, "me", "A", 5), of(2, "copy", "A", 8), of(3, "cat", "B", 5)]
    tint = tint_of(rank(records))
    assert tint.pairs
    me, copy, cat = (tint.colour([record]) for record in records)
    assert me == copy != cat
    assert tint.colour(records[:2]) == me and tint.colour(records) == "white"
    plane(records)
