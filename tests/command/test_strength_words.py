"""strength=, as a user types it."""

import json

import pytest
from command_line import TINY, only_run

from stylex.runs.record import read
from stylex.transfer.strength import weights_of


def test_a_run_s_record_says_the_weights_that_it_meant(here, command):
    assert command("strength=0.3", *TINY).status == 0
    settings = json.loads((only_run(here) / "run.json").read_text())["settings"]
    assert settings["strength"] == 0.3
    assert {key: settings[key] for key in weights_of(0.3)} == weights_of(0.3)


def test_a_sweep_has_it_as_its_axis_and_at_0_the_photograph(here, command):
    words = (
        "--multirun",
        "strength=linspace(0,1,3)",
        "sweep=dial",
        "init=content",
        *TINY,
        "steps=8",
    )
    assert command(*words).status == 0
    folder = here / "outputs/sweeps/dial"
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {
        f"strength={value}" for value in ("0", "0.5", "1")
    }
    header = (folder / "summary.csv").read_text().splitlines()[0].split(",")
    assert "strength" in header and "style_weight" not in header
    errors = [read(folder / f"strength={s}").figures["content_error"] for s in ("0", "0.5", "1")]
    assert errors[0] == 0 < errors[1] < errors[2]


def test_it_is_resumed_with_the_same_weights(here, command):
    assert command("strength=0.8", *TINY, "hydra.run.dir=x").status == 0
    assert command("resume=x", "steps=3").status == 0
    settings = json.loads((here / "x/run.json").read_text())["settings"]
    assert settings["style_weight"] == weights_of(0.8)["style_weight"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("strength=0.5", "style_weight=5"), "leave it out, or style_weight\n"),
        (("--multirun", "strength=0,1", "tv_weight=3"), "leave it out, or tv_weight\n"),
        (("--multirun", "strength=0.5", "content_weight=1,2"), "leave it out, or content_weight\n"),
        (("strength=1", "experiment=gatys2016"), "style_weight of experiment=gatys2016\n"),
        (("strength=1.5",), "strength must be from 0 to 1, not 1.5\n"),
        (("strength=much",), "strength must be a number, not 'much'\n"),
    ],
)
def test_what_does_not_go_together_is_one_line(here, command, words, said):
    outcome = command(*words)
    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert outcome.err.endswith(said)
    assert list(here.iterdir()) == []
