"""The page's first view as people use it, in a real browser."""

import json
import os
import re
import signal
from urllib.parse import quote

import pytest
from driving import (
    LONG,
    PHONE,
    a_mask,
    a_picture,
    advanced,
    button,
    choose,
    disabled,
    ended,
    fill,
    gone,
    in_view,
    only,
    paint,
    says,
    step,
    step_of,
    unfold,
    upload,
)
from PIL import Image

pytest_plugins = "serving"


def test_upload_paint_and_download(page, served):
    upload(page, 0, "My père.png", a_picture(10))
    button(page, "My père").wait_for()
    page.reload()  # as tomorrow
    says(page, "content=jesse style=kahlo")
    button(page, "My père").click()  # an upload stays on offer
    says(page, "/My père.png' style=kahlo")
    page.get_by_text("16 bits per channel, too").click()
    before = len(served.records())
    paint(page, 48, 3)
    button(page, "PNG").wait_for(timeout=LONG)
    assert len(served.records()) == before + 1
    record, folder = served.records()[-1]
    assert record["status"] == "done" and record["settings"]["steps"] == 3
    path = record["pictures"]["content"]["path"]
    assert path.endswith("/My père.png")
    path_shown = os.path.relpath(path, served.here)
    shown = page.get_by_test_id("stCode").filter(has_text=f"'content={path_shown}' style=kahlo")
    shown.nth(1).wait_for()  # before and after, as a person would type it
    with page.expect_download() as saved:
        button(page, "PNG").click()
    assert saved.value.suggested_filename == "My père-kahlo.png"
    assert saved.value.path().read_bytes() == (folder / "result.png").read_bytes()
    with page.expect_download() as saved:
        button(page, "16 bits").click()
    assert saved.value.suggested_filename == "My père-kahlo.16.png"
    # The depth stands in the file's header (PNG specification, 11.2.1).
    assert saved.value.path().read_bytes()[24:26] == bytes([16, 2])
    with page.expect_download(timeout=LONG) as saved:
        button(page, "Film").click()
    assert saved.value.suggested_filename == "My père-kahlo.webp"
    with Image.open(saved.value.path()) as film:
        assert film.format == "WEBP" and film.n_frames > 1
    page.reload()
    says(page, f"'content={path_shown}' style=kahlo size=48 steps=3")
    button(page, "PNG").wait_for()


@pytest.mark.slow
def test_one_dial_or_the_weights(page, served):
    page.get_by_role("slider", name="Strength").press("ArrowRight")
    says(page, "content=jesse style=kahlo strength=0.55")
    before = len(served.records())
    paint(page, 48, 2)
    record = ended(page, served, before + 1)
    assert record["settings"]["strength"] == 0.55
    advanced(page)
    page.get_by_text("Weights in place of strength").click()
    page.get_by_role("slider", name="Style weight").press("ArrowLeft")
    says(page, "content=jesse style=kahlo style_weight=3 size=48 steps=2")
    gone(page.get_by_role("slider", name="Strength"))
    button(page, "Use these settings").click()  # of the run beside
    says(page, "content=jesse style=kahlo strength=0.55 size=48 steps=2")
    only(page.get_by_role("slider", name="Strength"))  # the run beside has those words, too
    button(page, "gatys2016").click()  # whose weights are its own
    says(page, "experiment=gatys2016")
    advanced(page)  # the view was left and is drawn anew
    only(page.get_by_role("slider", name="Style weight"))
    gone(page.get_by_role("slider", name="Strength"))


@pytest.mark.slow
def test_a_mixture_and_a_mask_are_painted_and_loaded_again(page, served):
    page.get_by_text("Mix several styles").click()
    button(page, "night").click()
    says(page, "content=jesse style=kahlo+night blend=0.5")
    page.get_by_role("slider", name="Blend").press("ArrowLeft")
    says(page, "style=kahlo+night blend=0.45")
    unfold(page, "Where to paint")
    upload(page, 2, "my spot.png", a_mask())
    says(page, "my spot.png'")
    before = len(served.records())
    paint(page, 48, 2)
    record = ended(page, served, before + 1)
    assert record["status"] == "done" and record["settings"]["style.name"] == "kahlo+night"
    assert record["settings"]["blend"] == 0.45
    assert record["pictures"]["mask"]["path"].endswith("/my spot.png")
    page.goto(served.address)
    says(page, "style=kahlo tracking")
    take_up_the_last_run(page, served)
    says(page, "style=kahlo+night blend=0.45")
    says(page, "my spot.png'")
    assert page.get_by_test_id("stAlert").count() == 0


