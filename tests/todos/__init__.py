"""What the TODOs of an assignment ask for, in a form that can be looked for in code.

Each assignment has a module of its name in here, with the table `TODOS`. Every row is looked for in
two ways: by calling what a package holds (tests/giveaways.py), and by reading how it is written
(tests/spelled.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray
FACTORS = (1, -1, 2, -2)  # a number alone is also known without its sign or its half


@dataclass(frozen=True, eq=False)
class Formula:
    """An expression, element by element: `of` the arrays `given`, which have one shape.

    Called for, it may also be reduced; written, its numbers may have any names.
    """

    what: str
    of: Callable[..., Array]
    given: tuple[Array, ...]

    def asked(self) -> Answer:
        """The same, to be called for."""
        return Answer(self.what, self.given, equals(*reduced(self.of(*self.given))))

    def asked_of_numbers(self) -> Answer:
        """The same for plain floats."""
        given = tuple(float(array.flat[1]) for array in self.given)
        return Answer(self.what, given, equals(np.asarray(self.of(*given))))


@dataclass(frozen=True, eq=False)
class Answer:
    """What a call with the arguments `given`, in any order, must not return."""

    what: str
    given: tuple[Any, ...]
    is_right: Callable[[Array], bool]


@dataclass(frozen=True)
class Todo:
    """One TODO.

    title: what stands behind the word in the stub;
    chains: kinds of layers, in their order, that no code may build;
    names: what no code may refer to, because it does the work;
    nested: calls of a name in the first set around a call of a name in the second;
    together: names that no function may all refer to;
    chosen: it asks for a number that is chosen, which no code computes.
    """

    title: str
    formulas: tuple[Formula, ...] = ()
    answers: tuple[Answer, ...] = ()
    chains: tuple[tuple[str, ...], ...] = ()
    names: frozenset[str] = frozenset()
    nested: tuple[tuple[frozenset[str], frozenset[str]], ...] = ()
    together: tuple[frozenset[str], ...] = ()
    chosen: bool = False


def reduced(each: Array) -> Iterator[Array]:
    """Numbers, and what sums and means over their axes make of them."""
    rows = each.reshape(len(each), -1)
    yield from (each, rows.sum(1), rows.mean(1), rows.sum(0))
    yield from (np.asarray(total) for total in (each.sum(), each.mean(), each.sum() / len(each)))


def equals(*wanted: Array) -> Callable[[Array], bool]:
    """Whether an output is one of `wanted`, up to a factor."""
    return lambda got: any(alike(got, want) for want in wanted)


def alike(got: Array, want: Array, rtol: float = 1e-5) -> bool:
    """Whether `got` holds the numbers `want`, in any shape, times any factor but zero."""
    a, b = np.ravel(got), np.ravel(want)
    if a.size != b.size or not a.size or not np.isfinite(a).all():
        return False
    largest = np.abs(b).max()
    factors: Sequence[float] = FACTORS if a.size < 3 else [float(a @ b / (b @ b))]
    close = (np.abs(a - k * b).max() <= rtol * abs(k) * largest for k in factors if abs(k) > 1e-12)
    return any(close)
