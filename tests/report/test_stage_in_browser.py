"""Pictures of report.html in a real browser: originals, two upon each other, zoom, a phone."""

import io
import json

import pytest
from PIL import Image
from test_html import make_run

from stylex.report import html
from stylex.report.ranking import rank
from stylex.runs.record import find, read

pytest_plugins = "browsing"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def report(tmp_path):
    """Two photographs of one painting, red to be painted blue or green."""
    for name, colour in (("a", "red"), ("b", "maroon"), ("paint", "yellow")):
        Image.new("RGB", (90, 60), colour).save(tmp_path / f"{name}.png")
    for content in "ab":
        for seed, colour in enumerate(("blue", "green")):
            files = {"content": f"{content}.png", "style": "paint.png"}
            make_run(
                tmp_path / f"sweep/{content}{seed}",
                colour,
                settings={"content.name": content, "style.name": "paint", "seed": seed},
                overrides=[f"content={content}", f"seed={seed}"],
                pictures={kind: {"path": str(tmp_path / path)} for kind, path in files.items()},
                **{"style_error": 0.25 + seed / 10, "content_error": 0.5, "seconds": 1},
            )
    path = tmp_path / "sweep/report.html"
    html.save(path, rank([read(run) for run in find([tmp_path])]), title="a sweep")
    return path


def colour_at(page, x, y):
    """Of the screen, in px of the stage's width and height from 0 to 1."""
    box = page.locator(".stage").bounding_box()
    clip = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
    page.wait_for_timeout(100)
    shot = page.screenshot(clip={**clip, "width": 1, "height": 1})
    return Image.open(io.BytesIO(shot)).convert("RGB").getpixel((0, 0))


RED, BLUE, GREEN, YELLOW = (255, 0, 0), (0, 0, 255), (0, 128, 0), (255, 255, 0)


def loaded(page):
    """When all pictures on the stage are the files themselves."""
    for _ in range(100):  # by hand, for the page lets nobody evaluate text later
        if page.eval_on_selector_all(
            "dialog .stage img",
            "all => all.every((one) => one.complete && !one.src.startsWith('data:'))",
        ):
            return
        page.wait_for_timeout(50)
    pytest.fail("a picture is missing")


def test_originals_stand_before_their_results(visit, report):
    page = visit(report)
    order = page.eval_on_selector_all(".tiles > *", "all => all.map((one) => one.classList[0])")
    assert order == ["source", "tile", "tile"] * 2
    names = page.eval_on_selector_all(".source", "all => all.map((one) => one.innerText)")
    assert [name.split() for name in names] == [["a", "paint"], ["b", "paint"]]
    page.locator("#sort select").select_option("seconds")
    assert page.locator(".source").count() == 0  # runs of several pairs among one another


def test_an_original_is_compared_with_its_result(visit, report):
    page = visit(report)
    page.locator(".tile .open").first.click()
    page.locator("dialog").get_by_title("compare with the photograph").click()
    loaded(page)
    assert colour_at(page, 0.25, 0.5) == RED
    assert colour_at(page, 0.75, 0.5) == BLUE
    page.keyboard.press("ArrowRight")  # the other seed, with its own photograph
    loaded(page)
    assert colour_at(page, 0.25, 0.5) == RED and colour_at(page, 0.75, 0.5) == GREEN
    page.locator("dialog").get_by_title("compare with the painting").click()
    loaded(page)
    assert colour_at(page, 0.25, 0.5) == YELLOW


def test_the_slider_shows_as_much_of_either_run_as_it_is_moved(visit, report):
    page = visit(report)
    page.locator(".tile .open").first.click()
    page.get_by_role("button", name="Compare", exact=True).click()
    loaded(page)
    assert page.locator(".caption").all_inner_texts() == ["seed 0", "seed 1"]
    assert colour_at(page, 0.45, 0.5) == BLUE and colour_at(page, 0.55, 0.5) == GREEN
    box = page.locator(".stage").bounding_box()
    across, down = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(across, down)
    page.mouse.down()
    page.mouse.move(across - 0.2 * box["width"], down)
    page.mouse.up()
    assert colour_at(page, 0.25, 0.5) == BLUE and colour_at(page, 0.45, 0.5) == GREEN
    divider = page.get_by_label("divider between the two")
    assert float(divider.input_value()) == pytest.approx(30, abs=1)
    divider.focus()
    page.keyboard.press("End")  # by the keyboard it moves, too, and no run is left for another
    assert colour_at(page, 0.65, 0.5) == BLUE
    assert page.inner_text("dialog .stretch") == "1 of 3"


