"""What a person does on the page."""

import io
import re

import pytest
from PIL import Image

DESKTOP, PHONE = (1280, 900), (390, 844)

sync_api = pytest.importorskip("playwright.sync_api", reason="needs pip install '.[test]'")
LONG = 60_000  # ms, for what a run has to do
sync_api.expect.set_options(timeout=LONG)
TOPS = (
    "[...document.querySelectorAll('button, input, label')].map(e => e.getBoundingClientRect().y)"
)


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def only(found):
    """When there is one such element: the server's restart leaves earlier ones for a moment."""
    sync_api.expect(found).to_have_count(1)
    return found


def gone(found):
    """When there is no such element any more."""
    sync_api.expect(found).to_have_count(0)


def disabled(page, name):
    return page.get_by_role("button", name=name, exact=True, disabled=True)


def fill(page, name, value, nth=0):
    """Types into a box and leaves it."""
    box = page.get_by_role("textbox", name=name, exact=True).nth(nth)
    box.fill(value)
    box.press("Enter")


def still(page):
    """When nothing moves any more: a button that moves under the mouse is not pressed."""
    before = None
    for _ in range(100):
        now = page.evaluate(TOPS)
        if now == before:
            return
        before = now
        page.wait_for_timeout(150)
    pytest.fail("the page does not come to rest")


def unfold(page, name):
    """Opens what is folded up, which takes its height only by and by."""
    page.get_by_text(name, exact=True).click()
    still(page)


def go_to(page, name):
    page.get_by_role("link", name=name, exact=True).click()


def choose(page, box, option):
    """From a list, which closes if the page is drawn anew at that moment."""
    found = page.get_by_role("option", name=option, exact=True)
    for patience in (3_000, 60_000):
        page.get_by_role("combobox", name=box).click()
        try:
            return found.click(timeout=patience)
        except sync_api.TimeoutError:
            page.keyboard.press("Escape")
    return pytest.fail(f"no {option} in {box}")


def says(page, words):
    """Waits until the line that does the same from a terminal holds these words."""
    page.get_by_test_id("stCode").filter(has_text=words).first.wait_for()


def advanced(page):
    """Unfolds what is folded up, unless it is unfolded."""
    if not page.get_by_role("textbox", name="Steps", exact=True).is_visible():
        unfold(page, "Advanced")


def paint(page, size, steps):
    """Starts a run of these settings."""
    advanced(page)
    fill(page, "Size", str(size))
    fill(page, "Steps", str(steps))
    says(page, f"size={size} steps={steps}")
    button(page, "Paint").click()


def upload(page, index, name, data, kind="image/png"):
    page.get_by_test_id("stFileUploaderDropzoneInput").nth(index).set_input_files(
        [{"name": name, "mimeType": kind, "buffer": data}]
    )


def a_picture(colour):
    file = io.BytesIO()
    picture = Image.radial_gradient("L").resize((80, 64))
    Image.merge("RGB", (picture, Image.new("L", picture.size, colour), picture)).save(file, "PNG")
    return file.getvalue()


def a_mask():
    """Of the proportions of the page's jesse, white to the right."""
    file = io.BytesIO()
    mask = Image.new("L", (48, 32))
    mask.paste(255, (20, 0, 48, 32))
    mask.save(file, "PNG")
    return file.getvalue()


def in_view(page, found):
    """Waits until it is in the window, without scrolling there as `click` would."""
    found.wait_for(timeout=LONG)
    height = page.viewport_size["height"]
    for _ in range(50):
        box = found.bounding_box()
        if box and box["y"] >= 0 and box["y"] + box["height"] <= height:
            return
        page.wait_for_timeout(100)
    pytest.fail(f"out of view: {box}")


def ended(page, served, count):
    """The record of the last of so many runs, when its process is over."""
    for _ in range(LONG // 200):
        found = served.records()
        if len(found) == count and found[-1][0]["status"] != "running":
            page.get_by_role("button", name="Paint", exact=True, disabled=False).wait_for()
            return found[-1][0]
        page.wait_for_timeout(200)
    return pytest.fail(f"{len(served.records())} runs in place of {count}, or still running")


def step_of(count):
    return re.compile(rf"step \d+ of {count}")


def step(page, count):
    """The step of so many that the page shows now, 0 where it shows none."""
    said = page.get_by_text(step_of(count)).all_inner_texts()  # an earlier one fades out
    return max((int(text.split("step ")[1].split()[0]) for text in said), default=0)
