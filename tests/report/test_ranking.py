"""Which runs are better: within a pair of content and style, and over all pairs."""

import math
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from stylex.errors import UserError
from stylex.report.figures import figure, plane_of, printed, rounded, to_plane, weights_of
from stylex.report.ranking import pareto_front, rank
from stylex.runs.record import Record


def run(name, style=0.0, content=0.0, seconds=1.0, /, *, status="done", **typed):
    figures = {"style_error": style, "content_error": content, "seconds": seconds}
    said = {key: str(value) for key, value in typed.items()}
    return Record(Path(name), status, typed=said, figures=figures)


def names(records):
    return [record.folder.name for record in records]


def test_a_figure_may_be_a_weighted_sum():
    figures = {"style_error": 0.2, "content_error": 1.0, "seconds": 9.0}
    assert figure(figures, "style_error") == 0.2
    assert figure(figures, "style_error+0.3*content_error") == pytest.approx(0.5)
    assert figure(figures, "2*style_error + .5*content_error") == pytest.approx(0.9)
    assert weights_of("seconds+seconds") == {"seconds": 2}
    assert figure({"style_error": 0.2}, "style_error+content_error") is None
    assert figure({"style_error": float("nan")}, "style_error") is None


@pytest.mark.parametrize(
    "by", ["", "beauty", "style_error-content_error", "-1*seconds", "2*", "1e3*seconds+", "a*b"]
)
def test_what_is_no_figure_is_a_mistake(by):
    with pytest.raises(UserError, match="cannot rank by"):
        weights_of(by)


@pytest.mark.parametrize(
    ("by", "plane"),
    [
        ("style_error", ("style_error", "content_error")),
        ("content_error", ("style_error", "content_error")),
        ("seconds", ("style_error", "content_error")),
        ("style_distance", ("style_distance", "structure_error")),
        ("seconds+2*structure_error", ("style_distance", "structure_error")),
        ("style_distance+content_error", ("style_distance", "content_error")),
        ("structure_error+style_error", ("style_error", "structure_error")),
        ("style_distance+style_error", ("style_error", "content_error")),
    ],
)
def test_two_figures_go_with_a_ranking(by, plane):
    assert plane_of(by) == plane
    assert rank([], by).plane == plane
    assert {*plane, "seconds"} <= {*rank([], by).figures}
    assert weights_of(by).keys() <= {*rank([], by).figures}


def test_or_they_are_chosen():
    chosen = to_plane("structure_error, style_error")
    assert chosen == ("style_error", "structure_error")
    ranking = rank([], "seconds", chosen)
    assert ranking.figures == ["style_error", "structure_error", "seconds"]


@pytest.mark.parametrize(
    "names", ["", "style_error", "style_error,style_distance", "seconds,style_error", "a,b,c"]
)
def test_what_is_not_two_of_them_is_a_mistake(names):
    with pytest.raises(UserError, match="figure"):
        to_plane(names)


def test_runs_from_before_a_figure_was_measured_have_no_rank_by_it():
    old, new = run("old", 0.1, 0.2), run("new", 0.3, 0.4)
    new = replace(new, figures={**new.figures, "style_distance": 0.5, "structure_error": 0.6})
    ranking = rank([old, new], "style_distance")
    assert (names(ranking.order), ranking.ranks) == (["new", "old"], {Path("new"): 1})
    assert names(rank([old, new]).order) == ["old", "new"]


def test_best_first_and_those_without_a_figure_last():
    runs = [run(f"{s}", s) for s in (0.3, 0.1, 0.2)]
    failed, lost = run("failed", 0.0, status="failed"), run("lost", math.nan)
    ranking = rank([failed, *runs, lost])
    assert names(ranking.order) == ["0.1", "0.2", "0.3", "failed", "lost"]
    assert ranking.ranks == {Path("0.1"): 1, Path("0.2"): 2, Path("0.3"): 3}
    assert names(rank(runs, "seconds").order) == ["0.3", "0.1", "0.2"]  # equal: as they came


