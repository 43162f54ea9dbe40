"""Values as Hydra's override grammar reads them."""

import re
from pathlib import Path

_PLAIN = re.compile(r"[A-Za-z_][\w.+-]*", re.ASCII)
_KEYWORDS = ("null", "true", "false", "nan", "inf")
# One value of a list: in quotes, or up to the next comma.
_PART = re.compile(r"""\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^,]*?)\s*(?:,|$)""")
_CALL = re.compile(r"(glob|choice|shuffle)\((.*)\)")
# Within a call's brackets: a keyword with its `=` or a quoted text, which stay; else one value.
_ARGUMENT = re.compile(r"""\s*(\w+\s*=|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^,\[\]'"]+)""")


def quote(text: str | Path, *, literal: bool = True) -> str:
    """`text` in quotes. literal: `${` means itself; otherwise it is an interpolation."""
    # In Hydra's quotes a backslash is itself unless it precedes a quote; `${` is OmegaConf's.
    quoted = re.sub(r"(\\*)'", r"\1\1\\'", str(text))
    if literal:
        quoted = quoted.replace("${", "\\${")
    return f"'{quoted}'"


def name(text: str) -> str:
    """An option's name, in quotes where Hydra would read it as a number, as nothing or not at all.

    It takes `123` for a number, and no letters beyond ASCII without quotes.
    """
    plain = _PLAIN.fullmatch(text) and text.lower() not in _KEYWORDS
    return text if plain else quote(text)


def split(value: str) -> list[str]:
    """`a b, 'c,d'` -> ["a b", "'c,d'"]: the values of a list, quotes kept."""
    parts = [match[1] for match in _PART.finditer(value)]
    # The pattern matches once more, emptily, at the end of what has no comma there.
    return parts[:-1] if len(parts) > 1 and not value.rstrip().endswith(",") else parts


def is_quoted(value: str) -> bool:
    """Whether it is one quoted text."""
    return bool(re.fullmatch(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", value))


def unquoted(value: str) -> str:
    """The text that `quote` was given."""
    if not is_quoted(value):
        return value
    mark = value[0]
    inner = re.sub(rf"(\\*)\\{mark}", lambda m: m[1][: len(m[1]) // 2] + mark, value[1:-1])
    return inner.replace("\\${", "${")


def names_in_call(value: str) -> str | None:
    """`glob(猫*)` -> `glob('猫*')`: a call with its names quoted where needed; None: no call."""
    call = _CALL.fullmatch(value)
    if not call:
        return None
    pattern = re.compile(r"[A-Za-z_*?][\w*?.+-]*", re.ASCII)

    def argument(match: re.Match[str]) -> str:
        text = match[1].strip()
        stays = text.endswith("=") or is_quoted(text)
        plain = pattern.fullmatch(text) and text.lower() not in _KEYWORDS
        return text if stays or plain else quote(text)

    return f"{call[1]}({_ARGUMENT.sub(argument, call[2])})"
