"""What a run folder says is data: nothing that only stands there is imported or run."""

import json
import os
import sys
from pathlib import Path

import pytest
import yaml
from command_line import TINY

from stylex.paths import conf_folder

# Importing this module leaves a mark, and so does making what is in it.
EVIL = """
from pathlib import Path
Path("imported").touch()
class E:
    def __init__(self, *args, **kwargs): Path("made").touch()
"""
WORDS = ["content=a.png", "style=a.png", *TINY]


@pytest.fixture
def untouched(here, paint):
    """Asserts that nobody imported the module `evil`, which lies in the current folder."""
    (here / "evil.py").write_text(EVIL)
    paint(here / "a.png")

    def check() -> None:
        assert "evil" not in sys.modules
        assert not (here / "imported").exists() and not (here / "made").exists()

    return check


def interrupted(folder: Path, overrides=(), **record) -> None:
    """A run folder as somebody may have written it."""
    folder.mkdir()
    settings = {"content.path": "a.png", "style.path": "a.png"}
    said = {"status": "interrupted", "settings": settings, "overrides": [*WORDS, *overrides]}
    (folder / "run.json").write_text(json.dumps(said | record))


def refused(outcome, *named: str) -> None:
    assert (outcome.status, outcome.out) == (2, ""), outcome
    assert outcome.err.startswith("stylex: ") and outcome.err.count("\n") == 1, outcome.err
    for word in named:
        assert word in outcome.err


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ("loss.style.mine._target_=evil.E", "loss.style.mine._target_"),
        ("loss.style={mine: {_target_: evil.E}}", "loss.style.mine._target_"),
        ("loss.tv._target_=evil.E", "loss.tv._target_"),
        ("optimizer._target_=evil.E", "optimizer._target_"),
        ("+optimizer.inner=[{_target_: evil.E}]", "optimizer.inner.0._target_"),
        ("optimizer._target_=${init}", "optimizer._target_"),
        ("+optimizer.x='${oc.create:{_target_: evil.E}}'", "optimizer.x._target_"),
        ("optimizer._target_=os.system", "optimizer._target_"),
        ("optimizer._target_=torch.hub.load", "optimizer._target_"),
    ],
)
def test_a_class_that_only_the_run_names_is_not_imported(here, command, untouched, word, place):
    interrupted(here / "run", [word, *(["init=evil.E"] if "${init}" in word else [])])
    name = next((n for n in ("os.system", "torch.hub.load") if n in word), "evil.E")
    refused(command("resume=run"), f"run used {name}", f"resume=run {place}={name}")
    untouched()


@pytest.mark.parametrize(
    "word",
    [
        "+hydra.callbacks.x._target_=evil.E",
        "hydra.callbacks.sweep._target_=evil.E",
        "hydra.job_logging.handlers.console.class=evil.E",
        "hydra.searchpath=['pkg://evil']",
        "+hydra.sweeper.x._target_=evil.E",
    ],
)
def test_words_for_hydra_are_no_part_of_a_run(here, command, untouched, word):
    interrupted(here / "run", [word])
    # Callbacks and loggers are made by then.
    refused(command("resume=run", "size=0"), "size must be")
    untouched()


NODES = {
    "a class": {"optimizer": {"_target_": "evil.E"}},
    "a callback": {"hydra": {"callbacks": {"x": {"_target_": "evil.E"}}}},
    "a handler": {"hydra": {"job_logging": {"handlers": {"console": {"class": "evil.E"}}}}},
    "a log": {"hydra": {"job_logging": {"handlers": {"file": {"filename": "log"}}}}},
    "a path to programs": {"hydra": {"job": {"env_set": {"PATH": "theirs"}}}},
}


@pytest.mark.parametrize("node", NODES.values(), ids=NODES)
@pytest.mark.parametrize("word", ["resume=run", "resume=run --plan"])
def test_configs_have_to_be_named_again(here, command, untouched, node, word):
    preset = here / "theirs/experiment/mine.yaml"
    preset.parent.mkdir(parents=True)
    preset.write_text("# @package _global_\n" + yaml.safe_dump(node))
    flag = f"--config-dir={here / 'theirs'}"
    interrupted(here / "run", ["experiment=mine"], flags=[flag])
    refused(command(*word.split()), f"run was started with {flag}: add that again")
    untouched()
    assert not (here / "log").exists()


