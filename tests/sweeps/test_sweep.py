"""--multirun as a user types it: what runs, what is left out, what is said, what is left."""

import re
import shlex
from pathlib import Path

import pytest
from PIL import Image
from swept import SWEEP, job_names, record, rows, sweep_folder
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2

from stylex.runs.record import FIGURES
from stylex.transfer.vgg import weights


def test_every_combination_in_folders_named_by_what_differs(here, command):
    # The flag may stand anywhere.
    words = (*SWEEP[1:], "tracking=full", "style_weight=1,10", SWEEP[0], "style=kahlo,night")
    outcome = command(*words)
    assert (outcome.status, outcome.err) == (0, "")
    folder = sweep_folder(here)
    assert re.fullmatch("style,style_weight-[0-9a-f]{6}", folder.name)
    assert job_names(folder) == {  # in the order typed
        f"style_weight={weight},style={style}"
        for style in ("kahlo", "night")
        for weight in ("1", "10")
    }
    assert "4 jobs" in outcome.out and str(folder.relative_to(here)) in outcome.out
    for number in range(1, 5):
        assert f"[{number}/4] style_weight=" in outcome.out
    one = record(folder, "style_weight=10,style=night")
    assert (one["status"], one["settings"]["style_weight"]) == ("done", 10.0)
    assert one["settings"]["style.name"] == one["choices"]["style"] == "night"
    with Image.open(folder / "sheet.png") as sheet:
        assert max(sheet.size) < 5000
    with Image.open(folder / "tradeoff.png") as plot:
        assert min(plot.size) > 400
    table = rows(folder)
    assert len(table) == 4
    for style in ("kahlo", "night"):  # errors of different paintings are not compared
        ranked = [row for row in table if row["style"] == style]
        assert [row["rank"] for row in ranked] == ["1", "2"]
        assert float(ranked[0]["style_error"]) < float(ranked[1]["style_error"])
    assert {(row["style"], row["style_weight"]) for row in table} == {
        (style, weight) for style in ("kahlo", "night") for weight in ("1", "10")
    }
    check_board(folder)


def check_board(folder: Path) -> None:
    """TensorBoard has one row per job with the swept keys, and the sheet and plot."""
    found = set()
    for job in job_names(folder):
        board = EventAccumulator(str(folder / job)).Reload()
        content = board.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
        start = plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info
        assert start.hparams.keys() == {"style_weight", "style"}
        found.add((start.hparams["style_weight"].number_value, start.hparams["style"].string_value))
        assert {*FIGURES} <= set(board.Tags()["scalars"])
    assert found == {(weight, style) for weight in (1.0, 10.0) for style in ("kahlo", "night")}
    images = EventAccumulator(str(folder)).Reload().Tags()["images"]
    assert set(images) == {"sheet", "tradeoff"}


def test_ranges_and_globs(here, command, paint):
    for name in ("sea", "tree"):
        paint(here / "images" / "style" / f"{name}.png")
    outcome = command(*SWEEP, "style=glob(s*)", "style_weight=logspace(0,1,2)")
    assert outcome.status == 0
    assert job_names(sweep_folder(here)) == {
        *("style=sea,style_weight=1", "style=sea,style_weight=10")
    }


def test_pictures_by_path_with_spaces_and_other_letters(here, command, paint):
    one, other = paint(here / "my pictures" / "é ö.png"), paint(here / "other" / "é ö.png", seed=1)
    outcome = command(*SWEEP, f"content={one},{other}")
    assert (outcome.status, outcome.err) == (0, "")
    folder = sweep_folder(here)
    names = job_names(folder)
    assert len(names) == 2
    paths = {record(folder, name)["pictures"]["content"]["path"] for name in names}
    assert paths == {str(one), str(other)}
    # The command of a job makes the same picture on its own.
    name = next(n for n in names if record(folder, n)["pictures"]["content"]["path"] == str(other))
    words = shlex.split(record(folder, name)["command"])[3:]
    assert command(*words).status == 0
    (alone,) = here.glob("outputs/runs/*/*/result.png")
    assert Image.open(alone).tobytes() == Image.open(folder / name / "result.png").tobytes()


