"""What docs/extending.md shows, written out and run."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from command_line import TINY, only_run, start

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/extending.md").read_text()
FILES = dict(re.findall(r"```(?:python|yaml)\n# (\S+)\n(.*?)```", PAGE, re.DOTALL))
COMMANDS = re.findall(r"^    python -m stylex (.*)$", PAGE, re.MULTILINE)
RUNS = [line for line in COMMANDS if "resume=" not in line and "--multirun" not in line]
SMALL = (*TINY, "checkpoint_every=9")


@pytest.fixture
def files(here):
    """The page's files in the current folder."""
    for name, text in FILES.items():
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(text)


def test_the_page_has_all_of_it():
    python = {"mylosses.py", "own.py", "myoptim.py", "mycallbacks.py", "hydra_plugins/resting.py"}
    assert FILES.keys() == python | {"mine/optimizer/sign.yaml", "mine/experiment/soft.yaml"}
    assert len(RUNS) == 6 and len(COMMANDS) == 9
    loss = FILES["mylosses.py"].strip().splitlines()
    assert len(loss) <= 20


@pytest.mark.parametrize("line", RUNS)
def test_each_command_runs_with_what_it_names(here, files, command, line):
    outcome = command(*shlex.split(line), *SMALL)
    assert (outcome.status, outcome.err) == (0, "")
    config = yaml.safe_load((only_run(here) / "config.yaml").read_text())
    steps = (only_run(here) / "steps.jsonl").read_text()
    if "loss.style={" in line:
        assert {*config["loss"]["style"]} == {"mine"} and "moments" not in steps
    elif "mylosses" in line or "soft" in line:
        assert {*config["loss"]["style"]} == {"moments", "mine"}
        assert "style/mine/relu3_1" in steps
        assert ("style/mine/relu1_1" in steps) == ("layers" not in line)
    if "sign" in line:
        assert config["optimizer"]["_target_"] == "myoptim.SignDescent"
        assert config["optimizer"]["lr"] == 0.02
    assert ("\a" in outcome.out) == ("bell" in line)


SWEEPER = """
from hydra.core.config_store import ConfigStore
from hydra.core.plugins import Plugins
from hydra.plugins.sweeper import Sweeper

class TwiceSweeper(Sweeper):
    def setup(self, **known):
        self.launcher = Plugins.instance().instantiate_launcher(**known)

    def sweep(self, arguments):
        jobs = [[*arguments, f"seed={seed}"] for seed in (1, 2)]
        return self.launcher.launch(jobs, initial_job_idx=0)

node = {"_target_": "hydra_plugins.twice.TwiceSweeper"}
ConfigStore.instance().store(group="hydra/sweeper", name="twice", node=node)
"""


def test_the_launcher_starts_a_sweep_s_jobs_and_a_sweeper_chooses_them(here, files):
    (here / "hydra_plugins/twice.py").write_text(SWEEPER)
    (line,) = (line for line in COMMANDS if "--multirun" in line)
    words = [word for word in shlex.split(line) if "=1,5" not in word]
    process = start(*words, "hydra/sweeper=twice", *SMALL, "tracking=light", cwd=here)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    assert "2 runs, all done" in out
    seeds = [yaml.safe_load(p.read_text())["seed"] for p in here.glob("outputs/**/config.yaml")]
    assert sorted(seeds) == [1, 2]


LOUD = """
import logging

class Loud(logging.StreamHandler):
    def format(self, record):
        return super().format(record).upper()
"""


def test_a_log_handler_of_one_s_own(here, command):
    (here / "mylog.py").write_text(LOUD)
    outcome = command("hydra.job_logging.handlers.console.class=mylog.Loud", *SMALL)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.startswith("JESSE IN THE MANNER OF KAHLO")


def test_and_python_runs_it(here, files, paint, monkeypatch):
    paint(here / "me.jpg", 64, 48)
    paint(here / "paint.png", seed=1)
    monkeypatch.syspath_prepend(str(here))
    made: dict[str, object] = {}
    exec(FILES["own.py"].replace("size=64", "size=32, steps=1"), made)
    assert made["result"].image.shape == (1, 3, 24, 32)


def test_the_installed_command_finds_modules_of_the_current_folder(here, files):
    script = here / "bin/stylex"  # as pip writes it
    script.parent.mkdir()
    script.write_text("from stylex.cli import main\nmain()\n")
    done = subprocess.run(
        [sys.executable, script, "+hydra.callbacks.x._target_=mycallbacks.Bell", "--cfg", "job"],
        cwd=here,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
