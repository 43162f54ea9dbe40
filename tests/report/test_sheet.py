"""Each run's picture is one flat colour, so that the sheet's pixels tell what stands where."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stylex.report import cells, sheet
from stylex.report.cells import BEST
from stylex.report.ranking import rank
from stylex.runs.record import Record

Box = tuple[int, int, int, int]
Make = Callable[..., Record]


def colour(number: int) -> tuple[int, int, int]:
    """For each of 400 numbers its own, none of them a colour of the sheet's."""
    return 40 + number % 11 * 16, 250 - number // 11 % 11 * 16, 100 + number // 121 * 30


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A run whose picture has `colour(number)`."""

    def run(
        number: int, size: tuple[int, int] = (24, 16), status: str = "done", **kwargs: object
    ) -> Record:
        folder = tmp_path / "runs" / str(number)
        folder.mkdir(parents=True)
        if status in ("done", "interrupted"):
            Image.new("RGB", size, colour(number)).save(folder / "result.png")
        errors = {"style_error": 0.1 + number / 100, "content_error": 0.9 - number / 1000}
        typed = {key: str(value) for key, value in kwargs.pop("typed", {}).items()}  # type: ignore[attr-defined]
        figures = {**errors, "seconds": 10.0} if status == "done" else {}
        return Record(folder, status, typed=typed, **{"figures": figures, **kwargs})  # type: ignore[arg-type]

    return run


def draw(
    records: Sequence[Record], title: str = "a title", by: str = "style_error"
) -> list["np.ndarray"]:
    return [np.asarray(page) for page in sheet.pages(rank(records, by), title=title)]


def boxes(page: "np.ndarray", numbers: Sequence[int]) -> dict[int, Box]:
    """{number: (left, top, right, bottom)} of the rectangles of their colours; each just once."""
    table = np.full(1 << 24, -1, np.int16)
    weights = np.array([65536, 256, 1])
    table[np.array([colour(number) for number in numbers]) @ weights] = list(numbers)
    packed = page[..., 0].astype(np.int32) << 16 | page[..., 1].astype(np.int32) << 8 | page[..., 2]
    here = table[packed]
    starts = (here != np.roll(here, 1, 0)) & (here != np.roll(here, 1, 1)) & (here >= 0)
    ends = (here != np.roll(here, -1, 0)) & (here != np.roll(here, -1, 1)) & (here >= 0)
    areas = np.bincount(here[here >= 0], minlength=max(numbers) + 1)
    found: dict[int, Box] = {}
    for y, x in np.argwhere(starts).tolist():
        assert here[y, x] not in found, f"{here[y, x]} is there twice"
        found[int(here[y, x])] = x, y, x + 1, y + 1
    for y, x in np.argwhere(ends).tolist():
        left, top, _, _ = found[here[y, x]]
        found[int(here[y, x])] = left, top, x + 1, y + 1
    for number, (left, top, right, bottom) in found.items():
        assert areas[number] == (right - left) * (bottom - top), f"{number} is no rectangle"
    return found


def reading_order(found: dict[int, Box]) -> list[int]:
    """Line by line; pictures of one line stand on the same base."""
    return sorted(found, key=lambda number: (found[number][3], found[number][0]))


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


def test_an_interrupted_run_shows_its_picture_with_a_mark(make):
    records = [make(0, typed={"seed": 0}), make(1, status="interrupted", typed={"seed": 1})]
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
