"""Pictures as options: their names, on a command line too, and which pictures are none."""

import json
import re
import unicodedata

import pytest
import yaml
from command_line import TINY, only_run

from stylex.command import arguments
from stylex.config import pictures
from stylex.runs import rates

SWEEP = ("--multirun", *TINY, "steps=1", "tracking=light", "sweep=w")


def jobs(here):
    return {path.parent.name for path in here.glob("outputs/sweeps/w/*/run.json")}


def test_letters_digits_and_spaces_stand_as_they_are(tmp_path):
    for name in (
        "starry",
        "Starry Night",
        "猫",
        "123",
        "null",
        "1e5",
        "हिन्दी",
        "c at",
        "☕",
        "v1.2-b_c",
    ):
        assert pictures.option_name(tmp_path / f"{name}.png") == name
    decomposed = unicodedata.normalize("NFD", "ünï")  # as macOS writes names
    assert pictures.option_name(tmp_path / f"{decomposed}.png") == "ünï"


@pytest.mark.parametrize(
    ("stem", "name"),
    [("a=b,(c)", "a_b__c"), ("it's", "it_s"), ("a+b", "a_b"), ("a${b}", "a__b"), ("..x", "x")],
)
def test_what_commands_and_file_systems_read_otherwise_is_replaced(tmp_path, stem, name):
    assert pictures.option_name(tmp_path / f"{stem}.png") == name


def test_a_name_that_looks_like_a_file_or_is_too_long(tmp_path):
    assert pictures.option_name(tmp_path / "wall.jpg.webp") == "wall_jpg"
    long = [pictures.option_name(tmp_path / f"{letter * 200}.png") for letter in "x猫"]
    assert all(len(name.encode()) <= 80 for name in long)
    one, other = (pictures.option_name(tmp_path / f"{'x' * 200}{end}.png") for end in "ab")
    assert one != other
    assert re.fullmatch("[0-9a-f]{6}", pictures.option_name(tmp_path / "(=).png"))


@pytest.mark.parametrize(
    ("typed", "ready"),
    [
        ("content=jesse", "content=jesse"),
        ("content=猫", "content='猫'"),
        ("content=123", "content='123'"),
        ("content=c at", "content='c at'"),
        ("content=1", "content='1'"),
        ("content=null", "content='null'"),
        ("content=True", "content='True'"),
        ("content=nan", "content='nan'"),
        ("content=1e5", "content='1e5'"),
        ("content=猫,123, c at ,jesse", "content='猫','123','c at',jesse"),
        ("content='a,b',c", "content='a,b',c"),
        ("style=glob(*)", "style=glob(*)"),
        ("style=glob(猫*)", "style=glob('猫*')"),
        ("style=glob([猫*,k*],exclude=c at)", "style=glob(['猫*',k*],exclude='c at')"),
        ("style=choice(1,kahlo)", "style=choice('1',kahlo)"),
        ("style=a b.png", "style='a b.png'"),
        ("style=kahlo,x/y.png", "style=kahlo,'x/y.png'"),
        ("style=${content}", "style=${content}"),
        ("style=", "style="),
    ],
)
def test_names_are_quoted_where_hydra_needs_it(here, typed, ready):
    assert arguments.prepare([typed]) == [ready]
    assert arguments.prepare([ready]) == [ready]  # a recorded command can be typed again


@pytest.mark.parametrize("name", ["猫", "123", "c at", "null", "1"])
def test_each_is_chosen_by_its_name(here, command, paint, name):
    path = paint(here / f"images/content/{name}.png")
    outcome = command(f"content={name}", *TINY)
    assert (outcome.status, outcome.err) == (0, "")
    folder = only_run(here)
    assert folder.name.startswith(f"{name}-kahlo_")
    record = json.loads((folder / "run.json").read_text())
    assert record["pictures"]["content"]["path"] == str(path)
    assert record["choices"]["content"] == name


