"""What chains of convolutions, transposed convolutions and linear layers compute, rightly and under
each mistake.

Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", chapters 2 and 4: a
transposed convolution is a convolution of the stretched and padded map with the turned kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograder.oracles.activations import Activation
from autograder.oracles.computed import Formula, Wrong
from autograder.oracles.networks import Runs, variants

Array = np.ndarray
Layer = tuple[str, Array, Array, int, int, tuple[int, ...]]  # as nndl2.laws.maps has it
Layers = Sequence[Layer]


def convolved(x: Array, weight: Array, stride: int = 1, padding: int = 0) -> Array:
    """Maps x (N, I, H, W) cross-correlated with weight (O, I, k, k); shape (N, O, H', W')."""
    edges = (padding, padding)
    framed = np.pad(x, ((0, 0), (0, 0), edges, edges))
    windows = sliding_window_view(framed, weight.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.moveaxis(np.tensordot(windows, weight, axes=((1, 4, 5), (1, 2, 3))), -1, 1)


def transposed(x: Array, weight: Array, stride: int = 1, padding: int = 0) -> Array:
    """The transpose of a convolution of maps x (N, I, H, W), with weight (I, O, k, k)."""
    n, channels, height, width = x.shape
    stretched = np.zeros((n, channels, (height - 1) * stride + 1, (width - 1) * stride + 1))
    stretched[:, :, ::stride, ::stride] = x
    turned = weight.swapaxes(0, 1)[:, :, ::-1, ::-1]
    whole = convolved(stretched, turned, padding=weight.shape[2] - 1)
    high, wide = whole.shape[2:]
    return whole[:, :, padding : high - padding, padding : wide - padding]


def applied(h: Array, layer: Layer) -> Array:
    """What one layer makes of maps or rows h (N, ...), in float64, without its activation."""
    kind, weight, bias, stride, padding, gives = layer
    matrix, shift = weight.astype(np.float64), bias.astype(np.float64)
    if kind == "linear layer":
        return (h.reshape(len(h), -1) @ matrix.T + shift).reshape(len(h), *gives)
    by_kind = {"convolution": convolved, "transposed convolution": transposed}
    return by_kind[kind](h, matrix, stride, padding) + shift[:, None, None]


def through(x: Array, layers: Layers, activations: Sequence[Activation]) -> Array:
    """x through layers, each followed by its activation."""
    return Runs(x, layers, applied).through(activations)


def chain(activations: Sequence[Activation], wrong_last: Mapping[str, Activation]) -> Formula:
    """The question what x (N, ...) becomes in layers with these activations.

    `wrong_last` holds what may stand in place of the last one.
    """

    def asked(x: Array, layers: Layers) -> tuple[Array, Callable[[], Wrong]]:
        runs = Runs(x, layers, applied)
        return runs.through(activations), lambda: _mistaken(runs, activations, wrong_last)

    return asked


def _mistaken(
    runs: Runs[Layer], acts: Sequence[Activation], wrong_last: Mapping[str, Activation]
) -> Iterator[tuple[str, Array]]:
    for name, chosen in variants(acts, wrong_last):
        yield name, runs.through(chosen)
    x, layers = runs.x, runs.layers
    for k in range(len(layers)):
        yield "bias_missing", through(x, _bare(layers, [k]), acts)
        others = [i for i in range(len(layers)) if i != k]
        yield "bias_missing", through(x, _bare(layers, others), acts)
    yield "bias_missing", through(x, _bare(layers, range(len(layers))), acts)
    yield "pixels_scaled", through(2.0 * x - 1, layers, acts)
    yield "pixels_divided", through(x / 255, layers, acts)


def _bare(layers: Layers, at: Sequence[int]) -> list[Layer]:
    """The layers, those `at` these places without a bias."""
    return [
        (kind, weight, 0 * bias if k in at else bias, stride, padding, gives)
        for k, (kind, weight, bias, stride, padding, gives) in enumerate(layers)
    ]
