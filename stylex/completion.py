"""What the Tab key offers in bash: `eval "$(stylex --shell-completion install=bash)"`.

In place of Hydra's own, which has bash expand whatever it offers, so that a file called `$(…)`
would be run, and which knows `python file.py` but not `python -m stylex`.
"""

import os
import re
import shlex
import sys
from collections.abc import Iterable
from enum import Enum
from pathlib import Path

from hydra import initialize_config_dir
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.object_type import ObjectType
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from stylex.arguments import FLAGS
from stylex.experiment import pictures
from stylex.experiment.messages import MISTAKES

# Readline takes what follows a `=` for a word of its own, which is all that it replaces: $2.
_SCRIPT = """\
_stylex() {{
    local line=${{COMP_LINE:0:COMP_POINT}} before candidate
    compopt -o nospace 2>/dev/null  # which bash 3 has not
    before=${{line##*[[:space:]]}}
    before=${{before%"$2"}}
    COMPREPLY=()
    while IFS= read -r candidate; do
        COMPREPLY+=("${{candidate#"$before"}}")
    done < <(COMP_LINE=$line {command} --shell-completion query=bash 2>/dev/null)
}}
"""
_COMMAND = "complete -o default -F _stylex {name}"
# Whatever completes other uses of python goes on doing so; bash-completion loads that only at the
# first Tab, unless it is told to.
_MODULE = """\
_stylex_python() {
    if [[ ${COMP_WORDS[1]} == -m && ${COMP_WORDS[2]} == stylex ]] && (( COMP_CWORD > 2 )); then
        _stylex "$@"
    elif [[ -n $_stylex_before ]]; then
        "$_stylex_before" "$@"
    fi
}
if [[ $(complete -p python 2>/dev/null) != *_stylex_python* ]]; then
    declare -F _completion_loader >/dev/null && _completion_loader python 2>/dev/null
    _stylex_before=$(complete -p python 2>/dev/null)
    [[ $_stylex_before == *' -F '* ]] || _stylex_before=
    _stylex_before=${_stylex_before##* -F }
    _stylex_before=${_stylex_before%% *}
fi
complete -o default -F _stylex_python python python3 \
"""


def script(program: str) -> str:
    """What bash is to read, for the command that was started as `program` (`sys.argv[0]`)."""
    path = Path(program)
    if path.name == "__main__.py":
        own = _SCRIPT.format(command=shlex.join([sys.executable, "-m", "stylex"]))
        return own + _MODULE + shlex.quote(Path(sys.executable).name)
    command = shlex.quote(str(path.absolute()))
    return _SCRIPT.format(command=command) + _COMMAND.format(name=shlex.quote(path.stem))


def query(conf: Path) -> list[str]:
    """What could stand in place of the last word of `$COMP_LINE`, bash's line up to the cursor."""
    words = re.split(r"\s+", os.environ.get("COMP_LINE", ""))
    own = next((i for i, word in enumerate(words) if Path(word).name == "stylex"), 0)
    *earlier, word = words[own + 1 :] or [""]
    with initialize_config_dir(str(conf), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        return sorted(found for found in _offers(loader, word, earlier) if found.startswith(word))


def _offers(loader: ConfigLoader, word: str, earlier: Iterable[str]) -> Iterable[str]:
    if word.startswith("-"):
        return [flag for flag in FLAGS if flag.startswith("--")]
    groups = loader.list_groups("")
    key, mark, value = word.partition("=")
    if mark and key and (options := loader.get_group_options(key, ObjectType.CONFIG, "config", [])):
        # Of several values the last one: style=kahlo,night
        return [f"{key}={value[: value.rfind(',') + 1]}{option}" for option in options]
    composed = _composed(loader, [w for w in earlier if w.partition("=")[0] in groups])
    place, _, name = key.rpartition(".")
    node = OmegaConf.select(composed, place) if place else composed
    if not isinstance(node, DictConfig):
        return []
    if mark:
        return [f"{key}={value}" for value in _values(node, name)]
    prefix = f"{place}." if place else ""
    keys = [f"{prefix}{name}{_ending(node, name)}" for name in map(str, node)]
    if place:
        return keys
    chosen = [f"{group}=" for group in groups if group != "hydra"]
    return {*keys, *chosen}.difference(f"{group}." for group in pictures.GROUPS)


def _composed(loader: ConfigLoader, choices: list[str]) -> DictConfig:
    """The config, with the choices typed so far where they are right."""
    try:
        return loader.load_configuration("config", choices, RunMode.RUN)
    except MISTAKES:
        return loader.load_configuration("config", [], RunMode.RUN)


def _ending(node: DictConfig, name: str) -> str:
    return "." if isinstance(node._get_node(name), DictConfig) else "="


def _values(node: DictConfig, name: str) -> list[str]:
    """All that a setting can be, or what it is, where bash would take that as it stands."""
    found = node._get_node(name) if name in node else None
    value = None if found is None or isinstance(found, list | DictConfig) else found._value()
    if isinstance(value, Enum):
        return [*type(value).__members__]
    if isinstance(value, bool):
        return ["true", "false"]
    return [str(value)] if re.fullmatch(r"[\w.+-]+", str(value)) and value is not None else []
