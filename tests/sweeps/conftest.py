"""What tests of searches need."""

from pathlib import Path

import pytest


@pytest.fixture
def optuna():
    return pytest.importorskip("optuna", minversion="4", reason="pip install '.[optuna]'")


@pytest.fixture
def w(here, optuna) -> Path:
    return here / "outputs/sweeps/w"
