"""What the page says on a command line: only known keys, each with a value of its kind."""

import pytest

from stylex.command.arguments import prepare
from stylex.errors import UserError
from stylex.studio.command import compose
from stylex.studio.controls import (
    CONTROLS,
    overrides,
    several,
    steps_of,
    to_text,
    weights_of,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (5, "5"),
        (5.0, "5"),
        (0.25, "0.25"),
        (1e8, "100000000"),
        (1e-3, "0.001"),
        ([200, 60], "[200,60]"),
        ({"relu1_1": 0.5, "relu2_1": 1.0}, "{relu1_1:0.5,relu2_1:1}"),
        ("lbfgs", "lbfgs"),
    ],
)
def test_values_as_the_command_line_says_them(value, text):
    assert to_text(value) == text


def test_only_what_is_changed_is_an_override():
    usual = {"size": 512, "style_weight": 5.0, "fit": "long"}
    assert overrides({"size": 512, "style_weight": 25.0, "fit": "long"}, usual) == [
        "style_weight=25"
    ]
    assert overrides(usual, usual) == []


def test_the_command_line_takes_them_for_what_they_are():
    chosen = {
        "style_weight": 0.001,
        "steps": [20, 10],
        "enlarge": True,
        "layers.style": {"relu1_1": 0.5, "conv3_2": 0.25},
    }
    settings = compose(overrides(chosen, {})).settings
    assert settings["style_weight"] == 0.001
    assert settings["steps"] == [20, 10]
    assert settings["enlarge"] is True
    assert settings["layers.style"]["conv3_2"] == 0.25


@pytest.mark.parametrize(
    ("text", "steps"), [("50", 50), (" 200, 60,60 ", [200, 60, 60]), ("[8,4]", [8, 4]), (7, 7)]
)
def test_steps(text, steps):
    assert steps_of(text) == steps


@pytest.mark.parametrize(
    "text", ["", "many", "5,", "0", "-3", "2.5", "1000000001", "${seed}", "5 6"]
)
def test_what_is_no_number_of_steps(text):
    with pytest.raises(UserError, match="steps must be"):
        steps_of(text)


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [("size", " 48 ", 48), ("seed", "0", 0), ("content_weight", "1e-3", 0.001), ("steps", "7", 7)],
)
def test_what_is_typed(key, text, value):
    assert CONTROLS[key].parse(text) == value


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("size", "", "^size has no value$"),
        ("steps", " ", "^steps has no value$"),
        ("size", "15", "^size must be from 16 to 65536, not 15$"),
        ("size", "6e3", "^size must be a whole number, not 6e3$"),
        ("content_weight", "inf", "^content_weight must be from 0 to 1e.12, not inf$"),
        ("content_weight", "${seed}", "^content_weight must be a number, not"),
    ],
)
def test_what_is_typed_wrong(key, text, said):
    with pytest.raises(UserError, match=said):
        CONTROLS[key].parse(text)


def test_a_layer_beyond_the_set_weighs_what_its_block_does():
    known = {"relu1_1": 0.5, "relu3_1": 0.125}
    picked = weights_of(["relu1_1", "conv3_4", "relu5_1"], known)
    assert picked == {"relu1_1": 0.5, "conv3_4": 0.125, "relu5_1": 0.125}
    with pytest.raises(UserError, match="relu4_9"):
        weights_of(["relu4_9"], known)


@pytest.mark.parametrize(
    ("key", "text", "values"),
    [
        ("style_weight", "1, 5,25", ["1", "5", "25"]),
        ("style_weight", "1e-3,.5", ["0.001", "0.5"]),
        ("style_weight", "logspace(0, 2, 5)", ["logspace(0,2,5)"]),
        ("tv_weight", "linspace(0,50.5,6)", ["linspace(0,50.5,6)"]),
        ("seed", "1,2", ["1", "2"]),
        ("steps", "20,50", ["20", "50"]),
        ("optimizer", "lbfgs, adam", ["lbfgs", "adam"]),
        ("enlarge", "true,false", ["true", "false"]),
        ("init", "noise", ["noise"]),
    ],
)
def test_values_of_a_sweep(key, text, values):
    assert several(CONTROLS[key], text) == values


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("style_weight", "", "has no values"),
        ("style_weight", "5;rm -rf", "must be a number"),
        ("style_weight", "nan", "must be from 0 to 1e.12, not nan"),
        ("style_weight", "${oc.env:HOME}", "must be a number"),
        ("style_weight", "logspace(0,2)", "must be a number"),
        ("style_weight", "logspace(a,2,3)", "must be a number"),
        ("style_weight", "logspace(0,400,3)", "must be from -300 to 300, not 400"),
        ("style_weight", "linspace(-5,5,3)", "must be from 0 to 1e.12, not -5.0"),
        ("size", "linspace(64,90000,3)", "must be from 16 to 65536, not 90000"),
        ("size", "logspace(1,4,3)", "must be from 16 to 65536, not 10"),
        ("style_weight", "linspace(1,2,99999)", "must be a number"),
        ("seed", "1.5", "must be a whole number"),
        ("optimizer", "lbfsg", "did you mean 'lbfgs'"),
        ("optimizer", "{_target_: os.system}", "unknown optimizer"),
        ("init", "/etc/passwd", "unknown init"),
        ("enlarge", "perhaps", "unknown enlarge"),
        ("loss", "gram,/tmp/x", "unknown loss"),
        ("steps", "20,${x}", "steps must be"),
    ],
)
def test_what_no_sweep_can_vary_over(key, text, said):
    with pytest.raises(UserError, match=said):
        several(CONTROLS[key], text)


@pytest.fixture(scope="module")
def usual():
    return compose([])


@pytest.mark.parametrize("key", CONTROLS)
def test_every_control_is_of_a_setting_of_the_command(key, usual):
    control = CONTROLS[key]
    there = usual.choices[key] if control.group else usual.settings[key]
    assert there is None or control.check(there) == there  # strength, where weights are set
    for option in control.options:
        assert prepare([f"{key}={option}"]) == [f"{key}={option}"]


def test_a_mistake_is_the_command_line_s_own_word():
    with pytest.raises(UserError, match=r"^unknown option 'sise', did you mean 'size'"):
        compose(["sise=3"])
