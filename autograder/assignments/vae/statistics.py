"""Tests of noise. Each rejects right noise with a probability under 1e-9, as its bound says.

With about twelve such tests a check, a right sampler is rejected less than once in 10^8 gradings.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np

Array = np.ndarray
SIGMAS = 6.5  # two-sided tail of a normal deviate: 8e-11
ALPHA = 1e-10
erf = np.vectorize(math.erf, otypes=[np.float64])


def standard_normal(e: Array) -> bool:
    """Whether the values of `e` are a sample of N(0, 1).

    Kolmogorov-Smirnov distance within sqrt(ln(2 / alpha) / (2 n)) (Dvoretzky, Kiefer, Wolfowitz,
    with Massart's constant), mean and variance within SIGMAS standard errors.
    """
    if not np.isfinite(e).all():
        return False
    v, n = np.sort(e.ravel().astype(np.float64)), e.size
    if abs(v.mean()) > SIGMAS / math.sqrt(n) or abs(v.var() - 1) > SIGMAS * math.sqrt(2 / n):
        return False
    steps, cdf = np.arange(n + 1) / n, 0.5 * (1 + erf(v / math.sqrt(2)))
    distance = max(np.abs(cdf - steps[1:]).max(), np.abs(cdf - steps[:-1]).max())
    return bool(distance <= math.sqrt(math.log(2 / ALPHA) / (2 * n)))


def normal_scores(e: Array) -> Array:
    """`e` with each value replaced by the normal quantile of its rank: any law becomes N(0, 1).

    Equal values are ranked at random.
    """
    ranks, order = np.empty(e.size), np.random.default_rng(0).random(e.size)
    ranks[np.lexsort((order, e.ravel()))] = np.arange(e.size)
    return _quantiles(e.size)[ranks.astype(int)].reshape(e.shape)


@lru_cache(maxsize=4)
def _quantiles(n: int) -> Array:
    law = NormalDist()
    return np.array([law.inv_cdf((i + 0.5) / n) for i in range(n)])


def correlated(a: Array, b: Array) -> bool:
    """Whether two samples of standard noise of one shape go together, element by element."""
    r = float((a.astype(np.float64) * b).mean())
    return not abs(r) <= SIGMAS / math.sqrt(a.size)


def shared_over(e: Array, axis: int) -> bool:
    """Whether standard noise (N, Z) is not independent along `axis`.

    Sums of k independent values have variance k; the mean of m squared sums, divided by k, is 1
    with a standard error of sqrt(2 / m). Neighbours must not be correlated either.
    """
    sums = e.astype(np.float64).sum(axis) / math.sqrt(e.shape[axis])
    if not abs((sums**2).mean() - 1) <= SIGMAS * math.sqrt(2 / sums.size) * 1.5:
        return True
    return correlated(*neighbours(e, axis))


def neighbours(e: Array, axis: int) -> tuple[Array, Array]:
    """Each slice of `e` along `axis` but the last, and the one that follows it."""
    turned = np.moveaxis(e, axis, 0)
    return turned[:-1], turned[1:]


def likeness(e: Array, axis: int) -> float:
    """The size of the correlation of neighbours along `axis`, for standard noise."""
    a, b = neighbours(e, axis)
    return abs(float((a * b).mean()))


def same_moments(a: Array, b: Array) -> bool:
    """Whether `a` (n, k) agrees with the reference `b` in mean, variance and covariance of columns.

    Differences are taken relative to their standard errors, estimated from the reference alone:
    one extreme value in `a` would make its own estimate as large as the difference.
    """
    first, second = (s.astype(np.float64) for s in (a, b))
    center = second.mean(0)
    for f, s in ((first, second), *_products(first - center, second - center)):
        error = np.sqrt(s.var(0) / len(f) + s.var(0) / len(s)) + 1e-9
        if not (np.abs(f.mean(0) - s.mean(0)) <= 7.5 * error).all():
            return False
    return True


def _products(a: Array, b: Array) -> list[tuple[Array, Array]]:
    return [(a**2, b**2), (a * np.roll(a, 1, axis=1), b * np.roll(b, 1, axis=1))]
