"""The config: every file composes and builds, says what the code says, and lets nothing else in."""

import inspect
import re
from dataclasses import fields

import pytest
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from stylex import cli
from stylex.command import arguments
from stylex.config import pictures, schema
from stylex.config.build import to_arguments
from stylex.config.settings import BOOKKEEPING, to_yaml
from stylex.errors import UserError
from stylex.transfer.optim.policy import Optimizer
from stylex.transfer.stylize import stylize

CONF = cli.conf_folder()
CHOICES = sorted(
    f"{path.parent.relative_to(CONF)}={path.stem}"
    for path in CONF.rglob("*.yaml")
    if path.parent != CONF
)


@pytest.fixture
def composed(here):
    schema.register()
    pictures.register()

    def make(*overrides: str) -> schema.Config:
        words = arguments.prepare(list(overrides))
        with initialize_config_dir(str(CONF), version_base="1.3"):
            return schema.to_config(compose("config", overrides=words))

    return make


@pytest.mark.parametrize("choice", CHOICES)
def test_every_file_composes_and_builds(composed, choice):
    made = composed(choice)
    arguments = to_arguments(made)
    assert set(arguments) <= set(inspect.signature(stylize).parameters)
    assert isinstance(arguments["optimizer"], Optimizer)
    assert made.layers.style


def test_the_command_and_the_function_have_the_same_defaults(composed):
    arguments = to_arguments(composed())
    for name, parameter in inspect.signature(stylize).parameters.items():
        if parameter.default is inspect.Parameter.empty or name in ("on_start", "on_step", "state"):
            continue
        given, default = arguments[name], parameter.default
        if name.endswith("_loss"):  # partials of the class that is the default
            assert given.func is default
            own = inspect.signature(default).parameters
            assert given.keywords == {key: own[key].default for key in given.keywords}
        elif name == "optimizer":
            assert (given.clamp, given.averaging, given.carry) == (
                default.clamp,
                default.averaging,
                default.carry,
            )
            assert given.make.func is default.make
            own = inspect.signature(default.make).parameters
            assert given.make.keywords == {key: own[key].default for key in given.make.keywords}
        else:
            assert given == default, name


def test_layers_on_the_command_line_replace_the_named_set(composed):
    assert composed("layers.style={relu1_1: 2, relu3_2: 1}").layers.style == {
        "relu1_1": 2.0,
        "relu3_2": 1.0,
    }


def test_one_layer_can_be_added_or_changed(composed):
    style = composed("layers.style.relu2_2=0.5", "layers.style.relu1_1=3").layers.style
    assert (style["relu2_2"], style["relu1_1"], len(style)) == (0.5, 3.0, 6)


def test_the_command_line_wins_over_a_preset(composed):
    assert composed("experiment=notebook", "steps=7", "style_weight=3").steps == 7


def test_a_preset_is_only_a_difference(composed):
    plain, fast = composed(), composed("experiment=fast")
    changed = {f.name for f in fields(plain) if getattr(plain, f.name) != getattr(fast, f.name)}
    assert changed == {"size", "steps"}


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
    "target",
    [
        *("os.system", "stylexx.evil", "torch.load", "", None, 3),
        *("stylex.cli.sys.exit", "stylex.paths.Path", "torch.optim.lr_scheduler.open"),
        *("stylex.transfer.losses.base.torch.load", "stylex.transfer.optim.lbfgs.LBFGS.step"),
    ],
)
@pytest.mark.parametrize("wrap", [lambda t: t, lambda t: {"a": [t]}, lambda t: [{"b": {"c": t}}]])
def test_targets_outside_are_refused_however_deep(target, wrap):
    with pytest.raises(UserError, match=re.escape("optimizer")):
        schema.check_targets(wrap({"_target_": target}), "optimizer")


def test_targets_inside_pass():
    schema.check_targets(
        {"_target_": "torch.optim.Adam", "x": [{"_target_": "stylex.transfer.optim.lbfgs.LBFGS"}]},
        "o",
    )


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("Starry Night.jpg", "Starry_Night"),
        ("ünï.png", "uni"),
        ("1.png", "img_1"),
        ("null.png", "img_null"),
        ("a=b,(c).png", "a_b_c"),
        ("日本.png", "cf2abf0c"),
        ("x" * 200 + ".png", "x" * 80),
    ],
)
def test_option_names_can_be_typed(tmp_path, name, option):
    assert pictures.option_name(tmp_path / name) == option


@pytest.mark.parametrize(
    ("typed", "ready"),
    [
        ("style=kahlo", "style=kahlo"),
        ("style=a b.png", "style='a b.png'"),
        ("style=kahlo,x/y.png", "style=kahlo,'x/y.png'"),
        ("style=glob(k*)", "style=glob(k*)"),
        ("style='a.png'", "style='a.png'"),
        ("output=it's.png", r"output='it\'s.png'"),
        ("layers.style={relu1_1: 1}", "++layers.style={relu1_1: 1}"),
        ("layers=equal", "layers=equal"),
        ("size=3", "size=3"),
    ],
)
def test_arguments_are_made_ready_for_hydra(here, typed, ready):
    assert arguments.prepare([typed]) == [ready]
    assert arguments.prepare([ready]) == [ready]  # a recorded command can be typed again


def test_flags_come_first(here):
    flag, *words, sweep = arguments.prepare(["size=3", "--multirun", "steps=1,2"])
    assert (flag, words) == ("--multirun", ["size=3", "steps=1,2"])
    assert re.fullmatch(r"sweep='steps-[0-9a-f]{6}'", sweep)
    assert arguments.prepare(["size=3", "steps=1"]) == ["size=3", "steps=1"]
