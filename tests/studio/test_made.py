"""What is done on the page with runs that were made, in a real browser."""

import json
import re
import shutil

import pytest
from driving import (
    LONG,
    advanced,
    button,
    ended,
    fill,
    go_to,
    gone,
    only,
    says,
    still,
    sync_api,
)
from PIL import Image

from stylex.runs.lock import Lock
from stylex.runs.record import read
from stylex.studio.variations import drafts

pytest_plugins = "serving"


def open_run(page, served, folder):
    page.goto(f"{served.address}/run?run={folder.relative_to(served.here / 'outputs')}")
    page.get_by_text("Its files are in").wait_for()


def tile(page, title):
    """The place in the gallery of the run that is titled so."""
    return page.locator(".st-key-tiles > div").filter(has_text=title).first


@pytest.mark.slow
def test_four_variations_side_by_side_and_one_to_go_on_from(page, served, copied):
    words = ["content=coffee", "style=night", "experiment=fast", "optimizer=adam"]
    words += ["style_weight=6", "optimizer.lr=0.07", "init=intruder.png"]
    small = {"size": 48, "steps": 2}  # a draft has no more than its run
    folder = copied("vary_00-10", settings=small, overrides=words)
    open_run(page, served, folder)
    button(page, "Vary this").click()
    sync_api.expect(button(page, "Go on from this")).to_have_count(4, timeout=LONG)
    for said in ("Style weight 2.4", "Style weight 15", "Stroke size 0.7", "Statistics sliced"):
        page.get_by_text(said).wait_for()
    page.get_by_text("Without init=intruder.png").wait_for()
    (sweep,) = (served.here / "outputs/sweeps").glob("vary-*")
    jobs = [json.loads(path.read_text()) for path in sweep.glob("*/run.json")]
    assert [job["status"] for job in jobs] == ["done"] * 4
    assert all(job["settings"]["optimizer.lr"] == 0.07 for job in jobs)
    page.reload()  # they are kept
    only(page.get_by_text("Variations"))
    gone(button(page, "Vary this"))
    button(page, "Go on from this").nth(1).click()
    says(page, "content=coffee style=night experiment=fast optimizer=adam style_weight=15 size=48")


def test_a_title_a_star_and_a_deletion_that_is_undone(page, served, copied):
    folder = copied("kept_00-11")
    open_run(page, served, folder)
    fill(page, "Title", "My *best* cup")
    page.get_by_role("heading", name="My *best* cup").wait_for()
    button(page, "Star").click()
    button(page, "Starred").wait_for()
    assert json.loads((folder / "note.json").read_text()) == {
        "title": "My *best* cup",
        "starred": True,
    }
    go_to(page, "Gallery")
    tile(page, "My *best* cup").get_by_role("button", name="Starred").wait_for()
    page.get_by_text("Only starred").click()
    page.get_by_text(re.compile(r"^1 of \d+ runs$")).wait_for()
    gone(page.locator(".st-key-tiles > div").nth(1))  # the buttons are those of this run
    tile(page, "My *best* cup").get_by_role("button", name="Delete").click()
    page.get_by_text("Deleted. It is in outputs/.trash/").wait_for()
    page.get_by_text(re.compile(r"^0 of \d+ runs$")).wait_for()
    assert not folder.exists()
    button(page, "Undo").click()
    page.get_by_text(re.compile(r"^1 of \d+ runs$")).wait_for()
    assert (folder / "result.png").is_file()
    tile(page, "My *best* cup").get_by_role("button", name="Delete").click()
    page.get_by_text("Deleted. It is in outputs/.trash/").wait_for()
    page.reload()
    page.get_by_text("Deleted (1)").click()
    button(page, "Restore").click()
    gone(page.get_by_text("Deleted (1)"))
    assert (folder / "result.png").is_file()


def test_a_run_s_pictures_by_step_its_jpeg_and_its_figures_in_words(page, served, copied):
    folder = copied("steps_00-12", style_error=0.05)
    (folder / "images").mkdir(exist_ok=True)
    for path in (folder / "images").iterdir():
        path.unlink()
    for number, grey in ((1, 0), (5, 90), (40, 250)):
        Image.new("RGB", (48, 32), (grey,) * 3).save(folder / f"images/{number:06d}.png")
    (folder / "images/000020.png").write_text("damaged")
    open_run(page, served, folder)
    page.get_by_text("near the painting, brushwork and all").wait_for()
    page.get_by_text("How it developed").click()
    page.get_by_text("step 40 of 40").wait_for()
    slider = page.get_by_role("slider", name="Step")
    slider.press("ArrowLeft")
    page.get_by_text("step 5 of 40").wait_for()
    slider.press("Home")
    page.get_by_text("step 1 of 40").wait_for()
    with page.expect_download() as saved:
        button(page, "JPEG").click()
    assert saved.value.suggested_filename == "coffee-night.jpg"
    with Image.open(saved.value.path()) as jpeg, Image.open(folder / "result.png") as png:
        assert (jpeg.format, jpeg.size) == ("JPEG", png.size)