def test_the_pareto_front_against_its_definition():
    points = [(0.1, 0.9), (0.2, 0.5), (0.2, 0.6), (0.3, 0.5), (0.4, 0.2), (0.4, 0.2), (0.9, 0.1)]
    runs = [run(str(i), s, c) for i, (s, c) in enumerate(points)]

    def beaten(a, b):
        """b is no worse than a in either, and better in one."""
        return b[0] <= a[0] and b[1] <= a[1] and b != a

    expected = [
        record
        for record, point in zip(runs, points, strict=True)
        if not any(beaten(point, other) for other in points)
    ]
    runs += [run("lost", 0.0, math.nan), run("failed", status="failed")]
    assert pareto_front(runs, ("style_error", "content_error")) == expected
    other = [
        replace(run, figures={"style_distance": s, "structure_error": c, "style_error": 1.0})
        for run, (s, c) in zip(runs, points, strict=False)
    ]
    front = pareto_front([*runs, *other], ("style_distance", "structure_error"))
    assert [run.folder for run in front] == [run.folder for run in expected]
    assert len(expected) == 5


@pytest.mark.parametrize(
    ("value", "name", "text"),
    [
        (0.21849, "style_error", "0.218"),
        (0, "style_error", "0.000"),
        (9.9994, "content_error", "9.999"),
        (12.345, "content_error", "12.3"),
        (4567.4, "style_error", "4567"),
        (0.00012345, "style_error", "1.2e-04"),
        (1e308, "style_error", "1.0e+308"),
        (1e-300, "style_error", "1.0e-300"),
        (20, "seconds", "20.0"),
        (9.96, "seconds", "10.0"),
        (-0.5, "style_error+seconds", "-0.500"),
    ],
)
def test_how_figures_are_printed(value, name, text):
    assert printed(value, name) == text
    assert rounded(value, name) == float(text)


def test_the_largest_float_stays_finite():
    assert rounded(1.797e308) == 1.797e308


def test_runs_equal_in_every_printed_digit_are_equal():
    runs = [run("a", 0.30041, 0.4), run("b", 0.29961, 0.4004), run("c", 0.5, 0.39951)]
    ranking = rank(runs)
    assert ranking.ranks == {Path("a"): 1, Path("b"): 1, Path("c"): 3}
    assert names(ranking.order) == ["a", "b", "c"]
    assert names(ranking.fronts[0]) == ["a", "b"]  # c is 0.400, too


# Errors of one pair are ten times those of the other: together, b would have neither a best run nor
# any on the front.
PAIRS = [
    run(f"{content}{weight}", scale * style, scale / style, content=content, weight=weight)
    for content, scale in (("a", 0.1), ("b", 1.0))
    for weight, style in ((1, 3.0), (5, 2.0), (25, 1.0))
]


def test_each_pair_has_its_own_best_and_front():
    ranking = rank(PAIRS)
    assert names(ranking.order) == ["a25", "a5", "a1", "b25", "b5", "b1"]
    assert [ranking.ranks[record.folder] for record in ranking.order] == [1, 2, 3, 1, 2, 3]
    assert [names(front) for front in ranking.fronts] == [["a25", "a5", "a1"], ["b25", "b5", "b1"]]
    assert ranking.several


def test_the_best_of_each_pair_come_before_the_second():
    assert names(rank(PAIRS).top(4)) == ["a25", "a5", "b25", "b5"]


def test_a_pair_is_content_and_style():
    places = list(product("ab", "xy", "12"))
    runs = [run("".join(p), 1.0, content=p[0], style=p[1], seed=p[2]) for p in places]
    assert [names(pair) for pair in rank(runs).pairs] == [
        ["ax1", "ax2"],
        ["ay1", "ay2"],
        ["bx1", "bx2"],
        ["by1", "by2"],
    ]


def test_pictures_of_one_name_are_told_apart_by_their_bytes():
    runs = [run(str(i), i, content="a") for i in range(4)]
    runs = [replace(one, digests={"content": "xy"[i % 2]}) for i, one in enumerate(runs)]
    ranking = rank(runs)
    assert ([names(pair) for pair in ranking.pairs], ranking.several) == (
        [["0", "2"], ["1", "3"]],
        True,
    )


