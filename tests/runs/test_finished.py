"""A folder that holds a finished run: never overwritten unasked, nor computed twice."""

import json
import os
import shlex
import shutil

import numpy as np
import pytest
from command_line import TINY
from made import RUN, edit, files, logged, on_board, pixels, record
from PIL import Image

from stylex.runs.folder import RunFolder

SAME = (*RUN, "hydra.run.dir=x")


def test_the_same_run_again_is_done_already(command, done):
    before = files(done)
    outcome = command(*SAME)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out == f"x is done already: {os.path.join('x', 'result.png')}\n"
    assert files(done) == before


def test_another_run_is_refused_by_name_and_replaces_it_only_when_told_to(command, done, whole):
    before = files(done)
    outcome = command(*SAME, "style_weight=8", "seed=3")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err == (
        f"stylex: the finished run in {done} differs: seed (0 → 3), style_weight (5.0 → 8.0); "
        "choose another folder, or replace it with rerun=true\n"
    )
    assert files(done) == before
    outcome = command(*SAME, "style_weight=8", "rerun=true")
    assert (outcome.status, outcome.err) == (0, "")
    assert record(done)["settings"]["style_weight"] == 8
    assert "rerun" not in record(done)["command"]
    assert not np.array_equal(pixels(done), pixels(whole))


def test_the_same_settings_computed_otherwise_are_another_run(command, done):
    edit(done, precision="bf16")
    outcome = command(*SAME)
    assert (outcome.status, outcome.out) == (2, "")
    assert "differs: precision (bf16 → fp32)" in outcome.err
    edit(done, precision="fp32", changed=["tv_weight (3.0 → 25.0)"])
    assert "tv_weight (changed on the way: 3.0 → 25.0)" in command(*SAME).err
    assert command(*SAME, "may_change=[tv_weight]").status == 0


def test_a_run_whose_picture_is_gone_is_made_again(command, done, whole):
    (done / "result.png").unlink()
    outcome = command(*SAME)
    assert (outcome.status, outcome.err) == (0, "")
    assert np.array_equal(pixels(done), pixels(whole))


@pytest.mark.parametrize("damaged", [b"", b"no picture"])
def test_a_run_whose_picture_is_damaged_is_made_again(command, done, whole, damaged):
    (done / "result.png").write_bytes(damaged)
    outcome = command(*SAME)
    assert (outcome.status, outcome.err) == (0, "")
    assert np.array_equal(pixels(done), pixels(whole))


def test_done_without_the_picture_asked_for_is_not_done(here, command):
    words = (*RUN, "steps=1", "pyramid=single", "hydra.run.dir=y")
    assert command(*words, "output=o.png").status == 0
    outcome = command(*words, "output=o.png")
    assert (outcome.status, outcome.out) == (0, "y is done already: o.png\n")
    assert command(*words).status == 0
    outcome = command(*words, "output=p.png")
    assert outcome.status == 2 and "differs: output (o.png → p.png)" in outcome.err
    (here / "o.png").unlink()
    outcome = command(*words, "output=o.png")
    assert outcome.status == 2 and f"output ({here / 'o.png'} is gone)" in outcome.err
    (here / "o.png").touch()
    outcome = command(*words, "output=o.png")
    assert outcome.status == 2 and f"output ({here / 'o.png'} is no picture any" in outcome.err
    assert not (here / "p.png").exists()


@pytest.mark.parametrize("text", ["[1, 2]", "{}", '{"format": 99, "status": "done"}'])
def test_a_record_of_something_else_is_left_alone(here, command, text):
    (here / "x").mkdir()
    (here / "x/run.json").write_text(text)
    (here / "x/result.png").write_text("precious")
    outcome = command(*SAME, "rerun=true")
    assert (outcome.status, outcome.out) == (2, "")
    assert f"stylex: {here / 'x'}: run.json " in outcome.err and outcome.err.count("\n") == 1
    assert sorted(os.listdir(here / "x")) == ["result.png", "run.json"]
    assert (here / "x/result.png").read_text() == "precious"


def test_resumed_it_says_that_it_is_done(command, done):
    before = files(done)
    outcome = command("resume=x")
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out == f"x is done already: {os.path.join('x', 'result.png')}\n"
    outcome = command("resume=x", "steps=1")
    assert (outcome.status, outcome.out) == (2, "")
    assert "steps: level 3 has had 2 already, more than 1" in outcome.err
    outcome = command("resume=x", "tv_weight=3", "steps=9")
    assert (outcome.status, outcome.out) == (2, "")
    assert "the finished run in" in outcome.err and "tv_weight (25.0 → 3.0)" in outcome.err
    assert files(done) == before


def test_resumed_it_makes_no_other_picture_and_no_film(here, command, monkeypatch):
    words = (*RUN, "steps=1", "pyramid=single", "output=o.png", "hydra.run.dir=y")
    assert command(*words).status == 0
    (here / "other").mkdir()
    monkeypatch.chdir(here / "other")  # from where o.png is another path
    outcome = command("resume=../y")
    assert (outcome.status, outcome.err) == (0, "") and "is done already" in outcome.out
    outcome = command("resume=../y", "output=p.png")
    assert outcome.status == 2 and f"the picture is {here / 'y/result.png'}" in outcome.err
    outcome = command("resume=../y", "film=me.webp")
    assert outcome.status == 2
    assert f"python -m stylex.film {here / 'y'} me.webp" in outcome.err
    assert list((here / "other").iterdir()) == []


