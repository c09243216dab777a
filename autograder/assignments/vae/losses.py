"""Hidden checks of `loss_function`: term by term, on batches and images of unequal sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from autograder.assignments.vae.oracle import bce, kl, negative_elbo
from nndl2.checks.compare import as_array, expect_close, expect_unchanged, shape_text
from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.model import Mismatch, NotWritten
from nndl2.checks.submission import Submission

Array = np.ndarray
Batch = tuple[Array, Array, Array, Array]
N, Z, H, W = 5, 3, 6, 4  # unequal on purpose
TARGET = "loss_function"


def posterior_batch(draw: Draw, n: int = N, z: int = Z) -> Batch:
    """x_hat and x (n, 1, H, W) in [0, 1], mu and logvar (n, z)."""
    x_hat = draw.uniform(n, 1, H, W, low=0.02, high=0.98)
    return x_hat, draw.uniform(n, 1, H, W), draw.normal(n, z), draw.normal(n, z, scale=0.8)


def loss(student: Submission, *batch: Array) -> Array:
    """The loss, float64 (); what it is instead where it is no number. (1,) is let pass."""
    value = as_array(student.call(TARGET, *batch), TARGET)
    if value.size != 1:
        kind = "loss_per_image" if value.shape[:1] == batch[0].shape[:1] else ""
        raise Mismatch("one number", shape_text(value.shape), "the loss is no scalar", kind)
    if not np.isfinite(value).all():
        raise Mismatch("a finite loss", "NaN or infinity", diagnosis="loss_not_finite")
    return value.reshape(()).astype(np.float64)


def wrong_losses(x_hat: Array, x: Array, mu: Array, logvar: Array) -> Iterator[tuple[str, float]]:
    """What the loss would be under each misconception. b and k are summed over the batch."""
    n, z = mu.shape
    pixels = x[0].size
    b, k = float(bce(x_hat, x).sum()), float(kl(mu, logvar).sum())
    yield "summed_over_the_batch", b + k
    yield "averaged_over_pixels_too", b / n / pixels + k / n
    yield "averaged_over_everything", b / n / pixels + k / n / z
    yield "kl_averaged_over_z", b / n + k / n / z
    yield "kl_summed_over_the_batch", b / n + k
    yield "bce_summed_over_the_batch", b + k / n
    yield "divided_by_n_twice", (b + k) / n / n
    yield "averaged_over_pixels_and_n_twice", (b / pixels + k) / n / n
    yield "divided_by_z", (b + k) / z
    yield "divided_by_pixels", (b + k) / pixels
    yield "divided_by_pixels_for_n", (b + k) / n / pixels
    yield "bce_without_kl", b / n
    yield "kl_without_bce", k / n
    yield "kl_of_one_sign", (b - k) / n
    yield "elbo_not_negated", -(b + k) / n
    yield "bce_of_wrong_sign", (k - b) / n
    yield "kl_doubled", (b + 2 * k) / n
    yield "kl_halved", (b + k / 2) / n
    yield "pixels_hard_coded", b / n / pixels * 784 + k / n
    yield "kl_summed_in_every_pixel", b / n + k * pixels / n
    yield "first_image_only", float(bce(x_hat, x)[0].sum() + kl(mu, logvar)[0].sum())
    yield "last_image_only", float(bce(x_hat, x)[-1].sum() + kl(mu, logvar)[-1].sum())
    for name, wrong_b in _wrong_reconstructions(x_hat.astype(np.float64), x.astype(np.float64)):
        yield name, (wrong_b + k) / n
    for name, wrong_k in _wrong_divergences(mu.astype(np.float64), logvar.astype(np.float64)):
        yield name, (b + wrong_k) / n
    for size in (64, 100, 128, 256):
        yield "batch_size_hard_coded", (b + k) / size
    for beta in (0.1, 0.25, 3, 4, 5, 10):
        yield "kl_weighted", (b + beta * k) / n


def _wrong_reconstructions(p: Array, x: Array) -> Iterator[tuple[str, float]]:
    yield "arguments_swapped", bce(x, p).sum()
    yield "target_binarised", bce(p, x.round()).sum()
    yield "mse_for_bce", ((p - x) ** 2).sum()
    yield "half_mse_for_bce", ((p - x) ** 2).sum() / 2
    yield "l1_for_bce", np.abs(p - x).sum()
    yield "bce_with_logits", (np.logaddexp(0, p) - x * p).sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        yield "bce_only_white_pixels", -(x * np.log(p)).sum()
        yield "bce_only_black_pixels", -((1 - x) * np.log1p(-p)).sum()
    for floor in (1e-3, 1e-2, 0.1):
        yield "floor_in_log", -(x * np.log(p + floor) + (1 - x) * np.log(1 - p + floor)).sum()
    yield "log_base_2", bce(p, x).sum() / np.log(2)


def _wrong_divergences(m: Array, v: Array) -> Iterator[tuple[str, float]]:
    var = np.exp(v)
    brackets = {
        "kl_misses_one": v - m**2 - var,
        "kl_misses_mu": 1 + v - var,
        "kl_mu_not_squared": 1 + v - m - var,
        "kl_abs_mu": 1 + v - np.abs(m) - var,
        "kl_misses_logvar": 1 - m**2 - var,
        "kl_misses_variance": 1 + v - m**2,
        "kl_std_for_variance": 1 + v - m**2 - np.exp(v / 2),
        "kl_logvar_as_logstd": 1 + 2 * v - m**2 - np.exp(2 * v),
        "kl_variance_squared": 1 + v - m**2 - var**2,
        "kl_logvar_for_variance": 1 - m**2,
        "kl_logvar_squared": 1 + v - m**2 - v**2,
        "kl_mu_added": 1 + v + m**2 - var,
        "kl_logvar_subtracted": 1 - v - m**2 - var,
        "kl_variance_added": 1 + v - m**2 + var,
        "kl_mu_and_logvar_swapped": 1 + m - v**2 - np.exp(m),
        "kl_reversed": 1 - v - (1 + m**2) * np.exp(-v),
    }
    for name, bracket in brackets.items():
        yield name, -0.5 * bracket.sum()


def mistaken(*batch: Array) -> Callable[[], Iterator[tuple[str, float]]]:
    return lambda: wrong_losses(*batch)


@check("loss", hidden=True)
def loss_averages_over_the_batch(student: Submission, draw: Draw) -> None:
    """the loss is summed over pixels and latent dimensions and averaged over the minibatch"""
    for n in (N, 1, N + 2):
        batch = posterior_batch(draw, n)
        got, want = loss(student, *batch), negative_elbo(*batch)
        expect_close(got, want, "the loss", mistaken=mistaken(*batch))


@check("loss", hidden=True)
def reconstruction_term_is_the_cross_entropy(student: Submission, draw: Draw) -> None:
    """the reconstruction term is the binary cross-entropy, summed over the pixels"""
    x_hat, x, mu, _ = posterior_batch(draw)
    batch = (x_hat, x, 0 * mu, 0 * mu)
    got, want = loss(student, *batch), negative_elbo(*batch)
    expect_close(got, want, "the loss", mistaken=mistaken(*batch))


@check("loss", hidden=True)
def kl_term_is_the_closed_form(student: Submission, draw: Draw) -> None:
    """the KL term is that of N(mu, sigma^2) from N(0, 1), summed over the latent dimensions"""
    x_hat, x, mu, logvar = posterior_batch(draw)
    at_prior = (x_hat, x, 0 * mu, 0 * mu)
    got = loss(student, x_hat, x, mu, logvar) - loss(student, *at_prior)
    want = negative_elbo(x_hat, x, mu, logvar) - negative_elbo(*at_prior)

    def wrong() -> Iterator[tuple[str, float]]:
        before = wrong_losses(*at_prior)
        for (name, value), (_, base) in zip(wrong_losses(x_hat, x, mu, logvar), before):
            yield name, value - base

    expect_close(np.asarray(got), want, "the KL term", mistaken=wrong, rtol=1e-3, atol=1e-4)


@check("loss", hidden=True, after=reconstruction_term_is_the_cross_entropy)
def loss_holds_near_black_and_white(student: Submission, draw: Draw) -> None:
    """the loss is right where x_hat is close to 0 and to 1"""
    _, x, mu, logvar = posterior_batch(draw)
    x_hat = np.where(draw.uniform(*x.shape) < 0.5, 1e-5, 1 - 1e-5).astype(np.float32)
    batch = (x_hat, x, mu, logvar)
    expect_close(loss(student, *batch), negative_elbo(*batch), "the loss", rtol=1e-3)


@check("loss", hidden=True, after=loss_averages_over_the_batch)
def loss_has_its_gradients(student: Submission, draw: Draw) -> None:
    """gradients of the loss reach x_hat, mu and logvar"""
    x_hat, x, mu, logvar = posterior_batch(draw)
    found = student.gradients(TARGET, x_hat, x, mu, logvar, wrt=(0, 2, 3))
    if found.output is None:
        raise NotWritten(TARGET)
    p = x_hat.astype(np.float64)
    wants = {
        "0": ("x_hat", (p - x) / (p * (1 - p)) / N),
        "2": ("mu", mu / N),
        "3": ("logvar", (np.exp(logvar) - 1) / 2 / N),
    }
    for at, (name, want) in wants.items():
        if found.by[at] is None:
            note = f"no gradient of the loss reaches {name}"
            raise Mismatch(note=note, diagnosis="loss_without_gradient")
        expect_close(found.by[at], want, f"the gradient for {name}", rtol=1e-3, atol=1e-5)


@check("loss", hidden=True, after=loss_averages_over_the_batch)
def batch_stays_as_it_is(student: Submission, draw: Draw) -> None:
    """the images, mu and logvar are not changed in place"""
    batch = posterior_batch(draw)
    kept = student.call(TARGET, *batch, keep=True)
    expect_unchanged(kept, batch, ("x_hat", "x", "mu", "logvar"))


@check("loss", hidden=True, costs_points=False)
def loss_stays_finite_at_saturated_pixels(student: Submission, draw: Draw) -> None:
    """the loss stays finite where x_hat is exactly 0 or 1 (shown, never scored)"""
    _, x, mu, logvar = posterior_batch(draw)
    x_hat = np.where(draw.uniform(*x.shape) < 0.5, 0, 1).astype(np.float32)
    try:
        loss(student, x_hat, x, mu, logvar)
    except Mismatch as e:
        raise Mismatch(e.expected, e.got, e.note, "bare_logarithms") from None
