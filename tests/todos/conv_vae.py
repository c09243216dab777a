"""What the TODOs of `conv_vae` ask for."""

from __future__ import annotations

import numpy as np

from todos import Answer, Array, Formula, Todo, equals
from todos.vae import (
    LOGVAR,
    MANY_LOGVAR,
    MANY_MU,
    MU,
    X_HAT,
    X,
    bce,
    is_a_sample,
    kl,
    sample,
    sigma,
)

VALUES, DIM = np.array([-1.5, 0.25, 2.0, -0.75]), 2
MEAN = MU[:1]


def moved(mean: Array, dim: int, values: Array) -> Array:
    """The mean (1, Z) with each of the values (K,) added to one dimension, (K, Z)."""
    return mean + values[:, None] * np.eye(mean.shape[1])[dim]


TOTAL = bce(X_HAT, X).sum() + kl(MU, LOGVAR).sum()
DOWN = ("Conv2d", "ReLU", "Conv2d", "ReLU")
UP = ("Linear", "ReLU", "ConvTranspose2d", "ReLU", "ConvTranspose2d")

TODOS = (
    Todo("encode (layers)", chains=(DOWN, ("Conv2d", "Conv2d"), ("Linear", "Linear"))),
    Todo("decode (layers)", chains=(UP, ("ConvTranspose2d", "ConvTranspose2d"))),
    Todo("encode", names=frozenset({"mu_head", "logvar_head"})),
    Todo(
        "sample",
        formulas=(
            Formula("sigma", sigma, (LOGVAR,)),
            Formula("z", sample, (MU, LOGVAR, X[:, 0, 0, : MU.shape[1]])),
        ),
        answers=(Answer("samples of z", (MANY_MU, MANY_LOGVAR), is_a_sample),),
        names=frozenset({"rsample"}),
    ),
    Todo("decode", together=(frozenset({"self", "decoder", "x_hat"}),)),
    Todo("forward", nested=((frozenset({"decode"}), frozenset({"sample"})),)),
    Todo(
        "loss_function",
        formulas=(
            Formula("the KL divergence", kl, (MU, LOGVAR)),
            Formula("the binary cross-entropy", bce, (X_HAT, X)),
        ),
        answers=(Answer("the loss", (X_HAT, X, MU, LOGVAR), equals(np.asarray(TOTAL))),),
        names=frozenset(
            {
                *("binary_cross_entropy", "binary_cross_entropy_with_logits"),
                *("BCELoss", "BCEWithLogitsLoss", "kl_divergence"),
            }
        ),
    ),
    Todo(
        "traverse",
        answers=(
            Answer("moved means", (MEAN, DIM, VALUES), equals(moved(MEAN, DIM, VALUES))),
            Answer("moved means", (MEAN[0], DIM, VALUES), equals(moved(MEAN, DIM, VALUES))),
        ),
        together=(frozenset({"encode", "decode", "dim"}),),
    ),
)
