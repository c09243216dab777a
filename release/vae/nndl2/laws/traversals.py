"""Laws of a function that decodes an image's latent mean, moved along one dimension at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np

from nndl2.checks.compare import as_array, close, expect_close, expect_unchanged, inputs_after
from nndl2.checks.model import CheckError, Mismatch, StudentError
from nndl2.checks.oracle import Answer
from nndl2.checks.submission import Argument
from nndl2.laws.compositions import MODES
from nndl2.laws.networks import Network
from nndl2.laws.priors import expect_no_graph
from nndl2.laws.values import expect_axis

Array = np.ndarray


def walk(net: Network, function: str, dim: int, values: Argument) -> Array:
    """The images (K, C, H, W) that the function makes of the network's first image, in eval mode
    if it sets none; where it raises, a broken piece is told first."""
    with suppress(CheckError):
        net.heads("eval")
    try:
        return as_array(net.student.call(function, net.model, net.x[0], dim, values), function)
    except StudentError:
        net.ask_pieces()
        raise


def expect_images(net: Network, function: str, dim: int, values: Sequence[float]) -> None:
    """There is an image for each of the values, given as an array or as a list, of the own
    decoder's shape and without a graph."""
    walks = [walk(net, function, dim, v) for v in (np.array(values, np.float32), list(values))]
    expect_no_graph(walks[0], function)
    for got in walks:
        _expect_shape(net, function, got, len(values))
    _expect_arguments_left(net, function, dim, np.array(values, np.float32))


def _expect_arguments_left(net: Network, function: str, dim: int, values: Array) -> None:
    """Neither the image nor the values are changed, unless the own encoder changes its images."""
    kept = net.student.call(function, net.model, net.x[0], dim, values, keep=True)
    _, x, _, moved = inputs_after(kept) or (None, net.x[0], dim, values)
    expect_unchanged((None, (moved,)), (values,), ("values",))
    if replace(net, x=net.x[:1]).leaves_images():
        expect_unchanged((None, (x,)), (net.x[0],), ("x",))


def expect_axes(net: Network, function: str, dim: int, values: Sequence[float]) -> None:
    """The images of a network have the axes of its own decoder's, one of length 1 among them."""
    got = walk(net, function, dim, np.array(values, np.float32))
    _expect_shape(net, function, got, len(values))


def _expect_shape(net: Network, function: str, got: Array, count: int) -> None:
    decoded = net.decode(np.zeros((count, net.latent)), "eval")[0]
    expect_axis(got, decoded.shape, function, "(K, C, H, W)")


def expect_moved(
    net: Network, function: str, dim: int, values: Sequence[float], answer: Answer
) -> None:
    """The images are what the own decoder makes of the rows that the oracle's answer gives.

    Of each row it has which dimension is moved, what that is multiplied with and what is added, and
    the same of all other dimensions, (K, 5).
    """
    one = replace(net, x=net.x[:1])
    got = walk(net, function, dim, np.array(values, np.float32))
    right = list(_decoded(one, answer.right.array))
    if any(close(got, images, atol=5e-5) for images in right) or not one.repeats():
        return
    diagnosis = next(_causes(one, got, answer), "")
    again = walk(net, function, dim, np.array(values, np.float32))
    if not diagnosis and again.shape == got.shape and not close(got, again):
        diagnosis = "sample_traversed"
    try:
        expect_close(got, right[0], function)
    except Mismatch as e:
        note = "" if diagnosis else e.note
        raise Mismatch(e.expected, e.got, note, diagnosis) from None


def _decoded(net: Network, moves: Array, of: int = 0) -> Iterator[Array]:
    """The images by the own pieces, in either mode."""
    dim, *pairs = (column[:, None] for column in moves.T)
    here = np.arange(net.latent) == dim
    factor, shift = (np.where(here, one, rest) for one, rest in zip(pairs[:2], pairs[2:]))
    for mode in reversed(MODES):  # in train mode a normalisation changes
        yield net.decode(factor * net.heads(mode)[0][of] + shift, mode)[0]


def _causes(net: Network, got: Array, answer: Answer) -> Iterator[str]:
    for name, moves in answer.mistakes():
        if any(close(got, images, atol=5e-5) for images in _decoded(net, moves.array)):
            yield name
    if any(close(got, images, atol=5e-5) for images in _decoded(net, answer.right.array, of=1)):
        yield "logvar_traversed"
