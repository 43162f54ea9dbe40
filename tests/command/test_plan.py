"""--plan: what would run, and that nothing does."""

import json
import re
from types import SimpleNamespace

import pytest
from command_line import TINY

from stylex.runs import rates
from stylex.transfer.plan import plan
from stylex.transfer.pyramid import Pyramid

SWEEP = ("--multirun", *TINY, "steps=1", "tracking=light", "sweep=w", "seed=1,2")


@pytest.fixture
def fast(here, monkeypatch):
    """A machine that takes a microsecond per pixel and step, as a run of 10⁷ pixel steps found."""
    monkeypatch.setattr(rates, "measure", lambda arguments: 1e-6)


def test_a_run_s_sizes_memory_and_time(here, command, fast):
    outcome = command("--plan", "size=256", "steps=[100,50]", "precision=fp32", "tile=off")
    assert (outcome.status, outcome.err) == (0, "")
    first, sizes, memory, time = outcome.out.splitlines()
    assert first == "jesse in the manner of kahlo"
    assert sizes == "  128×85 → 256×170 px, 100 + 50 steps on cpu (1 threads) in fp32"
    assert re.fullmatch(r"  \d\.\d GB of memory, of \d+\.\d GB available", memory)
    # 128·85·100 + 256·170·50 pixel steps at a microsecond
    assert time == "  about 3 s (estimated by a trial just now)"
    assert list(here.iterdir()) == []


def test_of_a_run_that_goes_on_the_time_of_what_is_left(here, command, monkeypatch):
    """A second for each step of 64×43 px."""
    monkeypatch.setattr(rates, "of", lambda planned: 1 / (64 * 43))
    words = ("size=64", "precision=fp32", "tile=off", "hydra.run.dir=x")
    assert command(*words, "steps=2").status == 0
    before = {path: path.stat().st_mtime_ns for path in here.rglob("*")}
    for more in ((*words, "steps=2"), ("resume=x",)):
        outcome = command("--plan", *more)
        assert (outcome.status, outcome.out, outcome.err) == (0, "x is done already\n", "")
    last = command("--plan", "resume=x", "steps=30").out.splitlines()[-1]
    assert last == "  about 28 s from step 3 on (estimated by earlier runs here)"
    assert "differs: size" in command("--plan", *words, "steps=2", "size=48").err
    assert {path: path.stat().st_mtime_ns for path in here.rglob("*")} == before


def test_tiles_are_said_and_take_longer(here, command, fast):
    words = ("--plan", "size=512", "steps=10", "pyramid=single", "precision=fp32")
    out = command(*words, "tile=256").out.splitlines()
    assert out[2] == "  the last 1 in tiles of 256 px"
    assert out[-1] == "  about 3 s (estimated by a trial just now)"  # 1.6 · 512·341·10 µs
    assert command(*words, "tile=off").out.splitlines()[-1].startswith("  about 2 s")


def test_a_sweep_s_jobs_without_those_that_are_done(here, command, fast):
    pairs = ("style_weight=1,5,9", "pyramid.levels=1,1,0", "zip=style_weight,pyramid.levels")
    outcome = command("--plan", *SWEEP, *pairs)
    assert (outcome.status, outcome.err) == (0, "")
    first, *refused = outcome.out.splitlines()
    assert re.fullmatch(r"6 jobs, about 0 s, \d\.\d GB each, into outputs/sweeps/w", first)
    assert refused == [
        f"seed={seed},style_weight=9,pyramid.levels=0: pyramid.levels must be from 1 to 32, not 0"
        for seed in (1, 2)
    ]
    assert list(here.iterdir()) == []
    assert command(*SWEEP).status == 0
    before = {path: path.stat().st_mtime_ns for path in here.rglob("*")}
    outcome = command("--plan", *SWEEP, "seed=1,2,3")
    assert outcome.out.startswith("1 job, about 0 s, ") and "besides 2 done already" in outcome.out
    assert {path: path.stat().st_mtime_ns for path in here.rglob("*")} == before


