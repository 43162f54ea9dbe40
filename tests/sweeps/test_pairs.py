"""`zip=`: settings whose lists go together."""

import re

import pytest
from PIL import Image
from swept import SWEEP, job_names, record, rows, sweep_folder

from stylex.sweeps.pairs import rows as product_of


def test_first_with_first_and_the_product_with_others(here, command):
    words = ("style_weight=logspace(0,1,2)", "tv_weight=0,50", "style=kahlo,night")
    outcome = command(*SWEEP, "zip=style_weight,tv_weight", *words)
    assert (outcome.status, outcome.err) == (0, "")
    folder = sweep_folder(here)
    assert re.fullmatch("style,style_weight,tv_weight-[0-9a-f]{6}", folder.name)
    assert job_names(folder) == {
        f"style_weight={weight},tv_weight={tv},style={style}"
        for weight, tv in ((1, 0), (10, 50))
        for style in ("kahlo", "night")
    }
    made = record(folder, "style_weight=10,tv_weight=50,style=night")["settings"]
    assert (made["style_weight"], made["tv_weight"], made["style.name"]) == (10, 50, "night")
    assert not any("zip" in key for key in made)
    assert len(rows(folder)) == 4 and {*rows(folder)[0]} >= {"style_weight", "tv_weight", "style"}
    # The command of a job stands alone.
    assert "zip" not in record(folder, "style_weight=10,tv_weight=50,style=night")["command"]


@pytest.mark.slow
def test_the_same_command_again_runs_only_what_is_missing(here, command):
    words = (*SWEEP, "sweep=w", "zip=style_weight,tv_weight", "style_weight=1,2,3")
    assert command(*words, "tv_weight=0,5,0").status == 0
    again = command(*words[:-1], "style_weight=1,2,3,4", "tv_weight=0,5,0,9")
    assert again.out.startswith("4 jobs, 3 done before, into outputs/sweeps/w\n")
    plan = command("--plan", *words[:-1], "style_weight=1,2,3,4,5", "tv_weight=0,5,0,9,9")
    assert re.match(r"1 job, about .*, besides 4 done already, into outputs/sweeps/w\n", plan.out)


def test_pictures_with_their_own_settings_by_globs_and_paths(here, command, paint):
    for seed, name in enumerate(("a", "b")):
        paint(here / f"images/content/{name}.png", seed=seed)
        paint(here / f"my masks/{name}.png", seed=seed + 2)
    # The same picture twice is two values here.
    masks = "init='my masks/a.png','my masks/b.png','my masks/a.png'"
    words = ("zip=content,init", "content='a',b,a", masks)
    outcome = command(*SWEEP, "sweep=w", *words)
    assert (outcome.status, outcome.err) == (0, "") and outcome.out.startswith("2 jobs,")
    folder = here / "outputs/sweeps/w"
    made = [record(folder, name)["settings"] for name in job_names(folder)]
    assert {(one["content.name"], one["init"]) for one in made} == {
        ("a", "my masks/a.png"),
        ("b", "my masks/b.png"),
    }
    outcome = command("--plan", *SWEEP, "zip=content,style", "content=glob(*)", "style=glob(*)")
    # Beside the two, four that ship with stylex; of styles five.
    assert outcome.err == "stylex: zip: content has 6 values, but style has 5\n"


def test_two_groups_and_a_sweep_in_a_yaml_file(here, command):
    words = ("zip=seed,tv_weight", "zip=style,style_weight", "seed=1,2", "tv_weight=3,4")
    outcome = command(*SWEEP, "sweep=w", *words, "style_weight=5,6", "style=kahlo,night")
    assert outcome.status == 0
    assert job_names(here / "outputs/sweeps/w") == {
        f"seed={seed},tv_weight={seed + 2},style_weight={weight},style={style}"
        for seed in (1, 2)
        for weight, style in ((5, "kahlo"), (6, "night"))
    }
    preset = here / "own/experiment/strip.yaml"
    preset.parent.mkdir(parents=True)
    preset.write_text(
        "# @package _global_\nzip: [style_weight, tv_weight]\n"
        "hydra: {sweeper: {params: {style_weight: 'linspace(1,2,2)', tv_weight: '5,6'}}}\n"
    )
    words = ("--config-dir", "own", "experiment=strip", "sweep=v")
    assert command(*SWEEP, *words).status == 0
    assert job_names(here / "outputs/sweeps/v") == {
        *("style_weight=1,tv_weight=5", "style_weight=2,tv_weight=6")
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("seed=1,2,3", "tv_weight=1,2"), "zip: seed has 3 values, but tv_weight has 2"),
        (("seed=1", "tv_weight=1,2"), "zip: seed has 1 value, but tv_weight has 2"),
        (("seed=1,2", "tv_wait=1,2"), "'tv_weight' has no values in this sweep"),
        (("seed=1,2",), "zip: 'tv_weight' has no values in this sweep"),
        (("zip=seed,size", "seed=1,2", "size=16,32", "tv_weight=1,2"), "'seed' stands there twice"),
        (
            ("zip=[1,2]", "seed=1,2"),
            "zip must be settings that vary together, as zip=content,style",
        ),
        (("seed=1,2", "tv_weight=1,x"), "tv_weight must be a number"),
        (("hydra/sweeper=optuna", "seed=1,2", "tv_weight=1,2"), "zip is for lists"),
    ],
)
def test_a_mistake_is_one_line_before_anything_runs(here, command, words, said):
    outcome = command(*SWEEP, "zip=seed,tv_weight", *words)
    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert said in outcome.err
    assert list(here.iterdir()) == []


@pytest.mark.slow
def test_a_sheet_has_one_axis_for_what_goes_together(here, command):
    pair = ("zip=style_weight,tv_weight", "style_weight=1,2,3,4", "tv_weight=4,3,2,1")
    assert command(*SWEEP, "sweep=w", *pair, "style=kahlo,night").status == 0
    assert command(*SWEEP, "sweep=v", "seed=1,2,3,4", "style=kahlo,night").status == 0
    sizes = []
    for name in "wv":
        with Image.open(here / f"outputs/sweeps/{name}/sheet.png") as sheet:
            sizes.append(sheet.size)
    # Four columns and two rows, below a line more of text.
    assert sizes[0][0] == sizes[1][0] and 0 <= sizes[0][1] - sizes[1][1] < 60


def test_a_group_stands_where_its_first_key_does():
    words = {"a": ["a=1", "a=2"], "+b": ["+b=3"], "c": ["c=4", "c=5"]}
    assert product_of(words, [["c", "a"]]) == [
        [{"c": "c=4", "a": "a=1"}, {"c": "c=5", "a": "a=2"}],
        [{"+b": "+b=3"}],
    ]
    assert product_of(words, [["b"]])[1] == [{"+b": "+b=3"}]
