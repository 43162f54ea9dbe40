"""The shell scripts for tab completion: `eval "$(stylex --shell-completion install=bash)"`.

In place of Hydra's own, which has the shell expand whatever it offers, so that a file called `$(…)`
would be run.
"""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

# Readline treats what follows a `=` as a word of its own, $2, and replaces only that. Of characters
# with a meaning in shells, option names contain spaces only.
BASH = """\
_stylex() {{
    local line=${{COMP_LINE:0:COMP_POINT}} before candidate
    compopt -o nospace 2>/dev/null  # which bash 3 has not
    before=${{line%"$2"}}
    before=${{before##*[!\\\\][[:space:]]}}
    COMPREPLY=()
    while IFS= read -r candidate; do
        candidate=${{candidate// /\\\\ }}
        COMPREPLY+=("${{candidate#"$before"}}")
    done < <(COMP_LINE=$line {command} --shell-completion query=bash 2>/dev/null)
}}
complete -o default -F _stylex stylex
"""

ZSH = """\
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
compdef _stylex stylex
"""

SHELLS: Mapping[str, str] = {"bash": BASH, "zsh": ZSH}


def script(shell: str, program: str) -> str:
    """For the command that was started as `program` (`sys.argv[0]`). shell: of SHELLS."""
    path = Path(program)
    module = path.name == "__main__.py"
    words = [sys.executable, "-m", "stylex"] if module else [str(path.absolute())]
    return SHELLS[shell].format(command=shlex.join(words))
