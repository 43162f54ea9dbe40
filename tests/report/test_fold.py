"""Repeats that are shown as one: whose means, with which spread, by which picture."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from math import sqrt
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.collections import LineCollection
from sheets import boxes

from stylex.report import cells, plot, sheet
from stylex.report.figures import with_spread
from stylex.report.ranking import Ranking, rank
from stylex.report.table import to_csv, to_text
from stylex.runs.record import Record

ROOT = Path("/sweeps/first")


def run(
    name: str,
    style: float | None = None,
    content: float | None = None,
    seconds: float = 9,
    /,
    **about: object,
) -> Record:
    """A finished run, or one that failed where it has no figures; of weight and seed `1-0`."""
    weight, _, seed = name.partition("-")
    values = {"style_weight": weight, "seed": seed}
    known = {"style_error": style, "content_error": content, "seconds": seconds}
    figures = {key: value for key, value in known.items() if value is not None}
    said = {"status": "done" if style is not None else "failed", "typed": values, **about}
    return Record(ROOT / name, figures=figures, **said)  # type: ignore[arg-type]


# Means 0.4 and 3, deviations sqrt((0.04 + 0 + 0.04) / 2) = 0.2 and sqrt((1 + 9 + 4) / 2) = √7.
ODD = [run("1-0", 0.2, 2.0, 10), run("1-1", 0.4, 6.0, 20), run("1-2", 0.6, 1.0, 30)]
# Means 0.35 and 2.5, deviations sqrt((0.0625 + 0.2025 + 0.0225 + 0.0025) / 3) and sqrt(5 / 3).
EVEN = [run("5-0", 0.1, 1.0), run("5-1", 0.8, 2.0), run("5-2", 0.2, 3.0), run("5-3", 0.3, 4.0)]
FAILED = run("5-4", reason="no memory")


def folded(records: Sequence[Record], by: str = "style_error", key: str = "seed") -> Ranking:
    return rank(records, by, fold=key)


def names(ranking: Ranking) -> list[str]:
    return [record.folder.name for record in ranking.order]


def rows(ranking: Ranking) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_csv(ranking, ROOT))))


def test_a_group_has_the_means_and_the_sample_standard_deviations_of_its_finished_runs():
    ranking = folded([*ODD, *EVEN, FAILED])
    five, one = ranking.order
    assert one.figures == pytest.approx({"style_error": 0.4, "content_error": 3, "seconds": 20})
    spread = ranking.groups[one.folder].spread
    assert spread == pytest.approx({"style_error": 0.2, "content_error": sqrt(7), "seconds": 10})
    assert five.figures == pytest.approx({"style_error": 0.35, "content_error": 2.5, "seconds": 9})
    spread = ranking.groups[five.folder].spread
    assert spread["style_error"] == pytest.approx(sqrt(0.29 / 3))
    assert spread["content_error"] == pytest.approx(sqrt(5 / 3))
    assert (ranking.groups[five.folder].done, len(ranking.groups[five.folder].runs)) == (4, 5)
    # By the means the weight 5 is the better one, though two of its runs are not.
    assert [ranking.ranks[record.folder] for record in (five, one)] == [1, 2]
    assert ranking.counts() == "8 runs: 7 done, 1 failed"
    assert ranking.verdict() == "Best mean style_error 0.350 ± 0.311: style_weight 5"


def test_the_median_run_stands_for_its_group():
    assert names(folded(ODD)) == ["1-1"]
    assert names(folded(ODD, "content_error")) == ["1-0"]
    assert names(folded([*EVEN, FAILED])) == ["5-2"]  # the lower of 0.2 and 0.3
    assert names(folded(EVEN[:2])) == ["5-0"]
    # 0.2 + 0.1 · 2, 0.4 + 0.1 · 6, 0.6 + 0.1 · 1
    assert names(folded(ODD, "style_error+0.1*content_error")) == ["1-2"]


def test_a_sum_has_its_own_spread():
    """Of sums, which is not the sum of the spreads: 0.4, 1.0 and 0.7."""
    by = "style_error+0.1*content_error"
    ranking = folded([*ODD, run("5-0", 9.0, 9.0)], by)
    assert ranking.verdict() == f"Best mean {by} 0.700 ± 0.300: style_weight 1"


def test_the_front_is_that_of_the_means():
    # Of single runs c-0 is on the front, but its mean is beaten by a's.
    records = [run("a-0", 2.0, 2.0), run("a-1", 2.0, 2.0), run("b-0", 1.0, 5.0)]
    records += [run("c-0", 1.5, 1.5), run("c-1", 4.5, 4.5)]
    by_run = rank(records)
    assert {folder.name for folder in by_run.on_front} == {"b-0", "c-0"}
    ranking = folded(records)
    assert {folder.name for folder in ranking.on_front} == {"a-0", "b-0"}
    assert ranking.unbeaten.startswith("no other mean is better")


def test_the_printed_table():
    ranking = folded([*ODD, *EVEN, FAILED, run("9-0", 0.5, 0.5), run("7-0")])
    assert to_text(ranking).splitlines() == [
        "10 runs: 8 done, 2 failed · best mean style_error first",
        "mean ± standard deviation over seed",
        "",
        "     style_weight    runs    style_error  content_error      seconds",
        "1 ◆             5  4 of 5  0.350 ± 0.311  2.500 ± 1.291    9.0 ± 0.0",
        "2               1       3  0.400 ± 0.200  3.000 ± 2.646  20.0 ± 10.0",
        "3 ◆             9       1          0.500          0.500          9.0",
        "-               7  0 of 1  failed",
        "",
        "◆ no other mean is better in both style_error and content_error",
    ]


def test_the_file_has_a_row_for_each_group():
    broken = run("7-0", None, None, 4, reason="why")
    first, second, last = rows(folded([*ODD, *EVEN, FAILED, broken]))
    assert first == {
        **{"rank": "1", "style_weight": "5", "status": "done", "runs": "5", "done": "4"},
        **{"style_error": first["style_error"], "style_error_sd": first["style_error_sd"]},
        **{"content_error": "2.5", "content_error_sd": first["content_error_sd"]},
        **dict.fromkeys(("style_distance", "style_distance_sd"), ""),
        **dict.fromkeys(("structure_error", "structure_error_sd"), ""),
        **{"seconds": "9.0", "seconds_sd": "0.0"},
        **{"pareto_front": "true", "reason": "", "path": "5-2"},
    }
    assert float(first["style_error"]) == pytest.approx(0.35)
    assert float(first["style_error_sd"]) == pytest.approx(sqrt(0.29 / 3))
    assert float(second["content_error_sd"]) == pytest.approx(sqrt(7))
    assert (last["rank"], last["status"], last["reason"]) == ("", "failed", "why")
    assert (last["runs"], last["done"], last["style_error"]) == ("1", "0", "")
    assert (last["seconds"], last["seconds_sd"]) == ("", "")  # of no finished run


def test_a_figure_that_one_of_the_runs_lacks_has_no_mean():
    """A mean of fewer runs than are said to be done would mislead."""
    old, new = run("1-0", 0.2, None), run("1-1", 0.4, 0.5)
    ranking = folded([old, new, run("2-0", 1.0, 1.0)])
    assert ranking.pairs[0][0].figures == pytest.approx({"style_error": 0.3, "seconds": 9})
    assert rows(ranking)[0]["content_error"] == ""
    by_content = folded([old, new, run("2-0", 1.0, 1.0)], "content_error")
    # Not ranked by it; its picture is that of the run that has the figure.
    assert [run.folder.name for run in by_content.rest] == ["1-1"]


@pytest.mark.parametrize(
    ("statuses", "shown"),
    [
        (["pending", "failed", "running"], "1-1"),
        (["pending", "running", "interrupted"], "1-2"),
        (["pending", "odd"], "1-0"),
    ],
)
def test_a_group_of_which_none_is_finished_shows_the_state_of_a_run(statuses, shown):
    runs = [run(f"1-{at}", status=status) for at, status in enumerate(statuses)]
    (record,) = folded(runs).order
    assert (record.folder.name, record.status) == (shown, statuses[int(shown[-1])])
    assert folded(runs).groups[record.folder].size == f"0 of {len(runs)}"


def test_runs_with_the_same_seed_count_once_by_the_last():
    again = run("1-0", 0.5, 2.0, started="2026-02-02")
    again = replace(again, folder=ROOT / "again")
    ranking = folded([*ODD, again])
    (record,) = ranking.order
    assert record.figures["style_error"] == pytest.approx(0.5)  # of 0.5, 0.4 and 0.6
    assert len(ranking.groups[record.folder].runs) == 3
    assert ranking.groups[record.folder].left_out == 1
    (record,) = folded([again, *ODD]).order  # the last that began, not the last by name
    assert record.figures["style_error"] == pytest.approx(0.5)


def test_a_repeat_that_failed_does_not_replace_what_is_finished():
    failed = replace(run("1-0", started="2026-02-03"), folder=ROOT / "again")
    ranking = folded([run("1-0", 0.2, 2.0, started="2026-02-02"), failed, *ODD[1:]])
    (record,) = ranking.order
    assert record.figures["style_error"] == pytest.approx(0.4)
    assert ranking.groups[record.folder].size == "3"


def test_a_folder_that_cannot_be_read_stands_alone():
    broken = [Record(ROOT / name, "failed", "run.json is broken") for name in "xy"]
    assert [group.size for group in folded([*ODD, *broken]).groups.values()] == [
        *("3", "0 of 1", "0 of 1")
    ]


def test_figures_beyond_all_bounds_have_a_mean():
    ranking = folded([run(f"1-{seed}", 1.7e308, sign * 1e308) for seed, sign in enumerate((1, -1))])
    (record,) = ranking.order
    assert record.figures["style_error"] == 1.7e308
    assert ranking.text(record, "content_error") == "0.000 ± 1.4e+308"


@pytest.mark.parametrize(
    ("value", "spread", "name", "text"),
    [
        (0.21849, 0.01234, "", "0.218 ± 0.012"),
        (0.5, None, "", "0.500"),
        (61.04, 1.26, "seconds", "61.0 ± 1.3"),
        (1234.5, 20.4, "seconds", "1234 ± 20"),
        (2.1e-5, 1.04e-6, "", "2.1e-05 ± 1.0e-06"),
        (1.0, 2e6, "", "1.000 ± 2.0e+06"),
    ],
)
def test_a_spread_has_the_decimals_of_its_figure(value, spread, name, text):
    assert with_spread(value, spread, name) == text


def of_photo(content: str, digest: str, seed: str, style: float) -> Record:
    """Of a photograph of that name, whose bytes are `digest`."""
    return run(
        f"1-{seed}",
        *(style, 0.5),
        typed={"content": content, "seed": seed},
        settings={"content.name": content, "seed": seed},
        pictures={"content": Path(f"{digest}.jpg")},
        digests={"content": digest, "style": "s", "weights": "w"},
    )


def test_two_photographs_of_one_name_are_two_groups():
    records = [of_photo("me", "a", "0", 0.2), of_photo("me", "a", "1", 0.4)]
    records += [of_photo("me", "b", "2", 3.0), of_photo("me", "b", "3", 5.0)]
    ranking = folded(records)
    means = [record.figures["style_error"] for record in ranking.order]
    assert means == pytest.approx([0.3, 4.0])


def test_two_photographs_of_one_name_both_count_where_photographs_are_folded():
    records = [
        replace(of_photo(name, digest, "0", error), folder=ROOT / digest)
        for name, digest, error in (("me", "a", 0.2), ("me", "b", 0.4), ("you", "c", 0.9))
    ]
    ranking = folded(records, key="content")
    (record,) = ranking.order
    assert record.figures["style_error"] == pytest.approx(0.5)
    assert ranking.groups[record.folder].size == "3"


def test_a_job_that_never_began_is_in_the_group_of_its_settings():
    pending = Record(ROOT / "p", "pending", typed={"content": "me", "seed": "1"})
    ranking = folded([of_photo("me", "a", "0", 0.2), pending, of_photo("you", "b", "2", 0.9)])
    assert [group.size for group in ranking.groups.values()] == ["1 of 2", "1"]


def test_photographs_are_folded_with_what_is_zipped_with_them():
    """Each has a mask of its own; what is left are two styles' means over the photographs."""
    records = []
    for at, (content, style) in enumerate([(c, s) for s in ("kahlo", "night") for c in "abc"]):
        values = {"content": content, "mask": f"{content}.png", "style": style}
        records.append(
            run(
                f"{at}-",
                *(float(at), 1.0),
                typed=values,
                settings={"content.name": content, "style.name": style},
                digests={"content": content, "style": style},
                pictures={"content": Path(content), "style": Path(style)},
                zipped=[["content", "mask"]],
            )
        )
    ranking = folded(records, key="content")
    assert [axis.key for axis in ranking.axes] == ["style"]
    assert [record.figures["style_error"] for record in ranking.order] == [1, 4]
    # The group is of no photograph, so the sheet shows none in its head.
    assert {record.value("content") for record in ranking.order} == {""}
    assert all([*record.pictures] == ["style"] for record in ranking.order)


