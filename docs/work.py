"""Commands, run in a folder of their own; what is there already is not run again."""

import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from checkout import ENVIRONMENT

from stylex.runs.record import Record
from stylex.runs.sweep_record import collect


@dataclass(frozen=True)
class Work:
    """folder: where commands run, absolute. also: words for every run of stylex."""

    folder: Path
    also: Sequence[str] = ()

    def run(self, *command: str | Path) -> None:
        """Prints the command and runs it by this Python. Raises CalledProcessError."""
        words = [*map(str, command)]
        print("$", shlex.join(["python", *words]), flush=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, *words], cwd=self.folder, env=ENVIRONMENT, check=True)

    def sweep(self, name: str, words: str) -> list[Record]:
        """The runs of a sweep, made now as far as they are missing, in order."""
        split = [*shlex.split(words), *self.also, f"sweep={name}"]
        self.run("-m", "stylex", "--multirun", *split)
        return collect([self.folder / "outputs" / "sweeps" / name])
