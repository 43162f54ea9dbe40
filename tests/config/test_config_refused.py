"""Bad words through the command itself: one line, status 2, and nothing left behind."""

import pytest
from bad_configs import LONG, NASTY

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
