"""Bad configs, by the thousand: each is a run, or one line that names what is wrong with it.

Many more of them, other ones with each seed:

    python -m pytest -m slow tests/config/test_config_properties.py --hypothesis-seed=1
"""

import contextlib
import os
import re
import resource
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from bad_configs import CONF, NASTY_YAML, presets, words
from hydra import compose, initialize_config_dir
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from stylex.command import arguments
from stylex.config import loader, pictures, schema
from stylex.config.build import to_arguments
from stylex.config.messages import MISTAKES, one_line
from stylex.errors import quoted
from stylex.transfer.stylize import stylize

ASIDE = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
MANY = settings(max_examples=int(os.environ.get("STYLEX_EXAMPLES", "2000")), **ASIDE)


def few(examples: int) -> settings:
    """The same ones each time, and quickly."""
    return settings(max_examples=examples, derandomize=True, **ASIDE)


class Started(Exception):  # noqa: N818
    """What is composed is a run: it would begin to compute."""


def begin(plan: object) -> None:
    raise Started


def check_line(error: BaseException, named: list[str]) -> str:
    line = one_line(error)
    assert line.strip() and line.isprintable(), ascii(line)
    assert len(line) <= 400, line
    noise = ("<class", "<enum", "<stylex", "Traceback", "full_key", "object_type", "reference_type")
    assert not [word for word in noise if word in line], line
    assert not named or any(word in line for word in named), (line, named)
    return line


@contextlib.contextmanager
def frugal() -> Iterator[None]:
    """Neither two seconds nor half a gigabyte. The machine may be busy with something else."""

    def late(*_: object) -> None:
        raise KeyboardInterrupt("still busy after ten seconds")

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, 10)
    began, memory = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    assert time.process_time() - began < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 500_000  # kB


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where all of this module happens; Hydra stays initialised."""
    folder = tmp_path_factory.mktemp("bad")
    (folder / "folder").mkdir()
    Image.new("RGB", (32, 32), (200, 100, 50)).save(folder / "a.png")
    schema.register()
    pictures.register()
    loader.register()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("STYLEX_IMAGES", raising=False)
        with initialize_config_dir(str(CONF), version_base="1.3"):
            (folder / "presets/experiment").mkdir(parents=True)
            attempt()  # what the first one loads is not to be blamed on an example
            yield folder


def attempt(*typed: str) -> None:
    """What the command does with these words, up to where it would compute. Raises Started."""
    words = arguments.prepare(["content=a.png", "style=a.png", "size=32", *typed])
    made = schema.to_config(compose("config", overrides=words))
    with contextlib.suppress(Started):
        stylize(**to_arguments(made), on_start=begin)


def parts_of(word: str) -> list[str]:
    """What a line may name it by."""
    value = quoted(word.rpartition("=")[2])
    words = re.findall(r"\w+", word)
    bare = quoted(word.lstrip("+"))  # the marks may have been put there by the program
    return [part for part in (*words, value, value.strip("'"), bare) if part] or ["''"]


def check_words(*words: str) -> None:
    with frugal():
        try:
            attempt(*words)
        except MISTAKES as error:
            check_line(error, [part for word in words for part in parts_of(word)])


@few(25)
@given(words)
def test_a_word_is_a_run_or_one_line(folder, word):
    check_words(word)


@pytest.mark.slow
@MANY
@given(st.lists(words, min_size=1, max_size=3))
def test_many_words_are_a_run_or_one_line(folder, words):
    check_words(*words)


def check_preset(folder: Path, text: str) -> None:
    """The preset `mine` in a folder that a --config-dir might name."""
    file = folder / "presets/experiment/mine.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    with frugal():
        try:
            attempt(f"hydra.searchpath=['file://{folder}/presets']", "experiment=mine")
        except MISTAKES as error:
            check_line(error, [])


@few(12)
@given(presets)
def test_a_preset_is_a_run_or_one_line(folder, text):
    check_preset(folder, text)


@pytest.mark.slow
@MANY
@given(presets)
def test_many_presets_are_a_run_or_one_line(folder, text):
    check_preset(folder, text)


@pytest.mark.slow
@pytest.mark.parametrize("text", NASTY_YAML, ids=range(len(NASTY_YAML)))
def test_each_nasty_preset(folder, text):
    check_preset(folder, text)
    check_preset(folder, f"# @package _global_\n{text}")


HUGE = [
    ["size=1000000000"],
    ["size=65536", "enlarge=true"],
    ["size=65536", "enlarge=true", "fit=square"],
    ["size=65536", "style_size=65536", "enlarge=true", "fit=short", "style_squash=true"],
    ["optimizer=torch_lbfgs", "optimizer.history_size=1000000000"],
    ["optimizer=torch_lbfgs", "optimizer.max_iter=1000000000"],
    ["pyramid.levels=32", "pyramid.factor=16"],
    ["style_scale=100", "style_size=65536", "size=1e5"],
]


@pytest.mark.parametrize("words", HUGE, ids=lambda words: words[-1][:40])
def test_what_is_too_large_is_refused_before_it_takes_memory(folder, words):
    with frugal(), pytest.raises(MISTAKES) as caught:
        attempt(*words)
    check_line(caught.value, [part for word in words for part in parts_of(word)])


def test_an_optimizer_that_would_never_end_its_trial_is_left_at_that(folder):
    with frugal():
        attempt(
            *("experiment=neural_style", "optimizer.max_iter=10000", "+optimizer.max_eval=1000000"),
            *("optimizer.tolerance_grad=-1", "optimizer.tolerance_change=-1"),
        )