def take_up_the_last_run(page, served):
    """Takes up the settings of the run that began last."""
    folder = served.records()[-1][1]
    place = quote(str(folder.relative_to(served.here / "outputs")))
    page.goto(f"{served.address}/run?run={place}")
    button(page, "Use these settings").click()


@pytest.mark.slow
def test_three_styles_by_weight_and_each_to_its_mask(page, served):
    page.get_by_text("Mix several styles").click()
    button(page, "wave").click()
    says(page, "style=kahlo+wave blend=0.5")
    button(page, "glass").click()
    says(page, "style=kahlo+wave+glass tracking")
    page.get_by_role("slider", name="How much of wave").press("ArrowRight")
    says(page, "style=kahlo:1+wave:2+glass:1")
    button(page, "glass").click()  # takes it back
    says(page, "style=kahlo+wave blend=0.5")
    unfold(page, "Where to paint")
    upload(page, 2, "right half.png", a_mask())
    says(page, "right half.png'")
    choose(page, "Mask", "none")
    choose(page, "Where wave goes", "right half")
    says(page, "content=jesse style=kahlo+wave 'regions=[null,")
    before = len(served.records())
    paint(page, 48, 2)
    record = ended(page, served, before + 1)
    assert record["status"] == "done" and "blend" not in record["settings"]
    assert record["pictures"]["regions.2.mask"]["path"].endswith("/right half.png")
    assert "regions.1.mask" not in record["pictures"]
    page.goto(served.address)
    says(page, "style=kahlo tracking")
    take_up_the_last_run(page, served)
    says(page, "content=jesse style=kahlo+wave 'regions=[null,")
    assert page.get_by_test_id("stAlert").count() == 0