def test_steps_that_jobs_share_are_counted_once(here, command, fast):
    policy = ("optimizer.clamp=step", "optimizer.smoothing=0")
    words = ("--multirun", "size=256", "pyramid=single", *policy, "sweep=w")
    alone = command("--plan", *words, "steps=400", "style_weight=1,2")
    together = command("--plan", *words, "steps=100,200,400", "style_weight=1,2")
    # 256·170·400 pixel steps for each weight
    assert alone.out.startswith("2 jobs, about 35 s, ")
    assert together.out.startswith("6 jobs, about 35 s, ")


def test_what_could_not_run_is_one_line(here, command, fast):
    for words, said in (
        (("size=0",), "size must be"),
        (("content=missing.png",), "no such file"),
        (("output=me.xyz",), "xyz"),
        (("film=me.avi",), "no format '.avi'"),
        (("init=missing.png",), "no such file"),
        (("extractor.weights=missing.pth",), "missing.pth"),
        (("--multirun", "seed=1,2", "batch=some"), "batch must be"),
        (("--multirun", "seed=1,2", "output=x.png"), "output is one file"),
        (("--multirun", "hydra/sweeper=optuna", "seed=1,2"), "decides as it goes"),
    ):
        outcome = command("--plan", *words)
        assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
        assert said in outcome.err
    assert list(here.iterdir()) == []


def test_a_config_folder_of_one_s_own_is_looked_into(here, command, fast):
    (here / "mine/experiment").mkdir(parents=True)
    (here / "mine/experiment/small.yaml").write_text("# @package _global_\nsize: 64\nsteps: 3\n")
    outcome = command("--config-dir", "mine", "--plan", "experiment=small")
    assert "  64×43 px, 3 steps" in outcome.out


ARGUMENTS = {"size": 64, "steps": 4, "precision": "fp32"}


def took(seconds, steps=4):
    return SimpleNamespace(seconds=seconds, steps=steps)


def test_a_run_s_rate_is_the_next_plan_s(here, paint):
    paint(here / "a.png", 64, 64)
    planned = plan("a.png", "a.png", **ARGUMENTS)
    assert rates.of(planned) is None
    rates.remember(planned, took(4.0))  # too short to tell
    rates.remember(planned, took(8.0, steps=3))  # over before its steps
    assert rates.of(planned) is None
    rates.remember(planned, took(8.0))
    rate = rates.of(planned)
    assert rate == 8 / (64 * 64 * 4)
    assert plan("a.png", "a.png", **ARGUMENTS | {"steps": 40}).seconds(rate) == 80
    for other in ({"precision": "bf16"}, {"style_layers": {"relu3_1": 1.0}, "content_weight": 0.0}):
        assert rates.of(plan("a.png", "a.png", **ARGUMENTS | other)) is None
    paint(here / "large.png", 256, 200)  # which is faster per pixel
    assert rates.of(plan("large.png", "large.png", **ARGUMENTS | {"size": 256})) is None
    rates.cache_file().write_text("{")  # somebody's editor
    assert rates.of(planned) is None
    rates.remember(planned, took(8.0))
    assert json.loads(rates.cache_file().read_text()).popitem()[1] == rate


@pytest.mark.parametrize("pyramid", [{}, {"min_size": 32, "repeat": 1}])
def test_a_trial_s_rate_is_kept(here, paint, pyramid):
    paint(here / "a.png", 64, 64)
    pictures = {"content": "a.png", "style": "a.png"}
    arguments = {**pictures, "pyramid": Pyramid(**pyramid), **ARGUMENTS}
    rate = rates.measure(arguments, longest=0.1)
    assert 0 < rate < 1e-3 and rates.of(plan(**arguments)) == rate


def test_a_trial_of_what_is_there_already_is_its_one_step(here, command):
    outcome = command("--plan", *TINY, "strength=0")
    assert (outcome.status, outcome.err) == (0, "")
    assert "by a trial just now" in outcome.out


def test_a_run_tells_its_rate(here, command, monkeypatch):
    monkeypatch.setattr(rates, "SHORTEST", 0.0)
    assert command(*TINY).status == 0
    assert len(json.loads(rates.cache_file().read_text())) == 1
    assert "by earlier runs here" in command("--plan", *TINY).out


def test_a_user_without_a_home_has_no_rates(here, paint, monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    paint(here / "a.png", 64, 64)
    planned = plan("a.png", "a.png", **ARGUMENTS)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr("pathlib.Path.home", homeless)
    rates.remember(planned, took(8.0))
    assert rates.of(planned) is None
