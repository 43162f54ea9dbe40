"""Several styles, regions and masks from the command line, to the record and back."""

import json

import numpy as np
import pytest
from command_line import TINY, only_run
from made import RUN, make, pixels, record
from PIL import Image

from stylex import StyleSource, stylize
from stylex.config.pictures import SAMPLES
from stylex.images.load import load, resize, size_of
from stylex.paths import sha256

KAHLO, NIGHT, JESSE = (
    SAMPLES / name for name in ("style/kahlo.jpg", "style/night.jpg", "content/jesse.jpg")
)


@pytest.fixture
def halves(here):
    """left.png and right.png, masks of jesse's two halves, and thirds.png of three greys."""
    height, width = size_of(JESSE)
    left = np.zeros((height // 2, width // 2), np.uint8)
    left[:, : width // 4] = 255
    Image.fromarray(left).save(here / "left.png")
    Image.fromarray(255 - left).save(here / "right.png")
    return here


def test_a_mixture_is_that_of_the_function_and_is_recorded(here, command):
    outcome = command("style=kahlo:3+night:1", *TINY)
    assert (
        outcome.status == 0
        and "jesse in the manner of kahlo-3+night-1, 32×21 px" in outcome.out
        and " of 32×26 and 32×26 px" in outcome.out
    )
    run = only_run(here)
    assert run.name.startswith("jesse-kahlo-3+night-1_")
    kept = record(run)
    assert [kept["pictures"][f"style.{n}"]["sha256"] for n in (1, 2)] == [
        sha256(KAHLO),
        sha256(NIGHT),
    ]
    assert [style["weight"] for style in kept["styles"]] == [3, 1]
    styles = [StyleSource(KAHLO, 3.0), StyleSource(NIGHT)]
    result = stylize(JESSE, styles, size=32, steps=2, precision="fp32")
    assert kept["style_error"] == pytest.approx(result.style_error, rel=1e-6)


def test_a_blend_goes_from_the_first_to_the_second(here, command):
    words = ("style=kahlo+night", *TINY, "sweep=s")
    assert command("--multirun", "blend=linspace(0,1,3)", *words).status == 0
    runs = [record(here / f"outputs/sweeps/s/blend={b}") for b in ("0", "0.5", "1")]
    alone = []
    for number, style in enumerate(("kahlo", "night"), 1):
        assert command(f"style={style}", *TINY, f"hydra.run.dir=r{number}").status == 0
        alone.append(record(here / f"r{number}")["style_error"])
    assert [runs[0]["style_error"], runs[2]["style_error"]] == alone
    assert [len(run["styles"]) for run in runs] == [1, 2, 1]
    assert {*runs[1]["pictures"]} == {"content", "style.1", "style.2"}
    # Each has a target of its own, so that none is the best; the paintings stand above the strip.
    table = (here / "outputs/sweeps/s/summary.csv").read_text().splitlines()
    assert [line.partition(",")[0] for line in table] == ["rank", "1", "1", "1"]


def test_styles_and_mixtures_are_swept_and_not_run_again(here, command):
    words = ("--multirun", "style=kahlo,night,kahlo+night,kahlo:1+night:1", *TINY, "sweep=s")
    assert command(*words).status == 0
    sweep = here / "outputs/sweeps/s"
    assert {path.parent.name for path in sweep.glob("*/run.json")} == {
        "style=kahlo", "style=night", "style=kahlo+night"
    }  # fmt: skip
    assert "3 jobs, 3 done before" in command(*words).out
    assert size_of(sweep / "sheet.png")[1] > 600


def test_a_file_with_signs_in_its_name_is_one_painting(here, command, paint):
    paint(here / "a+b:2.png")
    assert command("style=a+b:2.png", *TINY).status == 0
    assert only_run(here).name.startswith("jesse-a_b_2_")


def test_without_the_new_keys_a_record_says_nothing_of_them(here, command):
    assert command(*TINY).status == 0
    settings = record(only_run(here))["settings"]
    assert not settings.keys() & {"blend", "regions", "mask", "mask_feather", "style.paths"}
    assert settings["style.path"] == str(KAHLO)


def test_a_mask_keeps_the_photograph_in_the_saved_file(halves, command):
    assert command("mask=left.png", "mask_feather=0", *TINY, "output=a.png").status == 0
    run = only_run(halves)
    photograph = np.asarray((resize(load(JESSE), 21, 32).clamp(0, 1)[0] * 255).round().byte())
    assert np.array_equal(pixels(run)[:, 17:], photograph.transpose(1, 2, 0)[:, 17:])
    assert not np.array_equal(pixels(run)[:, :15], photograph.transpose(1, 2, 0)[:, :15])
    assert record(run)["pictures"]["mask"]["sha256"] == sha256("left.png")
    assert "within a mask, 50% of the picture" in command("mask=left.png", *TINY).out


def test_regions_are_one_for_each_style(halves, command):
    word = "regions=[left.png,{mask: right.png, source: night-mask.png}]"
    Image.new("L", size_of(NIGHT)[::-1], 255).save("night-mask.png")
    assert command("style=kahlo+night", word, *TINY).status == 0
    kept = record(only_run(halves))
    assert {*kept["pictures"]} == {
        *("content", "style.1", "style.2"),
        *("regions.1.mask", "regions.2.mask", "regions.2.source"),
    }
    steps = (only_run(halves) / "steps.jsonl").read_text().splitlines()
    assert (
        "style/1/relu1_1" in (parts := json.loads(steps[0])["parts"]) and "style/2/relu1_1" in parts
    )


def test_a_preset_may_have_regions(halves, command):
    (halves / "mine/experiment").mkdir(parents=True)
    (halves / "mine/experiment/halves.yaml").write_text(
        "# @package _global_\ndefaults:\n  - override /style: night+kahlo\n"
        "regions:\n  - left.png\n  - mask: right.png\n"
    )
    assert command("--config-dir", "mine", "experiment=halves", *TINY).status == 0
    kept = record(only_run(halves))
    assert kept["pictures"]["style.1"]["path"] == str(NIGHT)
    assert [style["where"] for style in kept["styles"]] == [True, True]


@pytest.mark.parametrize("words", [("style=kahlo:2+night:1",), ("mask=mask.png", "mask_feather=6")])
def test_a_finished_run_goes_on_under_the_same_name_with_more_steps(here, command, paint, words):
    """As one with all steps does, outside of the mask to the bit."""
    Image.fromarray(np.tile(np.repeat(np.uint8([0, 128, 255]), 40), (80, 1))).save(
        here / "mask.png"
    )
    run = make(here, *RUN, *words)
    before = pixels(run)
    assert command(*RUN, *words, "hydra.run.dir=run").out.count("is done already") == 1
    assert command("resume=run", "steps=[4,2,5]").status == 0
    kept = record(run)
    assert (kept["status"], kept["steps"], kept["resumed"]) == ("done", 11, 1)
    after = pixels(run)
    assert not np.array_equal(after, before)
    if words[0].startswith("mask"):
        assert np.array_equal(after[:, :15], before[:, :15])


def test_another_painting_or_mask_is_another_run(halves, command, paint):
    paint(halves / "a.png"), paint(halves / "b.png", seed=1)
    words = ("style=a.png+b.png", "regions=[left.png,right.png]", "mask=right.png", *TINY)
    words += ("hydra.run.dir=run", "regions=[null,right.png]")
    assert command(*words).status == 0
    assert "is done already" in command(*words).out
    moved = (*words, "style=sub/a.png+b.png", "mask=sub/right.png")
    (halves / "sub").mkdir()
    for name in ("a.png", "right.png"):
        (halves / "sub" / name).write_bytes((halves / name).read_bytes())
    assert "is done already" in command(*moved).out  # of the same bytes
    for file, key in (("b.png", "style.2"), ("right.png", "mask")):
        good = (halves / file).read_bytes()
        paint(halves / file, 64, 43, seed=9)
        outcome = command(*words)
        assert outcome.status == 2 and f"{key} (another picture)" in outcome.err
        (halves / file).write_bytes(good)
    for changed, key in (
        ("style=a.png:2+b.png:1", "style.weights"),
        ("mask=null", "mask (no picture)"),
        ("mask_feather=9", "mask_feather"),
        ("regions=[left.png,right.png]", "regions.1.mask"),
        ("blend=0.3", "blend"),
    ):
        said = command(*words, changed, *(["regions=null"] if changed[0] == "b" else [])).err
        assert key in said and said.count("\n") == 1


@pytest.mark.slow
def test_an_interrupted_run_is_resumed_from_elsewhere(halves, command, paint, monkeypatch):
    paint(halves / "a+b.png")
    words = ("style=a+b.png:2+night:1", "regions=[left.png,right.png]", "mask=left.png", *RUN)
    words = (*words, "regions=[{mask: left.png},null]")
    run = make(halves, *words)
    (halves / "other").mkdir()
    monkeypatch.chdir(halves / "other")
    outcome = command("resume=../run", "steps=[4,2,3]")
    assert (outcome.status, outcome.err) == (0, "")
    assert record(run)["steps"] == 9 and record(run)["settings"]["style.weights"] == "[2.0, 1.0]"


def test_the_tab_key_completes_a_mixture(here, command, monkeypatch):
    monkeypatch.setenv("COMP_LINE", "stylex style=kahlo:2+ni")
    assert command("--shell-completion", "query=bash").out.split() == ["style=kahlo:2+night"]
    monkeypatch.setenv("COMP_LINE", "stylex mas")
    assert command("--shell-completion", "query=bash").out.split() == ["mask=", "mask_feather="]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("style=kahlo+nigth", ["nigth", "did you mean 'night'"]),
        ("style=kahlo+", ["no style named ''"]),
        ("style=kahlo:x+night", ["kahlo:x", "did you mean 'kahlo'"]),
        ("style=kahlo+gone.png", ["gone.png", "no such file"]),
        ("style=kahlo:-1+night", ["weight of a style", "-1"]),
        ("style=kahlo:0+night:0", ["no style has a weight above 0"]),
        ("style=kahlo:nan+night", ["weight of a style", "nan"]),
        ("blend=0.5", ["blend", "kahlo+night", "one"]),
        ("style=kahlo+night+wave blend=0.5", ["blend", "3"]),
        ("style=kahlo:2+night blend=0.5", ["blend=0.5", "weights"]),
        ("style=kahlo+night blend=1.5", ["blend", "1.5"]),
        ("style=kahlo+night blend=0.5 regions=[left.png,right.png]", ["blend", "regions"]),
        ("style=kahlo+night regions=[left.png]", ["regions", "2", "1 entries"]),
        ("style=kahlo+night regions=left.png", ["regions", "left.png"]),
        ("regions=[3]", ["regions", "entry 1", "3"]),
        ("regions=[{mas:left.png}]", ["regions", "did you mean 'mask'"]),
        ("regions=[{mask:3}]", ["regions", "entry 1", "mask", "3"]),
        ("regions=[gone.png]", ["mask of style 1", "gone.png", "no such file"]),
        ("regions=[square.png]", ["mask of style 1", "proportions", "20×20", "640×426"]),
        ("regions=[left.png] mask=last.png mask_feather=0", ["style 1", "nothing be painted"]),
        ("mask=gone.png", ["mask", "gone.png", "no such file"]),
        ("mask=alhpa", ["mask", "alhpa"]),
        ("mask=text.png", ["text.png", "not a picture"]),
        ("mask=cut.png", ["cut.png"]),
        ("mask=square.png", ["mask", "proportions", "20×20", "640×426"]),
        ("mask=black.png", ["mask", "black all over"]),
        ("mask=alpha", ["mask=alpha", "no transparent part"]),
        ("mask=left.png mask_feather=-1", ["mask_feather", "-1"]),
        ("mask=left.png mask_feather=200", ["mask_feather=200 px"]),
        ("mask=left.png output=left.png", ["left.png", "overwrite"]),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(halves, command, words, said):
    Image.new("L", (20, 20), 255).save(halves / "square.png")
    Image.new("L", (64, 43), 0).save(halves / "black.png")
    last = Image.new("L", (64, 43), 0)
    last.paste(255, (50, 0, 64, 43))
    last.save(halves / "last.png")
    (halves / "text.png").write_text("no picture")
    data = (halves / "left.png").read_bytes()
    (halves / "cut.png").write_bytes(data[: len(data) // 2])
    outcome = command(*words.split(" "), *TINY)
    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert all(part in outcome.err for part in said), outcome.err
    assert not (halves / "outputs").exists()
