"""What shells are to read for the Tab key: `eval "$(stylex --shell-completion install=bash)"`.

In place of Hydra's own, which has the shell expand whatever it offers, so that a file called `$(…)`
would be run, and which knows `python file.py` but not `python -m stylex`.
"""

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Shell:
    """What it reads.

    function: completes after `{command}`. named: sets that to work for `{name}`. module: the same
    for `{name} -m stylex`, where other uses of that Python are completed as they were.
    """

    function: str
    named: str
    module: str


BASH = Shell(
    # Readline takes what follows a `=` for a word of its own, which is all that it replaces: $2.
    function="""\
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
""",
    named="""\
complete -o default -F _stylex {name}
""",
    # bash-completion loads what completes python only at the first Tab, unless it is told to.
    module="""\
_stylex_python() {{
    if [[ ${{COMP_WORDS[1]}} == -m && ${{COMP_WORDS[2]}} == stylex ]] && (( COMP_CWORD > 2 )); then
        _stylex "$@"
    elif [[ -n $_stylex_before ]]; then
        "$_stylex_before" "$@"
    fi
}}
if [[ $(complete -p python 2>/dev/null) != *_stylex_python* ]]; then
    declare -F _completion_loader >/dev/null && _completion_loader python 2>/dev/null
    _stylex_before=$(complete -p python 2>/dev/null)
    [[ $_stylex_before == *' -F '* ]] || _stylex_before=
    _stylex_before=${{_stylex_before##* -F }}
    _stylex_before=${{_stylex_before%% *}}
fi
complete -o default -F _stylex_python python python3 {name}
""",
)

ZSH = Shell(
    function="""\
(( $+functions[compdef] )) || {{ autoload -Uz compinit && compinit -i; }}
_stylex() {{
    local -a offers
    offers=(${{(f)"$(COMP_LINE=$LBUFFER {command} --shell-completion query=zsh 2>/dev/null)"}})
    if (( $#offers )); then
        compadd -S '' -- $offers
    else
        compset -P '*='
        _files
    fi
}}
""",
    named="""\
compdef _stylex {name}
""",
    module="""\
_stylex_python() {{
    if [[ $words[2] == -m && $words[3] == stylex ]] && (( CURRENT > 3 )); then
        _stylex "$@"
    else
        $_stylex_before "$@"
    fi
}}
if [[ ${{_comps[python]}} != _stylex_python ]]; then
    _stylex_before=${{_comps[python]:-_default}}
fi
compdef _stylex_python python python3 {name}
""",
)

SHELLS: Mapping[str, Shell] = {"bash": BASH, "zsh": ZSH}


def script(shell: str, program: str) -> str:
    """For the command that was started as `program` (`sys.argv[0]`). shell: of SHELLS."""
    parts, path = SHELLS[shell], Path(program)
    if path.name == "__main__.py":
        command = shlex.join([sys.executable, "-m", "stylex"])
        name, ending = shlex.quote(Path(sys.executable).name), parts.module
    else:
        command = shlex.quote(str(path.absolute()))
        name, ending = shlex.quote(path.stem), parts.named
    return parts.function.format(command=command) + ending.format(name=name)
