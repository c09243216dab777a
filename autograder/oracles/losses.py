"""Losses of variational autoencoders, and what they would be under each misconception.

Kingma and Welling, "Auto-Encoding Variational Bayes": equation 10 (the bound), appendix B (the KL
divergence of a diagonal Gaussian from the standard normal) and appendix C (Bernoulli pixels).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from autograder.oracles.computed import Wrong

Array = np.ndarray
AVERAGED = {  # what is an average over the batch, rightly or not
    *("summed_over_the_batch", "averaged_over_pixels_too", "kl_averaged_over_z"),
    *("averaged_over_everything", "kl_summed_over_the_batch", "bce_summed_over_the_batch"),
    *("divided_by_n_twice", "averaged_over_pixels_and_n_twice", "divided_by_z"),
    *("divided_by_pixels", "divided_by_pixels_for_n", "pixels_hard_coded"),
    *("kl_summed_in_every_pixel", "batch_size_hard_coded", "first_image_only", "last_image_only"),
}
LOG_FLOOR = -100.0  # torch's binary cross-entropy bounds each logarithm from below


def bce(x_hat: Array, x: Array) -> Array:
    """Binary cross-entropy of every pixel, in nats; shape of x."""
    p, t = x_hat.astype(np.float64), x.astype(np.float64)
    with np.errstate(divide="ignore"):
        log_p, log_q = np.log(p), np.log1p(-p)
    return -(t * np.maximum(log_p, LOG_FLOOR) + (1 - t) * np.maximum(log_q, LOG_FLOOR))


def kl(mu: Array, logvar: Array) -> Array:
    """KL(N(mu, exp(logvar)) || N(0, 1)) of every latent dimension, in nats; shape (N, Z)."""
    m, v = mu.astype(np.float64), logvar.astype(np.float64)
    return 0.5 * (m**2 + np.exp(v) - 1 - v)


def negative_elbo(x_hat: Array, x: Array, mu: Array, logvar: Array) -> float:
    """The loss in nats: summed over pixels and over Z, averaged over the N images."""
    return float((bce(x_hat, x).sum() + kl(mu, logvar).sum()) / len(x))


def loss(*batch: Array) -> tuple[float, Callable[[], Wrong]]:
    """The negative bound of x_hat, x, mu, logvar."""
    return negative_elbo(*batch), lambda: mistaken_losses(*batch)


def example(*batch: Array) -> tuple[float, Callable[[], Wrong]]:
    """The same, where one number would equal many mistakes by chance."""
    return negative_elbo(*batch), lambda: ()


def total(
    x_hat: Array, x: Array, mu: Array, logvar: Array
) -> tuple[float, Callable[[], Iterator[tuple[str, float]]]]:
    """The negative bound of a whole minibatch: summed over pixels, over Z and over the N images."""
    b, k = float(bce(x_hat, x).sum()), float(kl(mu, logvar).sum())
    return b + k, lambda: _mistaken_totals((x_hat, x, mu, logvar), b, k)


def _mistaken_totals(batch: Sequence[Array], b: float, k: float) -> Iterator[tuple[str, float]]:
    """What is wrong with one term comes before what is wrong with both: of one term alone they give
    the same."""
    n, z = batch[2].shape
    pixels = batch[1][0].size
    first = float(bce(*batch[:2])[0].sum())
    yield "bce_averaged_over_the_batch", b / n + k
    yield "bce_averaged_over_everything", b / n / pixels + k
    yield "bce_averaged_over_everything", b / n / pixels + k / n
    yield "kl_averaged_over_the_batch", b + k / n
    yield "kl_averaged_over_everything", b + k / n / z
    yield "kl_averaged_over_z", b + k / z
    yield "bce_of_wrong_sign", k - b
    yield "averaged_over_the_batch", (b + k) / n
    yield "averaged_over_everything", b / n / pixels + k / n / z
    yield "divided_by_pixels", (b + k) / pixels
    yield "divided_by_pixels", b / pixels + k
    yield "pixels_hard_coded", b / pixels * 784 + k
    yield "bce_averaged_over_the_batch", b / n / pixels * 784 + k
    yield "kl_summed_in_every_pixel", b + k * n * pixels
    for elements in (n, n * z):
        yield "bce_summed_in_every_row", b * elements + k
    for divergence in (float(kl(*batch[2:])[0].sum()), k):
        yield "first_image_only", first + divergence
    for name, value in mistaken_losses(*batch):
        if name not in AVERAGED:
            yield name, n * value


def total_kl_term(
    x_hat: Array, x: Array, mu: Array, logvar: Array
) -> tuple[float, Callable[[], Wrong]]:
    """By how much the sum over a batch is above that with mu = logvar = 0."""
    right, wrong = total(x_hat, x, mu, logvar)
    base, wrong_base = total(x_hat, x, 0 * mu, 0 * mu)

    def mistaken() -> Wrong:
        return ((i, np.subtract(a, b)) for (i, a), (_, b) in zip(wrong(), wrong_base()))

    return right - base, mistaken


def total_bce_term(
    x_hat: Array, x: Array, mu: Array, logvar: Array
) -> tuple[float, Callable[[], Wrong]]:
    """By how much the sum over a batch is above that with x_hat = 1/2."""
    right, wrong = total(x_hat, x, mu, logvar)
    base, wrong_base = total(np.full_like(x_hat, 0.5), x, mu, logvar)

    def mistaken() -> Wrong:
        return ((i, np.subtract(a, b)) for (i, a), (_, b) in zip(wrong(), wrong_base()))

    return right - base, mistaken


def total_slopes(
    which: str, x_hat: Array, x: Array, mu: Array, logvar: Array
) -> tuple[Array, Callable[[], Wrong]]:
    """The gradient of the summed loss for one of its arguments."""
    slopes, wrong = loss_slopes(which, x_hat, x, mu, logvar)
    return slopes * len(x), wrong


def kl_term(x_hat: Array, x: Array, mu: Array, logvar: Array) -> tuple[float, Callable[[], Wrong]]:
    """By how much the loss of a batch is above that with mu = logvar = 0."""
    at_prior = (x_hat, x, 0 * mu, 0 * mu)

    def mistaken() -> Wrong:
        pairs = zip(mistaken_losses(x_hat, x, mu, logvar), mistaken_losses(*at_prior))
        return ((name, value - base) for (name, value), (_, base) in pairs)

    right = negative_elbo(x_hat, x, mu, logvar) - negative_elbo(*at_prior)
    return right, mistaken


def loss_slopes(
    which: str, x_hat: Array, x: Array, mu: Array, logvar: Array
) -> tuple[Array, Callable[[], Wrong]]:
    """The gradient of the loss for one of its arguments."""
    p = x_hat.astype(np.float64)
    slopes = {
        "x_hat": (p - x) / (p * (1 - p)) / len(x),
        "mu": mu / len(x),
        "logvar": (np.exp(logvar.astype(np.float64)) - 1) / 2 / len(x),
    }
    return slopes[which], lambda: ()


def mistaken_losses(
    x_hat: Array, x: Array, mu: Array, logvar: Array
) -> Iterator[tuple[str, float]]:
    """What the loss would be under each misconception. b and k are summed over the batch."""
    n, z = mu.shape
    pixels = x[0].size
    b, k = float(bce(x_hat, x).sum()), float(kl(mu, logvar).sum())
    yield "summed_over_the_batch", b + k
    yield "averaged_over_pixels_too", b / n / pixels + k / n
    yield "kl_averaged_over_z", b / n + k / n / z
    yield "averaged_over_everything", b / n / pixels + k / n / z
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
    for factor in (1, 0.5, 1 / len(x)):
        yield "mse_mean", factor * ((p - x) ** 2).mean() * len(x)
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
