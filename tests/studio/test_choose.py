"""Which of two, asked by the page of a folder's runs."""

import json
import os

import pytest
from PIL import Image

pytest.importorskip("streamlit", reason="the page needs Streamlit: pip install '.[studio]'")
from streamlit.testing.v1 import AppTest

from stylex.choices.answers import FILE


@pytest.fixture
def sweep(tmp_path):
    """Three runs of one pair, and one that has failed."""
    for seed in range(4):
        folder = tmp_path / f"sweep/seed={seed}"
        folder.mkdir(parents=True)
        record = {"status": "done" if seed < 3 else "failed", "overrides": [f"seed={seed}"]}
        record |= {"settings": {"content.name": "a", "style.name": "b", "seed": seed}}
        (folder / "run.json").write_text(json.dumps({**record, "style_error": 0.1}))
        Image.new("RGB", (48, 32), (60 * seed, 90, 90)).save(folder / "result.png")
    return tmp_path / "sweep"


def opened(folder):
    def script(folder):
        from pathlib import Path

        from stylex.studio.views.choose import choose

        choose(Path(folder))

    page = AppTest.from_function(script, args=(str(folder),), default_timeout=30)
    page.run()
    assert not page.exception
    return page


def press(page, key):
    page.button(key=f"choose {key}").click().run()
    assert not page.exception


def answers(folder):
    return [json.loads(line) for line in (folder / FILE).read_text().splitlines()]


def said(page):
    return [one.value for one in page.caption]


def test_the_answers_are_kept_in_the_folder_until_every_two_were_asked(sweep):
    page = opened(sweep)
    for number, side in enumerate(("left", "right", "tie"), 1):
        press(page, side)
        assert [one["chosen"] for one in answers(sweep)] == ["left", "right", "tie"][:number]
    asked = {frozenset((one["left"], one["right"])) for one in answers(sweep)}
    assert asked == {frozenset(f"seed={n}" for n in two) for two in ((0, 1), (0, 2), (1, 2))}
    assert [one.value for one in page.success] == ["Every two of these runs were compared."]
    assert page.dataframe[0].value["answers"].tolist() == [2, 2, 2]
    best = page.dataframe[0].value.iloc[0]
    assert best["rank"] == 1 and best["choices"].startswith("+")


def test_an_answer_is_taken_back(sweep):
    (sweep / FILE).write_text(
        '{"left": "seed=0", "right": "seed=1", "chosen": "tie", "time": ""}\n'
    )
    page = opened(sweep)
    assert page.button(key="choose undo").disabled  # that one was given elsewhere
    press(page, "left")
    assert len(answers(sweep)) == 2
    press(page, "undo")
    assert [one["chosen"] for one in answers(sweep)] == ["tie"]
    assert page.button(key="choose undo").disabled


def test_damage_and_runs_that_are_gone_are_said(sweep):
    gone = {"left": "seed=0", "right": "**gone**", "chosen": "left", "time": ""}
    (sweep / FILE).write_text("{\n" + json.dumps(gone) + "\n")
    page = opened(sweep)
    text = "\n".join(said(page)).replace("\\", "")
    assert (
        "1 damaged line passed over" in text and "1 answer is about runs that are not here" in text
    )
    assert "0 answers, kept in choices.jsonl" in said(page)


def test_nothing_is_written_outside_the_folder(sweep, tmp_path):
    os.symlink(tmp_path / "elsewhere", sweep / FILE)
    page = opened(sweep)
    press(page, "left")
    assert not (tmp_path / "elsewhere").exists()
    assert len(page.error) == 1


def test_there_is_nothing_to_choose_from_without_two_pictures(tmp_path):
    assert "before two runs have pictures" in opened(tmp_path).info[0].value
    assert "before two runs have pictures" in opened(tmp_path / "gone").info[0].value
