"""What the form keeps, tells apart and takes up, in a real browser."""

import hashlib
import re

from driving import (
    a_picture,
    advanced,
    button,
    choose,
    fill,
    only,
    says,
    unfold,
    upload,
)

from stylex.runs.lock import Lock

pytest_plugins = "serving"


def test_two_masks_of_one_name_are_told_apart(page):
    page.get_by_text("Mix several styles").click()
    button(page, "night").click()
    says(page, "style=kahlo+night")
    unfold(page, "Where to paint")
    names = []
    for data in (a_picture(10), a_picture(200)):
        upload(page, 2, "spot.png", data)
        place = hashlib.sha256(data).hexdigest()[:12]
        says(page, f"mask/{place}/spot.png")
        names.append(f"spot ({place[:4]})")
    for style, name in zip(("kahlo", "night"), names, strict=True):
        choose(page, f"Where {style} goes", name)
        says(page, re.compile("regions=.*spot" if style == "kahlo" else "regions=.*spot.*spot"))
    command = page.get_by_test_id("stCode").filter(has_text="regions=").first.inner_text()
    assert len({*re.findall(r"mask/(\w+)/spot", command.partition("regions=")[2])}) == 2
    button(page, "coffee").click()  # the mask is of the other photograph
    says(page, re.compile(r"content=coffee style=kahlo\+night 'regions=\S+ tracking"))
    button(page, "jesse").click()
    says(page, "mask=")


def test_a_picture_that_is_taken_up_again_is_the_uploaded_one(page, served, copied):
    upload(page, 0, "again.png", a_picture(60))
    button(page, "again").wait_for()
    (path,) = served.here.glob("outputs/studio/uploads/content/*/again.png")
    folder = copied("again_00-20", pictures={"content": {"path": str(path)}})
    page.goto(f"{served.address}/run?run=runs/2026-01-01/{folder.name}")
    button(page, "Use these settings").click()
    says(page, f"content={path.relative_to(served.here)} style=night")
    only(button(page, "again"))


def test_what_was_unfolded_stays_so(page):
    unfold(page, "Where to paint")
    advanced(page)
    page.get_by_text("Mix several styles").click()
    button(page, "night").click()
    says(page, "blend=0.5")
    fill(page, "Size", "many")  # and what is wrong, which comes and goes
    page.get_by_text("size must be a whole number").wait_for()
    assert page.get_by_text("Paint a mask with a brush").is_visible()
    assert page.get_by_role("textbox", name="Steps", exact=True).is_visible()
    fill(page, "Size", "48")
    says(page, "size=48")
    assert page.get_by_text("Paint a mask with a brush").is_visible()
    assert page.get_by_role("textbox", name="Steps", exact=True).is_visible()


def test_a_page_left_open_sees_what_begins_elsewhere(page, copied):
    folder = copied("elsewhere_00-21", status="running")
    lock = Lock(folder)  # as of a run from a terminal
    try:
        page.get_by_text("Also under way: coffee in the manner of night").wait_for()
        button(page, "Paint next").wait_for()
    finally:
        lock.release()
    button(page, "Paint").wait_for()
