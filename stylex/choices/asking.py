"""Which two runs to ask about next: those whose comparison tells most.

An answer about i and j adds w (eᵢ − eⱼ)(eᵢ − eⱼ)ᵀ to the posterior's information, w = p (1 − p),
and so ½ log(1 + w Var(θᵢ − θⱼ)) to what is known of the strengths (D. J. C. MacKay, Information-
based objective functions for active data selection, Neural Computation 4, 1992: the total
information gain; for this model the D-optimal designs of U. Graßhoff and R. Schwabe, Statistical
Methods and Applications 17, 2008). The pair for which w Var(θᵢ − θⱼ) is greatest is asked about.
"""

from collections.abc import Sequence

import numpy as np

from stylex.choices.strengths import Floats, Strengths, Whole

MOST = 32  # compared runs of a set among which a pair is sought: those least is known of


def mark(text: str) -> int:
    """32 bits that look random: FNV-1a of the text's UTF-8, which a page's script can do, too."""
    value = 0x811C9DC5
    for byte in text.encode("utf-8", "backslashreplace"):
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    value = (value ^ value >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    return value ^ value >> 13


def sides(one: str, other: str, answers: int) -> tuple[str, str]:
    """The two runs as (left, right): by a hash, so that where a run stands says nothing of it.

    answers: how many were given before.
    """
    first, second = sorted((one, other))
    return (first, second) if mark(f"{first}|{second}|{answers}") & 1 else (second, first)


def next_pair(
    found: Strengths, names: Sequence[str], sets: Sequence[Sequence[int]]
) -> tuple[int, int] | None:
    """The two runs of one of the `sets` that are to be asked about; None where all were.

    names: of all runs; pairs that are alike in all else come in the order of their hashes.
    sets: indices of the runs that may be compared with one another. Pairs that were compared are
    not asked about again: the same eyes would say the same.
    """
    order = {run: mark(names[run]) for runs in sets for run in runs}
    sets = [sorted(runs, key=lambda run: order[run]) for runs in sets]
    touched = {*found.touched.tolist()}
    fresh = [[run for run in runs if run not in touched] for runs in sets]
    # No pair tells more than two runs of which nothing is known: both its w and its variance are
    # the greatest that there can be.
    if pairs := [runs[:2] for runs in fresh if len(runs) > 1]:
        first, second = min(pairs, key=lambda pair: order[pair[0]])
        return first, second
    candidates = [_least_known(found, [run for run in runs if run in touched]) for runs in sets]
    spread = found.covariance([run for runs in candidates for run in runs])
    best, pair, at = 0.0, None, 0
    for runs, new in zip(candidates, fresh, strict=True):
        here = slice(at, at := at + len(runs))
        members = np.array([*runs, *new], np.intp)
        covariance = np.eye(len(members)) * found.prior**2
        covariance[: len(runs), : len(runs)] = spread[here, here]
        gain = np.triu(_gain(found.theta[members], covariance), 1)
        _strike_out(gain, members, found)
        if gain.size and gain.max() > best:
            best = float(gain.max())
            i, j = np.unravel_index(gain.argmax(), gain.shape)
            pair = int(members[i]), int(members[j])
    return pair


def _strike_out(gain: Floats, members: Whole, found: Strengths) -> None:
    """Sets the gain of pairs that were compared to 0."""
    place = np.full(len(found.theta), -1, np.intp)
    place[members] = range(len(members))
    one, other = place[found.left], place[found.right]
    both = (one >= 0) & (other >= 0)
    gain[one[both], other[both]] = gain[other[both], one[both]] = 0


def _gain(theta: Floats, covariance: Floats) -> Floats:
    """(n, n): w Var(θᵢ − θⱼ) of each two."""
    own = np.diagonal(covariance)
    variance = own[:, None] + own[None, :] - 2 * covariance
    half = np.tanh((theta[:, None] - theta[None, :]) / 2)
    # Rounded, so that pairs that are alike stay so whatever the order of summation.
    return np.asarray(((1 - half**2) / 4 * variance).round(9))


def _least_known(found: Strengths, runs: Sequence[int]) -> list[int]:
    if len(runs) <= MOST:
        return [*runs]
    count = len(found.theta)
    own = np.bincount(found.left, found.weight, count)
    own += np.bincount(found.right, found.weight, count)
    return sorted(runs, key=lambda run: own[run])[:MOST]
