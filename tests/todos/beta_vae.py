"""What the TODOs of `beta_vae` ask for."""

from __future__ import annotations

import numpy as np

from todos import Answer, Array, Formula, Todo, equals
from todos.vae import JOINS, MANY, MANY_MU, MU, STREAM, N, Z, bce

LOG_SIGMA = STREAM.uniform(-1, 1, (N, Z))
EPSILON = STREAM.normal(size=(N, Z))
X_HAT, X = STREAM.uniform(0.05, 0.95, (2, N, 12))
MANY_LOG_SIGMA = np.repeat(np.array([[0.5], [-1.5], [1.25]]), MANY, axis=1)
START, END, WEIGHT = STREAM.normal(size=(3, 6))
ENCODES = ("Linear", "ReLU", "Linear", "ReLU", "Linear")
LOOP = (frozenset({"backward", "step"}),)
LOSSES = frozenset(
    {
        *("binary_cross_entropy", "binary_cross_entropy_with_logits"),
        *("BCELoss", "BCEWithLogitsLoss"),
    }
)
LABELS = frozenset({"idx2onehot", "one_hot"})


def sample(mu: Array, log_sigma: Array, epsilon: Array) -> Array:
    return mu + np.exp(log_sigma) * epsilon


def is_a_sample(got: Array) -> bool:
    """Whether noise of any source was scaled and shifted as MANY_MU and MANY_LOG_SIGMA say."""
    if got.shape != MANY_MU.shape:
        return False
    noise = (got - MANY_MU) / np.exp(MANY_LOG_SIGMA)
    return bool(np.abs(noise.mean(1)).max() < 0.1 and np.abs(noise.std(1) - 1).max() < 0.1)


def mixed(start: Array, end: Array, weight: Array) -> Array:
    return (1 - weight) * start + weight * end


FORWARD = {
    "formulas": (Formula("z", sample, (MU, LOG_SIGMA, EPSILON)),),
    "answers": (Answer("samples of z", (MANY_MU, MANY_LOG_SIGMA), is_a_sample),),
    "names": frozenset({"rsample"}),
}
LOSS = {
    "formulas": (Formula("the binary cross-entropy", bce, (X_HAT, X)),),
    "answers": (Answer("rec_loss", (X_HAT, X), equals(np.asarray(bce(X_HAT, X).mean()))),),
    "names": LOSSES,
}
TODOS = (
    Todo("autoencoder (encoder)", chains=(ENCODES,)),
    Todo("autoencoder (decoder)", chains=((*ENCODES, "Sigmoid"),)),
    Todo("train_autoencoder", together=LOOP, names=LOSSES),
    Todo("sample_images", together=(frozenset({"randn", "decoder"}),)),
    Todo("vae (layers)", together=(frozenset({"beta", "Encoder"}),)),
    Todo("vae (forward)", **FORWARD),
    Todo("vae (loss)", **LOSS),
    Todo("vae (reconstruct)", together=(frozenset({"encoder", "decoder", "chunk"}),)),
    Todo("train_vae", together=LOOP),
    Todo("best_beta", chosen=True),
    Todo(
        "interpolate",
        formulas=(Formula("a mix of both ends", mixed, (START, END, WEIGHT)),),
        names=frozenset({"lerp", "lerp_"}),
    ),
    Todo("cvae (encoder)", chains=(ENCODES,)),
    Todo("cvae (encoder, forward)", nested=((JOINS, LABELS),)),
    Todo("cvae (decoder)", chains=((*ENCODES, "Sigmoid"),)),
    Todo("cvae (decoder, forward)", nested=((JOINS, LABELS),)),
    Todo("cvae (layers)", together=(frozenset({"CVAEEncoder", "CVAEDecoder"}),)),
    Todo("cvae (forward)", **FORWARD),
    Todo("cvae (loss)", **LOSS),
    Todo("cvae (reconstruct)", together=(frozenset({"encoder", "decoder", "chunk"}),)),
    Todo("train_cvae", together=LOOP),
    Todo("sample_digits", together=(frozenset({"randn", "decoder"}),)),
)
