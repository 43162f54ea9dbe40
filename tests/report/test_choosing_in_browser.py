"""Which of these two: asked by report.html in a real browser, taken up by the report."""

import json
import math

import pytest
from test_html import make_run

from stylex.report import __main__ as report
from stylex.report.table import SUMMARY

pytest_plugins = "browsing"


@pytest.fixture
def sweep(tmp_path):
    """Two photographs in three and in two weights, and one that failed."""
    for content, weights in (("a", (1, 2, 3)), ("b", (1, 2))):
        for weight in weights:
            settings = {"content.name": content, "style_weight": weight}
            make_run(
                tmp_path / f"sweep/{content} {weight}",
                "red" if weight == 1 else "blue",
                settings=settings,
                overrides=[f"content={content}", f"style_weight={weight}"],
                **{"style_error": weight / 10, "content_error": 1 - weight / 10, "seconds": 1},
            )
    make_run(tmp_path / "sweep/c 1", settings={"content.name": "c"}, status="failed", reason="why")
    return tmp_path / "sweep"


def written(folder, *options):
    assert report.main([str(folder), *options]) == 0
    return folder / "report.html"


def ask(page):
    page.get_by_role("button", name="Choose", exact=True).click()


def pair(page):
    """The labels of the two pictures."""
    return page.eval_on_selector_all(".ask .layer img", "all => all.map((one) => one.alt)")


def strengths(page):
    """{label: choices} of the table."""
    page.get_by_role("button", name="Table", exact=True).click()
    heads = page.eval_on_selector_all("th", "all => all.map((one) => one.textContent.trim())")
    at = next(i for i, head in enumerate(heads) if head.startswith("choices"))
    rows = page.eval_on_selector_all(
        ".rows tr",
        "all => all.map((row) => [row.querySelector('.open').ariaLabel,"
        " [...row.children].map((one) => one.textContent)])",
    )
    return {label: cells[at] for label, cells in rows}


def answers(page):
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save choices.jsonl").click()
    assert saved.value.suggested_filename == "choices.jsonl"
    return saved.value.path().read_text()


def heavier(labels):
    """left or right: where the greater weight is."""
    one, other = (int(label.rpartition("=")[2]) for label in labels)
    return "ArrowLeft" if one > other else "ArrowRight"


def test_from_the_question_to_the_ranked_table(visit, sweep, capsys):
    page = visit(written(sweep))
    ask(page)
    shown = []
    while page.locator(".choice").count():
        shown.append(pair(page))
        page.keyboard.press(heavier(shown[-1]))
    # Each two of the same photograph once: three of `a`, one of `b`; never both, nor what failed.
    assert len({frozenset(labels) for labels in shown}) == len(shown) == 4
    assert all(one.partition(",")[0] == other.partition(",")[0] for one, other in shown)
    page.get_by_text("Every two of these runs were compared.").wait_for()
    text = answers(page)
    lines = [json.loads(line) for line in text.splitlines()]
    assert all(line[line["chosen"]].endswith(max(line["left"], line["right"])) for line in lines)

    in_page = strengths(page)
    assert in_page["content=c, style_weight="] == ""
    (sweep / "choices.jsonl").write_text(text)
    capsys.readouterr()
    written(sweep, "--by", "choices")
    printed = capsys.readouterr().out
    rows = {}
    for line in (sweep / SUMMARY).read_text().splitlines()[1:]:
        cells = line.split(",")
        rows[f"content={cells[2]}, style_weight={cells[3]}"] = cells
    head = (sweep / SUMMARY).read_text().splitlines()[0].split(",")
    at = head.index("choices")
    assert head[at : at + 3] == ["choices", "choices_se", "answers"]
    # The page's own arithmetic and the report's come to the same.
    for label, text in in_page.items():
        if text:
            strength, error = (float(cell) for cell in rows[label][at : at + 2])
            assert text == f"{strength:+.2f} ± {error:.2f}"
            assert text in printed
    assert [rows[f"content=a, style_weight={w}"][0] for w in (3, 2, 1)] == ["1", "2", "3"]
    assert "most chosen first, for each content and style" in printed


def test_one_answer_of_two_runs_by_hand(visit, sweep):
    """1 − σ(d) = d / 8 has the root d = 1.4815; and Var d = 1 / (1/8 + σ(d) (1 − σ(d)))."""
    page = visit(written(sweep))
    page.get_by_role("searchbox").fill("content=b")
    ask(page)
    page.locator(".choice .first").click()
    p = 1 / (1 + math.exp(-1.4815))
    error = math.sqrt(1 / (1 / 8 + p * (1 - p))) / 2
    found = sorted(strengths(page).values())
    assert found == [f"+0.74 ± {error:.2f}", f"-0.74 ± {error:.2f}"]


def test_answers_outlive_the_page_and_count_once(visit, sweep):
    page = visit(written(sweep))
    ask(page)
    page.get_by_role("button", name="Undo", disabled=True).wait_for()
    page.keyboard.press("e")
    page.keyboard.press("ArrowLeft")
    page.get_by_text("2 answers · this browser keeps them").wait_for()
    page.keyboard.press("Backspace")
    page.get_by_text("1 answer · this browser keeps them").wait_for()
    page.reload()
    ask(page)
    page.get_by_text("1 answer · this browser keeps them").wait_for()
    text = answers(page)
    assert json.loads(text)["chosen"] == "tie"
    # Dropped into the folder under any such name, and by another browser's name once more.
    for name in ("choices.jsonl", "choices (1).jsonl"):
        (sweep / name).write_text(text)
    written(sweep)
    page.reload()
    ask(page)
    page.get_by_text("1 answer", exact=True).wait_for()  # the folder has it now
    assert answers(page) == text