def test_done_while_resume_waits_for_the_folder_it_is_done(
    here, command, stop_at, monkeypatch, done
):
    """It ends between the reading of its words and the lock: nothing is made again."""
    stop_at(7)
    assert command(*RUN, "hydra.run.dir=y").status == 130
    monkeypatch.undo()
    monkeypatch.chdir(here)
    hold = RunFolder.hold

    def ended_before(self):
        shutil.rmtree(here / "y")
        shutil.copytree(done, here / "y")
        hold(self)

    monkeypatch.setattr(RunFolder, "hold", ended_before)
    outcome = command("resume=y")
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out == f"y is done already: {os.path.join('y', 'result.png')}\n"
    assert files(here / "y") == {
        name.replace(str(done), str(here / "y")): data for name, data in files(done).items()
    }


def test_more_steps_continue_it_from_its_picture(here, command, done, whole):
    outcome = command("resume=x", "steps=4")
    assert (outcome.status, outcome.err) == (0, "")
    assert "resuming after step 8" in outcome.out
    made, before = record(done), record(whole)
    assert made["levels"] == [*before["levels"][:2], [*before["levels"][2][:2], 4]]
    assert shlex.split(made["command"])[-1] == "steps=[4,2,4]"
    assert made["changed"] == ["steps (2 → 4)"] and made["resumed"] == 1
    # One evaluation for each step, and one of the last picture.
    assert (made["status"], made["steps"]) == ("done", 10)
    assert made["evaluations"] == before["evaluations"] + 3
    assert made["seconds"] > before["seconds"] and made["started"] == before["started"]
    assert logged(done) == on_board(done) == list(range(1, 11))
    # From that picture: its loss is the first one after it, but for rounding to 8 bits.
    lines = [json.loads(line) for line in (done / "steps.jsonl").read_text().splitlines()]
    assert lines[8]["loss"] < lines[7]["loss"] and lines[9]["loss"] < lines[8]["loss"]
    assert 0 < np.abs(pixels(done).astype(int) - pixels(whole)).mean() < 8
    assert not (done / "checkpoint.pt").exists()
    # It is done, but not the run that 10 steps from the beginning would be.
    assert command("resume=x", "steps=4").out.startswith("x is done already")
    outcome = command(*SAME, "steps=[4,2,4]")
    assert outcome.status == 2 and "steps (changed on the way: 2 → 4)" in outcome.err


@pytest.mark.slow
def test_a_continued_run_that_is_stopped_loses_nothing(here, command, done, stop_at, monkeypatch):
    """It is a run with a checkpoint from its first moment on, and resumed as any other."""
    straight = shutil.copytree(done, here / "straight")
    assert command("resume=straight", "steps=4").status == 0
    stop_at(9)
    assert command("resume=x", "steps=4", "checkpoint_every=3600").status == 130
    assert record(done)["status"] == "interrupted"
    monkeypatch.undo()
    monkeypatch.chdir(here)
    outcome = command("resume=x")
    assert (outcome.status, outcome.err) == (0, "")
    assert record(done)["changed"] == ["steps (2 → 4)"]
    assert np.array_equal(pixels(done), pixels(straight))
    assert logged(done) == logged(straight)


def test_a_picture_of_another_size_is_not_continued(command, done, paint):
    paint(done / "result.png", 20, 20)
    before = files(done)
    outcome = command("resume=x", "steps=4")
    assert (outcome.status, outcome.out) == (2, "")
    assert "not of the run's size" in outcome.err
    assert files(done) == before


@pytest.mark.slow
@pytest.mark.parametrize("how", ["keep", "luminance"])
def test_with_the_photographs_colours_it_is_continued_from_what_was_painted(here, command, how):
    words = (*RUN, f"color={how}", "hydra.run.dir=x")
    assert command(*words).status == 0
    painted = np.asarray(Image.open(here / "x/painted.png"))
    assert not np.array_equal(painted, pixels(here / "x"))
    # The same picture as where a run begins that is told to start there.
    assert command("resume=x", "steps=[4,2,3]").status == 0
    shutil.copy(here / "x/painted.png", here / "x/after.png")
    Image.fromarray(painted).save(here / "start.png")
    one = ("pyramid=single", "steps=1", "init=start.png")
    assert command(*RUN, f"color={how}", *one, "hydra.run.dir=y").status == 0
    assert np.array_equal(pixels(here / "x"), pixels(here / "y"))
    after = np.asarray(Image.open(here / "x/after.png"))
    assert np.array_equal(after, np.asarray(Image.open(here / "y/painted.png")))


def test_a_run_from_before_there_were_colours_to_choose_is_the_same(here, command, done):
    settings = record(done)["settings"]
    assert settings.pop("color") == "style"
    edit(done, settings=settings)
    assert "is done already" in command(*SAME).out
    outcome = command(*SAME, "color=keep")
    assert outcome.status == 2 and "color (style → keep)" in outcome.err


NNST = (*TINY[1:], "experiment=nnst", "steps=1", "loss.style.matching.samples=64")


def test_a_loss_that_looks_at_its_level_s_start_can_be_continued_where_it_does_not_count(
    here, command
):
    """NNST's last level has another one."""
    words = (*NNST, "size=64", "pyramid.min_size=32", "hydra.run.dir=x")
    assert command(*words).status == 0
    outcome = command("resume=x", "steps=2")
    assert (outcome.status, outcome.err) == (0, "")
    assert record(here / "x")["steps"] == 4


def test_and_where_it_counts_it_is_refused_before_anything_is_written(here, command):
    words = (*NNST, "size=32", "pyramid.repeat=0", "loss.style.matching.levels=all")
    assert command(*words, "hydra.run.dir=x").status == 0
    before = files(here / "x")
    outcome = command("resume=x", "steps=2")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err == (
        f"stylex: {here / 'x'} cannot be continued: a loss depends on what the last level started "
        "from, which is not kept\n"
    )
    assert files(here / "x") == before
