"""How a run came about: the command line that made it, to be typed again."""

import re
import shlex
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

# In quotes that it does not need.
_PATH = re.compile(r"'[A-Za-z_./][\w./+-]*[./][\w./+-]*'", re.ASCII)


@dataclass(frozen=True)
class Origin:
    """How a run came about.

    overrides: the words of the command line. choices: {config group: option}.
    swept: {key: value} of what a sweep varies; empty for a run on its own.
    flags: those of the command line that say where configs are.
    """

    overrides: Sequence[str] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    swept: Mapping[str, str | float] = field(default_factory=dict)
    flags: Sequence[str] = ()

    def with_steps(self, steps: Sequence[int]) -> "Origin":
        """The same with other `steps`."""
        others = [word for word in self.overrides if not word.startswith("steps=")]
        return replace(self, overrides=[*others, f"steps=[{','.join(map(str, steps))}]"])

    def record(self) -> dict[str, Any]:
        """What it adds to run.json."""
        return {
            "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "command": to_command([*self.flags, *self.overrides]),
            "cwd": str(Path.cwd()),
            "flags": list(self.flags),
            "overrides": list(self.overrides),
            "choices": dict(self.choices),
        }


def to_command(overrides: Iterable[str]) -> str:
    """The line that makes a run with these overrides, ready for a shell."""
    return shlex.join(["python", "-m", "stylex", *map(_bare, overrides)])


def _bare(word: str) -> str:
    """`content='a/b.png'` -> `content=a/b.png`, where Hydra reads the same without its quotes."""
    key, mark, value = word.partition("=")
    return f"{key}={value[1:-1]}" if mark and _PATH.fullmatch(value) else word
