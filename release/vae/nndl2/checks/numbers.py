"""Numbers that stand for an array: all of a small one, a sketch of a large one.

A sketch holds some elements and some sums with signs. An array that differs from the one it was
made of differs in it too, unless the difference is chosen to hide; only the grader, who has the
whole array, is asked by people who might.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nndl2.checks.draw import Draw

WHOLE = 64  # elements; an array of at most so many is kept as it is
ELEMENTS, SUMS = 8, 4
RTOL, ATOL = 1e-4, 1e-6


@dataclass(frozen=True)
class Numbers:
    """An array's `shape`, and its `values` as float64: all of them, or a sketch.

    `whole` is the array itself where it is at hand.
    """

    shape: tuple[int, ...]
    values: np.ndarray
    whole: np.ndarray | None = None

    @classmethod
    def of(cls, array: ArrayLike) -> Numbers:
        found = np.asarray(array, np.float64)
        return cls(found.shape, sketch(found), found)

    @classmethod
    def stored(cls, shape: tuple[int, ...], values: ArrayLike) -> Numbers:
        """What a table holds: `values` as `sketch` gave them."""
        found = np.asarray(values, np.float64)
        whole = found.reshape(shape) if int(np.prod(shape, dtype=int)) <= WHOLE else None
        return cls(tuple(shape), found, whole)

    @property
    def array(self) -> np.ndarray:
        """The array itself; ValueError where there is only a sketch of it."""
        if self.whole is None:
            raise ValueError("of a large array only a sketch is stored")
        return self.whole

    def equal(self, got: np.ndarray, rtol: float = RTOL, atol: float = ATOL) -> bool:
        """Whether `got` is this array, as `close` has it."""
        if got.shape != self.shape:
            return False
        if self.whole is not None:
            return close(got, self.whole, rtol, atol)
        return close(sketch(got.astype(np.float64)), self.values, rtol, atol)

    def elements(self, got: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Elements of `got`, the same ones of this array, and their places, (k,) each.

        All of them where they are known; `got` has this array's shape.
        """
        flat = got.astype(np.float64).ravel()
        if self.whole is not None:
            return flat, self.whole.ravel(), np.arange(flat.size)
        at = places(self.shape)[0]
        return flat[at], self.values[:ELEMENTS], at


def close(got: ArrayLike, want: ArrayLike, rtol: float = RTOL, atol: float = ATOL) -> bool:
    """Same shape, both finite, and no element off by more than `atol` + `rtol` of the largest."""
    a, b = np.asarray(got, np.float64), np.asarray(want, np.float64)
    if a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return False
    if a.size == 0:
        return True
    return bool(np.abs(a - b).max() <= atol + rtol * np.abs(b).max())


def sketch(array: np.ndarray) -> np.ndarray:
    """All elements of a small array, in order; else ELEMENTS of them and SUMS signed sums.

    A sum is divided by the root of its length: rounding errors stay as large as an element's.
    """
    if array.size <= WHOLE:
        return array.astype(np.float64).ravel()
    at, signs = places(array.shape)
    flat = array.astype(np.float64).ravel()
    return np.concatenate([flat[at], signs @ flat / np.sqrt(array.size)])


@lru_cache(maxsize=32)
def places(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Which elements of an array of `shape` are kept, and the signs (SUMS, size) of its sums."""
    size = int(np.prod(shape, dtype=int))
    draw = Draw(b"places", str(shape))
    at = np.sort(draw.some_of(np.arange(size), ELEMENTS))
    return at, (2 * draw.whole(SUMS, size, low=0, high=2) - 1).astype(np.float64)


def fingerprint(asked: Any) -> Any:
    """What tells one question from another, as JSON: shapes and some elements, not all."""
    if isinstance(asked, Mapping):
        return [[name, fingerprint(each)] for name, each in asked.items()]
    if isinstance(asked, (list, tuple)):
        return [fingerprint(each) for each in asked]
    if asked is None or isinstance(asked, (str, bool, int)):
        return asked
    array = np.asarray(asked, np.float64)
    flat = array.ravel()
    some = flat[np.linspace(0, flat.size - 1, min(flat.size, 4)).astype(int)] if flat.size else flat
    return {"shape": list(array.shape), "some": rounded(some)}


def rounded(values: np.ndarray) -> list[float]:
    """`values` as a table holds them: off by at most a tenth of what `close` lets pass."""
    largest = np.abs(values).max(initial=0.0)
    if not largest:
        return [0] * values.size
    digits = math.ceil(math.log10(1 / (0.2 * RTOL * largest)))
    near = (round(float(value), digits) for value in values)
    return [int(value) if value.is_integer() else value for value in near]


def alike(one: Any, other: Any) -> bool:
    """Whether two fingerprints are equal but for rounding."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one["shape"] == other["shape"] and close(one["some"], other["some"], 1e-4, 1e-5)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return type(one) is type(other) and bool(one == other)
