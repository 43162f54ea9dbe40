"""The next question: the most telling one, never the same twice, neither side preferred."""

import time

import numpy as np
import pytest

from stylex.choices import asking
from stylex.choices.asking import mark, next_pair, sides
from stylex.choices.strengths import fit

NAMES = [f"run {n}" for n in range(1000)]


def test_runs_that_nobody_knows_come_first():
    first = next_pair(fit(4, [], [], []), NAMES, [range(4)])
    assert first and {*first} < {*range(4)}
    second = next_pair(fit(4, [first[0]], [first[1]], [1]), NAMES, [range(4)])
    assert {*first, *(second or ())} == {*range(4)}


def test_the_pair_with_the_greatest_information_is_asked():
    """p (1 − p) Var(θᵢ − θⱼ) of all pairs not asked yet, from the inverse of the whole Hessian."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        left = rng.integers(0, 8, 14)
        right = (left + rng.integers(1, 8, 14)) % 8
        won = rng.choice([0.0, 0.5, 1.0], 14)
        found = fit(8, left, right, won)
        hessian = np.eye(8) / 4
        for i, j in zip(left, right, strict=True):
            unit, d = np.eye(8)[i] - np.eye(8)[j], found.theta[i] - found.theta[j]
            hessian += np.outer(unit, unit) / (2 + np.exp(d) + np.exp(-d))
        covariance = np.linalg.inv(hessian)
        known = {frozenset(pair) for pair in zip(left.tolist(), right.tolist(), strict=True)}
        gains = {}
        for i in range(8):
            for j in range(i):
                if {i, j} not in known:
                    d = found.theta[i] - found.theta[j]
                    variance = covariance[i, i] + covariance[j, j] - 2 * covariance[i, j]
                    gains[i, j] = variance / (2 + np.exp(d) + np.exp(-d))
        pair = next_pair(found, NAMES, [range(8)])
        assert pair and gains[max(pair), min(pair)] == pytest.approx(max(gains.values()), abs=1e-4)


def test_of_several_sets_the_most_telling_pair_of_any_is_asked():
    """p (1 − p) Var(θᵢ − θⱼ), as above; one run of either set is yet unknown: its variance is 4."""
    rng = np.random.default_rng(1)
    sets = [[*range(5)], [*range(5, 10)]]
    for _ in range(20):
        answers = [(start + rng.permutation(4)[:2]).tolist() for start in (0, 5) for _ in range(5)]
        left, right = zip(*answers, strict=True)
        found = fit(10, left, right, rng.choice([0.0, 0.5, 1.0], 10))
        hessian = np.eye(10) / 4
        for i, j in answers:
            unit, d = np.eye(10)[i] - np.eye(10)[j], found.theta[i] - found.theta[j]
            hessian += np.outer(unit, unit) / (2 + np.exp(d) + np.exp(-d))
        covariance, gains = np.linalg.inv(hessian), {}
        for runs in sets:
            for i in runs:
                for j in runs[: runs.index(i)]:
                    if [i, j] not in answers and [j, i] not in answers:
                        d = found.theta[i] - found.theta[j]
                        variance = covariance[i, i] + covariance[j, j] - 2 * covariance[i, j]
                        gains[i, j] = variance / (2 + np.exp(d) + np.exp(-d))
        pair = next_pair(found, NAMES, sets)
        assert pair and gains[max(pair), min(pair)] == pytest.approx(max(gains.values()), abs=1e-4)


def test_a_pair_was_asked_whichever_of_the_two_stood_left():
    for left, right in ((0, 1), (1, 0)):
        assert next_pair(fit(2, [left], [right], [1.0]), NAMES, [range(2)]) is None


def test_of_many_runs_those_least_is_known_of_are_asked_about(monkeypatch):
    monkeypatch.setattr(asking, "MOST", 2)
    left, right = [0, 0, 0, 0, 1], [1, 1, 1, 2, 3]  # 0 and 1 four times each, 2 and 3 once
    pair = next_pair(fit(4, left, right, [0.5] * 5), NAMES, [range(4)])
    assert pair and {*pair} == {2, 3}


def test_each_pair_once_and_then_no_more():
    left, right = [], []
    for _ in range(10):  # of 5 runs
        pair = next_pair(fit(5, left, right, [1.0] * len(left)), NAMES, [range(5)])
        assert pair
        left.append(pair[0])
        right.append(pair[1])
    assert len({frozenset(pair) for pair in zip(left, right, strict=True)}) == 10
    assert next_pair(fit(5, left, right, [1.0] * 10), NAMES, [range(5)]) is None


def test_only_runs_of_one_set_are_compared():
    sets, left, right = [[0, 2, 4], [1, 3], [5]], [], []
    while pair := next_pair(fit(6, left, right, [1.0] * len(left)), NAMES, sets):
        assert any({*pair} <= {*runs} for runs in sets)
        left.append(pair[0])
        right.append(pair[1])
    assert len(left) == 3 + 1
    assert next_pair(fit(6, [], [], []), NAMES, []) is None


def test_neither_side_is_preferred():
    firsts = [sides(f"a{n}", f"b{n}", n)[0] == f"a{n}" for n in range(1000)]
    assert 440 < sum(firsts) < 560  # four standard deviations
    again = [sides(f"b{n}", f"a{n}", n)[0] == f"a{n}" for n in range(1000)]
    assert again == firsts


def test_the_hash_is_known():
    """FNV-1a of `a` is 0xe40c292c; then two steps by hand."""
    value = 0xE40C292C
    value = (value ^ value >> 16) * 0x85EBCA6B % 2**32
    assert mark("a") == value ^ value >> 13


@pytest.mark.slow
def test_a_thousand_runs_take_no_time():
    """Some 10 ms on an idle core; among the runs least known a pair is found nearly as telling."""
    rng = np.random.default_rng(0)
    left = np.concatenate([rng.permutation(1000), rng.integers(0, 1000, 600)])
    right = (left + rng.integers(1, 1000, 1600)) % 1000
    won = (rng.random(1600) < 0.5).astype(float)
    took = []
    for _ in range(5):
        began = time.perf_counter()
        found = fit(1000, left, right, won)
        pair = next_pair(found, NAMES, [range(1000)])
        took.append(time.perf_counter() - began)
    assert len(found.touched) == 1000 and pair
    assert min(took) < 0.2  # of a busy machine
    gain = asking._gain(found.theta, found.covariance(range(1000)))
    gain[left, right] = gain[right, left] = 0
    assert gain[pair] > 0.9 * gain.max()