def test_settings_are_compared_by_their_mean_rank():
    # Ranks of the weights in a: 1, 2, 3; in b: 2, 1, 3; in c: 3, 1, 2. Only a has weight 9.
    errors = {"a": (0.1, 0.2, 0.3, 0.05), "b": (5, 4, 6), "c": (90, 70, 80)}
    runs = [
        run(f"{content}{weight}", error, content=content, weight=weight)
        for content, all_errors in errors.items()
        for weight, error in zip((1, 2, 3, 9), all_errors, strict=False)
    ]
    ranking = rank([*runs, run("b9", status="failed", content="b", weight=9)])
    assert list(ranking.mean_ranks.items()) == [(("2",), 4 / 3), (("1",), 2), (("3",), 8 / 3)]
    assert ranking.verdict() == (
        "Best mean rank over 3 pairs of content and style (1.3 of 3, by style_error): weight 2"
    )


def test_settings_that_are_equally_good_are_told():
    errors = [("a", 1, 0.1), ("a", 2, 0.2), ("b", 1, 0.2), ("b", 2, 0.1)]
    runs = [run(f"{c}{w}", error, content=c, weight=w) for c, w, error in errors]
    assert rank(runs).verdict().endswith("(1.5 of 2, by style_error): weight 1 (1 equal)")


def test_nothing_is_best_where_nothing_can_be_compared():
    alone = [run(content, 0.5, content=content) for content in "abc"]
    ranking = rank(alone)
    assert (ranking.verdict(), ranking.mean_ranks, ranking.on_front) == ("", {}, frozenset())
    assert rank([run("a", 0.5)]).verdict() == ""
    assert rank([]).verdict() == ""


def test_the_best_of_one_pair_is_told_with_its_settings():
    runs = [run(str(w), 1 / w, weight=w, init=init) for w, init in ((1, "x"), (2, ""), (3, "x"))]
    assert rank(runs).verdict() == "Best style_error 0.333: weight 3, init x"
    assert rank(runs, "seconds").verdict() == "Best seconds 1.0: weight 1, init x (2 equal)"


@pytest.mark.parametrize(
    ("statuses", "text"),
    [
        (["done"], "1 run, done"),
        (["done", "done"], "2 runs, all done"),
        (["failed", "pruned", "done"], "3 runs: 1 done, 1 pruned, 1 failed"),
        (
            ["pending", "odd", "done", "failed", ""],
            "5 runs: 1 done, 1 failed, 1 pending, 1 odd, 1 unknown",
        ),
    ],
)
def test_counts(statuses, text):
    assert rank([run(str(i), status=s) for i, s in enumerate(statuses)]).counts() == text


def test_what_is_mixed_otherwise_is_ranked_on_its_own():
    """Each has another target: no blend of two paintings is better than another."""
    digests = {"content": "c", "style.1": "a", "style.2": "b"}
    blends = [
        replace(run(name, error, 0.5, blend=blend), digests=digests)
        for name, error, blend in (("a", 0.1, 0), ("b", 0.3, 0.5), ("c", 0.2, 0.5))
    ]
    ranks = rank(blends).ranks
    assert {path.name: of for path, of in ranks.items()} == {"a": 1, "b": 2, "c": 1}
    weighted = [
        replace(one, folder=Path(w), settings={"style.weights": w}, typed={})
        for one, w in zip(blends, "ab", strict=False)
    ]
    assert [one.figures["style_error"] for one in weighted] == [0.1, 0.3]
    assert [*rank(weighted).ranks.values()] == [1, 1]


def test_a_setting_that_the_last_pair_lacks_has_no_mean_rank():
    # Ranks of the weights 1 and 2 in a: 1, 2; in b: 2, 1; in c: 1, 2. Only c has no weight 3.
    errors = {"a": (0.1, 0.2, 0.05), "b": (5, 4, 3), "c": (70, 80)}
    runs = [
        run(f"{content}{weight}", error, content=content, weight=weight)
        for content, all_errors in errors.items()
        for weight, error in zip((1, 2, 3), all_errors, strict=False)
    ]
    assert list(rank(runs).mean_ranks.items()) == [(("1",), 4 / 3), (("2",), 5 / 3)]


def test_of_settings_that_ran_twice_the_better_run_counts():
    errors = [("a", 1, 0.1), ("a", 1, 0.9), ("a", 2, 0.5), ("b", 1, 0.1), ("b", 2, 0.5)]
    runs = [run(str(i), error, content=c, weight=w) for i, (c, w, error) in enumerate(errors)]
    assert rank(runs).mean_ranks == {("1",): 1, ("2",): 2}
