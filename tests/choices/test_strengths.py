"""Strengths against closed forms, and against the conditions that a mode fulfils."""

import math

import numpy as np
import pytest

from stylex.choices.strengths import fit


def of(count, results, **about):
    """results: [(left, right, share of a win of the left)]."""
    left, right, won = zip(*results, strict=True) if results else ((), (), ())
    return fit(count, left, right, won, **about)


@pytest.mark.parametrize(("wins", "losses"), [(5, 2), (1, 1), (30, 1), (2, 7)])
def test_two_runs_differ_by_the_log_odds(wins, losses):
    """Bradley & Terry's estimate for two: the odds are those of the wins."""
    found = of(2, [(0, 1, 1.0)] * wins + [(0, 1, 0.0)] * losses, prior=1e4)
    assert found.theta[0] - found.theta[1] == pytest.approx(math.log(wins / losses), abs=1e-6)
    # Var of a log odds, where the prior says nothing: 1/wins + 1/losses.
    variance = found.covariance([0, 1]) @ [1, -1] @ [1, -1]
    assert variance == pytest.approx(1 / wins + 1 / losses, rel=1e-3)


def test_a_tie_is_half_a_win_for_each():
    ties = of(2, [(0, 1, 1.0)] * 3 + [(0, 1, 0.5)] * 2, prior=1e4)
    assert ties.theta[0] - ties.theta[1] == pytest.approx(math.log(4 / 1), abs=1e-6)


def test_one_answer_with_the_prior():
    """d = θ₀ − θ₁ has the prior N(0, 2·2²), so at its mode 1 − σ(d) = d / 8."""
    found = of(2, [(0, 1, 1.0)])
    low, high = 0.0, 8.0
    for _ in range(60):
        middle = (low + high) / 2
        above = 1 / (1 + math.exp(middle)) > middle / 8
        low, high = (middle, high) if above else (low, middle)
    assert found.theta.tolist() == pytest.approx([low / 2, -low / 2], abs=1e-8)
    p = 1 / (1 + math.exp(-low))
    # The difference to the mean is d / 2, and Var d = 1 / (1/8 + p(1 − p)).
    error = math.sqrt(1 / (1 / 8 + p * (1 - p))) / 2
    assert found.errors([[0, 1]]).tolist() == pytest.approx([error] * 2, abs=1e-4)


def test_who_beats_everybody_stays_finite_and_who_was_not_asked_is_unknown():
    found = of(4, [(0, 1, 1.0), (0, 2, 1.0)] * 50)
    assert np.isfinite(found.theta).all() and found.theta[0] > 2
    assert found.theta[3] == 0 and found.errors([[0, 1, 2]])[3] == 2.0
    assert of(3, []).theta.tolist() == [0, 0, 0]
    # Of independent N(0, 2²): Var(θ − mean of n) = 4 (1 − 1/n).
    assert of(3, []).errors([range(3)]) == pytest.approx([math.sqrt(8 / 3)] * 3)


@pytest.mark.parametrize("seed", range(4))
def test_the_slope_is_nought_at_the_mode_and_errors_are_of_the_inverse_hessian(seed):
    """∂/∂θᵢ: Σ (won − σ(θᵢ − θⱼ)) − θᵢ/4 = 0, written out anew, as is the Hessian."""
    rng = np.random.default_rng(seed)
    results = []
    for _ in range(120):
        i, j = rng.choice(30, 2, replace=False)
        results.append((int(i), int(j), float(rng.choice([0, 0.5, 1]))))
    found = of(32, results)
    slope, hessian = -found.theta / 4, np.eye(32) / 4
    for i, j, won in results:
        p = 1 / (1 + np.exp(found.theta[j] - found.theta[i]))
        slope[i] += won - p
        slope[j] -= won - p
        unit = np.eye(32)[i] - np.eye(32)[j]
        hessian += p * (1 - p) * np.outer(unit, unit)
    assert np.abs(slope).max() < 1e-8
    inverse = np.linalg.inv(hessian)
    for runs in (range(20), range(20, 32)):
        contrast = np.eye(32)[runs] - np.isin(range(32), runs) / len(runs)
        variances = np.diag(contrast @ inverse @ contrast.T)
        errors = found.errors([range(20), range(20, 32)])[runs]
        assert errors == pytest.approx(np.sqrt(variances), abs=1e-4)
    assert found.covariance([3, 1, 4]) == pytest.approx(
        inverse[np.ix_([3, 1, 4], [3, 1, 4])], abs=1e-4
    )


def test_swapping_the_sides_changes_nothing():
    results = [(0, 1, 1.0), (1, 2, 0.5), (2, 0, 0.0), (3, 1, 1.0)]
    swapped = [(j, i, 1 - won) for i, j, won in results]
    assert of(4, results).theta == pytest.approx(of(4, swapped).theta, abs=1e-8)


def test_true_strengths_are_found_from_many_answers():
    true = np.array([1.5, 0.5, 0.0, -0.8, -1.2])
    results = []
    for i in range(5):
        for j in range(i):
            wins = round(1000 / (1 + math.exp(true[j] - true[i])))
            results += [(i, j, 1.0)] * wins + [(i, j, 0.0)] * (1000 - wins)
    assert of(5, results).theta == pytest.approx(true, abs=0.02)
