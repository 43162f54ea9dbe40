"""Hydra's composing, with four rules of our own for what is typed.

- Keys of `layers.style`, `layers.content`, `loss.style` and `loss.content` need not exist:
  `layers.style.relu2_2=1` adds one without a `+`.
- `layers.style={relu1_1: 1}` is the whole mapping; Hydra would merge it into the one it finds.
- `optimizer=lbfgs` is the whole option, whatever a preset sets for another one; Hydra would lay the
  preset's Adam's betas over L-BFGS.
- An option is in a folder of configs: `optimizer=../../mine` is none, for the word may be that of a
  stranger's run; Hydra would read any file.

Hydra has no public way to a loader of one's own. Its private parts are used in this file alone.
"""

import contextlib
import copy
import pickle
import re
import warnings
from collections import OrderedDict
from collections.abc import Sequence

from hydra._internal import hydra as internal
from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra._internal.config_repository import ConfigRepository
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType
from hydra.plugins.config_source import ConfigResult
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from stylex.config import pictures
from stylex.config.messages import MISTAKES, one_line
from stylex.errors import UserError, quoted
from stylex.transfer.strength import check_alone

OPEN = ("layers.content", "layers.style", "loss.content", "loss.style")
"""Mappings whose keys are the user's."""

_MOST_ALIKE = 256  # composed jobs that are kept, 30 kB each


class Loader(ConfigLoaderImpl):
    """Raises UserError, HydraException, OmegaConfBaseException or YAMLError, and nothing else."""

    def __init__(self, config_search_path: ConfigSearchPath) -> None:
        super().__init__(config_search_path)
        self.repository = Repository(config_search_path)
        self._composed: OrderedDict[tuple[str, ...], bytes] = OrderedDict()

    def load_configuration(
        self,
        config_name: str | None,
        overrides: list[str],
        run_mode: RunMode,
        from_shell: bool = True,
        validate_sweep_overrides: bool = True,
    ) -> DictConfig:
        # Hydra wants a `+` before a new key; the record keeps the words as they were typed.
        marked = [_marked(word) for word in overrides]
        try:
            words = OverridesParser.create().parse_overrides(marked)
            self._check_choices(words)
            with warnings.catch_warnings():
                warnings.filterwarnings("error", r"provider=hydra.searchpath.*is not available")
                composed = super().load_configuration(
                    config_name, marked, run_mode, from_shell, validate_sweep_overrides
                )
            composed.hydra.overrides.task = [
                typed
                for typed, word in zip(overrides, words, strict=True)
                if not word.is_hydra_override()
            ]
            plain = [word for word in words if not (word.is_sweep_override() or word.is_delete())]
            self._take_options_whole(composed, plain)
            _take_mappings_whole(composed, plain)
            self._check_strength(composed, words)
            _check(composed)
        except MISTAKES:
            raise
        except OSError as error:
            raise UserError(one_line(error)) from error
        except Exception as error:  # where Hydra or YAML did not foresee a value
            raise UserError(f"the config cannot be composed: {one_line(error)}") from error
        return composed

    def load_sweep_config(
        self, master_config: DictConfig, sweep_overrides: list[str]
    ) -> DictConfig:
        """One job's config, as Hydra composes it.

        A job that differs from an earlier one in plain values alone is a copy of that one with its
        own values, which takes a twentieth of the time.
        """
        words = OverridesParser.create().parse_overrides([_marked(w) for w in sweep_overrides])
        key = tuple(
            word.get_key_element() if self._is_plain(word) else str(word.input_line)
            for word in words
        )
        base = self._composed.get(key)
        if base is None:
            composed: DictConfig = super().load_sweep_config(master_config, sweep_overrides)
            # Of a plugin that this process has imported twice, as joblib's do, no copy is made.
            with contextlib.suppress(pickle.PicklingError):
                self._composed[key] = pickle.dumps(composed)
            if len(self._composed) > _MOST_ALIKE:
                self._composed.popitem(last=False)
            return composed
        composed = pickle.loads(base)
        self._apply_overrides_to_config([word for word in words if self._is_plain(word)], composed)
        own = [word for word in words if not word.is_hydra_override()]
        hydra = composed.hydra
        hydra.overrides.task, hydra.overrides.hydra = [], [*master_config.hydra.overrides.hydra]
        for typed, word in zip(sweep_overrides, words, strict=True):
            kind = "hydra" if word.is_hydra_override() else "task"
            hydra.overrides[kind].append(typed)
        hydra.job.override_dirname = get_overrides_dirname(own, **hydra.job.config.override_dirname)
        _check(composed)
        return composed

    def _is_plain(self, word: Override) -> bool:
        """Whether it is a number, a text or the like, put in the place of another."""
        return (
            word.type == OverrideType.CHANGE
            and isinstance(word.value(), str | float | int | bool | None)
            and not word.key_or_group.startswith(OPEN)
            and word.package is None
            and not self._is_group(word)
        )

    def _check_strength(self, composed: DictConfig, words: Sequence[Override]) -> None:
        """Raises UserError for a strength beside weights that are typed, or a preset's own."""
        typed = [word.key_or_group for word in words if not word.is_delete()]
        if composed.get("strength") is None and "strength" not in typed:
            return
        check_alone(typed)
        name = composed.hydra.runtime.choices.get("experiment")
        preset = self.repository.load_config(f"experiment/{name}")
        if preset is not None:
            check_alone(map(str, preset.config), f" of experiment={name}")

    def _check_choices(self, words: Sequence[Override]) -> None:
        """Raises UserError for a group's option that is neither a name nor a list of names."""
        for word in words:
            value = word.value()
            names = value if isinstance(value, list) else [value]
            if word.is_sweep_override() or word.is_delete() or isinstance(value, dict):
                continue
            if not all(isinstance(name, str) for name in names) and self._is_group(word):
                raise UserError(f"{word.key_or_group} must be a name, not '{quoted(value)}'")

    def _is_group(self, word: Override) -> bool:
        return self.repository.group_exists(word.key_or_group)

    def _take_options_whole(self, composed: DictConfig, words: Sequence[Override]) -> None:
        if composed.hydra.runtime.choices.get("experiment") is None:
            return
        # `loss/content` adds to what a loss has, so it comes after it.
        for word in sorted(words, key=lambda word: "/" in word.key_or_group):
            group, option = word.key_or_group, word.value()
            other = word.is_hydra_override() or group in (*pictures.GROUPS, "experiment")
            if other or not isinstance(option, str) or not self._is_group(word):
                continue
            found = self.repository.load_config(f"{group}/{option}")
            if found is None or found.defaults_list:  # made of others: as Hydra has it
                continue
            values = OmegaConf.to_container(found.config, resolve=False)
            assert isinstance(values, dict)
            if "/" in group:
                OmegaConf.update(composed, group.replace("/", "."), values, force_add=True)
                continue
            typed = OmegaConf.get_type(composed, group) is not dict
            parts = {f"{group}.{key!s}": value for key, value in values.items()}
            for place, value in (parts if typed else {group: values}).items():
                OmegaConf.update(composed, place, value, merge=False)
            own = [word for word in words if word.key_or_group.startswith(f"{group}.")]
            self._apply_overrides_to_config(own, composed)


