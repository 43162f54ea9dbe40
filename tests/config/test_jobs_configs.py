"""The configs of a sweep's jobs: each is what Hydra composes of its words alone."""

import pytest
from hydra.types import RunMode
from omegaconf import OmegaConf

from stylex.command.composing import composing
from stylex.config import loader, pictures, plugins
from stylex.config.loader import Loader
from stylex.config.messages import MISTAKES

JOBS = [
    ["style_weight=1", "seed=0", "hydra.sweep.subdir='a,b'"],
    ["style_weight=2.5", "seed=3", "hydra.sweep.subdir='c'"],
    ["style_weight=1e3", "seed=3", "style=night", "hydra.sweep.subdir='d'"],
    ["style_weight=2", "seed=4", "style=kahlo+night", "hydra.sweep.subdir='e'"],
    ["optimizer=adam", "optimizer.lr=0.1", "steps=7"],
    ["optimizer=adam", "optimizer.lr=0.2", "steps=[1,2,3]"],
    ["optimizer=adam", "optimizer.lr=0.3", "steps=9"],
    ["layers.style.relu1_1=0.5", "init=noise"],
    ["layers.style.relu1_1=0.25", "init=content"],
    ["layers.style={relu1_1: 1}", "init=style"],
    ["experiment=fast", "size=64", "mask=null"],
    ["experiment=fast", "size=65", "mask=a.png"],
    ["experiment=best", "size=66", "mask='b c.png'"],
    ["strength=0.25"],
    ["strength=null"],
    ["+hydra.job.env_set.A=1", "seed=5"],
    ["+hydra.job.env_set.A=2", "seed=6"],
    ["content.name=cat", "tracking=light"],
    ["content.name=dog", "tracking=light"],
]


@pytest.fixture(autouse=True)
def registered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plugins.register()
    pictures.register()
    loader.register()


def plain(config):
    found = OmegaConf.to_container(config, resolve=False)
    found["hydra"]["runtime"].pop("output_dir", None)
    return found


def test_each_job_is_what_its_words_say():
    with composing([]) as composer:
        master = composer.compose(["seed=1,2", "sweep=w"], RunMode.MULTIRUN)
        for words in [*JOBS, *reversed(JOBS)]:
            whole = super(Loader, composer.loader).load_sweep_config(master, words)
            assert plain(composer.loader.load_sweep_config(master, words)) == plain(whole)


def test_what_is_wrong_with_a_job_is_found_in_its_copy_too():
    with composing([]) as composer:
        master = composer.compose(["seed=1,2", "sweep=w"], RunMode.MULTIRUN)
        for good, bad in (
            ("content.name=cat", "content.name=../cat"),
            ("seed=1", "seed=many"),
            ("hydra.job.chdir=false", "hydra.job.chdir=true"),
        ):
            composer.loader.load_sweep_config(master, [good])
            with pytest.raises(MISTAKES):
                composer.loader.load_sweep_config(master, [bad])
