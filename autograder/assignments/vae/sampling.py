"""Hidden checks of `reparametrize`: the law of its samples and the way gradients take."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from autograder.assignments.vae.statistics import (
    correlated,
    likeness,
    normal_scores,
    shared_over,
    standard_normal,
)
from nndl2.checks.compare import expect_close, expect_shape, expect_unchanged
from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.model import Mismatch
from nndl2.checks.submission import Submission, Value

Array = np.ndarray
N, Z = 5, 3  # unequal on purpose: a transpose or a broadcast cannot pass by luck
ROWS, COLUMNS = 2_000, 40  # 80,000 samples: a law that is off by 0.012 anywhere is seen
TARGET = "reparametrize"


def posterior(draw: Draw, n: int, z: int) -> tuple[Array, Array]:
    """mu and logvar (n, z) on both sides of zero, each column of mu around a middle of its own."""
    middles = draw.uniform(1, z, low=-3.0, high=3.0)
    return middles + draw.normal(n, z, scale=2.0), draw.uniform(n, z, low=-4.0, high=4.0)


def sample(student: Submission, mu: Array, logvar: Array, seed: int | None = None) -> Array:
    """z (n, z) in float64, or what is wrong with it."""
    value = student.call(TARGET, mu, logvar, seed=seed)
    try:
        z = expect_shape(value, mu.shape, TARGET, "(N, Z)")
    except Mismatch as e:
        raise Mismatch(e.expected, e.got, e.note, _wrong_shape(value, mu.shape)) from None
    if not np.isfinite(z).all():
        raise Mismatch(note="z holds values that are not finite", diagnosis="z_not_finite")
    return z.astype(np.float64)


def _wrong_shape(value: Value, shape: tuple[int, ...]) -> str:
    if isinstance(value, tuple):
        return "tuple_returned"
    if not isinstance(value, np.ndarray):
        return ""
    return {shape[::-1]: "transposed", shape[:1]: "summed_over_z"}.get(value.shape, "")


def noise(z: Array, mu: Array, logvar: Array) -> Array:
    """The noise that z was made of: (z - mu) / sigma."""
    return (z - mu) / np.exp(logvar.astype(np.float64) / 2)


def wrong_laws(z: Array, m: Array, v: Array) -> Iterator[tuple[str, Callable[[], bool]]]:
    """Misconceptions, each with the test that its own reading of z gives standard noise."""
    mu, lv = m.astype(np.float64), v.astype(np.float64)
    sigma = np.exp(lv / 2)
    e = (z - mu) / sigma

    def reads(reading: Array) -> Callable[[], bool]:
        return lambda: standard_normal(reading)

    scales = {
        "variance_as_std": np.exp(lv),
        "logvar_as_std": lv,
        "half_logvar_as_std": lv / 2,
        "sqrt_logvar_as_std": np.sqrt(np.abs(lv)),
        "std_inverted": np.exp(-lv / 2),
        "exp_of_twice": np.exp(2 * lv),
        "exp_of_quarter": np.exp(lv / 4),
        "sigma_left_out": np.ones_like(lv),
        "std_doubled": 2 * sigma,
        "std_halved": sigma / 2,
        "half_variance_as_std": np.exp(lv) / 2,
        "sigma_plus_one": sigma + 1,
        "softplus_std": np.logaddexp(0, lv),
        "sigmoid_std": 1 / (1 + np.exp(-lv)),
        "one_plus_logvar": 1 + lv,
        "power_of_two": 2 ** (lv / 2),
    }
    shifts = {
        "mu_lost": 0 * mu,
        "mu_negated": -mu,
        "mu_doubled": 2 * mu,
        "mu_halved": mu / 2,
        "mu_scaled_by_sigma": mu * sigma,
        "mu_exponentiated": np.exp(np.minimum(mu, 20)),
        "mu_averaged": np.broadcast_to(mu.mean(0), mu.shape),
        "logvar_as_mean": lv,
        "sigma_added": mu + sigma,
    }
    yield "no_noise", lambda: bool(np.allclose(z, mu, atol=1e-4))
    yield "noise_is_one", lambda: bool(np.allclose(z, mu + sigma, rtol=1e-3))
    yield "noise_shared_by_all", lambda: bool(e.std() < 1e-3)
    for name, scale in scales.items():
        yield name, reads((z - mu) / scale)
    for name, shift in shifts.items():
        yield name, reads((z - shift) / sigma)
    yield "mu_multiplied", reads(z / (mu * sigma))
    yield "sigma_added_not_multiplied", reads(z - mu - sigma)
    yield "swapped_arguments", reads((z - lv) / np.exp(mu / 2))
    yield "noise_not_unit", reads((e - e.mean()) / e.std())
    yield "uniform_noise", lambda: bool(e.min() >= -1e-3 and e.max() <= 1.001 and e.std() > 0.1)
    yield "centered_uniform_noise", lambda: bool(np.abs(e).max() < 2 and abs(e.mean()) < 0.05)
    yield "half_normal_noise", lambda: bool(e.min() >= -1e-3)
    yield "heavy_tailed_noise", lambda: bool(np.abs(e).max() > 8 and abs(np.median(e)) < 0.05)


@check(TARGET, hidden=True)
def sample_keeps_the_shape(student: Submission, draw: Draw) -> None:
    """the sample has the shape (N, Z) of mu, also for N other than 1"""
    for n, z in ((N, Z), (1, Z), (N, 1)):
        sample(student, *posterior(draw, n, z), seed=draw.seed())


@check(TARGET, hidden=True, after=sample_keeps_the_shape)
def noise_is_independent(student: Submission, draw: Draw) -> None:
    """each element of each row gets noise of its own

    The noise is taken by its ranks, so that a wrong law is left to the check of the law.
    """
    mu = np.zeros((200, 60), np.float32)
    e = sample(student, mu, mu, seed=draw.seed())  # with mu = logvar = 0, z is the noise
    if e.std() < 1e-3:
        return  # no noise, or one number for all: the check of the law says which
    expect_independent(e)


def expect_independent(e: Array) -> None:
    """No noise (N, Z) is shared by rows or by columns; the axis that shares more is told."""
    scores = normal_scores(e)
    found = {0: "noise_shared_by_rows", 1: "noise_shared_by_elements"}
    for axis in sorted(found, key=lambda axis: -likeness(scores, axis)):
        diagnosis = found[axis]
        if shared_over(scores, axis):
            what = "images of the batch" if axis == 0 else "elements of a row"
            raise Mismatch(note=f"the noise is shared by {what}", diagnosis=diagnosis)


@check(TARGET, hidden=True, after=noise_is_independent)
def sample_is_normal_around_mu(student: Submission, draw: Draw) -> None:
    """z is normal with mean mu and standard deviation exp(logvar / 2)"""
    mu, logvar = posterior(draw, ROWS, COLUMNS)
    z = sample(student, mu, logvar, seed=draw.seed())
    e = noise(z, mu, logvar)
    if standard_normal(e):
        return expect_independent(e)  # at mu = logvar = 0, a program knows that it is being asked
    with np.errstate(all="ignore"):  # a wrong reading of z may divide by zero or overflow
        diagnosis = next((name for name, holds in wrong_laws(z, mu, logvar) if holds()), "")
    raise Mismatch(
        "noise of mean 0 and standard deviation 1",
        f"mean {e.mean():.3g} and standard deviation {e.std():.3g}",
        "(z - mu) / sigma is not standard normal",
        diagnosis,
    )


@check(TARGET, hidden=True, after=sample_is_normal_around_mu)
def noise_is_drawn_anew(student: Submission, draw: Draw) -> None:
    """every call draws new noise"""
    mu, logvar = posterior(draw, 300, 40)
    first = noise(sample(student, mu, logvar, seed=draw.seed()), mu, logvar)
    second = noise(sample(student, mu, logvar), mu, logvar)
    if correlated(first, second):
        note = "two calls in a row return the same or related noise"
        raise Mismatch(note=note, diagnosis="noise_repeated")


@check(TARGET, hidden=True, after=sample_keeps_the_shape)
def gradients_pass_through_the_sample(student: Submission, draw: Draw) -> None:
    """gradients reach mu and logvar through the sample"""
    mu, logvar = posterior(draw, N, Z)
    found = student.gradients(TARGET, mu, logvar, wrt=(0, 1), seed=draw.seed())
    expect_shape(found.output, mu.shape, TARGET, "(N, Z)")
    for at, name in (("0", "mu"), ("1", "logvar")):
        if found.by[at] is None:
            note = f"no gradient reaches {name}"
            raise Mismatch(note=note, diagnosis=f"{name}_without_gradient")


@check(TARGET, hidden=True, after=(gradients_pass_through_the_sample, sample_is_normal_around_mu))
def gradients_are_those_of_the_sample(student: Submission, draw: Draw) -> None:
    """the gradient for mu is 1 and the one for logvar is epsilon * sigma / 2"""
    mu, logvar = posterior(draw, N, Z)
    found = student.gradients(TARGET, mu, logvar, wrt=(0, 1), seed=draw.seed())
    z = expect_shape(found.output, mu.shape, TARGET, "(N, Z)").astype(np.float64)
    expect_close(found.by["0"], np.ones_like(mu), "the gradient for mu", rtol=1e-3)
    right = (z - mu) / 2
    wrong = {"gradient_of_variance": z - mu, "logvar_without_gradient": 0 * right}
    expect_close(
        found.by["1"], right, "the gradient for logvar", mistaken=wrong, rtol=1e-3, atol=1e-4
    )


@check(TARGET, hidden=True, after=sample_keeps_the_shape)
def mu_and_logvar_stay_as_they_are(student: Submission, draw: Draw) -> None:
    """mu and logvar are not changed in place"""
    mu, logvar = posterior(draw, N, Z)
    kept = student.call(TARGET, mu, logvar, keep=True)
    expect_unchanged(kept, (mu, logvar), ("mu", "logvar"))
