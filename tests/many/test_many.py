"""A folder of pictures as content, as a user types it."""

import errno
import json
import re
import signal
import time

import numpy as np
import pytest
import yaml
from command_line import TINY, only_run, start
from PIL import Image

QUICK = (*TINY, "tracking=light")
MANY = ("content=holiday/", "output=painted/", *QUICK)


def pixels(path):
    return np.asarray(Image.open(path))


def painted(here):
    return {path.name for path in (here / "painted").iterdir() if path.name != ".stylex"}


def times(here):
    return {name: (here / "painted" / name).stat().st_mtime_ns for name in painted(here)}


@pytest.fixture
def holiday(here, paint):
    """Three pictures of three shapes, and what is none."""
    for seed, (name, width) in enumerate({"sea.png": 32, "tree.png": 48, "me 1.png": 40}.items()):
        paint(here / "holiday" / name, width, 32, seed)
    (here / "holiday/notes.txt").write_text("no picture")
    (here / "holiday/.hidden.png").write_bytes(b"no picture")
    return here


def test_each_is_the_picture_of_the_single_command(holiday, command):
    outcome = command(*MANY, "style=night")
    assert (outcome.status, outcome.err) == (0, "")
    first, last = outcome.out.splitlines()
    assert first == "3 pictures in the manner of night, into painted"
    assert re.fullmatch(r"3 painted in [\d.]+ s", last)
    assert painted(holiday) == {"sea.png", "tree.png", "me 1.png"}
    assert {path.name for path in holiday.iterdir()} == {"holiday", "painted"}
    for name in painted(holiday):
        folder = f"{name}.run"
        words = (f"content=holiday/{name}", "style=night", f"hydra.run.dir={folder}", *QUICK)
        assert command(*words).status == 0
        with (
            Image.open(holiday / "painted" / name) as many,
            Image.open(holiday / folder / "result.png") as one,
        ):
            assert many.tobytes() == one.tobytes()
            # How it was made travels inside, as ever: but for where it is saved.
            settings = [yaml.safe_load(picture.text["stylex"]) for picture in (many, one)]
            assert settings[0].pop("output") == f"painted/{name}"
            assert settings[1].pop("output") is None
            assert settings[0] == settings[1]
        records = [
            json.loads((holiday / place / "run.json").read_text())
            for place in (f"painted/.stylex/{name}", folder)
        ]
        for key in ("pictures", "weights", "levels", "evaluations", "style_error", "content_error"):
            assert records[0][key] == records[1][key], key


@pytest.mark.slow
def test_its_record_has_the_command_that_paints_it_alone(holiday, command):
    import shlex

    assert command(*MANY).status == 0
    record = json.loads((holiday / "painted/.stylex/me 1.png/run.json").read_text())
    before = (holiday / "painted/me 1.png").read_bytes()
    (holiday / "painted/me 1.png").unlink()
    assert command(*shlex.split(record["command"])[3:]).status == 0
    assert (holiday / "painted/me 1.png").read_bytes() == before


def test_what_is_done_is_skipped_and_other_settings_paint_anew(holiday, command, paint):
    words = MANY
    assert command(*words).status == 0
    before = times(holiday)
    (holiday / "painted/sea.png").unlink()
    outcome = command(*words)
    assert outcome.out.startswith(
        "3 pictures in the manner of kahlo, into painted: 2 done before\n"
    )
    assert "\n1 painted in " in outcome.out
    now = times(holiday)
    assert {name for name in now if now[name] != before[name]} == {"sea.png"}
    assert command(*words).out.endswith("3 done before\nnothing left to paint\n")
    assert times(holiday) == now
    # Another picture of that name is another one.
    paint(holiday / "holiday/tree.png", 48, 32, seed=9)
    outcome = command(*words)
    assert "2 done before, 1 painted anew: content (another picture)\n" in outcome.out
    outcome = command(*words, "style_weight=2", "hydra.verbose=false")
    assert "into painted: 3 painted anew: style_weight (5.0 → 2.0)\n" in outcome.out
    assert command(*words, "style_weight=2", "rerun=true").out.count("3 painted") == 2
    # A picture of the same settings, in another place: the settings say nothing of that.
    (holiday / "painted").rename(holiday / "elsewhere")
    assert "3 done before" in command(*words, "style_weight=2", "output=elsewhere").out


