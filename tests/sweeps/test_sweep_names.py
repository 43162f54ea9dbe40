"""Folders of jobs and of sweeps: readable, stable, never the same for two."""

import re

import pytest

from stylex.errors import UserError
from stylex.sweeps.names import check_sweep_name, job_name, sweep_name


def test_readable_and_in_the_order_given():
    assert job_name({"style_weight": "10", "style": "kahlo"}) == "style_weight=10,style=kahlo"
    assert job_name({"style": "kahlo", "style_weight": "10"}) == "style=kahlo,style_weight=10"
    assert job_name({"content": "'猫'", "style": "'c at'"}) == "content=猫,style=c at"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"content": "'/a/me.jpg'"}, {"content": "'/b/me.jpg'"}),
        ({"content": "'ö.png'"}, {"content": "'ü.png'"}),
        ({"content": "'c at'"}, {"content": "c_at"}),
        ({"content": "'" + "猫" * 60 + "'"}, {"content": "'" + "猫" * 61 + "'"}),
        ({"layers.style": "{relu1_1:1}"}, {"layers.style": "{relu1_1 1}"}),
        ({"x": "1" * 200 + "2"}, {"x": "1" * 200 + "3"}),
        ({"a": "b,c=d"}, {"a": "b", "c": "d"}),
    ],
)
def test_what_a_name_cannot_say_is_told_apart(one, other):
    names = job_name(one), job_name(other)
    assert names[0] != names[1]
    for name in names:
        assert re.fullmatch(r"[\w .,=+-]+", name) and len(name.encode()) < 200


def test_a_picture_keeps_its_own_name():
    assert re.fullmatch(r"content=me-[0-9a-f]{6}", job_name({"content": "'/some dir/me.jpg'"}))


def test_a_sweep_is_named_by_its_whole_command_in_any_order():
    name = sweep_name(["size=3", "style_weight=1,2"], ["style_weight"])
    assert re.fullmatch(r"style_weight-[0-9a-f]{6}", name)
    assert name == sweep_name(["style_weight=1,2", "size=3"], ["style_weight"])
    assert name != sweep_name(["size=4", "style_weight=1,2"], ["style_weight"])
    for keys in (["k" * 300], ["a_b" * 99, "c.d" * 99], ["optimizer@x/y"], []):
        assert len(sweep_name(["x"], keys)) < 200
        check_sweep_name(sweep_name(["x"], keys))


@pytest.mark.parametrize("name", ["weights", "2", "style_weight,x=1-3fb4a2", "Ölbild"])
def test_sweep_names_that_are_folders(name):
    check_sweep_name(name)


@pytest.mark.parametrize("name", ["", "..", ".x", "a/b", "a\\b", "-x", "a b", "a\nb", "/tmp"])
def test_sweep_names_that_are_none(name):
    with pytest.raises(UserError, match="folder"):
        check_sweep_name(name)
