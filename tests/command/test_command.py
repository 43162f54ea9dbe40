"""What a user does at the command line, and what is left behind."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
import yaml
from command_line import TINY, only_run, start
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]


def pixels(path):
    return np.asarray(Image.open(path))


def test_the_first_command_makes_a_picture_and_says_how(here, command):
    outcome = command("style=kahlo", "content=jesse", *TINY)
    assert (outcome.status, outcome.err) == (0, "")
    folder = only_run(here)
    assert folder.name.startswith("jesse-kahlo_")
    assert {path.name for path in folder.iterdir() if "events" not in path.name} == {
        "result.png",
        "thumbnail.jpg",
        "run.json",
        "config.yaml",
        "steps.jsonl",
        "stylex.log",
    }
    picture = Image.open(folder / "result.png")
    assert (picture.size, picture.mode) == ((32, 21), "RGB")
    assert str((folder / "result.png").relative_to(here)) in outcome.out
    assert "32×21" in outcome.out and "relu4_2" in outcome.out
    assert picture.text["stylex"] == (folder / "config.yaml").read_text()

    record = json.loads((folder / "run.json").read_text())
    assert record["status"] == "done"
    assert record["command"] == "python -m stylex style=kahlo content=jesse " + " ".join(TINY)
    assert (record["steps"], record["evaluations"]) == (2, 3)
    assert record["weights"]["sha256"].startswith("c34748d2")
    four = ("style_error", "content_error", "style_distance", "structure_error")
    assert all(record[name] > 0 for name in four)
    printed = [f"{name} {record[name]:.3f}" for name in four]
    assert f"s, {printed[0]}, {printed[1]}\n  {printed[2]}, {printed[3]}\n" in outcome.out
    assert set(record["pictures"]) == {"content", "style"}


def test_the_same_command_gives_the_same_pixels_and_another_seed_others(here, command):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        command("init=noise", f"seed={seed}", f"hydra.run.dir={name}", *TINY)
    a, b, c = (pixels(here / name / "result.png") for name in "abc")
    assert (a == b).all()
    assert (a != c).any()


def test_a_run_made_from_its_own_record_is_the_same(here, command, paint):
    paint(here / "two words, ünï.png", seed=3)
    command("content=two words, ünï.png", "layers.style={relu2_2: 1}", *TINY)
    first = only_run(here)
    import shlex

    words = shlex.split(json.loads((first / "run.json").read_text())["command"])
    assert command(*words[3:], "hydra.run.dir=again").status == 0
    assert (pixels(first / "result.png") == pixels(here / "again/result.png")).all()


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("me.jpg", "two words.png"),
        ("a,b.png", "a=b.png"),
        ("it's.png", "(x) [y].png"),
        ("ünïçode ☕.png", "a${b}.png"),
        ("x" * 200 + ".png", "猫,1.png"),
    ],
)
def test_pictures_by_path_whatever_their_name(here, command, paint, name, other):
    paths = paint(here / "some dir" / name), paint(here / "some dir" / other)
    for content, style in (paths, paths[::-1]):
        outcome = command(f"content={content}", f"style=some dir/{style.name}", *TINY, "steps=1")
        assert (outcome.status, outcome.err) == (0, "")
        record = json.loads((only_run(here) / "run.json").read_text())
        assert record["pictures"]["content"]["path"] == str(content)
        shutil.rmtree(here / "outputs")


def test_home_is_understood(here, command, paint, monkeypatch):
    monkeypatch.setenv("HOME", str(here))
    paint(here / "me.png")
    assert command("content=~/me.png", *TINY).status == 0


def test_pictures_in_folders_are_options(here, command, paint, monkeypatch):
    paint(here / "images/style/Starry Night.jpg")
    paint(here / "elsewhere/content/granny.jpg", width=40)
    monkeypatch.setenv("STYLEX_IMAGES", str(here / "elsewhere"))
    assert "Starry Night" in command("--help").out
    assert command("style=Starry Night", "content=granny", *TINY).status == 0
    assert only_run(here).name.startswith("granny-Starry Night_")


@pytest.mark.parametrize("name", ["o.png", "o.jpg", "o.webp", "o.tif", "o.16.png", "new/o.JPEG"])
def test_output_is_also_saved_where_asked(here, command, name):
    outcome = command(f"output={name}", *TINY)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.rstrip().endswith(name)
    with Image.open(here / name) as saved:
        assert saved.size == (32, 21)
        saved.load()
    assert (only_run(here) / "result.png").exists()


@pytest.mark.parametrize("key", ["content", "style", "init"])
def test_an_output_never_destroys_its_source(here, command, paint, key):
    path = paint(here / "me.png")
    before = path.read_bytes()
    outcome = command(f"{key}=me.png", "output=me.png", *TINY)
    assert outcome.status == 2
    assert "overwrite" in outcome.err
    assert path.read_bytes() == before


def test_a_run_in_an_old_folder_starts_afresh(here, command):
    command("hydra.run.dir=x", "tracking.images_every=1", "size=32", "steps=5")
    command("hydra.run.dir=x", "rerun=true", *TINY)
    lines = (here / "x/steps.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [1, 2]
    assert not list((here / "x/images").iterdir())
    assert len(list((here / "x").glob("events*"))) == 1
    assert yaml.safe_load((here / "x/config.yaml").read_text())["steps"] == 2


def test_nobody_else_s_files_are_touched(here, command, paint):
    mine = [paint(here / "images/content/me.png"), paint(here / "images/me.png")]
    assert command("hydra.run.dir=.", *TINY).status == 0
    assert command("hydra.run.dir=.", *TINY).status == 0
    assert all(path.exists() for path in mine)
    other = paint(here / "other/result.png")
    before = other.read_bytes()
    outcome = command("hydra.run.dir=other", *TINY)
    assert (outcome.status, outcome.err.count("\n")) == (2, 1)
    assert "other/result.png" in outcome.err
    assert other.read_bytes() == before


def test_a_mistake_leaves_the_empty_folder_it_was_made_in(here, command):
    assert command("content=/no/such.jpg").status == 2
    assert here.exists()
    assert list(here.iterdir()) == []


BROKEN = """
from stylex.transfer.losses.moments import MomentLoss

