"""What a right `loss_function` gives: the negative evidence lower bound, summed over a batch."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from nndl2.checks.compare import expect_unchanged
from nndl2.checks.conv_vae.nets import SIDE
from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.oracle import Ask
from nndl2.checks.submission import Submission
from nndl2.laws import losses

Batch = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
LOSS = "loss_function"
KL_TERMS = {  # what is got without a term: what is got where it counts more or less than once
    "kl_misses_mu": "kl_coefficient_of_mu",
    "kl_misses_logvar": "kl_coefficient_of_logvar",
    "kl_misses_variance": "kl_coefficient_of_variance",
    "kl_misses_one": "kl_other_constant",
}
TERMS = {"bce_without_kl": "kl_weighted", "kl_without_bce": "bce_weighted", **KL_TERMS}


@dataclass(frozen=True)
class Sizes:
    """N images of C channels, Z latent dimensions: of a minibatch, alike for all checks."""

    n: int
    z: int
    c: int = 2

    @classmethod
    def of(cls, draw: Draw) -> Sizes:
        return cls(*draw.shared("sizes").some_of(np.arange(3, 8), 2).tolist())


def batch(draw: Draw, **other: int) -> Batch:
    """x_hat and x (N, C, 28, 28) in [0, 1], mu and logvar (N, Z), of drawn sizes or others."""
    size = replace(Sizes.of(draw), **other)
    images, latent = (size.n, size.c, SIDE, SIDE), (size.n, size.z)
    x_hat = draw.uniform(*images, low=0.02, high=0.98)
    logvar = draw.normal(*latent, scale=1.5)
    return x_hat, draw.uniform(*images), draw.normal(*latent, scale=3.0), logvar


def at_prior(draw: Draw) -> list[Batch]:
    """Batches of several lengths with mu = logvar = 0."""
    n = Sizes.of(draw).n
    drawn = [batch(draw, n=each) for each in (n, 1, n + 2)]
    return [(x_hat, x, 0 * mu, 0 * mu) for x_hat, x, mu, _ in drawn]


def nearly_saturated(draw: Draw) -> list[Batch]:
    """Two batches with pixels of x_hat close to 0 and to 1, and mu = logvar = 0."""
    drawn = [batch(draw) for _ in "ab"]
    return [(draw.one_of_two(x.shape, 1e-5, 1 - 1e-5), x, 0 * m, 0 * m) for _, x, m, _ in drawn]


@check("loss_function", about="shape")
def loss_is_one_number(student: Submission, draw: Draw, oracle: Ask) -> None:
    """the loss of a minibatch is one number"""
    losses.scalar(student, LOSS, batch(draw, c=1))


@check("loss_function", after=loss_is_one_number, about="sums")
def loss_is_summed_over_everything(student: Submission, draw: Draw, oracle: Ask) -> None:
    """both terms of the loss are summed over everything: pixels, latent dimensions and images"""
    n = Sizes.of(draw).n
    batches = [batch(draw, n=each) for each in (n, 1, n + 2)]
    answers = [oracle("total", *each) for each in batches]
    losses.expect_scalars(student, LOSS, batches, answers, TERMS, rtol=2e-5)


@check("loss_function", after=loss_is_one_number, about="reconstruction term")
def reconstruction_term_is_the_cross_entropy(student: Submission, draw: Draw, oracle: Ask) -> None:
    """the reconstruction term is the binary cross-entropy"""
    batches = at_prior(draw)
    answers = [oracle("total_bce_term", *each) for each in batches]
    pairs = [(each, (np.full_like(each[0], 0.5), *each[1:])) for each in batches]
    got = [losses.scalar(student, LOSS, a) - losses.scalar(student, LOSS, b) for a, b in pairs]
    losses.expect_numbers(got, answers, {}, "the reconstruction term", offset=True)


@check("loss_function", after=loss_is_one_number, about="KL term")
def kl_term_is_the_closed_form(student: Submission, draw: Draw, oracle: Ask) -> None:
    """the KL term is that of N(mu, sigma^2) from N(0, 1)"""
    batches = [batch(draw) for _ in "ab"]
    answers = [oracle("total_kl_term", *each) for each in batches]
    pairs = [(each, (*each[:2], 0 * each[2], 0 * each[3])) for each in batches]
    got = [losses.scalar(student, LOSS, a) - losses.scalar(student, LOSS, b) for a, b in pairs]
    losses.expect_numbers(got, answers, KL_TERMS, "the KL term", rtol=1e-3, atol=1e-2)


@check("loss_function", after=reconstruction_term_is_the_cross_entropy, about="black and white")
def loss_holds_near_black_and_white(student: Submission, draw: Draw, oracle: Ask) -> None:
    """the loss is right where x_hat is close to 0 and to 1"""
    batches = nearly_saturated(draw)
    answers = [oracle("total", *each) for each in batches]
    losses.expect_scalars(student, LOSS, batches, answers, {}, rtol=1e-3)


@check("loss_function", after=loss_is_summed_over_everything, about="gradients")
def loss_has_its_gradients(student: Submission, draw: Draw, oracle: Ask) -> None:
    """gradients of the loss reach x_hat, mu and logvar"""
    given = batch(draw)
    wants: losses.Slopes = {
        at: (name, oracle("total_slopes", name, *given))
        for at, name in ((0, "x_hat"), (2, "mu"), (3, "logvar"))
    }
    losses.expect_slopes(student, LOSS, given, wants)


@check("loss_function", after=loss_is_one_number, about="inputs unchanged")
def batch_stays_as_it_is(student: Submission, draw: Draw, oracle: Ask) -> None:
    """the images, mu and logvar are not changed in place"""
    given = batch(draw)
    kept = student.call(LOSS, *given, keep=True)
    expect_unchanged(kept, given, ("x_hat", "x", "mu", "logvar"))
