"""The config: every file composes and builds, says what the code says, and lets nothing else in."""

import inspect
import json
import re
from dataclasses import fields, replace

import pytest
import yaml
from command_line import TINY, only_run
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from stylex import cli
from stylex.command import arguments
from stylex.config import loader, pictures, plugins, schema
from stylex.config.build import to_arguments
from stylex.config.settings import BOOKKEEPING, to_yaml
from stylex.transfer.optim.lbfgs import LBFGS
from stylex.transfer.settings import Settings

CONF = cli.conf_folder()
CHOICES = sorted(
    f"{path.parent.relative_to(CONF)}={path.stem}"
    for path in CONF.rglob("*.yaml")
    if path.parent != CONF
)


@pytest.fixture
def composed(here):
    plugins.register()
    pictures.register()
    loader.register()

    def make(*overrides: str) -> schema.Config:
        words = arguments.prepare(list(overrides))
        with initialize_config_dir(str(CONF), version_base="1.3"):
            return schema.to_config(compose("config", overrides=words))

    return make


@pytest.mark.parametrize("choice", CHOICES)
def test_every_file_composes_and_builds(composed, choice):
    arguments = to_arguments(composed(choice))
    del arguments["content"], arguments["style"]
    settings = Settings(**arguments)
    assert settings.used_content_terms if "reconstruct" in choice else settings.used_style_terms


def same(one, other):
    """Of one class and made with the same arguments."""
    return type(one) is type(other) and vars(one) == vars(other)


def test_the_command_and_the_function_have_the_same_defaults(composed):
    arguments = to_arguments(composed())
    assert {arguments.pop(key).rpartition("/")[2] for key in ("content", "style")} == {
        "jesse.jpg",
        "kahlo.jpg",
    }
    default = Settings()
    assert arguments.keys() == vars(default).keys()
    assert same(arguments.pop("tv_loss"), default.tv_loss)
    for kind in ("content_losses", "style_losses"):
        terms, expected = arguments.pop(kind), getattr(default, kind)
        assert terms.keys() == expected.keys()
        for name, term in terms.items():
            assert same(term.loss, expected[name].loss)
            assert (term.weight, term.layers) == (expected[name].weight, None)
    optimizer = arguments.pop("optimizer")
    assert optimizer.make.func is default.optimizer.make
    own = inspect.signature(default.optimizer.make).parameters
    assert optimizer.make.keywords == {key: own[key].default for key in optimizer.make.keywords}
    assert replace(optimizer, make=LBFGS) == default.optimizer
    assert arguments == {key: getattr(default, key) for key in arguments}


def test_layers_on_the_command_line_replace_the_named_set(composed):
    assert composed("layers.style={relu1_1: 2, relu3_2: 1}").layers.style == {
        "relu1_1": 2.0,
        "relu3_2": 1.0,
    }


def test_one_layer_can_be_added_or_changed(composed):
    style = composed("layers.style.relu2_2=0.5", "layers.style.relu1_1=3").layers.style
    assert (style["relu2_2"], style["relu1_1"], len(style)) == (0.5, 3.0, 6)


def test_of_both_the_later_word_counts(composed):
    whole, one = "layers.style={relu1_1: 2}", "layers.style.relu2_2=1"
    assert composed(whole, one).layers.style == {"relu1_1": 2.0, "relu2_2": 1.0}
    assert composed(one, whole).layers.style == {"relu1_1": 2.0}
    assert composed("experiment=gatys2016", "layers=gentle", whole).layers.style == {"relu1_1": 2.0}


def test_a_style_s_terms_are_added_or_replaced_likewise(composed):
    term = "stylex.transfer.losses.gram.GramLoss"
    both = composed(f"loss.style.mine._target_={term}", "loss.style.mine.weight=2").loss.style
    assert {*both} == {"moments", "mine"} and both["mine"] == {"_target_": term, "weight": 2}
    assert {*composed(f"loss.style={{mine: {{_target_: {term}}}}}").loss.style} == {"mine"}


