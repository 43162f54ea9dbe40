"""choices.jsonl: what is read of it, whoever wrote it, and two who write at once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from stylex.choices.answers import FILE, Answer, answered, append, read, withdraw

ONE = Answer("a", "b", "left", "2026-11-29T05:00:00.000Z")
TWO = Answer("a", "c", "tie", "2026-11-29T05:00:01.000Z")
CHECKOUT = Path(__file__).resolve().parents[2]


def line(answer, **changed):
    return json.dumps({**vars(answer), **changed}) + "\n"


def test_a_line_for_each_answer(tmp_path):
    append(tmp_path, ONE)
    append(tmp_path, TWO)
    lines = (tmp_path / FILE).read_text().splitlines()
    assert [json.loads(text) for text in lines] == [
        {"left": "a", "right": "b", "chosen": "left", "time": "2026-11-29T05:00:00.000Z"},
        {"left": "a", "right": "c", "chosen": "tie", "time": "2026-11-29T05:00:01.000Z"},
    ]
    assert read(tmp_path) == ([ONE, TWO], [])
    assert [path.name for path in tmp_path.iterdir()] == [FILE]  # no lock is left


def test_the_time_is_utc_to_a_millisecond():
    time = answered("a", "b", "left").time
    assert len(time) == 24 and time[10] == "T" and time[19] == "." and time.endswith("Z")


@pytest.mark.parametrize(
    "damage",
    [
        "{",
        "[]",
        "3",
        '"left"',
        "null",
        "\x00\xff",
        "[" * 100_000,
        line(ONE, chosen="neither"),
        line(ONE, right="a"),
        line(ONE, left=3),
        line(ONE, time=None),
        '{"left": "a", "right": "b"}',
        line(ONE)[:-9],
    ],
    ids=lambda text: text[:30],
)
def test_a_damaged_line_is_passed_over_and_said(tmp_path, damage):
    text = damage.strip("\n") + "\n"
    (tmp_path / FILE).write_bytes(line(ONE).encode() + text.encode("latin-1") + line(TWO).encode())
    found, notes = read(tmp_path)
    assert found == [ONE, TWO]
    assert notes == [f"{tmp_path / FILE}: 1 damaged line passed over"]


def test_half_a_line_does_not_spoil_the_next_one(tmp_path):
    (tmp_path / FILE).write_text(line(ONE)[:20])
    append(tmp_path, TWO)
    found, notes = read(tmp_path)
    assert found == [TWO] and len(notes) == 1


def test_files_that_are_dropped_in_are_merged_without_duplicates(tmp_path):
    append(tmp_path, TWO)
    (tmp_path / "choices (1).jsonl").write_text(line(ONE) + line(TWO))
    (tmp_path / "choices-anna.jsonl").mkdir()
    found, notes = read(tmp_path)
    assert found == [ONE, TWO]  # by time
    assert notes == [f"{tmp_path / 'choices-anna.jsonl'} cannot be read: Is a directory"]


def test_no_file_is_no_answer(tmp_path):
    assert read(tmp_path) == ([], [])


def test_an_answer_is_withdrawn_and_the_rest_stays_as_it_is(tmp_path):
    (tmp_path / FILE).write_text("{\n" + line(ONE) + line(TWO))
    withdraw(tmp_path, ONE)
    assert (tmp_path / FILE).read_text() == "{\n" + line(TWO)


def test_two_writers_lose_nothing(tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from stylex.choices.answers import Answer, append\n"
        "for n in range(60): append(Path(sys.argv[1]), Answer(sys.argv[2], str(n), 'left', ''))"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, tmp_path, name], cwd=CHECKOUT)
        for name in ("one", "two")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    found, notes = read(tmp_path)
    assert notes == []
    assert {(a.left, a.right) for a in found} == {
        (name, str(n)) for name in ("one", "two") for n in range(60)
    }
