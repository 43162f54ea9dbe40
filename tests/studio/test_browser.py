"""The page as people use it, in a real browser.

Chromium comes from the system: `apt-get install chromium`, or `STYLEX_CHROMIUM=/path/to/it`.
"""

import io
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from PIL import Image

playwright = pytest.importorskip("playwright.sync_api", reason="needs pip install '.[test]'")

CHROMIUM = os.environ.get("STYLEX_CHROMIUM") or shutil.which("chromium")
OFFLINE = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
)
LONG = 60_000  # ms, for what a run has to do

pytest_plugins = "serving"
pytestmark = pytest.mark.skipif(
    not CHROMIUM, reason="needs Chromium: apt-get install chromium, or STYLEX_CHROMIUM=/path"
)


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*OFFLINE])
        yield browser
        browser.close()


@pytest.fixture(params=[(1280, 900), (390, 844)], ids=["desktop", "phone"])
def page(request, browser, served):
    """An open page; nothing may be fetched from anywhere else, nor stand out at the side."""
    width, height = request.param
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(20_000)
    elsewhere = []
    page.on("request", lambda asked: elsewhere.append(asked.url))
    page.goto(served.address)
    button(page, "Paint").wait_for()
    yield page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
    own = (served.address, "data:", "blob:")
    assert [url for url in elsewhere if not url.startswith(own)] == []


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def fill(page, role, name, value, nth=0):
    """Types into a box and leaves it."""
    box = page.get_by_role(role, name=name, exact=True).nth(nth)
    box.fill(value)
    box.press("Enter")


def go_to(page, name):
    page.get_by_role("link", name=name, exact=True).click()


def choose(page, box, option):
    """From a list, which closes if the page is drawn anew at that moment."""
    found = page.get_by_role("option", name=option, exact=True)
    for patience in (3_000, 20_000):
        page.get_by_role("combobox", name=box).click()
        try:
            return found.click(timeout=patience)
        except playwright.TimeoutError:
            page.keyboard.press("Escape")
    return pytest.fail(f"no {option} in {box}")


def says(page, words):
    """Waits until the line that does the same from a terminal holds these words."""
    page.get_by_test_id("stCode").filter(has_text=words).first.wait_for()


def records(served):
    found = served.here.glob("outputs/runs/*/*/run.json")
    return [(json.loads(path.read_text()), path.parent) for path in sorted(found, key=started)]


def started(path):
    return path.parent.name.rpartition("_")[2]


