"""Names of sweeps and of their jobs' folders: readable, stable, and never the same for two."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from stylex.config.pictures import GROUPS, looks_like_path
from stylex.errors import UserError, quoted

LONGEST = 120  # characters; file systems allow 255 bytes


def job_name(swept: Mapping[str, str]) -> str:
    """`style=kahlo,style_weight=10`, by the keys in their order of the alphabet.

    swept: {key: value as Hydra's grammar writes it}. Where the name cannot say all of it (a path, a
    letter that has no place in a file name, too long), a hash of the whole follows.
    """
    exact = ",".join(f"{key}={value}" for key, value in sorted(swept.items()))
    short = ",".join(f"{key}={_short(key, value)}" for key, value in sorted(swept.items()))
    name = short[:LONGEST]
    return name if name == exact else f"{name}-{_digest(exact)}"


def variant_name(swept: Mapping[str, str | float]) -> str:
    """What tells a job from the others of the same two pictures; empty where nothing does."""
    others = {
        key: f"{value:.15g}" if isinstance(value, float) else value
        for key, value in swept.items()
        if key not in GROUPS
    }
    return job_name(others) if others else ""


def sweep_name(words: Iterable[str], swept: Iterable[str]) -> str:
    """The name of a sweep that was given none: what it varies, and a hash of its command.

    words: the command line's overrides, whose order does not matter. swept: their swept keys.
    """
    keys = re.sub(r"[^\w.,]+", "_", ",".join(sorted(swept)), flags=re.ASCII)[: LONGEST - 7]
    return f"{keys or 'sweep'}-{_digest(' '.join(sorted(words)))}"


def check_sweep_name(name: str) -> None:
    """Raises UserError for what is no folder's name."""
    if not re.fullmatch(r"[^\W_][\w.,=+-]*", name) or len(name.encode()) > LONGEST:
        raise UserError(
            f"sweep '{quoted(name)}' must be a name of letters, digits and . , = + - _, "
            f"{LONGEST} at most: it is a folder in outputs/sweeps/"
        )


def _short(key: str, value: str) -> str:
    text = value.strip("'\"")
    if key in GROUPS and looks_like_path(text):
        text = Path(text).stem
    return re.sub(r"[^\w.+-]+", "_", text, flags=re.ASCII)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]
