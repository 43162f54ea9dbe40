"""No config runs code, whoever wrote it and wherever it stands."""

import json
import sys

import pytest
import yaml
from command_line import TINY, only_run

# Importing this module leaves a mark, and so does making what is in it.
EVIL = """
from pathlib import Path
Path("imported").touch()
class E:
    def __init__(self, *args, **kwargs): Path("made").touch()
def f(*args, **kwargs): Path("called").touch()
"""


@pytest.fixture
def evil(here, monkeypatch, paint):
    """A module `evil` to be had by importing it; `evil()` asserts that nobody did."""
    (here / "evil.py").write_text(EVIL)
    monkeypatch.syspath_prepend(str(here))
    paint(here / "a.png")
    before = {*here.rglob("*")}

    def untouched() -> None:
        assert {*here.rglob("*")} == before
        assert "evil" not in sys.modules

    yield untouched
    sys.modules.pop("evil", None)


def refused(outcome, *named: str) -> None:
    assert (outcome.status, outcome.out) == (2, ""), outcome
    assert outcome.err.startswith("stylex: ") and outcome.err.count("\n") == 1, outcome.err
    assert outcome.err.strip().isprintable()
    for word in named:
        assert word in outcome.err


TYPED = [
    "optimizer._target_=evil.E",
    "loss.tv._target_=evil.f",
    "+optimizer.x=[{a: {_target_: evil.E}}]",
    "+optimizer._args_=[{_target_: evil.E}]",
    "+optimizer._recursive_=nope",
    "+optimizer._args_=[1]",
    "init=evil.E optimizer._target_=${init}",
    "+optimizer.x='${oc.create:{_target_: evil.E}}'",
    "+optimizer.x='\\${oc.create:{_target_: evil.E}}'",
    "optimizer.lr='\\${oc.create:{_target_: evil.E}}'",
    "+content._target_=evil.E",
    "optimizer._target_=torch.optim.lr_scheduler.LambdaLR",
    "loss.tv._target_=stylex.transfer.losses.base.Tensor",
    "hydra.callbacks.sweep._target_=evil.E",
    "+hydra.callbacks.x='${oc.create:{_target_: evil.E}}'",
    "hydra.job_logging.handlers.console.class=evil.E",
    "hydra.job_logging.handlers.console.stream=ext://evil.E",
    "hydra.launcher._target_=evil.E --multirun",
    "+hydra.sweeper.params.x._target_=evil.E --multirun",
    "hydra/sweeper=optuna hydra.sweeper.custom_search_space=evil.f --multirun",
]
MORE_TYPED = [
    "loss.style._target_=evil.E",
    "optimizer={_target_: evil.E}",
    "+optimizer.x._target_=evil.E",
    # What Hydra's `instantiate` would make of it.
    "optimizer._target_=evil.E +optimizer._partial_=true",
    "optimizer._target_=evil.E +optimizer._recursive_=false",
    "optimizer._target_=evil.E +optimizer._convert_=object",
    "+optimizer.x={_target_: evil.E, _partial_: true, _recursive_: false}",
    "+optimizer._partial_=false",
    "+optimizer._convert_=nope",
    # Interpolations, once and twice.
    "optimizer._target_='${oc.decode:evil.E}'",
    "+loss.style.x='\\${oc.create:{_target_: evil.E}}'",
    "optimizer._target_='\\${init}' init=evil.E",
    # Elsewhere.
    "+_target_=evil.E",
    "+tracking.x._target_=evil.E",
    # Modules that may be named, and what else they offer.
    "optimizer._target_=torch.optim.Optimizer.step",
    "optimizer._target_=torch.optim.Nope",
    "optimizer._target_=torch.optim.SGD loss.style._target_=torch.optim.SGD",
    "optimizer._target_=stylex.transfer.losses.base.GramLoss",
    "loss.style._target_=stylex.transfer.optim.lbfgs.LBFGS",
    "loss.tv._target_=stylex.transfer.losses.base.GRAM_FACTORS",
    "loss.tv._target_=stylex.transfer.losses.base.Loss",
    # Hydra's own node, which it instantiates before any of our code.
    "+hydra.callbacks.x._target_=evil.E",
    "init=evil.E hydra.callbacks.sweep._target_=${init}",
    "hydra.callbacks.sweep=${optimizer} optimizer._target_=evil.E",
    "hydra.hydra_logging.handlers.console.class=evil.E",
    "hydra.sweeper._target_=evil.E --multirun",
    "+hydra.sweeper.params.seed='${oc.create:{_target_: evil.E}}' --multirun",
    "hydra/sweeper=optuna hydra.sweeper.sampler._target_=evil.E --multirun",
]


SLOW = pytest.mark.slow


@pytest.mark.parametrize("words", [*TYPED, *(pytest.param(w, marks=SLOW) for w in MORE_TYPED)])
def test_a_target_on_the_command_line_is_refused(evil, command, words):
    refused(command("content=a.png", "style=a.png", *TINY, *_split(words)))
    evil()


def _split(words: str) -> list[str]:
    """At spaces that are not within brackets or quotes."""
    out, depth = [""], 0
    for letter in words:
        depth += (letter in "{[") - (letter in "]}")
        if letter == " " and depth == 0:
            out.append("")
        else:
            out[-1] += letter
    return out