def test_refused_uploads_are_one_line_and_do_not_pile_up(page):
    for name in ("notes.txt", "notes.png", "diary.png"):
        upload(page, 0, name, b"Dear diary")
        page.get_by_text(f"{name} is text, not a picture").wait_for()
    upload(page, 0, "photo.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    page.get_by_text("photo.heic is a HEIC picture").wait_for()
    assert page.get_by_role("alert").count() == 1
    assert button(page, "jesse").is_visible()


def test_what_is_shown_is_what_runs(page):
    for size, said in (
        ("", "size has no value"),
        ("many", "size must be a whole number, not many"),
        ("8", "size must be from 16 to 65536, not 8"),
    ):
        fill(page, "Size", size)
        page.get_by_text(said, exact=True).wait_for()
        disabled(page, "Paint").wait_for()
    for size in ("6000", "20000"):
        fill(page, "Size", size)
        says(page, f"size={size}")
        assert button(page, "Paint").is_enabled()
    button(page, "fast").click()
    says(page, "style=kahlo experiment=fast tracking")
    advanced(page)
    assert page.get_by_role("textbox", name="Size", exact=True).input_value() == "320"
    assert page.get_by_role("textbox", name="Steps", exact=True).input_value() == "28"


@pytest.mark.slow
def test_the_plan_is_shown_and_its_time_beside_the_button(page):
    planned = r"^96×64 px, 28 steps on .* · \d\.\d GB of memory, .* · about \d+ (s|min) \("
    page.get_by_text(re.compile(planned)).wait_for(timeout=LONG)
    page.get_by_test_id("stMarkdown").get_by_text(
        re.compile(r"^96×64 px, about \d+ (s|min)$")
    ).wait_for()


@pytest.mark.slow
def test_a_run_that_cannot_begin_says_why_in_view_and_gives_way(page, served):
    before = served.records()
    advanced(page)
    fill(page, "Steps", "3,3,3,3")
    says(page, "steps=[3,3,3,3]")
    button(page, "Paint").click()
    beside = page.locator(".st-key-beside")
    in_view(page, beside.get_by_text("steps has 4 numbers, but"))
    assert served.records() == before
    disabled(page, "Paint").wait_for(timeout=LONG)  # by then the plan has said so, too
    button(page, "night").click()
    beside.get_by_role("img", name="night").wait_for()
    gone(beside.get_by_text("steps has 4 numbers, but"))


@pytest.mark.slow
@pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["phone"])
def test_watch_restart_stop_and_continue(page, served):
    before = len(served.records())
    paint(page, 64, 4000)
    in_view(page, page.get_by_text(step_of(4000)))
    page.locator(".slider input").wait_for(timeout=LONG)  # before and after, while it develops
    button(page, "Paint next").wait_for()  # one run at a time
    assert served.stop(signal.SIGTERM) == 0
    shown = step(page, 4000)
    served.start()  # whoever ends the server ends no run
    for _ in range(LONG // 200):  # and the same tab shows it further on
        if step(page, 4000) > shown:
            break
        page.wait_for_timeout(200)
    assert step(page, 4000) > shown
    only(button(page, "Paint next"))
    only(button(page, "Stop")).click()
    page.get_by_text("Stopped. The picture so far is kept.").wait_for(timeout=LONG)
    record, folder = served.records()[-1]
    assert len(served.records()) == before + 1
    assert record["status"] == "interrupted" and (folder / "result.png").is_file()
    steps = (folder / "steps.jsonl").read_text().count("\n")
    button(page, "Continue").click()
    page.get_by_text(" left").first.wait_for(timeout=LONG)
    page.reload()  # nor does whoever closes the page
    button(page, "Stop").click(timeout=LONG)
    page.get_by_text("Stopped. The picture so far is kept.").wait_for(timeout=LONG)
    button(page, "Continue").wait_for()
    record, _ = served.records()[-1]
    assert record["resumed"] == 1
    assert (folder / "steps.jsonl").read_text().count("\n") > steps


@pytest.mark.slow
def test_an_earlier_run_s_settings_are_loaded_and_nothing_that_it_names(page, served, copied):
    marker = served.here / "imported"
    (served.here / "intruder.py").write_text(f"open({str(marker)!r}, 'w')\n")
    foreign = {"loss.style.mine._target_": "intruder.Loss", "optimizer._target_": "intruder.Adam"}
    folder = copied("foreign_00-01", settings=foreign)
    page.goto(f"{served.address}/run?run=runs/2026-01-01/{folder.name}")
    button(page, "Use these settings").click()
    says(page, "content=coffee style=night experiment=fast optimizer=adam layers=equal ")
    says(page, "layers=equal style_weight=6 size=48 steps=3 fit=short 'layers.style={")
    page.get_by_text("imports no class because a run's record names it").wait_for()
    note = page.get_by_test_id("stAlert").inner_text()
    assert "name it yourself on the command line" in note
    missing = {"optimizer.lr": 0.07, "pyramid.first": 3.0, **foreign}
    assert all(f"{key}={value}" in note for key, value in missing.items())
    before = len(served.records())
    button(page, "Paint").click()
    record = ended(page, served, before + 1)
    assert record["status"] == "done" and not marker.exists()
    then, now = json.loads((folder / "run.json").read_text())["settings"], record["settings"]
    unused = {"layers.style.relu5_1": 0.0}  # or not among the layers at all
    other = {key for key in {*then, *now} if (unused | now).get(key) != (unused | then).get(key)}
    assert {key for key in other if not key.startswith("tracking.")} == {*missing}
    words = ["loss.style.mine._target_=intruder.Loss", "size=48"]
    folder = copied("again_00-06", status="interrupted", overrides=words)
    page.goto(f"{served.address}/run?run=runs/2026-01-01/{folder.name}")
    button(page, "Start again").click()
    page.get_by_text("used intruder.Loss, which is not part of stylex or torch").wait_for()
    page.get_by_text("name it again, as in resume=").wait_for()
    assert not marker.exists()
