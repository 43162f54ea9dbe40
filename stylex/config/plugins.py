"""What this program adds to Hydra: its schema, two sweepers and a launcher, each with its settings.

The schema of runs is in schema.py; what sweepers and launchers do is theirs to tell.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.plugins import Plugins

from stylex.config.schema import Config

# Hydra starts only plugins whose target says that they are of its own package; the `register` of
# sweeps/grid.py, sweeps/search.py and cluster/launcher.py gives ours these names.
SWEEPER = "hydra_plugins.stylex.GridSweeper"
SEARCH = "hydra_plugins.stylex.SearchSweeper"
DASK = "hydra_plugins.stylex.DaskLauncher"


@dataclass
class SweeperConfig:
    """Of Hydra's own: `params` is a sweep in a YAML file, {key: values}."""

    _target_: str = SWEEPER
    params: dict[str, Any] = field(default_factory=dict)


class Sampler(Enum):
    tpe = 1
    random = 2


class Pruner(Enum):
    none = 1
    median = 2


@dataclass
class SearchConfig:
    """Likewise of a search: see docs/search.md."""

    _target_: str = SEARCH
    n_trials: int = 20
    n_jobs: int = 1
    seed: int = 0
    sampler: Sampler = Sampler.tpe
    pruner: Pruner = Pruner.none
    params: dict[str, Any] = field(default_factory=dict)


@dataclass
class DaskConfig:
    """address: of a scheduler; null for workers here, `n_workers` or as many as fit."""

    _target_: str = DASK
    address: str | None = None
    n_workers: int | None = None


def register() -> None:
    """Makes known to Hydra the schema, the sweepers and the launcher that configs name."""
    Plugins.instance()  # looks for plugins: one that is called optuna, too, has to come first
    store = ConfigStore.instance()
    store.store(name="schema", node=Config)
    store.store(group="hydra/sweeper", name="grid", node=SweeperConfig)
    store.store(group="hydra/sweeper", name="optuna", node=SearchConfig)
    store.store(group="hydra/launcher", name="dask", node=DaskConfig)
