"""Activations in NumPy float64: the asked ones and what is written in their place."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

Array = np.ndarray
Activation = Callable[[Array], Array]


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


def selu(a: Array) -> Array:
    return 1.0507009873554805 * np.where(a > 0, a, 1.6732632423543772 * np.expm1(np.minimum(a, 0)))


def silu(a: Array) -> Array:
    return a * sigmoid(a)


def softmax(a: Array) -> Array:
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


FOR_RELU: dict[str, Activation] = {
    "leaky_relu": leaky(0.01),
    "leaky_relu_0.1": leaky(0.1),
    "leaky_relu_0.2": leaky(0.2),
    "prelu": leaky(0.25),
    "tanh_activation": np.tanh,
    "sigmoid_activation": sigmoid,
    "gelu": gelu,
    "elu": elu,
    "selu": selu,
    "silu": silu,
    "softplus": softplus,
    "relu6": lambda a: np.clip(a, 0, 6),
}
FOR_SIGMOID: dict[str, Activation] = {
    "no_sigmoid": identity,
    "relu_for_sigmoid": relu,
    "tanh_for_sigmoid": np.tanh,
    "softmax_for_sigmoid": softmax,
    "two_sigmoids": lambda a: sigmoid(sigmoid(a)),
    "relu_before_sigmoid": lambda a: sigmoid(relu(a)),
    "hard_sigmoid": lambda a: np.clip(a / 6 + 0.5, 0, 1),
    "clamp_for_sigmoid": lambda a: np.clip(a, 0, 1),
    "softplus_for_sigmoid": softplus,
    "log_sigmoid": lambda a: -softplus(-a),
}
FOR_NOTHING: dict[str, Activation] = {  # on a head, which should have none
    "relu_on_head": relu,
    "tanh_on_head": np.tanh,
    "sigmoid_on_head": sigmoid,
    "softplus_on_head": softplus,
    "exp_on_head": lambda a: np.exp(np.minimum(a, 50)),
    "leaky_relu_on_head": leaky(0.01),
    "softmax_on_head": softmax,
}