def test_two_tabs_keep_each_other_s_answers(visit, sweep):
    one = visit(written(sweep))
    other = one.context.new_page()
    other.goto(one.url)
    for page in (one, other):
        ask(page)
    one.keyboard.press("ArrowLeft")
    one.get_by_text("1 answer · this browser keeps them").wait_for()
    other.bring_to_front()
    other.keyboard.press("e")
    other.get_by_text("2 answers · this browser keeps them").wait_for()
    one.bring_to_front()
    one.keyboard.press("Backspace")  # its own, all that it has shown
    one.get_by_text("1 answer · this browser keeps them").wait_for()
    one.reload()
    ask(one)
    assert [json.loads(line)["chosen"] for line in answers(one).splitlines()] == ["tie"]


def test_keys_answer_once_for_each_press_and_only_what_is_on_the_screen(visit, sweep):
    page = visit(written(sweep))
    ask(page)
    for _ in range(4):  # held down
        page.keyboard.down("e")
    page.keyboard.up("e")
    page.get_by_text("1 answer · this browser keeps them").wait_for()
    page.keyboard.press("ArrowDown")  # scrolls, and says nothing of the two
    page.get_by_role("searchbox").fill("nothing like that")
    page.get_by_text("No run matches.").wait_for()
    page.get_by_role("searchbox").blur()
    page.keyboard.press("ArrowLeft")
    page.get_by_role("searchbox").fill("")
    page.get_by_text("1 answer · this browser keeps them").wait_for()


def test_a_pair_out_of_the_window_is_shown_before_a_key_answers(visit, sweep):
    page = visit(written(sweep), height=300)
    ask(page)
    stage = page.locator(".ask .stage")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    for _ in range(2):  # the first leads to the pair
        assert page.get_by_text("0 answers", exact=True).count() == 1
        page.keyboard.press("e")
        box = stage.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 300
    page.get_by_text("1 answer · this browser keeps them").wait_for()


def test_the_focus_stays_on_the_answer_that_was_pressed(visit, sweep):
    page = visit(written(sweep))
    ask(page)
    page.get_by_title("right arrow").focus()
    page.keyboard.press("Enter")
    page.get_by_text("1 answer · this browser keeps them").wait_for()
    assert page.evaluate("document.activeElement.title") == "right arrow"


def test_neither_pictures_nor_sides_tell_which_run_it_is(visit, sweep):
    page = visit(written(sweep))
    ask(page)
    assert "style_weight" not in page.inner_text(".ask").replace("--by choices", "")


def test_what_a_choices_file_says_is_data(sweep, capsys):
    line = {"left": "a 1", "right": "a 2", "chosen": "left", "time": "<img src=x>"}
    lines = [line, {**line, "left": "../gone"}, {**line, "right": "</script><b>"}]
    text = "".join(f"{json.dumps(one)}\n" for one in lines) + "{\n"
    (sweep / "choices.jsonl").write_text(text)
    page = written(sweep).read_text()
    assert "<img" not in page and "<b>" not in page
    assert capsys.readouterr().err.splitlines() == [
        f"stylex.report: {sweep / 'choices.jsonl'}: 1 damaged line passed over",
        f"stylex.report: {sweep}: 2 answers are about runs that are not here",
    ]


def test_a_report_of_several_sweeps_takes_each_one_s_answers(visit, sweep):
    """The page names runs from the folder that it is of, wherever it lies."""
    line = {"left": "a 1", "right": "a 2", "chosen": "right", "time": "t"}
    (sweep / "choices.jsonl").write_text(json.dumps(line))
    above, elsewhere = sweep.parent, sweep.parent / "elsewhere"
    written_to = [str(above), "--output", str(elsewhere)]
    assert report.main(written_to) == 0
    page = visit(elsewhere / "report.html")
    ask(page)
    said = json.loads(answers(page))
    assert said == {**line, "left": "sweep/a 1", "right": "sweep/a 2"}


def test_any_two_are_compared_where_no_two_have_a_pair_in_common(visit, tmp_path):
    for content in "abc":
        make_run(
            tmp_path / content,
            "red",
            settings={"content.name": content},
            overrides=[f"content={content}"],
            **{"style_error": 0.1, "content_error": 0.2},
        )
    page = visit(written(tmp_path))
    ask(page)
    while page.locator(".choice").count():
        one, other = (label[-1] for label in pair(page))
        page.keyboard.press("ArrowLeft" if one > other else "ArrowRight")
    (tmp_path / "choices.jsonl").write_text(answers(page))
    written(tmp_path, "--by", "choices")
    page.reload()
    labels = page.eval_on_selector_all(".tile .values", "all => all.map((one) => one.textContent)")
    assert labels == ["c", "b", "a"]
    lines = (tmp_path / SUMMARY).read_text().splitlines()[1:]
    assert [line[:3] for line in lines] == ["1,c", "2,b", "3,a"]