def test_one_file_is_one_job_however_its_path_is_spelt(here, command, paint):
    path = paint(here / "a b.png")
    paint(here / "images/content/cat.png")
    words = ("a b.png", "./a b.png", str(path), "cat", "images/content/cat.png")
    outcome = command(*SWEEP, "sweep=w", f"content={','.join(words)}")
    assert outcome.out.startswith("2 jobs, into")
    (job, other) = sorted(job_names(here / "outputs/sweeps/w"))
    assert re.fullmatch("content=a b-[0-9a-f]{6}", job) and other == "content=cat"
    again = command(*SWEEP, "sweep=w", "content=./a b.png")
    assert again.out.startswith("1 job, 1 done before")


def test_an_output_is_each_job_s_own(here, command):
    words = (*SWEEP, "sweep=w", "style=kahlo,night")
    assert command(*words, "output=${style.name}.png").status == 0
    assert {path.name for path in here.glob("*.png")} == {"kahlo.png", "night.png"}
    outcome = command(*words, "sweep=v", "output=${content.name}.png")
    assert outcome.status == 2 and "put style into its name" in outcome.err
    words = (*SWEEP, "sweep=u", "seed=0,1")
    outcome = command(*words, "output=a.png,b.png")
    assert outcome.status == 2 and "put seed into its name" in outcome.err
    outcome = command(*words, "output=a.png,b.png", "zip=seed,output")
    assert (outcome.status, outcome.err) == (0, "")
    assert (here / "a.png").exists() and (here / "b.png").exists()


def test_one_bad_job_never_hides_the_others(here, command, paint):
    (here / "images" / "content").mkdir(parents=True)
    (here / "images" / "content" / "broken.png").write_bytes(b"no picture")
    paint(here / "images" / "content" / "tidy.png")
    outcome = command(*SWEEP, "content=broken,tidy", "pyramid.levels=0,1", "sweep=w")
    folder = here / "outputs/sweeps/w"
    assert outcome.status == 1
    done = record(folder, "content=tidy,pyramid.levels=1")
    assert done["status"] == "done"
    for job, reason in (
        ("content=broken,pyramid.levels=1", "broken.png"),
        ("content=tidy,pyramid.levels=0", "pyramid.levels must be from 1 to 32, not 0"),
    ):
        assert record(folder, job)["status"] == "failed"
        assert reason in record(folder, job)["reason"]
        assert reason in (folder / job / "stylex.log").read_text()
        assert re.search(rf"{job}: failed: .*{re.escape(reason)}", outcome.out)
        assert not (folder / job / "result.png").exists()
    table = rows(folder)
    assert [row["status"] for row in table] == ["done", "failed", "failed", "failed"]
    assert table[0]["content"] == "tidy"

    paint(here / "images" / "content" / "broken.png")  # mended
    outcome = command(*SWEEP, "content=broken,tidy", "pyramid.levels=0,1", "sweep=w")
    assert "4 jobs, 1 done before" in outcome.out
    assert record(folder, "content=broken,pyramid.levels=1")["status"] == "done"
    assert outcome.status == 1


MISTAKES = [
    (("style_weight=1,-5",), "style_weight must be from 0 to 1e+12, not -5.0"),
    (("style_weight=-5", "seed=0,1"), "style_weight must be from 0 to 1e+12, not -5.0"),
    (("steps=1,0",), "steps must be from 1 to 1000000000, not 0"),
    (("layers.style={relu1_1:1},{relu9_1:1}",), "unknown layer 'relu9_1' in layers.style"),
    (("layers.style.relu9_1=1,2",), "unknown layer 'relu9_1' in layers.style"),
    (("mask=mask.png,nope.png",), "no such file: nope.png"),
    (("mask=nope.png", "seed=0,1"), "no such file: nope.png"),
    (("init=noise,nope.png",), "no such file: nope.png"),
    (("regions=[mask.png],[{mask: nope.png}]",), "no such file: nope.png"),
    (("content=jesse,nope.png",), "nope.png"),
    (("style=kahlo,night+nope.png",), "nope.png"),
    (("output=a.png,b.xyz", "seed=0,1", "zip=output,seed"), "output 'b.xyz': no format '.xyz'"),
    (("film=a.webp,b.xyz", "seed=0,1", "zip=film,seed"), "film 'b.xyz': no format '.xyz'"),
]


