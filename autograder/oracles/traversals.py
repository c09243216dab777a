"""Rows along one latent dimension, and what they would be under each misconception."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike

from autograder.oracles.computed import Wrong

Array = np.ndarray


def moves(dim: int, values: Sequence[float]) -> tuple[Array, Callable[[], Wrong]]:
    """For each value the dimension that is moved, what it is multiplied with and what is added, and
    the same of all other dimensions, (K, 5)."""
    v = np.array(values, np.float64)
    return _rows(dim, 1, v), lambda: _mistaken(dim, v)


def _rows(dim: int, factor: ArrayLike, shift: Array, rest: ArrayLike = (1, 0)) -> Array:
    by = [np.broadcast_to(each, shift.shape) for each in (dim, factor, shift, *np.asarray(rest))]
    return np.stack(by, axis=1).astype(np.float64)


def _mistaken(dim: int, v: Array) -> Iterator[tuple[str, Array]]:
    yield "values_add_up", _rows(dim, 1, np.cumsum(v))
    yield "value_replaces", _rows(dim, 0, v)
    yield "value_multiplied", _rows(dim, v, 0 * v)
    yield "value_subtracted", _rows(dim, 1, -v)
    yield "value_not_added", _rows(dim, 1, 0 * v)
    for shared in (v.sum(), v[-1]):  # added up in one vector, or written there one by one
        yield "copies_share_memory", _rows(dim, 1, 0 * v + shared)
    yield "values_reversed", _rows(dim, 1, v[::-1])
    yield "mean_left_out", _rows(dim, 0, v, (0, 0))
    yield "value_in_all_dimensions", np.stack([0 * v + dim, 1 + 0 * v, v, 1 + 0 * v, v], axis=1)
    for other in (dim - 1, dim + 1, 0, dim + 2):
        yield "another_dimension", _rows(other, 1, v)
