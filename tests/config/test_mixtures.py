"""Several paintings as one option: how they are typed, found and named."""

import pytest

from stylex.command import arguments
from stylex.config import mixtures, pictures
from stylex.sweeps.names import job_name


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("kahlo", [("kahlo", 1)]),
        ("kahlo+night", [("kahlo", 1), ("night", 1)]),
        ("kahlo:2+night:0.5", [("kahlo", 2), ("night", 0.5)]),
        ("kahlo:.5+/a b/c.png+night:1e-2", [("kahlo", 0.5), ("/a b/c.png", 1), ("night", 0.01)]),
        ("kahlo:two+night", [("kahlo:two", 1), ("night", 1)]),
        ("kahlo:-1", [("kahlo", -1)]),
        ("a+b.png", [("a+b.png", 1)]),  # these are files
        ("a+b.png:3+night", [("a+b.png", 3), ("night", 1)]),
        ("night+a+b.png", [("night", 1), ("a+b.png", 1)]),
        ("c:2", [("c:2", 1)]),
        ("c:2:4+night", [("c:2", 4), ("night", 1)]),
        ("c:2+a+b.png+c:2", [("c:2", 1), ("a+b.png", 1), ("c:2", 1)]),
        ("a+b.png+c.png", [("a+b.png+c.png", 1)]),  # rather than a+b.png and c.png
        ("C:\\x.png", [("C:\\x.png", 1)]),
    ],
)
def test_a_value_s_parts(here, paint, typed, found):
    for name in ("a+b.png", "c.png", "a+b.png+c.png"):
        paint(here / name)
    (here / "c.png").rename(here / "c:2")
    assert mixtures.parts(typed) == found


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("kahlo+night", "kahlo+night"),
        ("kahlo:2+night:2", "kahlo+night"),
        ("kahlo:2+night", "kahlo-2+night-1"),
        ("/a b/c:d.png:0.25+night:0.75", "c_d-0.25+night-0.75"),
    ],
)
def test_their_name_can_stand_in_a_file_name(here, value, name):
    assert pictures.value_name("style", value) == name


def test_of_many_paintings_the_name_is_shortened(here):
    one, other = ("+".join([f"painting{n}" for n in range(20)] + [end]) for end in ("a", "b"))
    names = {pictures.value_name("style", value) for value in (one, other)}
    assert len(names) == 2 and all(len(name) <= pictures.LONGEST_NAME for name in names)


def test_jobs_are_named_by_what_is_mixed(here, paint):
    assert job_name({"style": "kahlo+night"}) == "style=kahlo+night"
    weighted = {job_name({"style": f"'kahlo:{n}+night:1'"}) for n in (2, 2.0, 3)}
    assert len(weighted) == 2 and all(name.startswith("style=kahlo-") for name in weighted)
    here_, path = ({"style": f"'{file}+night'"} for file in ("x.png", here / "x.png"))
    assert job_name(here_) == job_name(path) and job_name(here_).startswith("style=x+night-")


@pytest.mark.parametrize(
    ("typed", "ready"),
    [
        ("style=kahlo+night", "style=kahlo+night"),
        ("style=kahlo:2+night:1", "style='kahlo:2+night:1'"),
        ("style=kahlo,kahlo+night", "style=kahlo,kahlo+night"),
        ("style=some dir/a.png:2+night", "style='some dir/a.png:2+night'"),
        ("style=猫+night", "style='猫+night'"),
        ("style='a b+night'", "style='a b+night'"),
        ("mask=my mask.png", "mask='my mask.png'"),
        ("mask=alpha", "mask=alpha"),
    ],
)
def test_they_are_quoted_as_one_picture_is(here, typed, ready):
    assert arguments.prepare([typed]) == [ready]
    assert arguments.prepare([ready]) == [ready]
