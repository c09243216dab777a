"""What a check compares with: an oracle gives what is right and what each mistake would give.

The grader's oracle computes; the notebook's, `Stored`, looks up numbers that the release computed
for the public inputs. Neither tells a check how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

from nndl2.checks.model import Unanswered
from nndl2.checks.numbers import Numbers, alike, fingerprint

Mistakes = Iterable[tuple[str, Numbers]]


@dataclass(frozen=True)
class Answer:
    """What is `right`, and, on demand, what each misconception by its id would give."""

    right: Numbers
    mistakes: Callable[[], Mistakes] = field(default=tuple, repr=False)

    def of(self, name: str) -> list[Numbers]:
        """What the misconception `name` gives, in each of its forms."""
        return [numbers for each, numbers in self.mistakes() if each == name]


class Ask(Protocol):
    """The oracle as one check has it: the name of a question, and what it is about."""

    def __call__(self, name: str, /, *asked: Any) -> Answer: ...


class Oracle(Protocol):
    """Answers the questions of all checks."""

    def of(self, check: str) -> Ask:
        """The oracle for the check of this id, with no question asked yet."""


class Stored:
    """Answers from a table: for each check's id the questions in the order they are asked.

    A question that is not in the table, or is about other numbers, raises `Unanswered`.
    """

    def __init__(self, table: Mapping[str, Sequence[Mapping[str, Any]]]):
        self.table = table

    def of(self, check: str) -> Ask:
        rows = iter(self.table.get(check, ()))

        def ask(name: str, /, *asked: Any) -> Answer:
            row = next(rows, None)
            if row is None or row["name"] != name or not alike(row["about"], fingerprint(asked)):
                raise Unanswered(name)
            right = Numbers.stored(tuple(row["shape"]), row["right"])
            return Answer(right, cache(lambda: tuple(_mistakes(row, right.shape))))

        return ask


def _mistakes(row: Mapping[str, Any], shape: tuple[int, ...]) -> Iterator[tuple[str, Numbers]]:
    for name, values, *other in row["mistakes"]:
        yield name, Numbers.stored(tuple(other[0]) if other else shape, values)