def test_a_queue_of_runs_and_a_notice_at_the_end(page, served, copied):
    folder = copied("under-way_00-14", status="running")
    before = len(served.records())
    lock = Lock(folder)  # as of a run from a terminal
    try:
        page.reload()
        advanced(page)
        fill(page, "Size", "48")
        for steps in ("2", "3"):
            fill(page, "Steps", steps)
            says(page, f"size=48 steps={steps} tracking")
            button(page, "Paint next").click()
            page.locator(".st-key-queue").get_by_text(f"steps={steps}").wait_for()
        page.reload()
        remove = page.locator(".st-key-queue").get_by_role("button", name="Remove")
        sync_api.expect(remove).to_have_count(2)
        remove.first.click()
        sync_api.expect(remove).to_have_count(1)
        assert len(served.records()) == before  # one at a time
    finally:
        lock.release()
    page.wait_for_function("document.title === '✓ coffee in the manner of night: interrupted'")
    record = ended(page, served, before + 1)
    assert (record["status"], record["settings"]["steps"]) == ("done", 3)
    gone(remove)
    page.get_by_role("heading", name="jesse in the manner of kahlo").wait_for()  # shown by itself
    page.wait_for_function("document.title === '✓ jesse in the manner of kahlo: done'")


@pytest.mark.parametrize("note", ["[" * 2000, '{"title": {}, "starred": []}'])
def test_a_broken_note_and_a_broken_record_do_no_harm(page, served, copied, note):
    folder = copied("broken_00-13", overrides="x", choices={"loss": "?"}, settings={"size": "?"})
    (folder / "note.json").write_text(note)
    go_to(page, "Gallery")
    page.get_by_text(re.compile(r"^\d+ of \d+ runs$")).wait_for()
    open_run(page, served, folder)
    assert page.get_by_text("Traceback").count() == 0


def test_a_run_that_is_deleted_in_its_own_view_comes_back_there(page, served, copied):
    folder = copied("gone_00-15")
    open_run(page, served, folder)
    button(page, "Delete").click()
    page.get_by_text("Deleted. It is in outputs/.trash/").wait_for()
    gone(page.get_by_text("Its files are in"))
    assert not folder.exists() and page.get_by_role("alert").count() == 0
    button(page, "Undo").click()
    page.get_by_text("Its files are in").wait_for()
    assert folder.is_dir()


def test_drafts_that_wait_say_so(page, served, copied):
    folder = copied("waits_00-16")
    found = drafts(read(folder), "coffee", ["night"])
    sweep = served.here / "outputs/sweeps" / found.sweep
    sweep.mkdir(parents=True)
    jobs = [{"name": str(number), "overrides": []} for number in range(4)]
    (sweep / "sweep.json").write_text(json.dumps({"jobs": jobs}))
    try:
        open_run(page, served, folder)
        sync_api.expect(page.get_by_text("waits", exact=True)).to_have_count(4)
    finally:
        shutil.rmtree(sweep)


@pytest.fixture
def sweep(served, made):
    """Two finished runs and one to come, under a plan."""
    folder = served.here / "outputs/sweeps/laid"
    jobs = []
    for weight in (6, 9, 12):
        name, words = f"style_weight={weight}", ["content=coffee", f"style_weight={weight}"]
        jobs.append({"name": name, "overrides": words})
        if weight < 12:
            shutil.copytree(made, folder / name)
            record = json.loads((folder / name / "run.json").read_text())
            settings = record["settings"] | {"style_weight": weight}
            record |= {"overrides": words, "settings": settings}
            (folder / name / "run.json").write_text(json.dumps(record))
    plan = {"fixed": ["content=coffee"], "swept": ["style_weight"], "jobs": jobs}
    plan |= {"rank_by": "style_error", "started": 1.0, "todo": 3}
    (folder / "sweep.json").write_text(json.dumps(plan))
    (folder / "report.html").write_text("<title>report</title>")
    yield folder
    shutil.rmtree(folder)


def test_a_job_made_along_with_another_is_under_way(page, sweep):
    record = json.loads((sweep / "style_weight=9/run.json").read_text())
    (sweep / "style_weight=9/run.json").write_text(json.dumps(record | {"status": "running"}))
    lock = Lock(sweep)  # as of the sweep's process, the only one
    try:
        go_to(page, "Sweep")
        page.get_by_text("1 done, 1 running, 1 pending").wait_for()
    finally:
        lock.release()
    page.get_by_text("1 interrupted").wait_for()


def test_a_sweep_has_a_name_of_its_own_by_default(page, served):
    taken = served.here / "outputs/sweeps/mine"
    taken.mkdir(parents=True)
    try:
        go_to(page, "Sweep")
        says(page, "sweep=mine-2")
    finally:
        taken.rmdir()


def test_cells_of_a_sweep_open_their_runs_and_its_report_is_downloaded(page, served, sweep):
    go_to(page, "Sweep")
    page.get_by_text("2 done, 1 pending").wait_for()
    page.get_by_role("button", name="style_weight=12", disabled=True).wait_for()
    with page.expect_download() as saved:
        button(page, "Download the report").click()
    assert saved.value.suggested_filename == "laid.html"
    assert saved.value.path().read_text() == "<title>report</title>"
    button(page, "style_weight=9").click()
    page.wait_for_url("**/run?run=sweeps%2Flaid%2Fstyle_weight%3D9")
    page.get_by_text("Its files are in").wait_for()
    go_to(page, "Sweep")
    question = page.get_by_text("Which of these two? Choose by eye")
    question.wait_for()
    page.keyboard.press("ArrowDown")  # as in scrolling: nothing is asked yet
    question.click()
    page.get_by_text("0 answers, kept in choices.jsonl").wait_for()
    still(page)
    page.get_by_role("button", name="Equally good").click()
    page.get_by_text("1 answer, kept in choices.jsonl").wait_for()
    (sweep / "sweep.json").write_text('{"jobs": [{"name": "../.."}], "rank_by": []}')
    go_to(page, "Sweep")
    page.get_by_text("2 done").wait_for()
    button(page, "style_weight=6").wait_for()
