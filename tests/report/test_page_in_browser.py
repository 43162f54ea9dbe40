"""report.html in a real browser: one page of a sweep over two photographs, in one window."""

import pytest
from test_html import make_run

from stylex.report import html
from stylex.report.ranking import rank
from stylex.runs.record import find, read

pytest_plugins = "browsing"

# (style_error, content_error) by content and seed. Of `a` 1 is beaten; of `b`, which is worse than
# all of `a`, 0 and 2 are printed alike, and 3 is beaten.
ERRORS = {
    "a": [(0.1, 0.3), (0.2, 0.4), (0.3, 0.1)],
    "b": [(0.5, 0.9001), (0.9, 0.6), (0.5, 0.9002), (0.7, 0.95)],
}


@pytest.fixture(scope="module")
def ranking(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweep")
    for content, errors in ERRORS.items():
        for seed, (style, other) in enumerate(errors):
            about = {"style_error": style, "content_error": other, "seconds": 9 - seed}
            if content == "a":  # the runs of `b` are from before it was measured
                about["structure_error"] = 0.1 + seed / 10
            about["overrides"] = [f"content={content}", f"seed={seed}"]
            settings = {"content.name": content, "seed": seed}
            make_run(folder / f"{content}{seed}", "red", settings=settings, **about)
    make_run(
        folder / "b9", settings={"content.name": "b", "seed": 9}, status="failed", reason="why"
    )
    ranking = rank([read(path) for path in find([folder])])
    html.save(folder / "report.html", ranking, title="a sweep")
    return ranking


@pytest.fixture(scope="module")
def opened(browser, ranking):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(10_000)
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((ranking.order[0].folder.parent / "report.html").as_uri())
    yield page
    assert said == []


@pytest.fixture
def page(opened):
    """The page as it is at first."""
    opened.reload()
    return opened


def tiles(page):
    """[(values, on the front)] of the gallery."""
    return page.eval_on_selector_all(
        ".tile",
        "all => all.map((tile) => [tile.querySelector('.values').textContent,"
        " tile.classList.contains('front')])",
    )


def test_each_pair_has_its_front_as_in_the_table(page, ranking):
    shown = tiles(page)
    assert [text for text, _ in shown] == [
        f"{run.value('content')} · seed {run.value('seed')}" for run in ranking.order
    ]
    fronts = [run.folder in ranking.on_front for run in ranking.order]
    assert [front for _, front in shown] == fronts
    assert fronts.count(True) == 5


def test_any_two_figures_are_shown_against_each_other(page):
    """By structure_error against seconds other runs are on the fronts."""
    across, up = page.locator("#plane select").all()
    assert (across.input_value(), up.input_value()) == ("style_error", "content_error")
    assert "0.100 · 0.300" in page.inner_text(".tile")
    across.select_option("structure_error")
    up.select_option("seconds")
    label = page.get_attribute("#plot svg", "aria-label")
    assert label == "structure_error against seconds of the runs shown"
    # Those of `a` have it only: 0.1, 0.2, 0.3 in 9, 8 and 7 s.
    assert [text for text, front in tiles(page) if front] == [
        *("a · seed 0", "a · seed 1", "a · seed 2")
    ]
    assert "0.100 · 9.0" in page.inner_text(".tile")
    assert "– · 9.0" in page.inner_text(".tile:has-text('b · seed 0')")
    up.select_option("structure_error")  # what is across already: they change places
    assert (across.input_value(), up.input_value()) == ("seconds", "structure_error")
    assert "seconds →" in page.inner_html("#plot svg")


def test_the_menus_stay_where_no_run_shown_has_the_figures(page):
    across, _ = page.locator("#plane select").all()
    across.select_option("structure_error")
    page.get_by_role("searchbox").fill("content=b")
    assert not page.locator("#plot svg").is_visible()
    across.select_option("style_error")
    assert page.locator("#plot svg").is_visible()


def test_filters_and_the_front_of_what_is_shown(page):
    page.get_by_role("button", name="best compromises").click()
    assert [text for text, _ in tiles(page)] == [
        *("a · seed 0", "a · seed 2", "b · seed 0", "b · seed 2", "b · seed 1")
    ]
    page.get_by_role("button", name="b", exact=True).click()
    assert page.inner_text("#count") == "3 of 8"
    page.get_by_role("button", name="Show all").click()
    page.get_by_role("searchbox").fill("content=b seed=3")
    assert tiles(page) == [["b · seed 3", False]]  # alone it has nobody to be compared with


def test_the_table_sorts_by_any_column(page):
    page.get_by_role("button", name="Table").click()
    page.get_by_role("columnheader", name="seconds").get_by_role("button").click()
    rows = page.eval_on_selector_all(
        ".rows tr",
        "all => all.map((row) => row.children[2].textContent + row.children[3].textContent"
        " + row.children[4].textContent)",
    )
    assert rows == ["3b3", "3a2", "1b2", "2a1", "4b1", "1a0", "1b0", "b9"]


def test_runs_in_one_place_are_one_dot_that_opens_them_all(page):
    numbers = page.eval_on_selector_all("#plot .number", "all => all.map((one) => one.textContent)")
    assert numbers == ["2"]
    page.locator("#plot .several").hover(force=True)
    assert "and 1 more in this place" in page.inner_text("#tip")
    page.locator("#plot .several").click(force=True)
    assert page.inner_text("dialog .stretch") == "1 of 2"
    assert "#1 by style_error of its content and style" in page.inner_text("dialog .state")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("dialog .stretch") == "2 of 2"


def test_errors_are_compared_within_a_pair_only(page):
    def compare(one, other):
        """The figures that are marked as better."""
        for name in (one, other):
            page.get_by_label(f"compare {name}", exact=True).check(force=True)
        page.locator("#compared").get_by_role("button", name="Compare").click()
        better = page.eval_on_selector_all("td.better", "all => all.map((one) => one.textContent)")
        page.keyboard.press("Escape")
        page.get_by_title("compare nothing").click()
        return better

    assert compare("content=a, seed=0", "content=a, seed=2") == ["0.100", "0.100", "0.100", "7.0"]
    assert compare("content=a, seed=0", "content=b, seed=2") == ["7.0"]


def test_the_full_picture_is_beside_the_page(page):
    page.locator(".tile .open").first.click()
    page.locator("dialog .stage img[src$='result.png']").wait_for()
    assert page.evaluate("document.querySelector('dialog .stage img').naturalWidth") == 60
    assert page.inner_text("dialog code") == "python -m stylex"


def test_what_failed_says_why(page):
    page.get_by_role("searchbox").fill("failed")
    assert page.inner_text(".tile .figures") == "failed: why"


def test_a_phone_needs_no_sideways_scrolling(page):
    page.set_viewport_size({"width": 390, "height": 844})
    try:
        page.get_by_role("button", name="Table").click()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
    finally:
        page.set_viewport_size({"width": 1280, "height": 900})


def test_means_stand_above_the_runs_and_open_the_median_one(browser, ranking, tmp_path):
    folded = rank(ranking.order, fold="seed")
    html.save(tmp_path / "report.html", ranking, title="a sweep", folded=folded)
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(10_000)
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((tmp_path / "report.html").as_uri())
    try:
        assert page.inner_text("#means summary") == "mean ± standard deviation over seed"
        table = page.eval_on_selector_all(
            "#means tr", "all => all.map((row) => [...row.children].map((c) => c.textContent))"
        )
        # Of 0.1, 0.2 and 0.3; of `b` 0.5, 0.9, 0.5 and 0.7 and one that failed.
        assert table[0][1:6] == ["#", "content", "runs", "style_error", "content_error"]
        assert ["1", "a", "3", "0.200 ± 0.100", "0.267 ± 0.153"] in [row[1:6] for row in table]
        assert ["1", "b", "4 of 5", "0.650 ± 0.191"] in [row[1:5] for row in table]
        assert len(tiles(page)) == 8  # below them every run, as ever
        page.get_by_label("the median run: content=a, seed=1").click()
        assert page.inner_text("dialog h2") == "a · seed 1"
        page.keyboard.press("Escape")
        top = page.locator(".tile").first.bounding_box()["y"]
        page.locator("#means summary").click()
        page.wait_for_function(
            f"document.querySelector('.tile').getBoundingClientRect().top < {top}"
        )
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") == 390
    finally:
        page.close()
    assert said == []
