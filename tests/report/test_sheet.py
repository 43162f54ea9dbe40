"""Where everything stands on the sheet."""

import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sheets import boxes, colour, draw, reading_order

from stylex.report import sheet
from stylex.report.ranking import rank
from stylex.runs.record import Record


def test_a_strip_reads_as_its_values_rise(make):
    values = [10, 2, 0.5, 100, 1]
    records = [make(i, typed={"style_weight": value}) for i, value in enumerate(values)]
    (page,) = draw(records)
    found = boxes(page, range(5))
    assert reading_order(found) == [2, 4, 1, 0, 3]
    assert len({box[1] for box in found.values()}) == 1


def test_a_long_strip_is_wrapped(make):
    records = [make(i, typed={"seed": i}) for i in range(40)]
    (page,) = draw(records)
    found = boxes(page, range(40))
    assert reading_order(found) == list(range(40))
    assert 3 < len({box[3] for box in found.values()}) < 14


def test_a_grid_has_a_row_and_a_column_for_each_value(make):
    places = list(product([5, 1], ["b", "a", "c"]))
    records = [make(i, typed={"weight": w, "init": n}) for i, (w, n) in enumerate(places)]
    (page,) = draw(records)
    found = boxes(page, range(6))
    # More values along the columns; numbers rise, words stay as they came.
    assert reading_order(found) == [3, 4, 5, 0, 1, 2]
    for row in ([3, 4, 5], [0, 1, 2]):
        assert len({found[i][1] for i in row}) == 1
    for column in ([3, 0], [4, 1], [5, 2]):
        assert len({found[i][0] for i in column}) == 1


def picture(path: Path, number: int) -> Path:
    Image.new("RGB", (30, 20), colour(number)).save(path)
    return path


def test_photographs_stand_left_of_their_rows_and_paintings_above_their_columns(make, tmp_path):
    sources = {name: picture(tmp_path / f"{name}.png", 50 + i) for i, name in enumerate("abxyz")}
    records = [
        make(
            i,
            typed={"style": style, "content": content},
            pictures={"content": sources[content], "style": sources[style]},
        )
        for i, (style, content) in enumerate(product("xyz", "ab"))
    ]
    (page,) = draw(records)
    found = boxes(page, [*range(6), *range(50, 55)])
    assert len(found) == 11
    for i, (style, content) in enumerate(product("xyz", "ab")):
        left, top, _, bottom = found[i]
        beside, above = found[50 + "ab".index(content)], found[52 + "xyz".index(style)]
        assert beside[2] < left and top <= beside[1] < bottom
        assert above[0] == left and above[3] < top


def test_of_a_mixture_every_painting_stands_above_its_column(make, tmp_path):
    a, b = (picture(tmp_path / f"{name}.png", number) for name, number in (("a", 50), ("b", 51)))
    records = [
        make(0, typed={"style": "a"}, pictures={"style": a}),
        make(1, typed={"style": "a+b"}, pictures={"style.1": a, "style.2": b}),
    ]
    (page,) = draw(records)
    found = boxes(page, [0, 1, 51])
    assert found[1][0] < found[51][0] < found[51][2] <= found[1][2]
    assert found[51][3] < found[1][1]


def test_pictures_common_to_all_stand_in_the_head_of_every_page(make, tmp_path, monkeypatch):
    monkeypatch.setattr(sheet, "LARGEST", 900)
    pictures = {
        "content": picture(tmp_path / "cat.png", 60),
        "style": picture(tmp_path / "night.png", 61),
    }
    records = [
        make(i, typed={"seed": i, "content": "cat", "style": "night"}, pictures=pictures)
        for i in range(20)
    ]
    pages = draw(records)
    assert len(pages) > 1
    shown = []
    for page in pages:
        assert max(page.shape) <= 900
        found = boxes(page, [*range(20), 60, 61])
        heads = [found.pop(60), found.pop(61)]
        assert max(box[3] for box in heads) < min(box[1] for box in found.values())
        shown += reading_order(found)
    assert shown == list(range(20))


def test_further_axes_make_blocks_that_do_not_mix(make):
    places = list(product("pq", range(3), range(4)))
    records = [
        make(i, typed=dict(zip("abc", place, strict=True))) for i, place in enumerate(places)
    ]
    (page,) = draw(records)
    found = boxes(page, range(24))
    assert len(found) == 24
    blocks = []
    for start in (0, 12):
        block = {i: found[i] for i in range(start, start + 12)}
        assert reading_order(block) == list(range(start, start + 12))
        lefts, tops, rights, bottoms = zip(*block.values(), strict=True)
        blocks.append((min(lefts), min(tops), max(rights), max(bottoms)))
    one, other = blocks
    assert one[3] < other[1] or one[2] < other[0]


@pytest.mark.parametrize(
    ("by", "order"), [("style_error", range(9)), ("content_error", range(8, -1, -1))]
)
def test_runs_that_fill_no_grid_come_best_first(make, by, order):
    records = [make(i, typed={"a": i, "b": (i * 5) % 9}) for i in (4, 2, 8, 0, 6, 1, 3, 5, 7)]
    (page,) = draw(records, by=by)
    assert reading_order(boxes(page, range(9))) == list(order)


@pytest.mark.parametrize("count", [1, 2, 3, 8, 400])
def test_every_run_is_on_a_page_of_bounded_size(make, count):
    pages = draw([make(i, typed={"seed": i}) for i in range(count)])
    shown: list[int] = []
    for page in pages:
        assert max(page.shape) <= 4000
        found = boxes(page, range(count))
        assert all(box[2] - box[0] >= 150 for box in found.values())
        shown += reading_order(found)
    assert shown == list(range(count))


