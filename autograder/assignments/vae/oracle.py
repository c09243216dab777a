"""What the parts of the assignment compute, in NumPy float64, written from the formulas.

Kingma and Welling, "Auto-Encoding Variational Bayes": equation 10 (the bound), appendix B (the KL
divergence of a diagonal Gaussian from the standard normal) and appendix C (Bernoulli pixels).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

Array = np.ndarray
Activation = Callable[[Array], Array]
Layers = list[tuple[Array, Array]]  # (weight (out, in), bias (out,)) of each linear layer

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


def relu(a: Array) -> Array:
    return np.maximum(a, 0)


def sigmoid(a: Array) -> Array:
    return 0.5 * (1 + np.tanh(0.5 * a))


def identity(a: Array) -> Array:
    return a


def leaky(slope: float) -> Activation:
    return lambda a: np.where(a > 0, a, slope * a)


def gelu(a: Array) -> Array:
    return 0.5 * a * (1 + np.vectorize(math.erf)(a / math.sqrt(2)))


def softplus(a: Array) -> Array:
    return np.logaddexp(0, a)


def elu(a: Array) -> Array:
    return np.where(a > 0, a, np.expm1(np.minimum(a, 0)))


def softmax(a: Array) -> Array:
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def mlp(x: Array, layers: Layers, activations: Sequence[Activation]) -> Array:
    """x (N, in) through linear layers, each followed by its activation; shape (N, out)."""
    h = x.astype(np.float64).reshape(len(x), -1)
    for (weight, bias), activation in zip(layers, activations):
        h = activation(h @ weight.T + bias)
    return h


def linear_shapes(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """Shapes (out, in) of the weights between layers of the given sizes."""
    return [(out, into) for into, out in itertools.pairwise(sizes)]


def pairs(weights: Mapping[str, Array]) -> Layers:
    """Each matrix with its bias: the vector of the same prefix, else the next one that fits."""
    matrices = {n: w.astype(np.float64) for n, w in weights.items() if w.ndim == 2}
    vectors = {n: b.astype(np.float64) for n, b in weights.items() if b.ndim == 1}
    found = []
    for name, weight in matrices.items():
        prefix = name.rpartition("weight")[0]
        own = f"{prefix}bias" if prefix and f"{prefix}bias" in vectors else ""
        fits = own or next((n for n, b in vectors.items() if len(b) in weight.shape), "")
        bias = vectors.pop(fits) if fits else np.zeros(len(weight))
        found.append((weight, bias))
    return found


def arrangements(weights: Mapping[str, Array], sizes: Sequence[int]) -> Iterator[Layers]:
    """Every way to lay the matrices out as a chain of `sizes`: matched by shape, in any order.

    A matrix stored as (in, out) is turned. Nothing is yielded when they do not fit.
    """
    found, wanted = pairs(weights), linear_shapes(sizes)
    if len(found) != len(wanted):
        return
    for order in itertools.permutations(found):
        laid = [_turned(w, b, shape) for (w, b), shape in zip(order, wanted)]
        if all(laid):
            yield [layer for layer in laid if layer]


def _turned(weight: Array, bias: Array, shape: tuple[int, int]) -> tuple[Array, Array] | None:
    if bias.shape != shape[:1]:
        return None
    if weight.shape == shape:
        return weight, bias
    return (weight.T, bias) if weight.T.shape == shape else None


def chain(weights: Mapping[str, Array]) -> list[int]:
    """The sizes that the matrices run through, in the order they were registered."""
    shapes = [w.shape for w in weights.values() if w.ndim == 2]
    return [shapes[0][1], *(out for out, _ in shapes)] if shapes else []


def chain_text(sizes: Sequence[int]) -> str:
    """784 -> 400 -> 400 -> 15"""
    return " -> ".join(map(str, sizes)) or "no linear layer"


def squares_turned(layers: Layers) -> Iterator[Layers]:
    """`layers` with every choice of its square matrices turned: `x @ W` stores them that way."""
    square = [i for i, (w, _) in enumerate(layers) if w.shape[0] == w.shape[1]]
    for turned in itertools.product((False, True), repeat=len(square)):
        flip = {i for i, t in zip(square, turned) if t}
        yield [(w.T if i in flip else w, b) for i, (w, b) in enumerate(layers)]