def _check(composed: DictConfig) -> None:
    pictures.check_names(composed)
    if composed.hydra.job.chdir:
        raise UserError(
            "hydra.job.chdir is not supported: paths are relative to where you are, "
            "and what a run leaves is in its folder anyway"
        )


def _marked(word: str) -> str:
    return f"++{word}" if re.match(rf"({'|'.join(map(re.escape, OPEN))})[.=]", word) else word


def _take_mappings_whole(composed: DictConfig, words: Sequence[Override]) -> None:
    for mapping in OPEN:
        own = [word for word in words if f"{word.key_or_group}.".startswith(f"{mapping}.")]
        whole = (word.key_or_group == mapping and isinstance(word.value(), dict) for word in own)
        if any(whole):
            for word in own:  # in order: single keys may follow
                OmegaConf.update(
                    composed, word.key_or_group, word.value(), merge=False, force_add=True
                )


class Repository(ConfigRepository):
    """Reads each file once: a sweep's jobs are composed of what there was when it began.

    That takes a third off composing a job.
    """

    def initialize_sources(self, config_search_path: ConfigSearchPath) -> None:
        super().initialize_sources(config_search_path)
        self.known: dict[str, ConfigResult | None] = {}

    def load_config(self, config_path: str) -> ConfigResult | None:
        if config_path not in self.known:
            found = super().load_config(config_path)
            if found and ".." in re.split(r"[/\\]", config_path) and not pictures.provided(found):
                found = None
            self.known[config_path] = found
        return copy.deepcopy(self.known[config_path])  # composing changes what it is given

    def __deepcopy__(self, memo: object) -> "Repository":
        """Hydra copies it for each job, lest other sources be set: what is known stays shared."""
        return copy.copy(self)


class Hydra(internal.Hydra):
    """Does not compose the whole config first, only to look there for `hydra.mode`.

    The flag says whether there are many runs. That takes a twelfth of a second off each start.
    """

    def get_mode(self, config_name: str | None, overrides: list[str]) -> None:
        return None


def register() -> None:
    """Makes Hydra compose with it."""
    internal.ConfigLoaderImpl = Loader  # type: ignore[attr-defined]
    internal.Hydra = Hydra  # type: ignore[misc]