def test_twenty_by_twenty_fit_on_one_page(make):
    records = [make(i, typed={"a": i // 20, "b": i % 20}) for i in range(400)]
    (page,) = draw(records)
    assert max(page.shape) <= 4000
    assert reading_order(boxes(page, range(400))) == list(range(400))


def test_of_too_many_runs_the_best_are_shown(make, monkeypatch):
    monkeypatch.setattr(sheet, "MOST", 12)
    pages = draw([make(i, typed={"seed": 100 - i}) for i in range(30)])
    assert sorted(i for page in pages for i in boxes(page, range(30))) == list(range(12))


def test_pictures_keep_their_shape_and_stand_on_one_line(make):
    sizes = [(30, 20), (20, 30), (25, 25), (60, 20)]
    (page,) = draw([make(i, size, typed={"init": i}) for i, size in enumerate(sizes)])
    found = boxes(page, range(4))
    for i, (width, height) in enumerate(sizes):
        left, top, right, bottom = found[i]
        assert (right - left) / (bottom - top) == pytest.approx(width / height, rel=0.02)
    assert len({box[3] for box in found.values()}) == 1


def test_pictures_that_cannot_be_read_spoil_nothing(make, tmp_path):
    records = [make(i, typed={"a": i // 5, "b": i % 5}) for i in range(10)]
    whole = records[1].result.read_bytes()
    records[0].result.unlink()
    records[1].result.write_bytes(whole[: len(whole) // 2])
    records[2].result.write_bytes(b"")
    records[3].result.write_text("no picture")
    records[4].result.unlink()
    records[4].result.mkdir()
    Image.new("L", (24, 16), 7).save(records[5].result)
    gone = {"content": tmp_path / "gone.png", "style": tmp_path}
    records = [*records, Record(tmp_path / "nowhere", "done", typed={"a": "1"}, pictures=gone)]
    (page,) = draw(records)
    assert sorted(boxes(page, range(10))) == [6, 7, 8, 9]


def test_of_runs_with_the_same_settings_the_last_that_was_done_is_shown(make):
    records = [
        make(i, typed={"a": i // 2, "b": i % 2}, started=f"2026-01-0{i + 1}") for i in range(4)
    ]
    again = make(4, typed={"a": 0, "b": 0}, started="2026-01-05")
    stopped = make(5, typed={"a": 0, "b": 1}, started="2026-01-06", status="interrupted")
    (page,) = draw([again, stopped, *records])
    assert reading_order(boxes(page, range(6))) == [4, 1, 2, 3]


def test_a_thumbnail_is_taken_where_it_is_large_enough(make):
    records = [make(i, (640, 320), typed={"seed": i}) for i in range(5)]
    for record in records:
        Image.new("RGB", (320, 160), "black").save(record.thumbnail)
    (page,) = draw(records)
    assert boxes(page, range(5)) == {}
    (page,) = draw(records[:2])
    assert sorted(boxes(page, range(2))) == [0, 1]


def test_saving_takes_away_pages_of_an_earlier_larger_sheet(make, tmp_path, monkeypatch):
    records = [make(i, typed={"seed": i}) for i in range(12)]
    mine = [tmp_path / "sheet-of-mine.png", tmp_path / "sheet-02.png"]
    for path in mine:
        path.touch()
    with monkeypatch.context() as small:
        small.setattr(sheet, "LARGEST", 700)
        paths = sheet.save(tmp_path, rank(records), title="large")
    assert len(paths) > 2
    assert [path.name for path in paths[:3]] == ["sheet.png", "sheet-2.png", "sheet-3.png"]
    few = rank(records[:2])
    assert sheet.save(tmp_path, few, title="small") == [tmp_path / "sheet.png"]
    assert sorted(tmp_path.glob("*.png")) == sorted([*mine, tmp_path / "sheet.png"])
    assert list(boxes(np.asarray(Image.open(tmp_path / "sheet.png")), range(12))) == [0, 1]


def test_no_runs_make_no_page():
    assert draw([]) == []


def test_words_of_any_alphabet_and_length_are_drawn(make):
    values = [
        "京都",
        "東京",
        "naïve café",
        "Жуковский",
        "x" * 300,
        "a\nb\x1b[1m",
        "\udce9",
        "$x_1$",
        "",
    ]
    records = [make(i, typed={"note": value, "k" * 99: i}) for i, value in enumerate(values)]
    for some in (records, records[:1]):
        assert draw(some, title="Über 京都 " * 40)
    grid = [
        make(20 + i, typed={"a" * 90: v, "b" * 90: w})
        for i, (v, w) in enumerate(product(values, "xy"))
    ]
    (page,) = draw(grid)
    assert len(boxes(page, range(20, 38))) == 18


def test_drawing_needs_neither_torch_nor_hydra_nor_matplotlib():
    code = (
        "import sys; from stylex.report import plot, sheet, table;"
        "assert not {'torch', 'hydra', 'omegaconf', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=True)


def test_further_pages_of_an_earlier_sheet_go_and_files_of_that_name_stay(make, tmp_path):
    ranking = rank([make(0)])
    (page,) = sheet.save(tmp_path, ranking, title="a title")
    (tmp_path / "sheet-2.png").write_bytes(page.read_bytes())
    picture(tmp_path / "sheet-14.png", 3)
    sheet.save(tmp_path, ranking, title="a title")
    assert {path.name for path in tmp_path.glob("*.png")} >= {"sheet.png", "sheet-14.png"}
    assert not (tmp_path / "sheet-2.png").exists()
