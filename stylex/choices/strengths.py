"""How much each run is liked, from comparisons of two: the model of Bradley and Terry.

R. A. Bradley and M. E. Terry, Rank analysis of incomplete block designs I, Biometrika 39 (1952):
i is chosen over j with probability σ(θᵢ − θⱼ), θ being strengths in log-odds. A weak normal prior
θᵢ ~ N(0, PRIOR²) keeps strengths finite where a run has won or lost all of few comparisons, and
settles their common level, which comparisons leave open. A tie counts as half a win for each.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from stylex.choices import PRIOR

CLOSE = 1e-9  # the largest slope, in wins, of the log posterior that counts as its top
ROUNDS = 100  # Newton's steps at most; some ten are needed

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Strengths:
    """What comparisons say of `count` runs.

    theta: (count,), strengths in log-odds; more is better.
    left, right: (answers,), the indices of the runs compared.
    prior: the standard deviation of θ before any answer.
    """

    theta: Floats
    left: Whole
    right: Whole
    prior: float

    @property
    def chance(self) -> Floats:
        """(answers,): the probability that the left run is chosen."""
        # By tanh, for exp overflows.
        return np.asarray(0.5 + 0.5 * np.tanh((self.theta[self.left] - self.theta[self.right]) / 2))

    @property
    def weight(self) -> Floats:
        """(answers,): p (1 − p), the information in each outcome about θ_left − θ_right."""
        return self.chance * (1 - self.chance)

    @property
    def touched(self) -> Whole:
        """The indices of the runs that were compared, ascending."""
        return np.unique(np.concatenate([self.left, self.right]))

    def curvature(self) -> Callable[[Floats], Floats]:
        """The negative Hessian H of the log posterior, as what multiplies (count, columns) by it.

        H = I / prior² + Σ w (e_left − e_right)(e_left − e_right)ᵀ
        """
        left, right, weight = self.left, self.right, self.weight[:, None]
        order = np.argsort(np.concatenate([left, right]), kind="stable")
        runs, starts = np.unique(np.concatenate([left, right])[order], return_index=True)

        def times(x: Floats) -> Floats:
            pull, found = weight * (x[left] - x[right]), x / self.prior**2
            if x.shape[1] == 1:  # then quicker
                found[:, 0] += _net(self, pull[:, 0])
            else:
                found[runs] += np.add.reduceat(np.concatenate([pull, -pull])[order], starts)
            return found

        return times

    def solved(self, target: Floats) -> Floats:
        """H⁻¹ target, both (count, columns): H⁻¹ is the covariance of the posterior, taken for
        normal near its mode.
        """
        if not len(self.left):
            return target * self.prior**2
        return _solved(self.curvature(), target, 1e-5)

    def covariance(self, runs: Sequence[int]) -> Floats:
        """(runs, runs): of their strengths."""
        unit = np.zeros((len(self.theta), len(runs)))
        unit[runs, range(len(runs))] = 1
        return np.asarray(self.solved(unit)[runs])

    def errors(self, sets: Sequence[Sequence[int]]) -> Floats:
        """(count,): the standard error of each strength less the mean of its set; of runs in none
        of the `sets` the prior.

        By itself a strength is as uncertain as the common level of all, which no comparison tells
        and which nobody asks for.
        """
        found = np.full(len(self.theta), self.prior)
        for runs in sets:
            share = np.zeros((len(self.theta), 1))
            share[runs] = 1 / len(runs)
            common = self.solved(share)[:, 0]  # the covariance of each with the mean
            own = np.full(len(self.theta), self.prior**2)
            known = sorted({*self.touched.tolist()}.intersection(runs))
            for start in range(0, len(known), 32):
                some = known[start : start + 32]
                own[some] = np.diagonal(self.covariance(some))
            variance = own - 2 * common + common[runs].mean()
            found[runs] = np.sqrt(np.maximum(variance[runs], 0))
        return found


def fit(
    count: int,
    left: Sequence[int],
    right: Sequence[int],
    won: Sequence[float],
    prior: float = PRIOR,
) -> Strengths:
    """The strengths of `count` runs at the mode of the posterior, by Newton's method.

    left, right: the runs of each comparison. won: the share of a win that the left one has, 1, ½
    or 0. The log posterior is strictly concave, so there is one mode; steps are solved for by
    conjugate gradients, so that thousands of runs take milliseconds.
    """
    one, other = np.asarray(left, np.intp), np.asarray(right, np.intp)
    share, found = np.asarray(won, np.float64), Strengths(np.zeros(count), one, other, prior)
    for _ in range(ROUNDS if len(one) else 0):
        uphill = slope(found, share)
        if np.abs(uphill).max() < CLOSE:
            break
        step = _solved(found.curvature(), uphill[:, None], CLOSE / 10)[:, 0]
        # Far from the mode the curvature is too small, and a full step would go beyond it.
        step *= min(1.0, 2 / np.abs(step).max())
        found = replace(found, theta=found.theta + step)
    return found


def slope(found: Strengths, won: Sequence[float] | Floats) -> Floats:
    """(count,): the derivative of the log posterior at `found`; 0 at its mode."""
    return _net(found, np.asarray(won) - found.chance) - found.theta / found.prior**2


def _net(found: Strengths, values: Floats) -> Floats:
    """(count,): for each run the sum of the answers' values, less those where it is the right."""
    count = len(found.theta)
    return np.asarray(
        np.bincount(found.left, values, count) - np.bincount(found.right, values, count)
    )


def _solved(times: Callable[[Floats], Floats], target: Floats, close: float) -> Floats:
    """X of A X = target by conjugate gradients, A being positive definite; times(X): A X.

    target: (count, columns), each a system of its own. close: the largest length of a column of
    what remains.
    """
    x, rest = np.zeros_like(target), target.copy()
    along, size = rest.copy(), (rest**2).sum(0)
    for _ in range(len(target)):
        if size.max() < close**2:
            break
        across = times(along)
        length = size / np.maximum((along * across).sum(0), np.finfo(float).tiny)
        x, rest = x + length * along, rest - length * across
        before, size = size, (rest**2).sum(0)
        along = rest + size / np.maximum(before, np.finfo(float).tiny) * along
    return x
