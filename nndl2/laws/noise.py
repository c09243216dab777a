"""Tests of noise. Each rejects right noise with a probability under 1e-9, as its bound says.

With about twelve such tests a check, a right sampler is rejected less than once in 10^8 gradings.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from nndl2.checks.draw import Draw
from nndl2.checks.model import Mismatch

Array = np.ndarray
SIGMAS = 6.5  # two-sided tail of a normal deviate: 8e-11
ALPHA = 1e-10
FAR = 30.0  # so many values are expected beyond the bound that some must pass: exp(-30) is 1e-13
PIXELS = 12  # of an image, whose moments are taken
KEPT = 8  # samples come in few sizes
erf = np.vectorize(math.erf, otypes=[np.float64])


def standard_normal(e: Array) -> bool:
    """Whether the values of `e` are a sample of N(0, 1).

    Kolmogorov-Smirnov distance within sqrt(ln(2 / alpha) / (2 n)) (Dvoretzky, Kiefer, Wolfowitz,
    with Massart's constant), mean and variance within SIGMAS standard errors, tails not cut off.
    """
    if not np.isfinite(e).all():
        return False
    v, n = np.sort(e.ravel().astype(np.float64)), e.size
    if abs(v.mean()) > SIGMAS / math.sqrt(n) or abs(v.var() - 1) > SIGMAS * math.sqrt(2 / n):
        return False
    if cut_off(v):
        return False
    steps, cdf = np.arange(n + 1) / n, 0.5 * (1 + erf(v / math.sqrt(2)))
    distance = max(np.abs(cdf - steps[1:]).max(), np.abs(cdf - steps[:-1]).max())
    return bool(distance <= math.sqrt(math.log(2 / ALPHA) / (2 * n)))


def cut_off(e: Array) -> bool:
    """Whether no value of standard noise lies beyond where FAR of them are expected on a side."""
    if e.size <= 10 * FAR:
        return False
    far = NormalDist().inv_cdf(1 - FAR / e.size)
    return bool(e.max() < far or e.min() > -far)


def causes(e: Array) -> Iterator[str]:
    """What noise that should be standard normal and is not can be, each by its id."""
    if e.std() > 0 and standard_normal((e - e.mean()) / e.std()):
        yield "noise_not_unit"
    if e.min() >= -1e-3 and e.max() <= 1.001 and e.std() > 0.1:
        yield "uniform_noise"
    if np.abs(e).max() < 2 and abs(e.mean()) < 0.05:
        yield "centered_uniform_noise"
    if e.min() >= -1e-3:
        yield "half_normal_noise"
    if np.abs(e).max() > 8 and abs(np.median(e)) < 0.05:
        yield "heavy_tailed_noise"
    if abs(e.mean()) < 0.05 and 0.8 < e.std() < 1.05 and cut_off(e):
        yield "noise_clipped"


def expect_independent(e: Array) -> None:
    """No noise (N, Z) is shared by rows or by columns; the axis that shares more is told.

    The noise is taken by its ranks, so that a wrong law is left to the check of the law.
    """
    scores = normal_scores(e)
    found = {0: "noise_shared_by_rows", 1: "noise_shared_by_elements"}
    for axis in sorted(found, key=lambda axis: -likeness(scores, axis)):
        if shared_over(scores, axis):
            what = "images of the batch" if axis == 0 else "elements of a row"
            raise Mismatch(note=f"the noise is shared by {what}", diagnosis=found[axis])


def normal_scores(e: Array) -> Array:
    """`e` with each value replaced by the normal quantile of its rank: any law becomes N(0, 1).

    Equal values are ranked at random.
    """
    scores, shuffled = np.empty(e.size), _shuffled(e.size)
    scores[shuffled[np.argsort(e.ravel()[shuffled], kind="stable")]] = _quantiles(e.size)
    return scores.reshape(e.shape)


@lru_cache(maxsize=KEPT)
def _shuffled(n: int) -> Array:
    """The numbers from 0 to n - 1 in a random order, always the same."""
    return np.argsort(Draw(b"ties", str(n)).uniform(n), kind="stable")


@lru_cache(maxsize=KEPT)
def _quantiles(n: int) -> Array:
    """The normal quantiles of (i + 1/2) / n, read between the points of a fine table."""
    points = np.linspace(-8, 8, 4_001)
    return np.interp((np.arange(n) + 0.5) / n, 0.5 * (1 + erf(points / math.sqrt(2))), points)


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


def shared_exactly(e: Array) -> bool:
    """Whether all rows of noise (N, Z), or all its columns, are one and the same."""
    if not np.isfinite(e).all():
        return False
    scale = 1e-4 * max(float(np.abs(e).max()), 1e-6)
    return any(bool(np.ptp(e, axis=axis).max() <= scale) for axis in (0, 1))


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


def same_images(a: Array, b: Array, draw: Draw) -> bool:
    """Whether rows of pixels `a` (n, D) have the moments of `b` at some of the pixels that vary
    more than half of them do."""
    spread = b.var(0)
    at = draw.some_of(np.flatnonzero(spread >= np.median(spread)), PIXELS)
    return a.shape == b.shape and same_moments(a[:, at], b[:, at])


def _products(a: Array, b: Array) -> list[tuple[Array, Array]]:
    return [(a**2, b**2), (a * np.roll(a, 1, axis=1), b * np.roll(b, 1, axis=1))]


def varies(rows: Array) -> bool:
    """Whether the rows differ by more than rounding."""
    if rows.size == 0 or not np.isfinite(rows).all():
        return rows.size > 0  # numbers that are not finite are told elsewhere
    return bool(np.ptp(rows.astype(np.float64), axis=0).max() > 1e-6)