def test_the_sheet_shows_the_median_runs_with_means_below(make, monkeypatch):
    texts = []
    words = cells.words

    def noted(parts, size):
        texts.append([text for text, _ in parts])
        return words(parts, size)

    monkeypatch.setattr(cells, "words", noted)
    errors = {0: 0.3, 1: 0.1, 2: 0.2, 3: 0.6, 4: 0.9}
    records = [
        make(
            number,
            typed={"style_weight": number // 3, "seed": number % 3},
            figures={"style_error": error, "content_error": 0.5, "seconds": 10.0 + number},
        )
        for number, error in errors.items()
    ]
    records.append(make(5, status="failed", typed={"style_weight": 1, "seed": 2}))
    records += [make(6 + i, status="failed", typed={"style_weight": 9, "seed": i}) for i in (0, 1)]
    (page,) = [np.asarray(page) for page in sheet.pages(folded(records), title="")]
    assert [*boxes(page, range(8))] == [2, 3]  # of three the median, of two the lower one
    below = texts[-7:]
    assert below == [
        ["style 0.200 ± 0.100"],
        ["content 0.500 ± 0.000"],
        ["11.0 ± 1.0 s", "· 3 runs"],
        ["style 0.750 ± 0.212"],
        ["content 0.500 ± 0.000"],
        ["13.5 ± 0.7 s", "· 2 of 3 runs"],
        ["0 of 2 runs"],
    ]


@pytest.mark.parametrize("count", [2, 400])
def test_captions_fit_their_cells(make, count):
    figures = {"style_error": 1e308, "content_error": 2e-5, "seconds": 1234.5}
    records = [
        make(i, typed={"weight": i // 2, "seed": i % 2}, figures=figures) for i in range(count)
    ]
    ranking = folded(records)
    for side in (150, 480):
        look = cells.Look(side, ranking.order, {}, sheet.marks_of(ranking), ranking)
        for record in ranking.order:
            assert cells.cell(record, 100, look).width <= look.width


def drawn(records: Sequence[Record]) -> tuple[list[tuple[float, ...]], list[str]]:
    """The bars as (x, y, x, y) of their ends, and the texts, of the plot."""
    with matplotlib.rc_context(plot.LOOK):
        plane = plot.plot(folded(records), title="").axes[0]
    bars = [one for one in plane.collections if isinstance(one, LineCollection)]
    ends = [tuple(arm.ravel()) for collection in bars for arm in collection.get_segments()]
    return ends, [text.get_text() for text in plane.texts]


def test_the_plot_has_a_cross_of_one_standard_deviation_around_each_mean():
    ends, texts = drawn([*ODD, *EVEN, FAILED, run("9-0", 0.9, 0.5)])
    wide, high = sqrt(0.29 / 3), sqrt(5 / 3)
    expected = [
        (0.35 - wide, 2.5, 0.35 + wide, 2.5),
        (0.4 - 0.2, 3, 0.4 + 0.2, 3),
        (0.35, 2.5 - high, 0.35, 2.5 + high),
        (0.4, 3 - sqrt(7), 0.4, 3 + sqrt(7)),
    ]
    assert np.array(ends) == pytest.approx(np.array(expected))
    assert texts[1].startswith("3 means over seed ± one standard deviation; ringed: no other")


def test_bars_beyond_a_logarithmic_axis_are_drawn():
    records = [run(f"{w}-{s}", w * (0.1 + s), w * (9.0 + s)) for w in (1, 50) for s in (0, 9)]
    assert plot.draw(folded(records), title="")
    endless = [run("1-0", 1.7e308, 1e308), run("1-1", -1.7e308, -1e308), run("2-0", 1.0, 1.0)]
    assert plot.draw(folded(endless), title="")
