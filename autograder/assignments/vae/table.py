"""What ships with the visible checks: points, and which wrong number means which mistake.

The release writes it to nndl2/checks/vae.json. It holds numbers and sentences and no formula.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from autograder.assignments.vae import oracle
from autograder.assignments.vae.losses import wrong_losses
from autograder.assignments.vae.misconceptions import MISCONCEPTIONS
from autograder.assignments.vae.nets import HIDDEN, decoder_sizes, encoder_sizes
from autograder.assignments.vae.points import HINTS, POINTS
from nndl2.checks import vae as visible
from nndl2.checks.model import Check
from nndl2.checks.run import Answers
from nndl2.checks.vae import DRAWS, Net

Wrong = Iterable[tuple[str, float]]
SAID_BY_LAWS = {  # what visible laws name by themselves
    "summed_over_the_batch",
    "sample_of_another_type",
    "outputs_too_many",
    "outputs_missing",
    "outputs_in_another_order",
    "x_hat_flattened",
}
SQUARE = HIDDEN * HIDDEN + HIDDEN  # parameters of a linear layer 400 -> 400


def answers() -> Answers:
    """For each visible check: [wrong number, relative tolerance, misconception] rows."""
    found: dict[str, list[tuple[float, float, str]]] = {}
    vae, cvae = Net(17, input_size=345), Net(17, 10, 345)
    counted: list[tuple[Check, list[int], int]] = [
        (visible.encoder_has_the_asked_parameters, encoder_sizes(vae), 0),
        (visible.mu_layer_has_the_asked_parameters, [HIDDEN, 17], 0),
        (visible.logvar_layer_has_the_asked_parameters, [HIDDEN, 17], 0),
        (visible.decoder_has_the_asked_parameters, decoder_sizes(vae), 0),
        (visible.cvae_encoder_has_the_asked_parameters, encoder_sizes(cvae), 10),
        (visible.cvae_decoder_has_the_asked_parameters, decoder_sizes(cvae), 10),
    ]
    for check, sizes, label in counted:
        right = parameters(sizes)
        found[check.id] = list(told(right, wrong_counts(sizes, label), 0.0))
    std = np.exp(0.5)
    loose = 2.4 / np.sqrt(2 * DRAWS)  # standard errors; narrow, to tell neighbours apart
    statistics = visible.sample_has_the_stored_statistics
    found[statistics.id] = list(told(std, wrong_spreads(std), loose))
    batch = visible.stored_batch()
    right_loss = oracle.negative_elbo(*batch)
    found[visible.loss_has_the_stored_value.id] = list(told(right_loss, wrong_losses(*batch), 1e-4))
    return found


def told(right: float, wrong: Wrong, tolerance: float) -> Iterator[tuple[float, float, str]]:
    """The rows that say one thing: apart from the right number and from each other."""
    rows = [(name, float(value)) for name, value in wrong if np.isfinite(value)]
    for name, value in rows:
        others = [v for n, v in rows if n != name] + [right]
        apart = 2 * tolerance * abs(value) + 1e-9
        if all(abs(value - other) > apart for other in others):
            yield float(f"{value:.7g}"), float(f"{tolerance:.3g}"), name


def parameters(sizes: list[int]) -> int:
    """Weights and biases of the linear layers between layers of these sizes."""
    return sum(out * into + out for out, into in oracle.linear_shapes(sizes))


def wrong_counts(sizes: list[int], label: int) -> Wrong:
    right, layers = parameters(sizes), oracle.linear_shapes(sizes)
    if len(sizes) > 2:
        yield "hidden_layer_missing", right - SQUARE
        yield "layer_too_many", right + SQUARE
        yield "label_not_joined", right - label * HIDDEN
    else:
        yield "layer_too_many", right + SQUARE
    yield "bias_missing", right - sum(out for out, _ in layers)
    for out in {out for out, _ in layers}:
        yield "bias_missing", right - out


def wrong_spreads(std: float) -> Wrong:
    """The standard deviation of z at mu = 0, logvar = 1 under each mistake."""
    yield "variance_as_std", std**2
    yield "std_inverted", 1 / std
    yield "exp_of_quarter", std**0.5
    yield "exp_of_twice", std**4
    yield "half_logvar_as_std", 0.5
    yield "uniform_noise", std / np.sqrt(12)
    yield "no_noise", 0.0
    yield "mu_multiplied", 0.0
    yield "sigma_plus_one", std + 1
    yield "one_plus_logvar", 2.0
    yield "softplus_std", np.log1p(np.e)
    yield "sigmoid_std", 1 / (1 + 1 / np.e)
    yield "power_of_two", 2**0.5
    yield "noise_not_unit", 1.0
    yield "logvar_as_std", 1.0
    yield "half_variance_as_std", std**2 / 2
    yield "std_halved", std / 2
    yield "std_doubled", std * 2


def table() -> dict[str, Any]:
    """The table as the release writes it."""
    rows = answers()
    used = sorted({str(row[2]) for found in rows.values() for row in found} | SAID_BY_LAWS)
    return {
        "answers": {check: [list(row) for row in found] for check, found in rows.items()},
        "hints": HINTS,
        "mistakes": {i: [MISCONCEPTIONS[i].cause, MISCONCEPTIONS[i].nudge] for i in used},
        "points": POINTS,
    }