def test_in_lists_and_in_glob(here, command, paint, monkeypatch):
    monkeypatch.setattr(rates, "measure", lambda arguments: 1e-6)
    for seed, name in enumerate(("猫", "123", "c at", "c_at")):
        paint(here / f"images/content/{name}.png", seed=seed)
    assert command(*SWEEP, "content=猫,123,c at").status == 0
    assert jobs(here) == {"content=猫", "content=123", "content=c at"}
    outcome = command("--plan", *SWEEP, "content=glob([猫*,c*],exclude=coffee)")
    assert outcome.out.startswith("1 job, ")  # c_at, which is not c at
    assert "besides 2 done already" in outcome.out


def test_files_in_a_list_are_no_pattern(here, command, paint, monkeypatch):
    monkeypatch.setattr(rates, "measure", lambda arguments: 1e-6)
    for seed, name in enumerate(("photo [1].png", "j.png")):
        paint(here / name, seed=seed)
    outcome = command("--plan", *SWEEP, "content=photo [1].png,j.png")
    assert (outcome.status, outcome.out[:7]) == (0, "2 jobs,")
    outcome = command("--plan", *SWEEP, "content=photo [2].png,j.png")
    assert outcome.status == 2 and "is many pictures" in outcome.err


def test_two_files_of_one_name_are_an_error_that_names_both(here, command, paint):
    paint(here / "images/content/cat.png")
    paint(here / "images/content/cat.jpg")
    said = "content 'cat' is both images/content/cat.jpg and images/content/cat.png"
    for words in (("content=cat",), ("-m", "content=cat,jesse"), ("-m", "content=glob(c*)")):
        outcome = command(*words, *TINY)
        assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
        assert said in outcome.err
    assert command("content=jesse", *TINY).status == 0
    assert command("content=images/content/cat.jpg", *TINY).status == 0


def test_a_painting_beside_its_photograph_takes_no_name(here, command, paint, monkeypatch):
    monkeypatch.setattr(rates, "measure", lambda arguments: 1e-6)
    photograph = paint(here / "images/content/my cat.png")
    words = ("content=images/content/", "output=images/content/*.jpg", *TINY)
    assert command(*words).status == 0
    assert (here / "images/content/my cat.jpg").exists()  # which comes first by its name
    composed = yaml.safe_load(command("--cfg", "job", "content=my cat").out)
    assert composed["content"]["path"] == str(photograph)
    assert command("--plan", *SWEEP, "content=glob(m*)").out.startswith("1 job, ")


def test_a_sample_that_is_shadowed_is_said_in_one_line(here, command, paint):
    path = paint(here / "images/content/jesse.png")
    said = "content=jesse is images/content/jesse.png, not the sample of that name"
    assert command(*TINY).out.count(said) == 1
    record = json.loads((only_run(here) / "run.json").read_text())
    assert record["pictures"]["content"]["path"] == str(path)
    # What a run says before it finds that it cannot start.
    assert command(*SWEEP, "content=jesse,coffee", "device=cuda:99").out.count(said) == 1
    assert said not in command("content=coffee", "device=cuda:99").out


@pytest.mark.slow
def test_results_are_no_options(here, command, paint, monkeypatch):
    monkeypatch.setattr(rates, "measure", lambda arguments: 1e-6)
    paint(here / "images/content/me.png")
    words = (*SWEEP, "output=auto", "content=glob(m*)")
    assert "1 job," in command(*words).out
    assert (here / "images/content/me-kahlo.png").exists()
    assert command("--plan", *words).out.startswith("0 jobs, besides 1 done already")
    (offered,) = re.findall("^content: (.*)$", command("--help").out, re.MULTILINE)
    assert "me," in offered and "me-kahlo" not in offered
    # By its name or its path it is a picture like any other.
    for word in ("content=me-kahlo", "content=images/content/me-kahlo.png"):
        composed = yaml.safe_load(command("--cfg", "job", word).out)
        assert composed["content"]["path"] == str(here / "images/content/me-kahlo.png")
