"""What a right `loss_function` gives: the negative evidence lower bound of a minibatch."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from nndl2.checks.compare import expect_answer, expect_unchanged
from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.oracle import Ask
from nndl2.checks.submission import Submission
from nndl2.laws import losses

Array = np.ndarray
Batch = tuple[Array, Array, Array, Array]
LOSS, WHAT = "loss_function", "the loss"
KL_TERMS = {  # what is got without a term: what is got where it counts more or less than once
    "kl_misses_mu": "kl_coefficient_of_mu",
    "kl_misses_logvar": "kl_coefficient_of_logvar",
    "kl_misses_variance": "kl_coefficient_of_variance",
    "kl_misses_one": "kl_other_constant",
}
TERMS = {"bce_without_kl": "kl_weighted", "kl_without_bce": "bce_weighted", **KL_TERMS}


def stored_batch() -> Batch:
    """x_hat and x (1, 1, 2, 2), mu and logvar (1, 15) of the notebook's example."""
    x_hat = np.array([[0.8807971, 0.9933072], [0.9975274, 0.9990890]], np.float32)[None, None]
    x = np.array([[0.7310586, 0.9999546], [0.9998766, 0.9525741]], np.float32)[None, None]
    return x_hat, x, np.ones((1, 15), np.float32), np.zeros((1, 15), np.float32)


@dataclass(frozen=True)
class Sizes:
    """N images of H x W pixels, Z latent dimensions: of a minibatch, alike for all checks.

    Unequal on purpose: a transpose or a broadcast cannot pass by luck. Small on purpose: beside a
    large cross-entropy a mistake in the KL term would be hard to tell from others.
    """

    n: int
    z: int
    h: int
    w: int

    @classmethod
    def of(cls, draw: Draw) -> Sizes:
        return cls(*draw.shared("sizes").some_of(np.arange(3, 8), 4).tolist())


def drawn_batch(draw: Draw, **other: int) -> Batch:
    """x_hat and x (n, 1, h, w) in [0, 1], mu and logvar (n, z), of drawn sizes or others."""
    size = replace(Sizes.of(draw), **other)
    images, latent = (size.n, 1, size.h, size.w), (size.n, size.z)
    x_hat = draw.uniform(*images, low=0.02, high=0.98)
    return x_hat, draw.uniform(*images), draw.normal(*latent), draw.normal(*latent, scale=0.8)


def minibatches(draw: Draw) -> list[Batch]:
    """Minibatches of three lengths, one of them a single image."""
    n = Sizes.of(draw).n
    return [drawn_batch(draw, n=each) for each in (n, 1, n + 2)]


def at_prior(draw: Draw) -> list[Batch]:
    """Batches of images of three heights, with mu = logvar = 0."""
    h = Sizes.of(draw).h
    drawn = [drawn_batch(draw, h=each) for each in (h, 2 * h, h + 1)]
    return [(x_hat, x, 0 * mu, 0 * mu) for x_hat, x, mu, _ in drawn]


def nearly_saturated(draw: Draw) -> list[Batch]:
    """Two batches with pixels of x_hat close to 0 and to 1, and mu = logvar = 0."""
    drawn = [drawn_batch(draw) for _ in "ab"]
    return [(draw.one_of_two(x.shape, 1e-5, 1 - 1e-5), x, 0 * m, 0 * m) for _, x, m, _ in drawn]


@check("loss", about="shape")
def loss_is_a_scalar(student: Submission, draw: Draw, oracle: Ask) -> None:
    """the loss is one number, for images of any size"""
    small, large = drawn_batch(draw), drawn_batch(draw, h=28, w=28)
    losses.expect_any_size(student, LOSS, small, large)
    losses.scalar(student, LOSS, stored_batch())


@check("loss", after=loss_is_a_scalar, about="the notebook's example")
def loss_has_the_stored_value(student: Submission, draw: Draw, oracle: Ask) -> None:
    """the loss of the notebook's example is 8.5079"""
    answer = oracle("example", *stored_batch())  # one number: of its causes too many are chance
    got = losses.scalar(student, LOSS, stored_batch())
    expect_answer(got, answer, WHAT, rtol=2e-5)


@check("loss", after=loss_is_a_scalar, about="averages")
def loss_averages_over_the_batch(student: Submission, draw: Draw, oracle: Ask) -> None:
    """the loss is summed over pixels and latent dimensions and averaged over the minibatch"""
    batches = minibatches(draw)
    answers = [oracle("loss", *batch) for batch in batches]
    losses.expect_scalars(student, LOSS, batches, answers, TERMS)


@check("loss", after=loss_is_a_scalar, about="reconstruction term")
def reconstruction_term_is_the_cross_entropy(student: Submission, draw: Draw, oracle: Ask) -> None:
    """the reconstruction term is the binary cross-entropy, summed over the pixels"""
    batches = at_prior(draw)
    answers = [oracle("loss", *batch) for batch in batches]
    losses.expect_scalars(student, LOSS, batches, answers, {}, offset=True)


@check("loss", after=loss_is_a_scalar, about="KL term")
def kl_term_is_the_closed_form(student: Submission, draw: Draw, oracle: Ask) -> None:
    """the KL term is that of N(mu, sigma^2) from N(0, 1), summed over the latent dimensions"""
    batches = [drawn_batch(draw) for _ in "ab"]
    answers = [oracle("kl_term", *batch) for batch in batches]
    pairs = [(batch, (*batch[:2], 0 * batch[2], 0 * batch[3])) for batch in batches]
    got = [
        losses.scalar(student, LOSS, batch) - losses.scalar(student, LOSS, at_prior)
        for batch, at_prior in pairs
    ]
    losses.expect_numbers(got, answers, KL_TERMS, "the KL term", rtol=1e-3, atol=1e-4)


@check("loss", after=reconstruction_term_is_the_cross_entropy, about="black and white")
def loss_holds_near_black_and_white(student: Submission, draw: Draw, oracle: Ask) -> None:
    """the loss is right where x_hat is close to 0 and to 1"""
    batches = nearly_saturated(draw)
    answers = [oracle("loss", *batch) for batch in batches]
    losses.expect_scalars(student, LOSS, batches, answers, {}, rtol=1e-3)


@check("loss", after=loss_averages_over_the_batch, about="gradients")
def loss_has_its_gradients(student: Submission, draw: Draw, oracle: Ask) -> None:
    """gradients of the loss reach x_hat, mu and logvar"""
    batch = drawn_batch(draw)
    places = {0: "x_hat", 2: "mu", 3: "logvar"}
    wants: losses.Slopes = {
        at: (name, oracle("loss_slopes", name, *batch)) for at, name in places.items()
    }
    losses.expect_slopes(student, LOSS, batch, wants)


@check("loss", after=loss_averages_over_the_batch, about="inputs unchanged")
def batch_stays_as_it_is(student: Submission, draw: Draw, oracle: Ask) -> None:
    """the images, mu and logvar are not changed in place"""
    batch = drawn_batch(draw)
    kept = student.call(LOSS, *batch, keep=True)
    expect_unchanged(kept, batch, ("x_hat", "x", "mu", "logvar"))


@check("loss", after=loss_is_a_scalar, costs_points=False)
def loss_stays_finite_at_saturated_pixels(student: Submission, draw: Draw, oracle: Ask) -> None:
    """the loss stays finite where x_hat is exactly 0 or 1 (shown, never scored)"""
    _, x, mu, logvar = drawn_batch(draw)
    losses.expect_finite(student, LOSS, (draw.one_of_two(x.shape, 0, 1), x, mu, logvar))