@pytest.mark.parametrize("group", ["experiment", "optimizer", "content"])
def test_an_option_is_no_file_outside_of_the_configs(here, command, untouched, group):
    (here / "theirs.yaml").write_text(
        "# @package _global_\nhydra: {job: {env_set: {PATH: theirs}}}\n"
    )
    path = os.path.relpath(here / "theirs", conf_folder() / group)
    interrupted(here / "run", [f"{group}={path}"])
    for words in (["resume=run"], [f"{group}={path}"]):
        refused(command(*words), path)
    untouched()


def test_a_primary_config_has_to_be_named_again(here, command, untouched):
    (here / "theirs.yaml").write_text("hydra: {searchpath: ['pkg://evil']}\n")
    flags = [f"--config-dir={here}", "--config-name=theirs"]
    interrupted(here / "run", flags=flags)
    refused(command("resume=run"), f"with {' '.join(flags)}: add that again")
    refused(command("resume=run", flags[0]), f"with {flags[1]}: add that again")
    untouched()


def test_what_is_typed_is_not_a_licence_for_the_rest(here, command, untouched):
    interrupted(here / "run", ["optimizer._target_=evil.E", "+optimizer.x._target_=evil.E"])
    typed = ("optimizer=adam", "optimizer._target_=torch.optim.SGD")
    refused(command("resume=run", *typed), "optimizer.x._target_=evil.E")
    refused(command("resume=run", "optimizer=adam"), "optimizer._target_=evil.E")
    untouched()


def test_a_sweep_s_record_runs_nothing(here, command, untouched):
    from stylex.report import __main__ as report

    sweep = here / "outputs/sweeps/w"
    words = ("--multirun", *WORDS, "tracking=light", "sweep=w", "seed=1,2")
    assert command(*words).status == 0
    evil = "optimizer._target_=evil.E"
    plan = json.loads((sweep / "sweep.json").read_text())
    for job in plan["jobs"]:
        job["overrides"].append(evil)
        path = sweep / job["name"] / "run.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"overrides": [evil]}))
    (sweep / "sweep.json").write_text(json.dumps(plan))
    assert "2 jobs, 2 done before" in command(*words).out
    assert report.main([str(sweep)]) == 0
    untouched()
    (sweep / "sweep.json").write_text(json.dumps(plan | {"fixed": [evil]}))
    refused(command(*words), "there is another sweep 'w', with", evil)
    untouched()


MINE = """
from pathlib import Path
from stylex.transfer.losses.style import StyleLoss

class Mine(StyleLoss):
    '''Channels' means; Ctrl-C at the fifth evaluation where a file `stop` says so.'''
    evaluations = 0
    def statistics(self, view):
        return (view.features.sum((2, 3)) / view.count,)
    def value(self, picture, target):
        Mine.evaluations += 1
        if Mine.evaluations == 5 and Path("stop").exists():
            raise KeyboardInterrupt
        ((mean,), (style,)) = *picture.values(), *target.values()
        return (mean - style).square().sum(1) / style.square().sum(1)
"""


def test_named_again_the_run_goes_on(here, command):
    (here / "mylosses.py").write_text(MINE)
    (here / "stop").touch()
    own = "loss.style.mine._target_=mylosses.Mine"
    words = (*TINY, "steps=6", "loss.style={}", own, "loss.style.mine.layers={relu1_1: 1}")
    words += ("checkpoint_every=0", "hydra.run.dir=x")
    assert command(*words).status == 130
    (here / "stop").unlink()
    refused(command("resume=x"), "x used mylosses.Mine", f"resume=x {own}")
    outcome = command("resume=x", own)
    assert (outcome.status, outcome.err) == (0, "")
    assert "resuming after step" in outcome.out
    assert json.loads((here / "x/run.json").read_text())["steps"] == 6
