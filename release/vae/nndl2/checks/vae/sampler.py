"""What a right `reparametrize` does: the law of its samples, and the way gradients take."""

from __future__ import annotations

from contextlib import suppress

import numpy as np

from nndl2.checks.compare import as_array, expect_close, expect_unchanged
from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.model import CheckError, Mismatch
from nndl2.checks.oracle import Ask
from nndl2.checks.submission import Submission
from nndl2.checks.vae.nets import VAE, Sizes
from nndl2.laws import noise, samplers

SAMPLER = "reparametrize"
DRAWS = 20_000
OTHER_STREAM = f"torch draws other numbers here than the notebook's; {DRAWS:,} samples decided"


def levels(draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    """mu and logvar (N, Z) of drawn sizes, alike for all checks.

    Unequal on purpose: a transpose or a broadcast cannot pass by luck.
    """
    shared = draw.shared("sizes")
    size = shared.one_of((3, 5, 7, 9)), shared.one_of((4, 6, 8, 10))
    return draw.normal(*size, scale=2.0), draw.uniform(*size, low=-4.0, high=4.0)


@check(SAMPLER, about="shape")
def sample_has_the_shape_of_mu(student: Submission, draw: Draw, oracle: Ask) -> None:
    """the sample has the shape (N, Z) of mu, also for N other than 1"""
    mu, logvar = levels(draw)
    usual = np.zeros((1, 15), np.float32)
    for m, v in ((usual, usual), (mu, logvar), (mu[:, :1], logvar[:, :1])):
        samplers.sample(student, SAMPLER, m, v, draw.seed())


@check(SAMPLER, after=sample_has_the_shape_of_mu, about="number type")
def sample_has_the_number_type_of_mu(student: Submission, draw: Draw, oracle: Ask) -> None:
    """the sample has the number type of mu, which the decoder needs"""
    mu = np.zeros((3, 17), np.float32)
    z = as_array(student.call(SAMPLER, mu, mu), SAMPLER)
    if z.dtype == mu.dtype:
        return
    with suppress(CheckError):  # a forward that converts it can do with any
        student.call(VAE.build(student, Sizes(latent=17)), np.ones((3, 1, 28, 28), np.float32))
        return
    raise Mismatch("float32", z.dtype.name, diagnosis="sample_of_another_type")


@check(SAMPLER, after=sample_has_the_shape_of_mu, about="independence")
def noise_is_independent(student: Submission, draw: Draw, oracle: Ask) -> None:
    """each element of each row gets noise of its own"""
    rows, columns = draw.one_of(range(190, 211)), draw.one_of(range(56, 65))
    mu = np.zeros((rows, columns), np.float32)
    e = samplers.sample(student, SAMPLER, mu, mu, draw.seed())
    if e.std() > 1e-3:  # else there is no noise, or one number for all: the next check says which
        noise.expect_independent(e)


@check(SAMPLER, after=sample_has_the_shape_of_mu, about="law of the samples")
def sample_is_normal_around_mu(student: Submission, draw: Draw, oracle: Ask) -> None:
    """z is normal with mean mu and standard deviation exp(logvar / 2)"""
    given = samplers.levels(draw)
    answer = oracle("gaussian", *given)
    mu, logvar = samplers.spread(draw, *given)
    samplers.expect_law(samplers.sample(student, SAMPLER, mu, logvar, draw.seed()), answer)


@check(SAMPLER, after=sample_is_normal_around_mu, about="law of the samples")
def sample_has_the_stored_statistics(student: Submission, draw: Draw, oracle: Ask) -> str | None:
    """with mu = 0 and logvar = 1 the samples have the notebook's mean and standard deviation

    The noise may be drawn in another order than the stored numbers were. Then 20,000 samples
    decide: a right program fails either bound with a probability under 1e-9 (6.2 standard errors).
    """
    mu, logvar = np.zeros((1, 15), np.float32), np.ones((1, 15), np.float32)
    z = as_array(student.call(SAMPLER, mu, logvar, seed=0), SAMPLER)
    if np.isclose(z.mean(), -0.4363, rtol=2e-4) and np.isclose(z.std(ddof=1), 1.6860, rtol=2e-4):
        return None
    mu, logvar = np.zeros((DRAWS, 1), np.float32), np.ones((DRAWS, 1), np.float32)
    many = samplers.sample(student, SAMPLER, mu, logvar, 0)
    expect_close(many.std(), 1.6487, "the standard deviation of z", rtol=0, atol=0.052)
    expect_close(many.mean(), 0.0, "the mean of z", rtol=0, atol=0.073)
    return None if stored_stream(student) else OTHER_STREAM


def stored_stream(student: Submission) -> bool:
    """Whether torch's random stream is the one that the stored statistics came from (a canary)."""
    drawn = as_array(student.call("nndl2.utils.first_normals", seed=0), "torch")
    return bool(np.isclose(drawn.mean(), -0.2646, rtol=4e-4))


@check(SAMPLER, after=sample_is_normal_around_mu, about="new noise")
def noise_is_drawn_anew(student: Submission, draw: Draw, oracle: Ask) -> None:
    """every call draws new noise"""
    n, z = draw.one_of(range(290, 311)), draw.one_of(range(36, 45))
    mu = np.repeat(draw.normal(1, z, scale=2.0), n, axis=0)
    logvar = np.repeat(draw.uniform(1, z, low=-3.0, high=3.0), n, axis=0)
    samplers.expect_new_noise(student, SAMPLER, mu, logvar, draw.seed())


@check(SAMPLER, after=sample_has_the_shape_of_mu, about="gradients")
def gradients_pass_through_the_sample(student: Submission, draw: Draw, oracle: Ask) -> None:
    """gradients reach mu and logvar through the sample"""
    mu, logvar = levels(draw)
    samplers.expect_slopes(student, SAMPLER, mu, logvar, draw.seed())


@check(
    SAMPLER,
    after=(gradients_pass_through_the_sample, sample_is_normal_around_mu),
    about="gradients",
)
def gradients_are_those_of_the_sample(student: Submission, draw: Draw, oracle: Ask) -> None:
    """the gradient for mu is 1 and the one for logvar is epsilon * sigma / 2"""
    mu, logvar = levels(draw)
    answer = oracle("sample_slopes")
    found = samplers.expect_slopes(student, SAMPLER, mu, logvar, draw.seed())
    samplers.expect_slopes_of_sample(*found, answer)


@check(SAMPLER, after=sample_has_the_shape_of_mu, about="inputs unchanged")
def mu_and_logvar_stay_as_they_are(student: Submission, draw: Draw, oracle: Ask) -> None:
    """mu and logvar are not changed in place"""
    mu, logvar = levels(draw)
    kept = student.call(SAMPLER, mu, logvar, keep=True)
    expect_unchanged(kept, (mu, logvar), ("mu", "logvar"))
