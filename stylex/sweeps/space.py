"""What a search chooses from, as the words of a command line say it."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hydra.core.override_parser.types import IntervalSweep, Override, RangeSweep

from stylex.config.schema import is_whole
from stylex.errors import UserError, quoted
from stylex.sweeps.grid import MOST_JOBS, values_of


@dataclass(frozen=True)
class Numbers:
    """Numbers from low to high, both included.

    step: between them; None for all there are. log: chosen by their ratios. whole: of whole ones.
    """

    low: float
    high: float
    step: float | None = None
    log: bool = False
    whole: bool = False

    def text(self, value: float) -> str:
        """As a word says it: a thousand steps of the interval, which keep names short."""
        if self.whole:
            return str(int(value))
        if self.step is not None:
            return f"{value:.12g}"  # 0.1 + 2 * 0.1 is 0.3
        if not self.low < value < self.high:
            return repr(value)
        # Four digits; more where the interval is far from 0 for its width.
        far = max(abs(self.low), abs(self.high)) / (self.high - self.low)
        text = f"{value:.{4 + math.floor(math.log10(far))}g}"
        return text if self.low <= float(text) <= self.high else repr(value)

    @property
    def ends(self) -> list[str]:
        return [self.text(self.low), self.text(self.high)]


@dataclass(frozen=True)
class Choices:
    """Values without an order, as Hydra's grammar writes them."""

    values: Sequence[str]

    def text(self, value: str) -> str:
        return value

    @property
    def ends(self) -> list[str]:
        return [*self.values]


Range = Numbers | Choices


@dataclass(frozen=True)
class Space:
    """ranges: {key, marks included: what it is chosen from}. fixed: the words of the others."""

    ranges: Mapping[str, Range]
    fixed: Sequence[str]

    def words(self, values: Mapping[str, float | str]) -> dict[str, str]:
        """{key: value as Hydra's grammar writes it}, from one value for each key."""
        texts: dict[str, str] = {}
        for key, chosen in self.ranges.items():
            value = values[key]
            if isinstance(chosen, Numbers):
                texts[key] = chosen.text(float(value))
            else:
                texts[key] = chosen.text(str(value))
        return texts


def space_of(overrides: Sequence[Override]) -> Space:
    """The space of `interval(lo,hi)`, `tag(log,interval(lo,hi))`, `range(lo,hi,step)`, and lists.

    An interval has whole numbers where the setting has, and both its ends; a range, which has not
    its higher end, is of the numbers that Hydra makes of it. Of the same key the last word counts.

    Raises UserError for what there is nothing to choose from.
    """
    ranges: dict[str, Range] = {}
    fixed: dict[str, str] = {}
    for override in overrides:
        key = override.get_key_element()
        ranges = {k: r for k, r in ranges.items() if _plain(k) != _plain(key)}
        fixed.pop(key, None)
        if override.is_sweep_override():
            ranges[key] = _range_of(override)
        else:
            fixed[key] = override.input_line or ""
    if not ranges:
        raise UserError("a search needs a setting to choose, as style_weight=interval(1,30)")
    return Space(ranges, [*fixed.values()])


def _plain(key: str) -> str:
    return key.lstrip("+")


def _range_of(override: Override) -> Range:
    value, said = override.value(), quoted(override.input_line)
    if isinstance(value, IntervalSweep):
        return _interval(override, value)
    if "log" in getattr(value, "tags", ()):
        raise UserError(f"'{said}': log is for an interval, as tag(log,interval(1,30))")
    if isinstance(value, RangeSweep) and not value.shuffle:
        return _steps(override, value)
    values = list(dict.fromkeys(values_of(override)))
    if not values:
        raise UserError(f"'{said}': there is nothing that fits")
    return Choices(values)


def _interval(override: Override, interval: IntervalSweep) -> Numbers:
    said, log = quoted(override.input_line), "log" in interval.tags
    low, high = float(interval.start or 0), float(interval.end or 0)
    whole = is_whole(override.key_or_group)
    if not (math.isfinite(low) and math.isfinite(high)) or low > high:
        raise UserError(f"'{said}' is no interval: two numbers, the lower one first")
    if whole:
        low, high = math.ceil(low), math.floor(high)
        if low > high:
            raise UserError(f"'{said}' holds no whole number")
    if log and low <= 0:
        raise UserError(f"'{said}': with log an interval has to begin above 0")
    return Numbers(low, high, log=log, whole=whole)


def _steps(override: Override, numbers: RangeSweep) -> Numbers:
    said = quoted(override.input_line)
    try:
        found = [*itertools.islice(iter(numbers.range()), MOST_JOBS + 1)]
    except (ValueError, ArithmeticError) as error:  # range(0,1,0), range(0,nan)
        raise UserError(f"'{said}' is no range: {error}") from error
    if not found:
        raise UserError(f"'{said}': there is nothing that fits")
    if len(found) > MOST_JOBS:
        raise UserError(f"'{said}' has more than {MOST_JOBS} values: an interval has any number")
    whole = all(isinstance(number, int) for number in found)
    # Hydra adds up steps of 0.1 as the computer has them.
    low, high, step = (float(f"{n:.12g}") for n in (min(found), max(found), abs(numbers.step)))
    return Numbers(low, high, step, whole=whole)
