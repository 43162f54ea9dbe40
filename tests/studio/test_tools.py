"""The page's own components in a real browser: what they give is what was drawn."""

import base64
import re

import pytest
from driving import (
    LONG,
    PHONE,
    a_picture,
    button,
    ended,
    paint,
    says,
    sync_api,
    unfold,
    upload,
)
from PIL import Image

pytest_plugins = "serving"

CONTROLS = ("Size", "Colours")
ABOUT = re.compile(r"^96×64 px, about \d+ (s|min)$")
PASTE = """(data) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const carrier = new DataTransfer();
  carrier.items.add(new File([bytes], "image.png", { type: "image/png" }));
  document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carrier, bubbles: true }));
}"""


def pressed(page, name):
    """Waits until the thumbnail is pressed."""
    sync_api.expect(button(page, name)).to_have_attribute("aria-pressed", "true")


def drag(page, found, start, end):
    """From one place to another of an element, in fractions of its sides."""
    found.scroll_into_view_if_needed()
    box = found.bounding_box()
    (x, y), (across, down) = (
        (box["x"] + at[0] * box["width"], box["y"] + at[1] * box["height"]) for at in (start, end)
    )
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(across, down, steps=4)
    page.mouse.up()


def test_thumbnails_are_chosen_by_keyboard(page):
    button(page, "coffee").focus()
    page.keyboard.press("Tab")  # one stop each
    page.keyboard.press("Enter")
    pressed(page, "jesse")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    pressed(page, "coffee")
    says(page, "content=coffee style=kahlo")
    sync_api.expect(button(page, "jesse")).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.value") == "coffee"


@pytest.mark.slow
def test_a_mask_is_painted_with_a_brush_and_keeps_the_photograph_around_it(page, served):
    unfold(page, "Where to paint")
    page.get_by_text("Paint a mask with a brush").click()
    canvas = page.locator("canvas[width='96']")  # the picture has come
    canvas.wait_for()
    page.get_by_text(ABOUT).wait_for(timeout=LONG)  # nor is the page drawn anew
    drag(page, canvas, (0.1, 0.5), (0.3, 0.5))
    canvas.press("Space")
    canvas.press("ArrowRight")
    button(page, "Use this mask").click()
    says(page, "jesse mask.png")
    (path,) = served.here.glob("outputs/studio/uploads/mask/*/jesse mask.png")
    with Image.open(path) as mask:
        assert mask.size == (96, 64)
        grey = mask.convert("L")
        assert [grey.getpixel((x, 32)) for x in (10, 20, 28)] == [255] * 3
        assert [grey.getpixel(at) for at in ((60, 32), (20, 5), (20, 60))] == [0] * 3
    before = len(served.records())
    paint(page, 48, 2)
    record = ended(page, served, before + 1)
    assert record["status"] == "done"
    assert record["pictures"]["mask"]["path"].endswith("/jesse mask.png")


def test_a_part_of_one_s_own_picture(page, served):
    upload(page, 0, "mine.png", a_picture(20))  # 80×64 px
    pressed(page, "mine")
    page.get_by_text("Crop", exact=True).click()
    stage = page.locator(".crop .stage")
    stage.wait_for()
    disabled = page.get_by_role("button", name="Use this part", disabled=True)
    disabled.wait_for()  # it is all of it
    page.wait_for_timeout(300)  # until the picture has its size
    drag(page, stage, (0.25, 0.25), (0.75, 1.0))
    page.get_by_text("40 × 48 px").wait_for()
    button(page, "Use this part").click()
    pressed(page, "mine part")
    says(page, "mine part.png' style=kahlo")
    (path,) = served.here.glob("outputs/studio/uploads/content/*/mine part.png")
    with Image.open(path) as part:
        assert part.size == (40, 48)


def test_what_is_pasted_goes_where_one_was_last(page):
    picture = base64.b64encode(a_picture(30)).decode()
    page.evaluate(PASTE, picture)
    says(page, "/image.png style=kahlo")
    button(page, "night").click()
    says(page, "/image.png style=night")
    page.evaluate(PASTE, picture)
    says(page, "/uploads/style/")


@pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["phone"])
def test_on_a_phone_the_picture_is_above_and_the_button_below(page):
    size, colours = (page.get_by_text(name, exact=True).bounding_box() for name in CONTROLS)
    assert size["y"] < colours["y"]  # the one that is first on a desktop is first here
    picture = page.get_by_role("img", name="kahlo").bounding_box()
    thumb = button(page, "jesse").bounding_box()
    assert picture["y"] + picture["height"] <= thumb["y"]
    for at in (0, 10_000):
        page.get_by_test_id("stMain").evaluate("(main, at) => main.scrollTo(0, at)", at)
        start = button(page, "Paint").bounding_box()
        assert PHONE[1] - 100 < start["y"] < PHONE[1] - start["height"]
    last = page.get_by_test_id("stCode").last.bounding_box()
    assert last["y"] + last["height"] <= start["y"]  # what is last can be scrolled from behind it


def test_the_system_says_whether_it_is_dark(page):
    ground = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{ground} === 'rgb(23, 22, 20)'")
    button_s = "getComputedStyle(document.querySelector('.st-key-start')).backgroundColor"
    assert page.evaluate(button_s) == "rgb(23, 22, 20)"
    page.emulate_media(color_scheme=None)
