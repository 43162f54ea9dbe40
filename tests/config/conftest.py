"""Words as the command takes them, up to where it would compute, in a Hydra that stays started."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from stylex.command import arguments
from stylex.config import loader, pictures, plugins, schema
from stylex.config.build import to_arguments
from stylex.paths import conf_folder
from stylex.transfer.stylize import stylize


class Started(Exception):  # noqa: N818
    """What is composed is a run: it would begin to compute."""


def begin(started: object) -> None:
    raise Started


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where all of a module happens."""
    folder = tmp_path_factory.mktemp("words")
    plugins.register()
    pictures.register()
    loader.register()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(folder)
        patch.delenv("STYLEX_IMAGES", raising=False)
        with initialize_config_dir(str(conf_folder()), version_base="1.3"):
            yield folder


@pytest.fixture(scope="module")
def attempt(folder: Path) -> Callable[..., None]:
    """`attempt("size=3", …)` raises what the command says in one line, or returns at the start."""

    def run(*typed: str) -> None:
        made = schema.to_config(compose("config", overrides=arguments.prepare([*typed])))
        with contextlib.suppress(Started):
            stylize(**to_arguments(made), on_start=begin)

    return run