class Broken(MomentLoss):
    layers = 0

    def value(self, picture, target):
        Broken.layers += 1  # of five in each evaluation
        return super().value(picture, target) * (float("nan") if Broken.layers > 7 else 1)
"""


def test_a_run_that_breaks_says_so_in_its_record(here, command):
    (here / "mine.py").write_text(BROKEN)
    words = ("loss.style.mine._target_=mine.Broken", "hydra.run.dir=x", "optimizer=adam")
    outcome = command(*words, *TINY)
    assert outcome.status == 1
    assert outcome.err.count("\n") == 1 and "level 1" in outcome.err
    record = json.loads((here / "x/run.json").read_text())
    assert record["status"] == "failed"
    assert "level 1" in record["reason"]
    # The best picture before it broke: no worse than the photograph that it started from.
    kept = pixels(here / "x/result.png").astype(float)
    assert np.abs(kept - kept.mean()).mean() < 100  # neither black nor white everywhere


def test_a_folder_in_the_way_of_a_result_is_one_line(here, command):
    (here / "x/thumbnail.jpg").mkdir(parents=True)
    outcome = command("hydra.run.dir=x", *TINY)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.count("\n") == 1 and "x/thumbnail.jpg is of no run" in outcome.err
    assert not (here / "x/run.json").exists()


def test_a_stop_from_outside_keeps_the_picture(here):  # tests/runs has Ctrl-C
    process = start("hydra.run.dir=x", "size=64", "steps=100000", cwd=here)
    log = here / "x/steps.jsonl"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (log.exists() and '"step": 5,' in log.read_text()):
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (143, "")
    assert "interrupted" in out
    assert json.loads((here / "x/run.json").read_text())["status"] == "interrupted"
    assert pixels(here / "x/result.png").shape == (43, 64, 3)


def without(module, *arguments, cwd, status=0):
    """The command, in a process that fails if the module is imported on the way."""
    code = (
        f"import sys; sys.argv = ['stylex', *{arguments!r}]\n"
        "import stylex.cli\n"
        "try: stylex.cli.main()\n"
        f"finally: assert {module!r} not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (status, False), done.stderr
    return done


def test_a_run_starts_quickly_because_the_compiler_stays_out(here):
    without("torch._dynamo", *TINY, cwd=here)
    only_run(here)


def test_help_is_quick_because_torch_stays_out(here):
    done = without("torch", "--help", cwd=here)
    for word in ("kahlo", "jesse", "experiment", "notebook", "style_weight", "python -m stylex"):
        assert word in done.stdout


def test_so_is_the_version(here):
    own = re.search(r'__version__ = "(.*)"', (ROOT / "stylex/__init__.py").read_text())[1]
    python = ".".join(map(str, sys.version_info[:3]))
    told = without("torch", "--version", cwd=here).stdout
    assert told == f"stylex {own} (python {python}, torch {metadata.version('torch')})\n"
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("word", ["size=0", "steps=-1", "style_weight=-1", "seed=-1"])
def test_a_wrong_number_is_refused_before_torch_is_imported(here, word):
    done = without("torch", word, cwd=here, status=2)
    assert done.stderr.startswith(f"stylex: {word.partition('=')[0]} must be ")
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("key", ["content", "style", "mask", "init"])
def test_so_is_a_file_that_is_missing(here, key):
    done = without("torch", f"{key}=pictures/missing.png", cwd=here, status=2)
    assert "missing.png" in done.stderr and "no such file" in done.stderr
    assert done.stderr.count("\n") == 1 and list(here.iterdir()) == []


def test_too_little_memory_is_said_before_the_first_step(here, command, monkeypatch):
    module = sys.modules["stylex.transfer.plan"]
    monkeypatch.setattr(module, "available_bytes", lambda device: 10**6)
    outcome = command(*TINY)
    assert outcome.status == 0
    (line,) = [line for line in outcome.out.splitlines() if "memory" in line]
    assert "0.0 GB of memory are available" in line and "would do for size=" in line


def test_a_picture_too_large_for_the_memory_is_made_in_tiles(here, command, monkeypatch):
    options = ("size=96", "steps=3", "precision=fp32", "pyramid.min_size=48", "tracking=light")
    outcome = command(*options, "tile=off", "hydra.run.dir=whole")
    assert "tiles" not in outcome.out
    whole = json.loads((here / "whole/run.json").read_text())
    assert whole["tiles"] == [[None, None], [None, None]]

    outcome = command(*options, "tile=80", "hydra.run.dir=asked")
    assert "  in tiles of 80 px from 96×64 px on\n" in outcome.out
    asked = json.loads((here / "asked/run.json").read_text())
    assert asked["tiles"] == [[None, None], [80, None]]
    assert asked["style_error"] == pytest.approx(whole["style_error"], rel=1e-3)
    names = "asked/result.png", "whole/result.png"
    ours, theirs = (pixels(here / name).astype(int) for name in names)
    assert np.abs(ours - theirs).max() <= 1

    module = sys.modules["stylex.transfer.plan"]
    monkeypatch.setattr(module, "available_bytes", lambda device: 2 * 10**7)
    outcome = command(*options, "hydra.run.dir=short")
    said = "  in tiles of 256 px from 96×64 px on, with the last 3 pairs of L-BFGS\n"
    assert said in outcome.out
    assert json.loads((here / "short/run.json").read_text())["status"] == "done"


def test_an_allocation_that_fails_is_one_line_with_advice(here, command):
    (here / "mine.py").write_text(BROKEN.replace("super().value(picture, target)", "[0] * 10**15"))
    words = ("loss.style.mine._target_=mine.Broken", "hydra.run.dir=x")
    outcome = command(*words, *TINY)
    assert (outcome.status, outcome.err.count("\n")) == (1, 1)
    assert outcome.err.startswith("stylex: out of memory: about 0.")
    assert "out of memory" in json.loads((here / "x/run.json").read_text())["reason"]
