"""What a right `sample` does: the law of its samples, and the way gradients take."""

from __future__ import annotations

from contextlib import suppress

import numpy as np

from nndl2.checks.compare import as_array, expect_unchanged
from nndl2.checks.conv_vae.nets import Sizes, built
from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.model import CheckError, Mismatch
from nndl2.checks.oracle import Ask
from nndl2.checks.submission import Handle, Mode, Submission
from nndl2.laws import noise, samplers

MODES: tuple[Mode, ...] = ("train", "eval")


def sampler(student: Submission, draw: Draw) -> Handle:
    """The method of a network whose latent size is that of the levels, which it may rely on."""
    if "sampler" not in draw.known:
        draw.known["sampler"] = Sizes(1, samplers.LEVELS).build(student).part("sample")
    target: Handle = draw.known["sampler"]
    return target


def levels(draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    """mu and logvar (N, Z)."""
    size = draw.shared("rows").one_of((3, 5, 7, 9)), samplers.LEVELS
    return draw.normal(*size, scale=2.0), draw.uniform(*size, low=-4.0, high=4.0)


@check("sample", about="shape")
def sample_has_the_shape_of_mu(student: Submission, draw: Draw, oracle: Ask) -> None:
    """the sample has the shape (N, Z) of mu, also for N = 1"""
    mu, logvar = levels(draw)
    for n in (len(mu), 1):
        samplers.sample(student, sampler(student, draw), mu[:n], logvar[:n], draw.seed())


@check("sample", after=sample_has_the_shape_of_mu, about="number type")
def sample_has_the_number_type_of_mu(student: Submission, draw: Draw, oracle: Ask) -> None:
    """the sample has the number type of mu, which decode needs"""
    mu = np.zeros((3, samplers.LEVELS), np.float32)
    z = as_array(student.call(sampler(student, draw), mu, mu), "sample")
    if z.dtype == mu.dtype:
        return
    sizes, model = built(student, draw)
    with suppress(CheckError):  # a network that converts it can do with any
        student.call(model, np.ones((2, *sizes.image), np.float32))
        return
    raise Mismatch("float32", z.dtype.name, diagnosis="sample_of_another_type")


@check("sample", after=sample_has_the_shape_of_mu, about="independence")
def noise_is_independent(student: Submission, draw: Draw, oracle: Ask) -> None:
    """each element of each row gets noise of its own"""
    mu = np.zeros((draw.one_of(range(490, 511)), samplers.LEVELS), np.float32)
    e = samplers.sample(student, sampler(student, draw), mu, mu, draw.seed())
    if e.std() > 1e-3:  # else there is no noise, or one number for all: the next check says which
        noise.expect_independent(e)


@check("sample", after=sample_has_the_shape_of_mu, about="law of the samples")
def sample_is_normal_around_mu(student: Submission, draw: Draw, oracle: Ask) -> None:
    """z is normal with mean mu and standard deviation exp(logvar / 2)"""
    given = samplers.levels(draw)
    answer = oracle("gaussian", *given)
    mu, logvar = samplers.spread(draw, *given)
    z = samplers.sample(student, sampler(student, draw), mu, logvar, draw.seed())
    samplers.expect_law(z, answer)


@check("sample", after=sample_is_normal_around_mu, about="both modes")
def sample_is_the_same_in_eval_mode(student: Submission, draw: Draw, oracle: Ask) -> None:
    """eval mode changes nothing: z is drawn there as well"""
    given = samplers.levels(draw)
    answer = oracle("gaussian", *given)
    mu, logvar = samplers.spread(draw, *given)
    z = samplers.sample(student, sampler(student, draw), mu, logvar, draw.seed(), "eval")
    samplers.expect_law(z, answer)


@check("sample", after=sample_is_normal_around_mu, about="new noise")
def noise_is_drawn_anew(student: Submission, draw: Draw, oracle: Ask) -> None:
    """every call draws new noise"""
    n, z = draw.one_of(range(490, 511)), samplers.LEVELS
    mu = np.repeat(draw.normal(1, z, scale=2.0), n, axis=0)
    logvar = np.repeat(draw.uniform(1, z, low=-3.0, high=3.0), n, axis=0)
    samplers.expect_new_noise(student, sampler(student, draw), mu, logvar, draw.seed())


@check("sample", after=sample_has_the_shape_of_mu, about="gradients")
def gradients_pass_through_the_sample(student: Submission, draw: Draw, oracle: Ask) -> None:
    """gradients reach mu and logvar through the sample"""
    samplers.expect_slopes(student, sampler(student, draw), *levels(draw), draw.seed())


@check(
    "sample",
    after=(gradients_pass_through_the_sample, sample_is_normal_around_mu),
    about="gradients",
)
def gradients_are_those_of_the_sample(student: Submission, draw: Draw, oracle: Ask) -> None:
    """the gradients for mu and logvar are those of a scaled and shifted noise"""
    mu, logvar = levels(draw)
    answer = oracle("sample_slopes")
    found = samplers.expect_slopes(student, sampler(student, draw), mu, logvar, draw.seed())
    samplers.expect_slopes_of_sample(*found, answer)


@check("sample", after=sample_has_the_shape_of_mu, about="inputs unchanged")
def mu_and_logvar_stay_as_they_are(student: Submission, draw: Draw, oracle: Ask) -> None:
    """mu and logvar are not changed in place"""
    mu, logvar = levels(draw)
    kept = student.call(sampler(student, draw), mu, logvar, keep=True)
    expect_unchanged(kept, (mu, logvar), ("mu", "logvar"))
