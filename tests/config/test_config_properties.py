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
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bad_configs import NASTY_YAML, presets, words
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from stylex.config.messages import MISTAKES, one_line
from stylex.errors import quoted

ASIDE = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
MANY = settings(max_examples=int(os.environ.get("STYLEX_EXAMPLES", "2000")), **ASIDE)


def few(examples: int) -> settings:
    """The same ones each time, and quickly."""
    return settings(max_examples=examples, derandomize=True, **ASIDE)


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


SMALL = ("content=a.png", "style=a.png", "size=32")


@pytest.fixture(scope="module", autouse=True)
def files(folder: Path, attempt: Callable[..., None]) -> None:
    (folder / "folder").mkdir()
    (folder / "presets/experiment").mkdir(parents=True)
    Image.new("RGB", (32, 32), (200, 100, 50)).save(folder / "a.png")
    attempt(*SMALL)  # what the first one loads is not to be blamed on an example


def parts_of(word: str) -> list[str]:
    """What a line may name it by."""
    value = quoted(word.rpartition("=")[2])
    words = re.findall(r"\w+", word)
    bare = quoted(word.lstrip("+"))  # the marks may have been put there by the program
    return [part for part in (*words, value, value.strip("'"), bare) if part] or ["''"]


def check_words(attempt: Callable[..., None], *words: str) -> None:
    with frugal():
        try:
            attempt(*SMALL, *words)
        except MISTAKES as error:
            check_line(error, [part for word in words for part in parts_of(word)])


@few(25)
@given(words)
def test_a_word_is_a_run_or_one_line(attempt, word):
    check_words(attempt, word)


@pytest.mark.slow
@MANY
@given(st.lists(words, min_size=1, max_size=3))
def test_many_words_are_a_run_or_one_line(attempt, words):
    check_words(attempt, *words)


def check_preset(folder: Path, attempt: Callable[..., None], text: str) -> None:
    """The preset `mine` in a folder that a --config-dir might name."""
    file = folder / "presets/experiment/mine.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    with frugal():
        try:
            attempt(*SMALL, f"hydra.searchpath=['file://{folder}/presets']", "experiment=mine")
        except MISTAKES as error:
            check_line(error, [])


@few(12)
@given(presets)
def test_a_preset_is_a_run_or_one_line(folder, attempt, text):
    check_preset(folder, attempt, text)


@pytest.mark.slow
@MANY
@given(presets)
def test_many_presets_are_a_run_or_one_line(folder, attempt, text):
    check_preset(folder, attempt, text)


@pytest.mark.slow
@pytest.mark.parametrize("text", NASTY_YAML, ids=range(len(NASTY_YAML)))
def test_each_nasty_preset(folder, attempt, text):
    check_preset(folder, attempt, text)
    check_preset(folder, attempt, f"# @package _global_\n{text}")


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
def test_what_is_too_large_is_refused_before_it_takes_memory(attempt, words):
    with frugal(), pytest.raises(MISTAKES) as caught:
        attempt(*SMALL, *words)
    check_line(caught.value, [part for word in words for part in parts_of(word)])


def test_an_optimizer_that_would_never_end_its_trial_is_left_at_that(attempt):
    with frugal():
        attempt(
            *SMALL,
            *("experiment=neural_style", "optimizer.max_iter=10000", "+optimizer.max_eval=1000000"),
            *("optimizer.tolerance_grad=-1", "optimizer.tolerance_change=-1"),
        )