def ended(page, served, count):
    """The record of the last of so many runs, when it is over."""
    for _ in range(LONG // 200):
        found = records(served)
        if len(found) == count and found[-1][0]["status"] != "running":
            return found[-1][0]
        page.wait_for_timeout(200)
    return pytest.fail(f"{len(records(served))} runs in place of {count}, or still going on")


def upload(page, index, name, data):
    page.get_by_test_id("stFileUploaderDropzoneInput").nth(index).set_input_files(
        [{"name": name, "mimeType": "image/png", "buffer": data}]
    )


def a_picture(colour):
    file = io.BytesIO()
    picture = Image.radial_gradient("L").resize((80, 64))
    Image.merge("RGB", (picture, Image.new("L", picture.size, colour), picture)).save(file, "PNG")
    return file.getvalue()


def test_upload_paint_and_download(page, served):
    upload(page, 0, "My père.png", a_picture(page.viewport_size["width"] % 256))
    button(page, "My_pere").wait_for()
    fill(page, "spinbutton", "Size", "48")
    fill(page, "textbox", "Steps", "3")
    says(page, "style=kahlo size=48 steps=3")
    before = len(records(served))
    button(page, "Paint").click()
    button(page, "Download").wait_for(timeout=LONG)
    assert len(records(served)) == before + 1
    record, folder = records(served)[-1]
    assert record["status"] == "done" and record["settings"]["steps"] == 3
    assert record["pictures"]["content"]["path"].endswith("/My_pere.png")
    with page.expect_download() as saved:
        button(page, "Download").click()
    assert saved.value.suggested_filename == "My_pere-kahlo.png"
    assert saved.value.path().read_bytes() == (folder / "result.png").read_bytes()


def test_what_is_no_picture_is_refused_in_one_line(page, served):
    upload(page, 0, "notes.png", b"Dear diary")
    page.get_by_text("notes.png is text, not a picture").wait_for()
    assert button(page, "jesse").is_visible()


def test_watch_stop_and_continue(page, served):
    fill(page, "spinbutton", "Size", "64")
    fill(page, "textbox", "Steps", "4000")
    says(page, "size=64 steps=4000")
    before = len(records(served))
    button(page, "Paint").click()
    page.get_by_text(re.compile(r"step \d+ of 4000")).wait_for(timeout=LONG)
    page.get_by_test_id("stVegaLiteChart").wait_for(timeout=LONG)
    button(page, "Stop").click()
    button(page, "Continue").wait_for(timeout=LONG)
    record, folder = records(served)[-1]
    assert len(records(served)) == before + 1
    assert record["status"] == "interrupted" and (folder / "result.png").is_file()
    steps = (folder / "steps.jsonl").read_text().count("\n")
    button(page, "Continue").click()
    button(page, "Stop").wait_for(timeout=LONG)
    page.get_by_text(" left").first.wait_for(timeout=LONG)
    page.reload()  # whoever closes the page loses nothing
    button(page, "Stop").click(timeout=LONG)
    button(page, "Continue").wait_for(timeout=LONG)
    record, _ = records(served)[-1]
    assert record["resumed"] == 1
    assert (folder / "steps.jsonl").read_text().count("\n") > steps


def test_a_run_that_cannot_begin_says_why(page, served):
    fill(page, "textbox", "Steps", "3,3,3,3")
    says(page, "steps=[3,3,3,3]")
    before = records(served)
    button(page, "Paint").click()
    page.get_by_text("steps has 4 numbers, but").wait_for(timeout=LONG)
    assert records(served) == before


def test_a_preset_turns_the_knobs(page):
    choose(page, "Preset", "fast")
    says(page, "style=kahlo experiment=fast tracking")
    assert page.get_by_role("spinbutton", name="Size", exact=True).input_value() == "320"
    assert page.get_by_role("textbox", name="Steps", exact=True).input_value() == "20"


@pytest.mark.parametrize("page", [(1280, 900)], indirect=True, ids=["desktop"])
def test_an_earlier_run_s_settings_are_taken_up(page, served):
    folder = served.here / "outputs/runs/2026-01-01/earlier_00-00"
    words = (
        *("content=coffee", "style=night", "experiment=fast", "size=48", "steps=3"),
        *("optimizer=adam", "style_weight=6", "fit=short", "layers=equal", "optimizer.lr=0.07"),
        *("pyramid.first=3", "layers.style.relu5_1=0"),
    )
    command = [sys.executable, "-m", "stylex", *words, f"hydra.run.dir={folder}"]
    subprocess.run(command, cwd=served.here, check=True, capture_output=True)
    made = json.loads((folder / "run.json").read_text())
    page.goto(f"{served.address}/run?run=runs/2026-01-01/{folder.name}")
    button(page, "Use these settings").click()
    says(page, "content=coffee style=night experiment=fast optimizer=adam layers=equal size=48")
    says(page, "style_weight=6 steps=3 fit=short 'layers.style={")
    page.get_by_text("for which there is no knob here").wait_for()
    for missing in ("optimizer.lr=0.07", "pyramid.first=3.0"):
        page.get_by_text(missing, exact=True).wait_for()
    before = len(records(served))
    button(page, "Paint").click()
    record = ended(page, served, before + 1)
    other = {
        key: made["settings"].get(key)
        for key, value in record["settings"].items()
        if not key.startswith("tracking.") and made["settings"].get(key) != value
    }
    assert other == {"optimizer.lr": 0.07, "pyramid.first": 3.0}


def test_links_lead_nowhere_else(page, served):
    (served.here / "secret").mkdir(exist_ok=True)
    (served.here / "secret/run.json").write_text('{"status": "done", "levels": []}')
    page.goto(f"{served.address}/run?run=../secret")
    page.get_by_text("there is no run '../secret' in outputs").wait_for()


def test_sweep_gallery_and_comparison(page, served):
    go_to(page, "Sweep")
    name = f"wide{page.viewport_size['width']}"
    fill(page, "textbox", "Values", "1, many")
    page.get_by_text("style_weight must be a number, not many").wait_for()
    fill(page, "textbox", "Values", "1, 25")
    says(page, "--multirun content=jesse style=kahlo experiment=fast style_weight=1,25 sweep=mine")
    fill(page, "spinbutton", "How many settings vary", "3")
    fill(page, "textbox", "Values", "2", nth=2)
    fill(page, "textbox", "Values", "25", nth=1)
    says(page, "style_weight=1,25 tv_weight=25 steps=2")
    fill(page, "textbox", "Name of the sweep", name)
    says(page, f"steps=2 sweep={name}")
    button(page, "Run the sweep").click()
    button(page, "Stop").wait_for(timeout=LONG)
    page.get_by_text("2 done").wait_for(timeout=LONG)
    button(page, "Stop").wait_for(state="detached", timeout=LONG)
    with page.expect_download() as saved:
        button(page, "Download the sheet").click()
    sheet = served.here / f"outputs/sweeps/{name}/sheet.png"
    assert saved.value.path().read_bytes() == sheet.read_bytes()

    go_to(page, "Gallery")
    button(page, "Open").first.wait_for()
    page.get_by_role("textbox", name="Words of the command").fill("style_weight=25")
    page.get_by_role("textbox", name="Words of the command").press("Enter")
    page.get_by_text(re.compile(r"^(1 of ([2-9]|\d\d)|2 of ([3-9]|\d\d)) runs$")).wait_for()
    page.get_by_role("textbox", name="Words of the command").fill("")
    page.get_by_role("textbox", name="Words of the command").press("Enter")
    button(page, "Compare").first.click()
    button(page, "Chosen").wait_for()
    button(page, "Compare").first.click()
    page.get_by_text("What tells them apart").wait_for()
    page.get_by_test_id("stMetric").nth(5).wait_for()  # three for each
    for _ in range(2):  # one after another
        before = page.url
        page.get_by_role("combobox", name="Left").click()
        page.get_by_role("option", selected=False).first.click()
        page.wait_for_url(lambda url, before=before: url != before)
    page.get_by_role("img").nth(1).wait_for()
