"""The page's other views in a real browser, and what a stranger's run can make them do."""

import os
import re

import pytest
from driving import LONG, PHONE, button, disabled, fill, go_to, says

pytest_plugins = "serving"

NAME = "![a](http://elsewhere.example/a.png) **b** `c` :smile: $x$ :red[d] -> # e"
REASON = (
    "<img src=http://elsewhere.example/b.png> [f](http://elsewhere.example) www.elsewhere.example"
    " http://elsewhere.example g@elsewhere.example :material/home: -- <b>h</b>\n\n# i"
)


def made_of_text(page):
    """How many links, pictures and icons the page has made of a record's text."""
    found = "[href*=elsewhere], [src*=elsewhere], a[href^=mailto], .katex, main em, main code code"
    return page.locator(found).count() + page.get_by_text("😄").count()


def shows(page, text, count=1):
    """Waits until the page holds the text letter by letter, but for marks that are invisible."""
    for _ in range(100):
        if page.locator("body").inner_text().replace("\u2060", "").count(text) >= count:
            break
        page.wait_for_timeout(100)
    else:
        pytest.fail(f"no {text} in {page.locator('body').inner_text()}")
    assert made_of_text(page) == 0


@pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["phone"])
def test_every_view_has_an_address_and_a_heading(page, served, made, copied):
    copied("later_00-02", started="2099-02-02T00:00:00+0000")
    for view, words in (
        ("paint", "The same from a terminal"),
        ("run", "coffee in the manner of night"),
        ("gallery", re.compile(r"\d of \d+ runs")),
        ("compare", "Superimposed"),
        ("sweep", "How many settings vary"),
    ):
        page.goto(f"{served.address}/{view}")
        page.get_by_text(words).first.wait_for()
        page.get_by_role("heading", name=view.title(), level=1).wait_for(state="attached")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_a_record_s_text_is_text(page, served, copied):
    text = {
        "settings": {"content.name": NAME, "style.name": NAME, "extra": REASON},
        "reason": REASON,
        "started": "2026-03-03T00:00:00+0000",
    }
    failed = copied("text_00-03", **text, status="failed")
    copied("text_00-04", **text, status="interrupted")
    title, reason = f"{NAME} in the manner of {NAME}", REASON.replace("\n", "\\n")
    for name in ("text_00-03", "text_00-04"):
        page.goto(f"{served.address}/run?run=runs/2026-01-01/{name}")
        shows(page, f"{title}, so far")
        shows(page, reason)
    button(page, "Use these settings").click()
    shows(page, f"extra={reason}")
    go_to(page, "Gallery")
    shows(page, title, 2)
    other = copied("text_00-06", settings={"extra": f"{REASON}, too"})
    both = "&".join(f"{k}=runs/2026-01-01/{f.name}" for k, f in (("a", failed), ("b", other)))
    page.goto(f"{served.address}/compare?{both}")
    page.get_by_text("Differences").wait_for(timeout=LONG)
    assert made_of_text(page) == 0


@pytest.mark.parametrize(("key", "other"), ["ab", "ba"])
def test_a_run_is_compared_with_another_one_by_default(page, served, made, copied, key, other):
    copied("first_00-01", started="2026-04-04T00:00:00+0000")
    copied("second_00-02", started="2026-04-03T00:00:00+0000")
    for name in ("first_00-01", "second_00-02"):
        page.goto(f"{served.address}/compare?{key}=runs/2026-01-01/{name}")
        page.get_by_text("Superimposed").wait_for(timeout=LONG)  # which a run with itself is not
        page.wait_for_function(f"location.search.includes('{other}=runs')")
        assert page.url.count(name) == 1


def test_a_link_to_a_run_that_is_gone_says_so(page, served, made, copied):
    copied("third_00-03")
    page.goto(f"{served.address}/compare?a=runs/gone")
    page.get_by_text("there is no run runs/gone with a picture").wait_for()


def test_only_the_run_s_own_files_are_opened(page, served, made, copied):
    outside = served.here / "images/content/jesse.jpg"
    folder = copied("links_00-05")
    for name in ("result.png", "thumbnail.jpg"):
        (folder / name).unlink()
        os.symlink(outside, folder / name)
    page.goto(f"{served.address}/run?run=runs/2026-01-01/{folder.name}")
    page.get_by_text("Its files are in").wait_for()
    assert button(page, "PNG").count() == 0 and page.locator("main img").count() == 0
    go_to(page, "Gallery")
    page.get_by_text("no picture: done").wait_for()
    (served.here / "secret").mkdir()
    (served.here / "secret/run.json").write_text('{"status": "done", "levels": []}')
    page.goto(f"{served.address}/run?run=../secret")
    page.get_by_text("there is no run '../secret' in outputs").wait_for()


@pytest.mark.slow
def test_sweep_gallery_and_comparison(page, served):
    go_to(page, "Sweep")
    fill(page, "Values", "1, many")
    page.get_by_text("style_weight must be a number, not many").wait_for()
    disabled(page, "Run the sweep").wait_for()
    fill(page, "Values", "1, 25")
    says(page, "--multirun content=jesse style=kahlo experiment=fast style_weight=1,25 sweep=mine")
    page.get_by_role("radio", name="3").click()
    fill(page, "Values", "2", nth=2)
    fill(page, "Values", "25", nth=1)
    says(page, "style_weight=1,25 tv_weight=25 steps=2")
    fill(page, "Name of the sweep", "a b")
    page.get_by_text("a sweep's name is a letter").wait_for()
    fill(page, "Name of the sweep", "wide")
    says(page, "steps=2 sweep=wide")
    page.get_by_text(re.compile(r"^2 jobs, about \d+ s, \d\.\d GB each, into ")).wait_for(
        timeout=LONG
    )
    button(page, "Run the sweep").click()
    button(page, "Stop").wait_for(timeout=LONG)
    page.get_by_text("2 done").wait_for(timeout=LONG)
    button(page, "Stop").wait_for(state="detached", timeout=LONG)
    with page.expect_download() as saved:
        button(page, "Download the sheet").click()
    sheet = served.here / "outputs/sweeps/wide/sheet.png"
    assert saved.value.path().read_bytes() == sheet.read_bytes()

    go_to(page, "Gallery")
    button(page, "Open").first.wait_for()
    count = len([*served.here.glob("outputs/*/*/*/run.json")])  # other tests make some, too
    page.get_by_text(f"{count} of {count} runs", exact=True).wait_for()
    fill(page, "Words of the title or the command", "style_weight=25 sweep=")
    page.get_by_text(f"0 of {count} runs", exact=True).wait_for()
    fill(page, "Words of the title or the command", "style_weight=25")
    page.get_by_text(f"1 of {count} runs", exact=True).wait_for()
    fill(page, "Words of the title or the command", "experiment=fast")
    button(page, "Compare").nth(1).wait_for()
    button(page, "Compare").first.click()
    button(page, "Chosen").wait_for()
    button(page, "Compare").first.click()
    page.get_by_text("Differences").wait_for()
    page.get_by_test_id("stMetric").nth(9).wait_for()  # five for each
    for _ in range(2):  # one after another
        before = page.url
        page.get_by_role("combobox", name="Left").click()
        page.get_by_role("option", selected=False).first.click()
        page.wait_for_url(lambda url, before=before: url != before)
    page.get_by_role("img").nth(1).wait_for()
