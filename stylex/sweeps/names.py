"""Names of sweeps and of their jobs' folders: readable, stable, and never the same for two."""

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from stylex.config import grammar, mixtures
from stylex.config.pictures import GROUPS, looks_like_path, parts_of, value_name
from stylex.errors import UserError, quoted
from stylex.paths import expand

LONGEST = 120  # bytes; file systems allow 255


def job_name(swept: Mapping[str, str]) -> str:
    """`style_weight=10,optimizer=adam`, the keys in the order given.

    swept: {key: value as Hydra's grammar writes it}. Where the name cannot say all of it (a path, a
    sign that has no place in a file name, too long), a hash of the whole follows.
    """
    exact = ",".join(f"{key}={_exact(key, value)}" for key, value in swept.items())
    short = ",".join(f"{key}={_short(key, value)}" for key, value in swept.items())
    name = short.encode()[:LONGEST].decode(errors="ignore").rstrip()
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


def _exact(key: str, value: str) -> str:
    """The value; a picture's file alike however its path is spelt, relative where it is below."""
    if key not in GROUPS:
        return value
    found = parts_of(key, grammar.unquoted(value))
    return mixtures.joined([(_exact_path(name), weight) for name, weight in found])


def _exact_path(text: str) -> str:
    if not looks_like_path(text):
        return text
    path = Path(os.path.abspath(expand(text)))
    here = Path.cwd()
    return grammar.quote(path.relative_to(here) if path.is_relative_to(here) else path)


def _short(key: str, value: str) -> str:
    text = grammar.unquoted(value)
    if key in GROUPS:
        return value_name(key, text)
    return re.sub(r"[^\w.+-]+", "_", text, flags=re.ASCII)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]