def test_what_is_typed_is_recorded_as_it_was_typed(here, command):
    words = ("layers.style={relu1_1: 1}", "layers.style.relu2_2=1", "content='jesse'")
    assert command(*words, *TINY).status == 0
    record = json.loads((only_run(here) / "run.json").read_text())
    assert record["overrides"][:3] == [*words]
    assert record["settings"]["layers.style.relu2_2"] == 1.0
    settings = yaml.safe_load(command("--cfg", "job", *words).out)
    assert settings["layers"]["style"] == {"relu1_1": 1, "relu2_2": 1}


def test_the_command_line_wins_over_a_preset(composed):
    assert composed("experiment=notebook", "steps=7", "style_weight=3").steps == 7


def test_a_preset_is_only_a_difference(composed):
    plain, fast = composed(), composed("experiment=fast")
    changed = {f.name for f in fields(plain) if getattr(plain, f.name) != getattr(fast, f.name)}
    assert changed == {"size"}


@pytest.mark.parametrize("preset", ["li_wand", "nnst", "strotss", "crowsonkb"])
def test_published_levels_have_all_layers_at_any_size(composed, preset):
    assert composed(f"experiment={preset}").pyramid.surface_above is None


def test_written_out_it_composes_to_itself(composed):
    made = composed("experiment=atharva", "layers.style={relu2_2: 1}", "output=x.png")
    text = to_yaml(made)
    bookkeeping = {key: getattr(made, key) for key in BOOKKEEPING}
    assert not bookkeeping.keys() & yaml.safe_load(text).keys()
    again = OmegaConf.merge(
        OmegaConf.structured(schema.Config), OmegaConf.create(text), bookkeeping
    )
    assert schema.to_config(again) == made


@pytest.mark.parametrize(
    ("typed", "ready"),
    [
        ("output=it's.png", r"output='it\'s.png'"),
        ("output=${content.name}-y.png", "output='${content.name}-y.png'"),
        ("init=noise", "init=noise"),
        ("layers.style={relu1_1: 1}", "layers.style={relu1_1: 1}"),
        ("layers=equal", "layers=equal"),
        ("size=3", "size=3"),
    ],
)
def test_arguments_are_made_ready_for_hydra(here, typed, ready):
    assert arguments.prepare([typed]) == [ready]
    assert arguments.prepare([ready]) == [ready]  # a recorded command can be typed again


def test_hydra_s_help_is_hydra_s(here, command):
    outcome = command("--hydra-help", "size=32")
    assert (outcome.status, outcome.err) == (0, "")
    assert "hydra/launcher: basic, " in outcome.out


def test_flags_come_first(here):
    flag, *words, sweep = arguments.prepare(["size=3", "--multirun", "steps=1,2"])
    assert (flag, words) == ("--multirun", ["size=3", "steps=1,2"])
    assert re.fullmatch(r"sweep='steps-[0-9a-f]{6}'", sweep)
    assert arguments.prepare(["size=3", "steps=1"]) == ["size=3", "steps=1"]


def test_variables_of_the_environment_are_read_where_they_are_named(
    here, command, paint, monkeypatch
):
    paint(here / "some where/me.png")
    monkeypatch.setenv("PICTURES", str(here / "some where"))
    words = ("content.path=${oc.env:PICTURES}/me.png", "init=${oc.env:START,noise}")
    assert command(*words, *TINY).status == 0
    # And what they held is written down, as anything is that a run was made with.
    written = yaml.safe_load((only_run(here) / "config.yaml").read_text())
    assert written["content"]["path"] == str(here / "some where/me.png")
    assert written["init"] == "noise"


def test_an_interpolation_is_recorded_as_it_was_typed(here, command):
    words = ["style_size=${size}", "tv_weight=${oc.env:NO_SUCH,3}"]
    assert command(*words, *TINY).status == 0
    record = json.loads((only_run(here) / "run.json").read_text())
    assert record["overrides"][:2] == words
    assert (record["settings"]["style_size"], record["settings"]["tv_weight"]) == (32, 3)


def test_an_output_may_be_named_by_what_is_painted(here, command):
    assert command("output=${content.name}-y.png", *TINY).status == 0
    assert (here / "jesse-y.png").exists()
