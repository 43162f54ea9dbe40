"""Several paintings as one option: `style=kahlo+night`, with weights `style=kahlo:2+night:1`."""

import re
from collections.abc import Iterator

from stylex.paths import is_file

Part = tuple[str, float]
"""A painting's name or path, and its weight."""

_WEIGHTED = re.compile(r"(.+):(-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?|nan|inf)", re.DOTALL)


def parts(value: str) -> list[Part]:
    """`kahlo:2+night` -> [("kahlo", 2.0), ("night", 1.0)]; a single painting is the only part.

    The name of a file that is there is taken whole, whatever signs are in it; of several ways to
    read `a+b.png+night`, the one with the longest names of files.
    """
    pieces = value.split("+")
    return list(_joined(pieces))


def _joined(pieces: list[str]) -> Iterator[Part]:
    while pieces:
        longest = (n for n in range(len(pieces), 1, -1) if _is_file("+".join(pieces[:n])))
        count = next(longest, 1)
        yield _weighted("+".join(pieces[:count]))
        pieces = pieces[count:]


def _is_file(text: str) -> bool:
    return is_file(text) or is_file(_weighted(text)[0])


def _weighted(text: str) -> Part:
    found = _WEIGHTED.fullmatch(text)
    return (text, 1.0) if is_file(text) or not found else (found[1], float(found[2]))


def joined(found: list[Part]) -> str:
    """What `parts` makes these of: weights as short as they can be, none where all are alike."""
    if len({weight for _, weight in found}) == 1:
        return "+".join(name for name, _ in found)
    return "+".join(f"{name}:{weight:g}" for name, weight in found)
