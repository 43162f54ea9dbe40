"""Bad words through the command itself: one line, status 2, and nothing left behind."""

import pytest
from bad_configs import LONG, NASTY, make_files, split

REFUSED = [
    (f"size={LONG}",),
    ("tv_weight=" + "9" * 400,),
    ("experiment=null",),
    ("layers=[1,2]",),
    ("style_scale=???",),
    ("~content",),
    ("content.path=''",),
    ("~precision",),
    ("~may_change",),
    ("~tracking",),
    ("content.name=../../x",),
    ("content=\udcff.png",),
    ("output=" + "x" * 245 + ".png",),
    ("hydra.searchpath=[/no]",),
    ("hydra.run.dir=",),
    ("hydra.job.chdir=true",),
    ("resume=",),
    ("may_change=[foo]",),
    ("+optimizer._recursive_=3",),
    ("loss.style.mine=3",),
    ("loss.style.mine.weight=3",),
    ("loss.style.mine._target_=mylosses.Mine",),
    ("loss.style.mine._target_=mylosses",),
    ("+hydra.callbacks.x._target_=mycallbacks.Mine",),
    ("-m", "hydra.launcher._target_=mylauncher.Mine", "seed=1,2"),
    ("--plan", "--cfg", "job"),
    ("--plan", "size=0"),
    ("--nope",),
    ("--multirum", "seed=1,2"),
    ("--cfg", "nope"),
    ("--cfg",),
    ("--resolve",),
    ("--experimental-rerun", "a.pickle"),
    ("--run", "--multirun"),
    ("=3",),
    ("@x=1",),
    ("-m", "sweep=???", "seed=1,2"),
    ("-m", "sweep=${nope}", "seed=1,2"),
    ("-m", "sweep=" + "x" * 300, "seed=1,2"),
    ("-m", "sweep='a\nb'", "seed=1,2"),
    ("-m", "rank_by=${nope}"),
    ("-m", "rank_by=" + "9" * 400 + "*style_error"),
    ("-m", "rerun=???"),
    ("-m", "seed=range(0,1,0)"),
    ("-m", "seed=range(2,1)"),
    ("-m", "style=glob(zzz*)"),
    ("-m", "experiment=1,2"),
    ("-m", "size=abc"),
]


@pytest.mark.parametrize("words", REFUSED, ids=lambda words: " ".join(words)[:40])
def test_the_command_says_it_in_one_line_and_leaves_nothing(here, command, paint, words):
    paint(here / "a.png")
    outcome = command("content=a.png", "style=a.png", "size=32", "steps=1", *words)
    assert (outcome.status, outcome.out) == (2, ""), outcome
    line = outcome.err.removesuffix("\n")
    assert line.startswith("stylex: ") and line.isprintable(), line
    assert len(line) < 450 and "Traceback" not in line
    assert [path.name for path in here.iterdir()] == ["a.png"]


# Of these the run knows, once it has a folder; a few others stand for what is said above.
IN_A_FOLDER = [
    ("output=me.gif", ["me.gif", ".gif"]),
    ("output=me", ["me", ".png"]),
    ("output=folder", ["folder"]),
    ("output=text.jpg/x.png", ["text.jpg/x.png"]),
    ("hydra.run.dir=text.jpg/x", ["text.jpg"]),
    ("content=text.jpg", ["text.jpg", "not a picture"]),
    ("size=abc", ["size", "abc", "whole number"]),
    ("optimizer.lr=-1", ["optimizer", "lr"]),
]


@pytest.mark.parametrize(("words", "named"), IN_A_FOLDER, ids=[words for words, _ in IN_A_FOLDER])
def test_the_command_leaves_nothing(here, command, words, named):
    make_files(here)
    before = sorted(here.rglob("*"))
    outcome = command("steps=1", *split(words))
    assert (outcome.status, outcome.out) == (2, ""), outcome
    assert outcome.err.startswith("stylex: ") and outcome.err.count("\n") == 1, outcome.err
    for word in named:
        assert word in outcome.err
    assert sorted(here.rglob("*")) == before


def test_the_origin_of_an_error_can_be_seen(here, command, monkeypatch):
    import sys

    from stylex import cli
    from stylex.errors import UserError

    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    monkeypatch.setattr(sys, "argv", ["stylex", "content=/no/such.jpg"])
    with pytest.raises(UserError, match="such.jpg"):
        cli.main()


def test_a_broken_yaml_names_its_line(here, command, monkeypatch):
    import shutil

    from stylex import cli

    shutil.copytree(cli.conf_folder(), here / "conf")
    (here / "conf/experiment/mine.yaml").write_text("# @package _global_\nsize: [1\nsteps: 2\n")
    monkeypatch.setattr(cli, "conf_folder", lambda: here / "conf")
    outcome = command("experiment=mine")
    assert outcome.status == 2
    assert "mine.yaml:3" in outcome.err and outcome.err.count("\n") == 1


def test_a_misspelt_key_in_a_preset_is_named(here, command, monkeypatch):
    import shutil

    from stylex import cli

    shutil.copytree(cli.conf_folder(), here / "conf")
    (here / "conf/experiment/mine.yaml").write_text("# @package _global_\nstyle_wieght: 2\n")
    monkeypatch.setattr(cli, "conf_folder", lambda: here / "conf")
    outcome = command("experiment=mine")
    assert outcome.status == 2
    assert "style_wieght" in outcome.err and "did you mean 'style_weight'" in outcome.err


def nasty(key):
    """Without what no command line can hold, and what would run for ever."""
    endless = {"1000000000", "65536"} if key == "steps" else {}
    return [value for value in NASTY if "\0" not in value and value not in endless]


@pytest.mark.slow
@pytest.mark.parametrize("key", ["size", "steps", "init", "output", "content.name", "sweep"])
def test_the_command_with_each_nasty_value(here, command, paint, key):
    paint(here / "a.png")
    for value in nasty(key):
        outcome = command("content=a.png", "style=a.png", "size=32", "steps=1", f"{key}={value}")
        assert outcome.status in (0, 1, 2), outcome
        assert outcome.err.count("\n") == (outcome.status != 0), (value, outcome)


@pytest.mark.slow
@pytest.mark.parametrize("key", ["size", "steps", "seed", "sweep", "rank_by", "rerun", "style"])
def test_the_sweep_with_each_nasty_value(here, command, paint, key):
    paint(here / "a.png")
    tiny = ("content=a.png", "style=a.png", "size=32", "steps=1", "tracking=light")
    for value in nasty(key):
        outcome = command("--multirun", *tiny, f"{key}={value}")
        assert outcome.status in (0, 1, 2), outcome
        assert outcome.err.count("\n") == (outcome.status == 2), (value, outcome)