E = {"_target_": "evil.E"}
CREATE = "${oc.create:{_target_: evil.E}}"
WRITTEN = [
    {"optimizer": E},
    {"loss": {"style": E}},
    {"loss": {"tv": {"reduction": E}}},
    {"optimizer": {"lr": E}},
    {"optimizer": {"x": [{"y": E}]}},
    {"optimizer": {"_args_": [E]}},
    {"optimizer": {"_target_": "${init}"}, "init": "evil.E"},
    {"optimizer": {"x": CREATE}},
    {"optimizer": {"x": f"\\{CREATE}"}},
    {"optimizer": {"x": f"\\\\\\{CREATE}"}},
    {"optimizer": {"lr": f"\\{CREATE}"}},
    {"optimizer": {"_partial_": True, "_recursive_": False, "_convert_": "object", **E}},
    {"optimizer": {"_recursive_": 3}},
    {"stop": E},
    {"evil": E},
    {"hydra": {"callbacks": {"sweep": E}}},
    {"hydra": {"callbacks": {"x": E}}},
    {"hydra": {"callbacks": {"x": CREATE}}},
    {"hydra": {"callbacks": {"x": "${optimizer}"}}, "optimizer": E},
    {"hydra": {"callbacks": {"x": {"_target_": "${init}"}}}, "init": "evil.E"},
    {"hydra": {"job_logging": {"handlers": {"x": {"()": "evil.E"}}}}},
    {"hydra": {"job_logging": {"handlers": {"x": {"class": "evil.E"}}}}},
    {"hydra": {"job_logging": {"formatters": {"x": {"class": "evil.E"}}}}},
    {"hydra": {"job_logging": {"filters": {"x": {"()": "${init}"}}}}, "init": "evil.E"},
    {"hydra": {"hydra_logging": {"handlers": {"x": {"()": "ext://evil.E"}}}}},
    {"hydra": {"hydra_logging": {"root": {"x": "ext://evil.E"}}}},
    {"hydra": {"launcher": {"x": E}}},
    {"hydra": {"sweeper": {"params": {"x": E}}}},
    {"hydra": {"sweeper": {"params": {"seed": CREATE}}}},
    {"defaults": ["/evil@hydra.callbacks.x"]},
    {"defaults": [{"/hydra/callbacks@hydra.callbacks": "evil"}]},
    {"defaults": [{"/optimizer@hydra.callbacks.x": "evil"}]},
    {"defaults": [{"override /optimizer": "evil"}]},
    {"defaults": [{"override /hydra/launcher": "evil"}]},
]


@pytest.mark.parametrize("many", [False, pytest.param(True, marks=SLOW)])
@pytest.mark.parametrize(
    "node",
    [*WRITTEN[::3], *(pytest.param(n, marks=SLOW) for n in (*WRITTEN[1::3], *WRITTEN[2::3]))],
)
def test_a_target_in_a_file_is_refused(here, evil, command, node, many):
    presets = {
        "experiment/mine": node,
        "evil": E,
        "optimizer/evil": E,
        "hydra/callbacks/evil": {"x": E},
        "hydra/launcher/evil": E,
    }
    for name, content in presets.items():
        path = here / "theirs" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        header = "# @package _global_\n" if name == "experiment/mine" else ""
        path.write_text(header + yaml.safe_dump(content))
    before = {*here.rglob("*")}
    flags = ["--config-dir", "theirs", *(["--multirun"] if many else [])]
    outcome = command("content=a.png", "style=a.png", *TINY, *flags, "experiment=mine")
    if outcome.status == 2:
        refused(outcome)
        assert {*here.rglob("*")} == before
    else:  # found by the one job of the sweep
        assert many and outcome.status == 1 and "failed: " in outcome.out
        assert not {here / name for name in ("imported", "made", "called")} & {*here.rglob("*")}
    assert "evil" not in sys.modules


def test_a_file_s_tags_make_nothing(here, evil, command):
    mine = here / "theirs/experiment/mine.yaml"
    mine.parent.mkdir(parents=True)
    for tag in ("object/apply:evil.f []", "object:evil.E {}", "name:evil.f", "module:evil"):
        mine.write_text(f"# @package _global_\nsize: !!python/{tag}\n")
        refused(command("--config-dir", "theirs", "experiment=mine", *TINY), "mine.yaml:2")
        assert "evil" not in sys.modules


def test_a_primary_config_of_others_imports_no_package(here, evil, command):
    (here / "theirs.yaml").write_text("hydra: {searchpath: ['pkg://evil']}\n")
    refused(command("--config-dir", ".", "--config-name", "theirs"), "hydra.searchpath")
    assert "evil" not in sys.modules


@pytest.mark.parametrize(
    "word", ["--config-dir=theirs", "+hydra.callbacks.x._target_=evil.E", "-m", "seed=[" * 50]
)
def test_a_run_of_others_brings_no_code_along(here, evil, command, word):
    (here / "run").mkdir()
    record = {"status": "interrupted", "overrides": [word]}
    (here / "run/run.json").write_text(json.dumps(record))
    refused(command("resume=run", *TINY))
    assert "evil" not in sys.modules


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


def test_a_variable_that_is_not_set_is_named(here, command):
    refused(command("content.path=${oc.env:NO_SUCH}/me.png", *TINY), "content.path", "'NO_SUCH'")
    refused(command("seed=${oc.env:HOME}", *TINY), "seed", "whole number")
