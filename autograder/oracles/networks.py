"""What chains of linear layers compute and how large they are, rightly and under each mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Generic, TypeVar

import numpy as np

from autograder.oracles.activations import FOR_RELU, Activation, identity, relu
from autograder.oracles.computed import Formula, Wrong

Array = np.ndarray
Layer = TypeVar("Layer")
Layers = Sequence[tuple[Array, Array]]  # (weight (out, in), bias (out,)) of each linear layer


class Runs(Generic[Layer]):
    """What layers make of one input under one choice of activations after the other.

    `applied` gives what one layer makes of an array, without its activation. What two choices have
    in common from the first layer on is computed once.
    """

    def __init__(
        self, x: Array, layers: Sequence[Layer], applied: Callable[[Array, Layer], Array]
    ) -> None:
        self.x, self.layers, self.applied = x.astype(np.float64), layers, applied
        self._before: dict[tuple[Activation, ...], Array] = {}

    def through(self, activations: Sequence[Activation]) -> Array:
        """x through the layers, each followed by its activation."""
        acts = tuple(activations[: len(self.layers)])
        return acts[-1](self.before(acts[:-1])) if acts else self.x

    def before(self, acts: tuple[Activation, ...]) -> Array:
        """What the layer behind these activations gives, before its own."""
        if acts not in self._before:
            self._before[acts] = self.applied(self.through(acts), self.layers[len(acts)])
        return self._before[acts]


def mlp(x: Array, layers: Layers, activations: Sequence[Activation]) -> Array:
    """x (N, in) through linear layers, each followed by its activation; shape (N, out)."""
    return linear_runs(x, layers).through(activations)


def linear_runs(x: Array, layers: Layers) -> Runs[tuple[Array, Array]]:
    """The runs of rows x (N, ...) through linear layers, in float64."""
    exact = [(weight.astype(np.float64), bias) for weight, bias in layers]
    return Runs(x.reshape(len(x), -1), exact, lambda h, layer: h @ layer[0].T + layer[1])


def stack(activations: Sequence[Activation], wrong_last: Mapping[str, Activation]) -> Formula:
    """The question what x (N, in) becomes in linear layers with these activations.

    `wrong_last` holds what may stand in place of the last one.
    """

    def asked(x: Array, layers: Layers) -> tuple[Array, Callable[[], Wrong]]:
        runs = linear_runs(x, layers)
        return runs.through(activations), lambda: _mistaken(runs, activations, wrong_last)

    return asked


def _mistaken(
    runs: Runs[tuple[Array, Array]],
    acts: Sequence[Activation],
    wrong_last: Mapping[str, Activation],
) -> Iterator[tuple[str, Array]]:
    for name, chosen in variants(acts, wrong_last):
        yield name, runs.through(chosen)
    x, layers = runs.x, runs.layers
    if len(layers) > 1:
        for k, (_, bias) in enumerate(layers):
            lacking = [*layers]
            lacking[k] = (layers[k][0], 0 * bias)
            yield "bias_missing", mlp(x, lacking, acts)
    yield "bias_missing", mlp(x, [(weight, 0 * bias) for weight, bias in layers], acts)


def variants(
    acts: Sequence[Activation], wrong_last: Mapping[str, Activation]
) -> Iterator[tuple[str, list[Activation]]]:
    """The activations that stand in place of the asked ones, by the misconception's id."""
    hidden = [i for i, act in enumerate(acts) if act is relu]
    for name, last in wrong_last.items():
        yield name, [*acts[:-1], last]
    if not hidden:
        return
    yield "no_relu", _swap(acts, hidden, identity)
    for k in hidden:
        yield f"no_relu_{_place(k, len(hidden))}", _swap(acts, [k], identity)
    for name, other in FOR_RELU.items():
        yield name, _swap(acts, hidden, other)
    for name, other in FOR_RELU.items():
        for k in hidden:
            yield f"{name}_once", _swap(acts, [k], other)


def _swap(acts: Sequence[Activation], at: Sequence[int], other: Activation) -> list[Activation]:
    return [other if i in at else act for i, act in enumerate(acts)]


def _place(k: int, n: int) -> str:
    return "last" if k == n - 1 else f"after_{k + 1}"


def parameters(sizes: Sequence[int], label: int) -> tuple[int, Callable[[], Wrong]]:
    """The number of weights and biases of linear layers between `sizes`, `label` of the first of
    which are a label's."""
    return _count(sizes), lambda: _mistaken_counts(sizes, label)


def _count(sizes: Sequence[int]) -> int:
    return sum(out * into + out for into, out in pairwise(sizes))


def _mistaken_counts(sizes: Sequence[int], label: int) -> Iterator[tuple[str, int]]:
    right, hidden = _count(sizes), sizes[1] if len(sizes) > 2 else sizes[0]
    square = hidden * hidden + hidden
    if len(sizes) > 2:
        yield "hidden_layer_missing", right - square
        if label:
            yield "label_not_joined", right - label * hidden
    yield "layer_too_many", right + square
    yield "bias_missing", right - sum(sizes[1:])
    for out in {*sizes[1:]}:
        yield "bias_missing", right - out
