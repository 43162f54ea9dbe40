"""The neighbours of a run: what differs, and what of its record comes back."""

from dataclasses import replace
from pathlib import Path

import pytest

from stylex.errors import UserError
from stylex.runs.record import Record, split
from stylex.studio.variations import as_of, drafts, neighbours

DEFAULTS = {
    "content_weight": 1.0,
    "style_weight": 5.0,
    "tv_weight": 25.0,
    "style_scale": 1.0,
    "size": 512,
    "steps": 40,
}


@pytest.fixture
def run(tmp_path):
    """`run("size=800", …, setting=value)`: a record of a run with these words and settings."""
    pictures = {name: tmp_path / f"{name}.png" for name in ("content", "style")}
    for path in pictures.values():
        path.touch()

    def make(*words, choices=None, pictures=pictures, **settings):
        return Record(
            tmp_path,
            "done",
            overrides=words,
            typed=split(words),
            choices={"loss": "moments", "optimizer": "lbfgs", **(choices or {})},
            settings={**DEFAULTS, **settings},
            pictures=pictures,
        )

    return make


def shown(record):
    return [(v.word, v.key, v.settings[v.key]) for v in neighbours(record)]


def test_four_that_differ_in_one_setting_each(run):
    assert shown(run()) == [
        ("weaker", "strength", "0.35"),
        ("stronger", "strength", "0.65"),
        ("finer", "style_scale", "0.7"),
        ("sliced statistics", "loss", "sliced"),
    ]
    same = {"strength": "0.5", "style_scale": "1", "loss": "moments"}
    for variation in neighbours(run()):
        assert {k: v for k, v in variation.settings.items() if same[k] != v}.keys() == {
            variation.key
        }


def test_at_the_ends_of_a_scale(run):
    found = shown(run(strength=0.05, style_scale=0.25, choices={"loss": "sliced"}))
    assert found == [
        ("weaker", "strength", "0"),
        ("stronger", "strength", "0.2"),
        ("coarser", "style_scale", "0.35"),
        ("moments statistics", "loss", "moments"),
    ]
    assert [word for word, _, _ in shown(run(strength=1.0))] == [
        "weaker",
        "finer",
        "sliced statistics",
    ]


def test_where_weights_are_set_or_a_preset_has_its_own(run):
    assert shown(run(style_weight=10.0))[:2] == [
        ("weaker", "style_weight", "4"),
        ("stronger", "style_weight", "25"),
    ]
    # Another loss would need other weights.
    assert shown(run(choices={"experiment": "gatys2016"}))[2:] == [
        ("finer", "style_scale", "0.7"),
        ("coarser", "style_scale", "1.4"),
    ]
    assert shown(run("loss.style.moments.weight=2"))[3][1] == "style_scale"


def test_they_are_one_small_sweep(run):
    found = drafts(run("content=jesse", "size=800", "color=keep"), "jesse", ["a b.png"])
    assert found.overrides[:6] == [
        *("--multirun", "content=jesse", "style='a b.png'", "color=keep", "size=256", "steps=20")
    ]
    assert found.overrides[6:-1] == [
        "zip=[strength,style_scale,loss]",
        "strength=0.35,0.65,0.5,0.5",
        "style_scale=1,1,0.7,1",
        "loss=moments,moments,moments,sliced",
    ]
    assert found.overrides[-1] == f"sweep={found.sweep}"
    again = drafts(run("content=jesse", "color=keep", "size=800"), "jesse", ["a b.png"])
    assert again.sweep == found.sweep  # so that they are found again, or continued
    other = drafts(run("content=jesse", "color=match"), "jesse", ["a b.png"])
    assert other.sweep != found.sweep


def test_a_draft_is_no_larger_than_the_run(run):
    small = drafts(run(size=48, steps=3, choices={"optimizer": "adam"}), "jesse", ["kahlo"])
    assert {"size=48", "steps=3"} <= {*small.overrides}
    levels = drafts(run(steps="[200, 60]", choices={"optimizer": "adam"}), "jesse", ["kahlo"])
    assert {"size=256", "steps=80"} <= {*levels.overrides}


def test_of_a_record_come_numbers_and_the_page_s_own_values_only(run):
    foreign = [
        "loss.style.mine._target_=intruder.Loss",
        "optimizer._target_=intruder.Adam",
        "style_scale=${oc.env:HOME}",
        "extractor.weights=/etc/passwd",
        "optimizer={_target_: intruder.Adam}",
        "loss.style={mine:{_target_:a.b}}",
        "init=/etc/passwd",
        "color=mine",
        "+x.y=1 z",
        "device=cuda;ls",
    ]
    kept = ["optimizer.lr=0.07", "layers.style={relu1_1:1,relu2_1:0.5}", "color=keep", "device=cpu"]
    aside = ["hydra.run.dir=/tmp", "output=/tmp/a.png", "+hydra.x=3", "sweep=mine", "steps=9"]
    found = drafts(run(*foreign, *kept, *aside), "jesse", ["kahlo"])
    assert {*kept} <= {*found.overrides}
    assert not {*foreign, *aside} & {*found.overrides}
    assert not any("intruder" in word or "passwd" in word for word in found.overrides)
    # Of the scale, which varies, comes the value that the run had.
    assert {*foreign} - {*found.left_out} == set()


def test_mixtures_and_masks(run, tmp_path):
    names = ("content", "style.1", "style.2", "mask", "regions.2.mask")
    pictures = {name: tmp_path / f"{name}.png" for name in names}
    for path in pictures.values():
        path.touch()
    record = run(pictures=pictures, **{"style.weights": "[2.0, 1.0]"})
    found = drafts(record, "jesse", ["kahlo", "night"])
    for word in (
        "style='kahlo:2+night:1'",
        f"mask='{tmp_path}/mask.png'",
        f"regions=[null,'{tmp_path}/regions.2.mask.png']",
    ):
        assert word in found.overrides
    broken = replace(record, settings={**record.settings, "style.weights": "[nan, much]"})
    assert "style=kahlo+night" in drafts(broken, "jesse", ["kahlo", "night"]).overrides
    blended = drafts(run("blend=0.25", pictures=pictures), "jesse", ["kahlo", "night"])
    assert {"style=kahlo+night", "blend=0.25"} <= {*blended.overrides}
    pictures["mask"].unlink()
    with pytest.raises(UserError, match="a picture that the run was made of is missing"):
        drafts(record, "jesse", ["kahlo", "night"])


def test_a_record_that_says_nothing_true(run):
    odd = run(style_scale="much", strength=True, style_weight=float("nan"), size="big", steps="?")
    assert [variation.word for variation in neighbours(odd)][:2] == ["weaker", "stronger"]
    assert "size=256" in drafts(odd, "jesse", ["kahlo"]).overrides
    with pytest.raises(UserError):
        drafts(Record(Path("x"), "failed"), "", [])


def test_to_go_on_is_at_the_size_of_the_run(run):
    draft = run(size=256, steps=20, strength=0.35)
    found = as_of(draft, run(size=800, steps=60))
    assert (found.settings["size"], found.settings["steps"]) == (800, 60)
    assert found.settings["strength"] == 0.35 and found.folder == draft.folder