@pytest.mark.parametrize(("words", "said"), MISTAKES)
def test_a_mistake_in_a_value_is_said_before_any_job(here, command, paint, words, said):
    paint(here / "mask.png")
    outcome = command(*SWEEP, "sweep=w", *words)
    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert said in outcome.err
    assert [path.name for path in here.iterdir()] == ["mask.png"]


DEFECT = """
from stylex.transfer.losses.moments import MomentLoss

class Fails(MomentLoss):
    def __init__(self, fails):
        self.fails = fails

    def target(self, style):
        return super().target(style) if not self.fails else 1 // 0
"""


def test_a_defect_fails_its_job_alone(here, command):
    (here / "mine.py").write_text(DEFECT)
    words = ("loss.style.mine._target_=mine.Fails", "loss.style.mine.fails=false,true")
    outcome = command(*SWEEP, *words, "sweep=w")
    folder = here / "outputs/sweeps/w"
    assert outcome.status == 1
    good, bad = (f"loss.style.mine.fails={value}" for value in ("False", "True"))
    assert record(folder, good)["status"] == "done"
    assert record(folder, bad)["status"] == "failed"
    assert record(folder, bad)["reason"].startswith("ZeroDivisionError: ")
    assert "Traceback" in (folder / bad / "stylex.log").read_text()
    assert "Traceback" not in outcome.out + outcome.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("style=kahlo,nihgt",), "did you mean 'night'"),
        (("style_weight=1,much",), "style_weight must be a number, not 'much'"),
        (("style_wait=1,2",), "did you mean 'style_weight'"),
        (("optimizer.no=1,2",), "optimizer.no"),
        (("style_weight=logspace(0,1)",), "logspace(0,1)"),
        (("style_weight=interval(0,1)",), "linspace(lo,hi,n)"),
        (("seed=1,2", "sweep=../out"), "sweep '../out'"),
        (("seed=1,2", "rank_by=beauty"), "beauty"),
        (("seed=1,2", "output=x.png"), "output"),
        (("seed=range(0,10001)",), "at most 10000"),
        (("seed=range(0,1000000000)",), "at most 10000"),
    ],
)
def test_a_mistake_is_one_line_before_anything_runs(here, command, words, said):
    outcome = command(*SWEEP, *words)
    assert outcome.status == 2
    assert outcome.err.startswith("stylex: ") and outcome.err.count("\n") == 1
    assert said in outcome.err
    assert outcome.out == ""
    assert list(here.iterdir()) == []


def test_a_sweep_in_a_yaml_file(here, command):
    preset = here / "own" / "experiment" / "strip.yaml"
    preset.parent.mkdir(parents=True)
    preset.write_text(
        "# @package _global_\n"
        "seed: 7\n"
        "hydra: {sweeper: {params: {style_weight: 'linspace(1,2,2)', tv_weight: '5'}}}\n"
    )
    words = (*SWEEP, "--config-dir", str(preset.parents[1]), "experiment=strip")
    outcome = command(*words)
    assert (outcome.status, outcome.err) == (0, "")
    folder = sweep_folder(here)
    assert job_names(folder) == {f"style_weight={weight},tv_weight=5" for weight in (1, 2)}
    assert record(folder, "style_weight=1,tv_weight=5")["settings"]["seed"] == 7
    # The command line has the last word.
    assert "1 job, into" in command(*words, "style_weight=1", "tv_weight=0", "sweep=w").out


def test_the_table_is_ranked_by_the_figure_asked_for(here, command):
    words = (*SWEEP, "style_weight=1,10", "rank_by=structure_error")
    outcome = command(*words)
    assert outcome.status == 0
    table = rows(sweep_folder(here))
    errors = [float(row["structure_error"]) for row in table]
    assert errors == sorted(errors)
    # What a job prints is what it is judged by.
    distance = float(table[0]["style_distance"])
    assert f"s, style_distance {distance:.3f}, structure_error {errors[0]:.3f}\n" in outcome.out


def test_the_weights_are_read_once_for_all_jobs(here, command, monkeypatch):
    weights._read_embedded.cache_clear()
    reads = []
    real = weights._read_tensors
    monkeypatch.setattr(weights, "_read_tensors", lambda path: reads.append(path) or real(path))
    assert command(*SWEEP, "seed=1,2").status == 0
    assert len(reads) == 1
