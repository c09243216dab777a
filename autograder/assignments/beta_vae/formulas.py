"""The questions that the checks of `beta_vae` ask, each with the formula that answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from autograder.oracles import Formula, Solved, loops, networks, samplers
from autograder.oracles.activations import FOR_NOTHING, FOR_SIGMOID, identity, relu, sigmoid
from autograder.oracles.computed import Wrong
from autograder.oracles.losses import bce, kl

Array = np.ndarray
LOW, HIGH = 5e-4, 5e-2  # the betas that suit, both included


def joined(stack: Formula) -> Formula:
    """What rows (N, n) and labels (N,) or None become in a chain of layers."""

    def asked(rows: Array, c: Array | None, labels: int, layers: networks.Layers) -> Solved:
        label = np.zeros((len(rows), 0)) if c is None else np.eye(labels)[c]
        right, wrong = stack(np.concatenate([rows, label], 1), layers)
        if c is None:
            return right, wrong
        lost = {
            "label_lost": 0 * label,
            "label_as_number": np.concatenate([c[:, None], 0 * label[:, 1:]], 1),
            "first_label_for_all": np.repeat(label[:1], len(rows), 0),
            "label_shifted": np.roll(label, 1, axis=1),
        }

        def mistaken() -> Wrong:
            yield from wrong() if callable(wrong) else wrong.items()
            for name, other in (*lost.items(), ("label_shifted", np.roll(label, -1, axis=1))):
                yield name, stack(np.concatenate([rows, other], 1), layers)[0]

        return right, mistaken

    return asked


def rec_loss(x: Array, rec: Array) -> Solved:
    """The binary cross-entropy in nats a pixel, averaged over the images too."""
    p, t = rec.astype(np.float64).reshape(x.shape), x.astype(np.float64)
    each, (n, d) = bce(p, t), x.shape
    return each.mean(), {
        "summed_over_everything": each.sum(),
        "summed_over_pixels": each.sum() / n,
        "summed_over_the_batch": each.sum() / d,
        "divided_by_n_twice": each.mean() / n,
        "mse_for_bce": ((p - t) ** 2).mean(),
        "mse_summed": ((p - t) ** 2).sum() / n,
        "l1_for_bce": np.abs(p - t).mean(),
        "arguments_swapped": bce(t, p).mean(),
        "bce_with_logits": (np.logaddexp(0, p) - t * p).mean(),
        "bce_of_wrong_sign": -each.mean(),
        "bce_only_white_pixels": -(t * np.log(p)).mean(),
        "first_image_only": each[0].mean(),
        "target_binarised": bce(p, t.round()).mean(),
        "log_base_2": each.mean() / np.log(2),
    }


def kl_loss(q: Array) -> Solved:
    """KL(q || N(0, 1)) of mu and log sigma side by side, in nats an image."""
    m, s = np.split(q.astype(np.float64), 2, axis=1)
    each, (n, z) = kl(m, 2 * s), m.shape
    return each.sum() / n, lambda: _mistaken_kl(m, s, each, n, z)


def _mistaken_kl(m: Array, s: Array, each: Array, n: int, z: int) -> Iterator[tuple[str, float]]:
    yield "kl_averaged_over_z", each.mean()
    yield "kl_summed_over_the_batch", each.sum()
    yield "kl_summed_over_n_averaged_over_z", each.sum() / z
    yield "divided_by_n_twice", each.sum() / n / n
    yield "log_sigma_as_logvar", kl(m, s).sum() / n
    yield "kl_reversed", _between(0 * m, 0 * s, m, s) / n
    yield "kl_prior_of_sigma_e", _between(m, s, 0 * m, 0 * s + 1) / n
    yield "kl_prior_of_mean_one", _between(m, s, 0 * m + 1, 0 * s) / n
    yield "q_halves_swapped", kl(s, 2 * m).sum() / n
    yield "kl_of_wrong_sign", -each.sum() / n
    yield "kl_doubled", 2 * each.sum() / n
    yield "kl_halved", each.sum() / 2 / n
    yield "kl_misses_mu", kl(0 * m, 2 * s).sum() / n
    yield "kl_misses_sigma", (m**2).sum() / 2 / n
    yield "kl_misses_one", (each + 0.5).sum() / n
    yield "kl_std_for_variance", (m**2 + np.exp(s) - 1 - 2 * s).sum() / 2 / n
    yield "first_image_only", each[0].sum()


def _between(m1: Array, s1: Array, m2: Array, s2: Array) -> float:
    """KL of diagonal Gaussians with log sigma, summed over everything."""
    spread = (np.exp(2 * s1) + (m1 - m2) ** 2) / (2 * np.exp(2 * s2))
    return float((s2 - s1 + spread - 0.5).sum())


def slopes(which: str, x: Array, rec: Array, q: Array) -> Solved:
    """The gradient of rec_loss + kl_loss for rec or q."""
    if which == "rec":
        p = rec.astype(np.float64)
        return (p - x.reshape(p.shape)) / (p * (1 - p)) / x.size, {}
    m, s = np.split(q.astype(np.float64), 2, axis=1)
    return np.concatenate([m, np.exp(2 * s) - 1], 1) / len(q), {}


def coefficients(beta: float) -> Solved:
    """How much of rec_loss and of kl_loss is in the total."""
    if not beta:
        return np.array([1.0, 0.0]), {"beta_of_zero_is_one": np.array([1.0, 1.0])}
    return np.array([1, beta]), {
        "beta_ignored": np.array([1.0, 1.0]),
        "kl_left_out": np.array([1.0, 0.0]),
        "rec_left_out": np.array([0.0, beta]),
        "beta_on_rec": np.array([beta, 1.0]),
        "beta_on_both": np.array([beta, beta]),
        "kl_subtracted": np.array([1, -beta]),
        "beta_squared": np.array([1, beta**2]),
        "beta_as_a_share": np.array([1 - beta, beta]),
        "total_halved": np.array([0.5, beta / 2]),
        "total_negated": np.array([-1, -beta]),
        "beta_inverted": np.array([1, 1 / beta]),
    }


def between(steps: int) -> Solved:
    """How much of the start and of the end is in each of so many images, (steps, 2)."""
    right = np.linspace(0, 1, steps)

    def shares(w: Array) -> Array:
        return np.stack([1 - w, w], 1)

    inner = np.arange(steps)
    angle = right * np.pi / 2
    return shares(right), {
        "end_never_reached": shares(inner / steps),
        "start_left_out": shares((inner + 1) / steps),
        "both_ends_left_out": shares((inner + 1) / (steps + 1)),
        "way_reversed": shares(1 - right),
        "start_alone": shares(0 * right),
        "end_alone": shares(0 * right + 1),
        "start_not_faded": np.stack([0 * right + 1, right], 1),
        "end_added_to_start": np.stack([1 - right, 0 * right + 1], 1),
        "way_bent": np.stack([np.cos(angle), np.sin(angle)], 1),
        "steps_unequal": shares(right**2),
    }


def best_beta(series: Sequence[float]) -> Solved:
    """How many of `series` are too small, and how many are not too large."""
    return np.array([sum(b < LOW for b in series), sum(b <= HIGH for b in series)]), {}


ENCODER = networks.stack([relu, relu, identity], FOR_NOTHING)
DECODER = networks.stack([relu, relu, sigmoid], FOR_SIGMOID)
FORMULAS: dict[str, Callable[..., Solved]] = {
    "parameters": networks.parameters,
    "encoder": joined(ENCODER),
    "decoder": joined(DECODER),
    "gaussian": samplers.gaussian_of_log_sigma,
    "rec_loss": rec_loss,
    "kl_loss": kl_loss,
    "slopes": slopes,
    "coefficients": coefficients,
    "weights_after": loops.weights_after,
    "weights_by_beta": loops.weights_by_beta,
    "losses_of": loops.losses_of,
    "between": between,
    "best_beta": best_beta,
}
