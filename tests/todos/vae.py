"""What the TODOs of `vae` ask for."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from todos import Answer, Array, Formula, Todo, equals

N, Z, C, SIDE = 3, 4, 5, 28
STREAM = np.random.Generator(np.random.PCG64(20))
MU, EPSILON = STREAM.normal(size=(2, N, Z))
LOGVAR = STREAM.uniform(-2, 2, (N, Z))
X_HAT, X = STREAM.uniform(0.05, 0.95, (2, N, 1, SIDE, SIDE))
LABELS = np.eye(C)[[4, 0, 2]]
MANY = 4000  # samples of a row; their spread is known to 1.1 %, their middle to 0.016
ROWS = np.array([[-2.0], [0.0], [3.0]]), np.array([[1.0], [-3.0], [2.5]])
MANY_MU, MANY_LOGVAR = (np.repeat(column, MANY, axis=1) for column in ROWS)
HIDDEN_LAYERS = ("Linear", "ReLU") * 3
JOINS = frozenset({"cat", "concat", "concatenate", "hstack", "column_stack"})
HEADS = frozenset({"mu_layer", "logvar_layer"})


def sigma(logvar: Array) -> Array:
    return np.exp(logvar / 2)


def sample(mu: Array, logvar: Array, epsilon: Array) -> Array:
    return mu + sigma(logvar) * epsilon


def is_a_sample(got: Array) -> bool:
    """Whether noise of any source was scaled and shifted as MANY_MU and MANY_LOGVAR say."""
    if got.shape != MANY_MU.shape:
        return False
    noise = (got - MANY_MU) / sigma(MANY_LOGVAR)
    return bool(np.abs(noise.mean(1)).max() < 0.1 and np.abs(noise.std(1) - 1).max() < 0.1)


def kl(mu: Array, logvar: Array) -> Array:
    return (mu**2 + np.exp(logvar) - 1 - logvar) / 2


def bce(x_hat: Array, x: Array) -> Array:
    return -(x * np.log(x_hat) + (1 - x) * np.log(1 - x_hat))


def losses() -> tuple[Array, ...]:
    """The loss of each image, their mean, and their sum."""
    each = bce(X_HAT, X).reshape(N, -1).sum(1) + kl(MU, LOGVAR).sum(1)
    return each, np.asarray(each.mean()), np.asarray(each.sum())


class Pieces(nn.Module):
    """A network with all its pieces, but without a forward: calling it computes nothing."""

    def __init__(self, classes: int = 0):
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(SIDE**2 + classes, 6))
        self.mu_layer, self.logvar_layer = nn.Linear(6, Z), nn.Linear(6, Z)
        self.decoder = nn.Sequential(
            nn.Linear(Z + classes, SIDE**2), nn.Unflatten(1, (1, SIDE, SIDE))
        )
        self.double()


def heads(pieces: Pieces, rows: Array) -> tuple[Array, ...]:
    """mu and logvar of rows of pixels, with or without a label behind them."""
    with torch.no_grad():
        hidden = pieces.encoder(torch.from_numpy(rows))
        return tuple(layer(hidden).numpy() for layer in (pieces.mu_layer, pieces.logvar_layer))


with torch.random.fork_rng():
    torch.manual_seed(20)
    PIECES, PIECES_WITH_LABELS = Pieces(), Pieces(C)
ROW_AND_LABEL = np.concatenate([X.reshape(N, -1), LABELS], axis=1)

TODOS = (
    Todo("encoder", chains=(HIDDEN_LAYERS,)),
    Todo("encoder (heads)", chains=(("Linear", "Linear"),)),
    Todo("decoder", chains=((*HIDDEN_LAYERS, "Linear", "Sigmoid"),)),
    Todo(
        "forward",
        answers=(Answer("mu or logvar", (PIECES, X), equals(*heads(PIECES, X))),),
        nested=(
            (HEADS, frozenset({"encoder"})),
            (frozenset({"decoder"}), frozenset({"reparametrize"})),
        ),
    ),
    Todo("cvae (encoder and heads)", chains=(HIDDEN_LAYERS, ("Linear", "Linear"))),
    Todo("cvae (decoder)", chains=((*HIDDEN_LAYERS, "Linear", "Sigmoid"),)),
    Todo(
        "cvae (forward)",
        answers=(
            Answer(
                "mu or logvar",
                (PIECES_WITH_LABELS, X, LABELS),
                equals(*heads(PIECES_WITH_LABELS, ROW_AND_LABEL)),
            ),
            Answer("a row of pixels joined with its label", (X, LABELS), equals(ROW_AND_LABEL)),
            Answer(
                "z joined with its label", (MU, LABELS), equals(np.concatenate([MU, LABELS], 1))
            ),
        ),
        nested=((frozenset({"encoder", "decoder"}), JOINS),),
    ),
    Todo(
        "reparametrize",
        formulas=(
            Formula("sigma", sigma, (LOGVAR,)),
            Formula("z", sample, (MU, LOGVAR, EPSILON)),
        ),
        answers=(Answer("samples of z", (MANY_MU, MANY_LOGVAR), is_a_sample),),
        names=frozenset({"rsample"}),
    ),
    Todo(
        "loss",
        formulas=(
            Formula("the KL divergence", kl, (MU, LOGVAR)),
            Formula(
                "the KL divergence, of sigma",
                lambda m, s: kl(m, 2 * np.log(s)),
                (MU, sigma(LOGVAR)),
            ),
            Formula(
                "the KL divergence, of the variance",
                lambda m, v: kl(m, np.log(v)),
                (MU, np.exp(LOGVAR)),
            ),
            Formula("the binary cross-entropy", bce, (X_HAT, X)),
        ),
        answers=(Answer("the loss", (X_HAT, X, MU, LOGVAR), equals(*losses())),),
        names=frozenset(
            {
                *("binary_cross_entropy", "binary_cross_entropy_with_logits"),
                *("BCELoss", "BCEWithLogitsLoss", "kl_divergence"),
            }
        ),
    ),
)