def test_no_run_is_compared_with_itself_and_the_arrow_pressed_keeps_the_focus(visit, report):
    page = visit(report)
    page.locator(".tile .open").nth(1).click()
    page.get_by_role("button", name="Compare", exact=True).click()
    assert page.locator("dialog thead button").all_inner_texts() == ["a · seed 1", "b · seed 0"]
    page.get_by_title("previous (left arrow)").focus()
    page.keyboard.press("Enter")
    assert page.locator("dialog thead button").all_inner_texts() == ["a · seed 1", "a · seed 0"]
    page.keyboard.press("Enter")  # there is none before it
    assert page.inner_text("dialog .stretch") == "1 of 3"
    page.get_by_title("next (right arrow)").focus()
    page.keyboard.press("Enter")
    assert page.inner_text("dialog .stretch") == "2 of 3"
    assert page.evaluate("document.activeElement.title") == "next (right arrow)"


def transform(page):
    """Of both pictures: the scale, and the shift in px."""
    found = page.eval_on_selector_all(
        ".stage img", "all => all.map((one) => getComputedStyle(one).transform)"
    )
    one, other = ([float(part) for part in text[7:-1].split(",")] for text in found)
    assert one == pytest.approx(other, abs=0.1)  # their places differ by fractions of a px
    return one[0], one[4], one[5]


@pytest.mark.parametrize("slide", [True, False], ids=["slider", "side by side"])
def test_two_pictures_are_zoomed_and_moved_together(visit, report, slide):
    page = visit(report)
    page.locator(".tile .open").first.click()
    page.get_by_role("button", name="Compare", exact=True).click()
    if not slide:
        page.keyboard.press("s")
    loaded(page)
    first = page.locator(".layer").first.bounding_box()
    across, down = first["x"] + first["width"] / 4, first["y"] + first["height"] / 2
    page.mouse.move(across, down)
    page.mouse.wheel(0, -500)  # e to the first: 2.718 times, around the pointer
    page.locator(".stage.zoomed").wait_for()
    scale, x, y = transform(page)
    assert scale == pytest.approx(2.718, abs=0.01)
    # What was at the pointer, in whole px, stays there: p = x + s p.
    assert x == pytest.approx(first["width"] / 4 * (1 - scale), abs=2)
    assert y == pytest.approx(first["height"] / 2 * (1 - scale), abs=2)
    page.mouse.down()
    page.mouse.move(across - 30, down - 20)
    page.mouse.up()
    assert transform(page) == pytest.approx((scale, x - 30, y - 20), abs=0.5)
    page.keyboard.press("ArrowRight")  # the next run is looked at in the same place
    loaded(page)
    assert transform(page) == pytest.approx((scale, x - 30, y - 20), abs=0.5)
    page.keyboard.press("0")
    assert transform(page) == (1, 0, 0)


def test_the_best_of_each_photograph(visit, report):
    page = visit(report)
    page.get_by_role("button", name="best of each photograph", exact=True).click()
    labels = page.eval_on_selector_all(".tile .values", "all => all.map((one) => one.textContent)")
    assert labels == ["a · seed 0", "b · seed 0"]
    page.get_by_role("button", name="Show all").click()
    assert page.locator(".tile").count() == 4


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_table_of_a_phone_shows_which_run_and_its_figures(visit, report, scheme):
    page = visit(report, **PHONE)
    page.emulate_media(color_scheme=scheme)
    page.get_by_role("button", name="Table", exact=True).click()
    seen = page.eval_on_selector_all(
        ".rows tr",
        """all => all.map((row) => [...row.children].filter((cell) => {
          const box = cell.getBoundingClientRect();
          return cell.innerText && box.left >= 0 && box.right <= innerWidth
            && (cell.scrollWidth <= cell.clientWidth + 1);
        }).map((cell) => cell.innerText))""",
    )
    assert seen[0] == ["1", "a · seed 0", "0.250", "0.500"]
    heads = page.locator("th").all_inner_texts()
    assert [head.replace("\n", "") for head in heads[3:5]] == ["style_error", "content_error"]
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_question_fits_on_a_phone(visit, report):
    page = visit(report, **PHONE)
    page.get_by_role("button", name="Choose", exact=True).click()
    for button in (".choice .first", ".choice .second"):
        box = page.locator(button).bounding_box()
        assert box["y"] + box["height"] <= PHONE["height"]
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_picture_that_is_gone_leaves_its_thumbnail_or_nothing(visit, report, tmp_path):
    (tmp_path / "a.png").unlink()
    path = report.with_name("again.html")
    html.save(path, rank([read(run) for run in find([tmp_path / "sweep"])]), title="a sweep")
    (tmp_path / "b.png").unlink()
    text = path.read_text()
    (block,) = [line for line in text.splitlines() if 'id="originals"' in line]
    known = json.loads(block.partition(">")[2].rpartition("<")[0])
    assert [sorted(one) for one in known if one["name"] == "a"] == [["kind", "name"]]
    page = visit(path)
    page.get_by_role("searchbox").fill("content=b")
    page.locator(".tile .open").first.click()
    page.locator("dialog").get_by_title("compare with the photograph").click()
    page.wait_for_timeout(300)
    assert [text for text in visit.said if "ERR_FILE_NOT_FOUND" not in text] == []
    visit.said.clear()
    red, green, blue = colour_at(page, 0.25, 0.5)
    assert 110 < red < 145 and green < 20 and blue < 20  # a JPEG's maroon
