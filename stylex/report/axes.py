"""What differs among runs: the axes that a sheet, a table or a plot is laid out by."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from stylex.runs.record import PICTURES, Record

# Where a run goes and what is recorded of it: these may differ between equal runs.
BOOKKEEPING = (
    *("sweep", "rerun", "fail_fast", "batch", "rank_by", "zip", "fold"),
    *("output", "film", "checkpoint_every", "tracking"),
    *("content.path", "content.name", "style.path", "style.name"),  # stands under content and style
)


@dataclass(frozen=True)
class Axis:
    """One key that differs, with its values: numbers ascending, words in order of appearance.

    The empty value, of runs without that key, comes last.

    tied: {another key: {value: its value there}}, where they vary together, as in a sweep with
    `zip=`.
    """

    key: str
    values: Sequence[str]
    tied: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The key, and those that are tied to it."""
        return ", ".join([self.key, *self.tied])

    def shown(self, value: str) -> str:
        """A value, and those that go with it."""
        return ", ".join(text or "unset" for text in self.of(value).values())

    def of(self, value: str) -> dict[str, str]:
        """{key: value} there, of the key and of those that are tied to it."""
        return {self.key: value, **{key: values[value] for key, values in self.tied.items()}}


def axes(records: Sequence[Record]) -> list[Axis]:
    """The keys that differ among `records`, those that were typed on the command line first.

    A key that was not typed, as of an edited YAML file or of a config group (`optimizer.lr` under
    `optimizer=adam`), counts only where the other keys do not determine its value.
    """
    typed = dict.fromkeys(key for record in records for key in record.typed if _counts(key))
    known = [record for record in records if record.typed or record.settings]
    complete = [record for record in records if record.settings]
    chosen = dict.fromkeys(key for record in complete for key in record.choices if _counts(key))
    found = [key for key in typed if _differs(known, key)]
    found += [key for key in chosen if key not in typed and _differs(complete, key)]
    for key in dict.fromkeys(key for record in complete for key in record.settings):
        if not _counts(key) or not _differs(complete, key):
            continue
        if not _determined(complete, key, found):
            found.append(key)
    return [Axis(key, _ordered(record.value(key) for record in records)) for key in found]


def tied(axes: Sequence[Axis], records: Sequence[Record]) -> list[Axis]:
    """The axes, those that a sweep varies together as one: the first of them."""
    groups = records[0].zipped if records else ()
    if any(record.zipped != groups for record in records):
        return [*axes]
    found: list[Axis] = []
    for axis in axes:
        for at, first in enumerate(found):
            pairs = {(record.value(first.key), record.value(axis.key)) for record in records}
            together = any({first.key, axis.key} <= {*group} for group in groups)
            if together and len(pairs) == len(dict(pairs)) == len({two for _, two in pairs}):
                found[at] = replace(first, tied={**first.tied, axis.key: dict(pairs)})
                break
        else:
            found.append(axis)
    return found


def place(record: Record, axes: Sequence[Axis]) -> tuple[str, ...]:
    """A run's value on each of the axes."""
    return tuple(record.value(axis.key) for axis in axes)


def pair(run: Record) -> tuple[str, ...]:
    """What it was to come near to: content and style by their bytes where these are known, for two
    pictures may have the same name; and in what proportions several styles are mixed.
    """
    found = []
    for key in PICTURES:
        digests = [of for name, of in run.digests.items() if name.partition(".")[0] == key]
        found += digests if digests and all(digests) else [run.value(key)]
    return (*found, str(run.settings.get("style.weights", "")), run.value("blend"))


def by_pair(runs: Iterable[Record]) -> list[list[Record]]:
    """The runs of each pair; pairs and runs as they first come."""
    pairs: dict[tuple[str, ...], list[Record]] = {}
    for run in runs:
        pairs.setdefault(pair(run), []).append(run)
    return [*pairs.values()]


def number(text: str) -> float | None:
    """The value as a number, or None for a word."""
    try:
        value = float(text)
    except ValueError:
        return None
    return None if math.isnan(value) else value  # NaN cannot be ordered


def _counts(key: str) -> bool:
    """Whether what differs in it are other runs."""
    return not any(f"{key}.".startswith(f"{name}.") for name in BOOKKEEPING)


def _differs(records: Sequence[Record], key: str) -> bool:
    return len({record.value(key) for record in records}) > 1


def _determined(records: Sequence[Record], key: str, by: Sequence[str]) -> bool:
    """Whether the values of the keys `by` determine the value of `key`."""
    known: dict[tuple[str, ...], str] = {}
    return all(
        known.setdefault(tuple(record.value(other) for other in by), record.value(key))
        == record.value(key)
        for record in records
    )


def _ordered(values: Iterable[str]) -> list[str]:
    distinct = dict.fromkeys(values)
    given = [value for value in distinct if value]
    if all(number(value) is not None for value in given):
        given.sort(key=float)
    return given + [""] * ("" in distinct)
