"""The law of a reparametrized sample, and what it would be under each misconception.

Kingma and Welling, "Auto-Encoding Variational Bayes", section 2.4: z = mu + sigma * epsilon.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from autograder.oracles.computed import Wrong

Array = np.ndarray


def gaussian(mu: Array, logvar: Array) -> tuple[Array, Callable[[], Wrong]]:
    """(shift, scale) of z for levels mu and logvar, (2, levels)."""
    m, v = mu.astype(np.float64), logvar.astype(np.float64)
    return np.stack([m, np.exp(v / 2)]), lambda: _mistaken_laws(m, v)


def gaussian_of_log_sigma(mu: Array, log_sigma: Array) -> tuple[Array, Callable[[], Wrong]]:
    """The same for the logarithm of the standard deviation."""
    m, s = mu.astype(np.float64), log_sigma.astype(np.float64)
    return np.stack([m, np.exp(s)]), lambda: _mistaken_laws_of_log_sigma(m, s)


def _mistaken_laws_of_log_sigma(mu: Array, s: Array) -> Iterator[tuple[str, Array]]:
    sigma = np.exp(s)
    scales = {
        "log_sigma_as_logvar": np.exp(s / 2),
        "variance_as_std": np.exp(2 * s),
        "log_sigma_as_std": s,
        "std_inverted": np.exp(-s),
        "sigma_left_out": np.ones_like(s),
        "std_doubled": 2 * sigma,
        "softplus_std": np.logaddexp(0, s),
        "power_of_two": 2**s,
    }
    shifts = {
        "mu_lost": 0 * mu,
        "mu_negated": -mu,
        "mu_doubled": 2 * mu,
        "mu_scaled_by_sigma": mu * sigma,
        "sigma_added": mu + sigma,
    }
    for name, scale in scales.items():
        yield name, np.stack([mu, scale])
    for name, shift in shifts.items():
        yield name, np.stack([shift, sigma])
    yield "mu_multiplied", np.stack([0 * mu, mu * sigma])
    yield "sigma_added_not_multiplied", np.stack([mu + sigma, np.ones_like(mu)])
    yield "q_halves_swapped", np.stack([s, np.exp(mu)])


def law(mu: Array, logvar: Array) -> tuple[Array, Callable[[], Wrong]]:
    """The same, where nobody asks which mistake another law is."""
    return gaussian(mu, logvar)[0], lambda: ()


def _mistaken_laws(mu: Array, lv: Array) -> Iterator[tuple[str, Array]]:
    sigma = np.exp(lv / 2)
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
        "mu_averaged": np.full_like(mu, mu.mean()),
        "logvar_as_mean": lv,
        "sigma_added": mu + sigma,
    }
    for name, scale in scales.items():
        yield name, np.stack([mu, scale])
    for name, shift in shifts.items():
        yield name, np.stack([shift, sigma])
    yield "mu_multiplied", np.stack([0 * mu, mu * sigma])
    yield "sigma_added_not_multiplied", np.stack([mu + sigma, np.ones_like(mu)])
    yield "swapped_arguments", np.stack([lv, np.exp(mu / 2)])


def sample_slopes() -> tuple[Array, Callable[[], Wrong]]:
    """The derivative of z for mu, and that for logvar divided by z - mu."""
    wrong = {"gradient_of_variance": np.array([1, 1]), "logvar_without_gradient": np.array([1, 0])}
    return np.array([1, 0.5]), lambda: wrong.items()


def readings(mu: Array, logvar: Array, a: float, b: float) -> tuple[Array, Callable[[], Wrong]]:
    """What a stand-in that returns a * (its mean) + b * (its log-variance) gives, (levels,)."""
    m, v = mu.astype(np.float64), logvar.astype(np.float64)
    wrong = {
        "mean_decoded": m,
        "logvar_decoded": v,
        "arguments_of_reparametrize_swapped": a * v + b * m,
        "mu_twice_in_reparametrize": a * m + b * m,
        "std_given_to_reparametrize": a * m + b * np.exp(v / 2),
        "variance_given_to_reparametrize": a * m + b * np.exp(v),
        "sample_doubled": 2 * (a * m + b * v),
    }
    return a * m + b * v, lambda: wrong.items()


def heads(mu: Array, logvar: Array) -> tuple[Array, Callable[[], Wrong]]:
    """(mu, logvar) that a network returns whose heads give these levels, (2, levels)."""
    m, v = mu.astype(np.float64), logvar.astype(np.float64)
    wrong = {
        "sigma_returned": np.stack([m, np.exp(v / 2)]),
        "variance_returned": np.stack([m, np.exp(v)]),
    }
    return np.stack([m, v]), lambda: wrong.items()