def test_an_empty_picture_is_painted_again_and_a_text_in_its_place_is_left(holiday, command):
    assert command(*MANY).status == 0
    whole = pixels(holiday / "painted/sea.png")
    (holiday / "painted/sea.png").write_bytes(b"")
    (holiday / "painted/tree.png").write_bytes(b"my notes")
    outcome = command(*MANY)
    assert outcome.status == 1
    assert "1 done before, 1 painted anew\n" in outcome.out
    assert outcome.err == (
        "stylex: holiday/tree.png: painted/tree.png is no picture of stylex's, "
        "so it is not replaced\n"
    )
    assert np.array_equal(pixels(holiday / "painted/sea.png"), whole)
    assert (holiday / "painted/tree.png").read_bytes() == b"my notes"


def test_a_picture_that_cannot_be_read_never_hides_the_others(holiday, command):
    (holiday / "holiday/bad.png").write_bytes(b"no picture")
    cut = (holiday / "holiday/tree.png").read_bytes()[:-200]
    (holiday / "holiday/cut.png").write_bytes(cut)
    outcome = command(*MANY)
    assert outcome.status == 1
    assert painted(holiday) == {"sea.png", "tree.png", "me 1.png"}
    lines = outcome.err.splitlines()
    assert len(lines) == 2 and all(line.startswith("stylex: ") for line in lines)
    assert "holiday/bad.png" in lines[0] and "holiday/cut.png" in lines[1]
    assert re.search(r"^3 painted in [\d.]+ s, 2 could not be painted$", outcome.out, re.M)
    again = command(*MANY)
    assert again.status == 1
    assert re.search(r"3 done before\n0 painted in [\d.]+ s, 2 could not be painted\n$", again.out)


@pytest.mark.slow
def test_a_pattern_another_format_and_names(holiday, command, paint):
    paint(holiday / "holiday/deep/wave.bmp", 32, 32, 5)
    outcome = command("content=holiday/**/[sw]*", "output=painted/*.16.png", *QUICK)
    assert (outcome.status, outcome.err) == (0, "")
    assert painted(holiday) == {"sea.16.png", "wave.16.png"}
    # What is painted is no source of a later start, wherever it lies.
    again = command("content=**/*.png", "output=painted/", *QUICK)
    assert again.out.startswith("3 pictures in the manner of kahlo, into painted\n")
    assert command("content=holiday/deep", "output=painted", *QUICK).status == 0
    assert painted(holiday) == {
        *("sea.16.png", "wave.16.png", "sea.png", "tree.png", "me 1.png", "wave.png")
    }


def test_an_option_goes_before_a_folder_of_its_name(holiday, command, paint):
    paint(holiday / "jesse/one.png")
    assert command("content=jesse", *QUICK).status == 0
    assert only_run(holiday).name.startswith("jesse-kahlo_")
    assert command("content=./jesse", "output=painted", *QUICK).status == 0
    assert painted(holiday) == {"one.png"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("content=holiday/",), "content 'holiday/' is many pictures: say into which folder, as"),
        (("content=holiday", "output=auto"), "as output=painted/"),
        (("content=holiday/*.png", "output=x.png"), "is one file, but content is many pictures"),
        (("content=holiday", "output=holiday/"), "would overwrite holiday/me 1.png: choose"),
        (("content=*/*.png", "output=painted"), "would both become painted/sea.png: rename one"),
        (("content=holiday/*.jpg", "output=painted"), "no pictures in content 'holiday/*.jpg'"),
        (("content=nowhere/", "output=painted"), "nowhere"),
        (("content=holiday", "output=painted/*.xyz"), "no format '.xyz'"),
        (("content=holiday", "output=painted", "style=nihgt"), "did you mean 'night'"),
        (("content=holiday", "output=painted", "style=holiday/notes.txt"), "notes.txt"),
        (("content=holiday", "output=painted", "size=-1"), "size must be"),
        (("content=holiday", "output=painted", "optimizer.lr=x"), "optimizer.lr must be"),
        (("content=holiday", "output=painted", "sise=3"), "did you mean 'size'"),
        (("content=holiday", "output=holiday/notes.txt"), "is one file"),
        (("--multirun", "content=holiday", "style=kahlo,night"), "painted without --multirun"),
        (("content=holiday", "output=painted", "film=me.webp"), "film is of one run"),
    ],
)
def test_a_mistake_is_one_line_before_anything_is_painted(holiday, command, paint, words, said):
    paint(holiday / "other/sea.png", seed=4)
    before = {*holiday.rglob("*")}
    outcome = command(*QUICK, *words)
    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert said in outcome.err
    assert {*holiday.rglob("*")} == before


