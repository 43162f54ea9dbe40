"""Which runs are better: by a figure, by a weighted sum of figures, and by the trade-off of two."""

import math
import re
from collections.abc import Mapping, Sequence

from stylex.errors import UserError, did_you_mean, quoted
from stylex.runs.record import FIGURES, Record


def weights_of(by: str) -> dict[str, float]:
    """`style_error+0.3*content_error` -> {figure: weight}, lower sums being better.

    Raises UserError for anything else than a sum of FIGURES.
    """
    weights: dict[str, float] = {}
    for term in by.replace(" ", "").split("+"):
        match = re.fullmatch(r"(?:(\d+\.?\d*|\.\d+)\*)?(\w+)", term)
        if not match or match[2] not in FIGURES:
            near = did_you_mean(match[2] if match else term, FIGURES)
            raise UserError(f"cannot rank by '{quoted(by)}'{near}")
        weights[match[2]] = weights.get(match[2], 0) + float(match[1] or 1)
    if not all(map(math.isfinite, weights.values())):
        raise UserError(f"cannot rank by '{quoted(by)}': its weights are too large")
    return weights


def figure(figures: Mapping[str, float], by: str) -> float | None:
    """The figure, or weighted sum, of one run; None where it was not measured or is no number."""
    weights = weights_of(by)
    if not weights.keys() <= figures.keys():
        return None
    value = sum(weight * figures[name] for name, weight in weights.items())
    return value if math.isfinite(value) else None


def ranked(records: Sequence[Record], by: str = "style_error") -> list[Record]:
    """Best first by a figure; runs that are not done last, in the order they came.

    Raises UserError for an unknown figure.
    """
    weights_of(by)
    figures = {
        id(record): figure(record.figures, by) if record.done else None for record in records
    }

    def order(record: Record) -> tuple[bool, float]:
        value = figures[id(record)]
        return value is None, value or 0

    return sorted(records, key=order)


def measured(records: Sequence[Record]) -> list[Record]:
    """The finished runs that have both errors; one that diverged has not."""
    both = "style_error+content_error"
    return [r for r in records if r.done and figure(r.figures, both) is not None]


def pareto_front(records: Sequence[Record]) -> list[Record]:
    """The finished runs that no other beats in both style_error and content_error.

    By rising style_error, so falling content_error. Of equal ones all are kept.
    """
    front: list[Record] = []
    least = float("inf")
    for record in sorted(measured(records), key=_errors):
        _, content_error = errors = _errors(record)
        tied = bool(front) and _errors(front[-1]) == errors
        if content_error < least or tied:
            front.append(record)
            least = content_error
    return front


def _errors(record: Record) -> tuple[float, float]:
    return record.figures["style_error"], record.figures["content_error"]
