"""What differs among runs: the axes that a sheet, a table or a plot is laid out by."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stylex.runs.record import Record

# Of a run's own place and bookkeeping: they may differ without the runs being different.
ASIDE = (
    *("sweep", "rerun", "rank_by", "output", "tracking."),
    *("content.path", "content.name", "style.path", "style.name"),  # told by content and style
)


@dataclass(frozen=True)
class Axis:
    """One key that differs, with its values: numbers ascending, words as they first came.

    Empty, for runs that do not tell, comes last.
    """

    key: str
    values: Sequence[str]


def axes(records: Sequence[Record]) -> list[Axis]:
    """The keys that differ among `records`: those that were typed, then what they leave unsaid.

    A key that was never typed, as one of an edited YAML file, or of a group (`optimizer.lr` under
    `optimizer=adam`), counts only where the typed ones do not tell its value already.
    """
    typed = dict.fromkeys(key for record in records for key in record.typed)
    known = [record for record in records if record.typed or record.settings]
    complete = [record for record in records if record.settings]
    chosen = dict.fromkeys(key for record in complete for key in record.choices)
    found = [key for key in typed if not _aside(key) and _differs(known, key)]
    found += [key for key in chosen if key not in typed and _differs(complete, key)]
    for key in dict.fromkeys(key for record in complete for key in record.settings):
        if not _aside(key) and _differs(complete, key) and not _told(complete, key, found):
            found.append(key)
    return [Axis(key, _ordered(record.value(key) for record in records)) for key in found]


def place(record: Record, axes: Sequence[Axis]) -> Mapping[str, str]:
    """Where a run stands on the axes: {key: value}."""
    return {axis.key: record.value(axis.key) for axis in axes}


def label(record: Record, axes: Sequence[Axis]) -> str:
    """`style_weight=10, style=kahlo`"""
    return ", ".join(f"{key}={value}" for key, value in place(record, axes).items())


def number(text: str) -> float | None:
    """The value as a number, or None for a word."""
    try:
        value = float(text)
    except ValueError:
        return None
    return None if math.isnan(value) else value  # which has no place among others


def _aside(key: str) -> bool:
    return any(key == name or (name[-1] == "." and key.startswith(name)) for name in ASIDE)


def _differs(records: Sequence[Record], key: str) -> bool:
    return len({record.value(key) for record in records}) > 1


def _told(records: Sequence[Record], key: str, by: Sequence[str]) -> bool:
    """Whether the values of the keys `by` determine the value of `key`."""
    known: dict[tuple[str, ...], str] = {}
    return all(
        known.setdefault(tuple(record.value(other) for other in by), record.value(key))
        == record.value(key)
        for record in records
    )


def _ordered(values: Iterable[str]) -> list[str]:
    distinct = dict.fromkeys(values)
    told = [value for value in distinct if value]
    if all(number(value) is not None for value in told):
        told.sort(key=float)
    return told + [""] * ("" in distinct)