def test_somebody_else_s_picture_is_not_replaced(holiday, command, paint):
    mine = paint(holiday / "painted/sea.png", seed=7)
    before = mine.read_bytes()
    outcome = command(*MANY)
    assert outcome.status == 1 and "painted/sea.png is no picture of stylex's" in outcome.err
    assert mine.read_bytes() == before and painted(holiday) == {"sea.png", "tree.png", "me 1.png"}


def test_another_folder_s_picture_of_the_same_name_is_not_replaced(holiday, command, paint):
    words = ("output=painted/", *QUICK)
    assert command("content=holiday/s*", *words).status == 0
    before = (holiday / "painted/sea.png").read_bytes()
    paint(holiday / "other/sea.png", seed=9)
    outcome = command("content=other/", *words)
    assert outcome.status == 1
    assert f"is of {holiday / 'holiday/sea.png'}: choose another folder" in outcome.err
    assert (holiday / "painted/sea.png").read_bytes() == before
    assert command("content=other/", *words, "rerun=true").status == 0
    assert (holiday / "painted/sea.png").read_bytes() != before


def test_on_a_full_disk_no_further_picture_is_painted(holiday, command, monkeypatch):
    begun = []

    def full(path, data):
        begun.append(path.name)
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr("stylex.many.paint.write_atomically", full)
    outcome = command(*MANY)
    assert outcome.status == 1 and len(begun) == 1
    assert "No space left on device" in outcome.err


def test_every_format_that_is_read_is_painted(holiday, command):
    Image.open(holiday / "holiday/sea.png").save(holiday / "holiday/bay.ppm")
    assert command(*MANY, "content=holiday/*.ppm").status == 0
    assert painted(holiday) == {"bay.png"}


def test_a_plan_counts_and_starts_nothing(holiday, command):
    assert command(*MANY, "content=holiday/s*").status == 0
    before = times(holiday)
    outcome = command("--plan", *MANY)
    assert outcome.status == 0
    assert re.fullmatch(
        r"2 pictures to paint, about \d+ s, \d\.\d GB each, 1 done before, into painted\n",
        outcome.out,
    )
    assert times(holiday) == before and painted(holiday) == {"sea.png"}


def test_two_at_once_do_not_disturb_each_other(holiday, command):
    from stylex.runs.lock import Lock

    lock = Lock(holiday / "painted/.stylex")
    try:
        outcome = command(*MANY)
        assert outcome.status == 2 and "is in use by process" in outcome.err
    finally:
        lock.release()
    assert command(*MANY).status == 0
    assert not (holiday / "painted/.stylex/.lock").exists()


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)],
)
def test_stopped_it_goes_on_where_it_was(holiday, number, status):
    words = ("content=holiday", "output=painted", *QUICK, "steps=40", "pyramid=single")
    process = start(*words, cwd=holiday)
    first = holiday / "painted/.stylex/me 1.png/run.json"
    end = time.monotonic() + 180
    while not first.exists():
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.01)
    time.sleep(0.05)  # into the second one's steps
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == status
    assert err == "stopped; the same command continues from here\n"
    done = painted(holiday)
    assert "me 1.png" in done and len(done) < 3
    before = times(holiday)
    process = start(*words, cwd=holiday)
    out, err = process.communicate(timeout=180)
    assert (process.returncode, err) == (0, "")
    assert f"into painted: {len(done)} done before\n" in out
    assert painted(holiday) == {"sea.png", "tree.png", "me 1.png"}
    now = times(holiday)
    assert all(now[name] == before[name] for name in done)
    left = [path.name for path in (holiday / "painted").rglob(".*.part")]
    assert left == []
