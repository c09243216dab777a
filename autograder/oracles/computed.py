"""The grader's oracle, and the table of its answers to the public questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from nndl2.checks.model import Assignment, Check, Outcome
from nndl2.checks.numbers import Numbers, close, fingerprint, rounded
from nndl2.checks.oracle import Answer, Ask, Oracle
from nndl2.checks.run import run
from nndl2.checks.submission import Submission

Wrong: TypeAlias = Iterable[tuple[str, ArrayLike]]
Solved: TypeAlias = tuple[ArrayLike, Mapping[str, ArrayLike] | Callable[[], Wrong]]  # right, wrong
Formula: TypeAlias = Callable[..., Solved]
Row: TypeAlias = dict[str, Any]


class Computed:
    """Answers by formulas, each known by the name that checks ask for."""

    def __init__(self, formulas: Mapping[str, Formula]):
        self.formulas = formulas

    def of(self, check: str) -> Ask:
        return self._ask

    def _ask(self, name: str, /, *asked: Any) -> Answer:
        right, wrong = self.formulas[name](*asked)
        found = cache(lambda: tuple((i, Numbers.of(value)) for i, value in _finite(wrong)))
        return Answer(Numbers.of(right), found)


def _finite(
    wrong: Mapping[str, ArrayLike] | Callable[[], Wrong],
) -> Iterator[tuple[str, np.ndarray]]:
    """The mistaken answers that are numbers: what is infinite equals nothing that is let in."""
    with np.errstate(all="ignore"):
        for name, value in wrong() if callable(wrong) else wrong.items():
            array = np.asarray(value, np.float64)
            if np.isfinite(array).all():
                yield name, array


class Recorder:
    """An oracle that notes each question with its answers, as a table holds them."""

    def __init__(self, oracle: Oracle, mistakes: bool = True):
        self.oracle, self.mistakes = oracle, mistakes
        self.table: dict[str, list[Row]] = {}

    def of(self, check: str) -> Ask:
        ask, rows = self.oracle.of(check), self.table.setdefault(check, [])

        def asked(name: str, /, *about: Any) -> Answer:
            answer = ask(name, *about)
            rows.append(self._row(name, about, answer))
            return answer

        return asked

    def _row(self, name: str, about: Sequence[Any], answer: Answer) -> Row:
        return {
            "name": name,
            "about": fingerprint(about),
            "shape": list(answer.right.shape),
            "right": rounded(answer.right.values),
            "mistakes": list(_told(answer)) if self.mistakes else [],
        }


def _told(answer: Answer) -> Iterator[list[Any]]:
    """The mistaken answers that can be told from the right one, each once for its misconception."""
    kept: list[tuple[str, Numbers]] = []
    for name, wrong in answer.mistakes():
        same = [n for n, k in kept if k.shape == wrong.shape and close(k.values, wrong.values)]
        right = wrong.shape == answer.right.shape and close(wrong.values, answer.right.values)
        if right or name in same:
            continue
        kept.append((name, wrong))
        shape = [] if wrong.shape == answer.right.shape else [list(wrong.shape)]
        yield [name, rounded(wrong.values), *shape]


def recorded(
    assignment: Assignment,
    checks: Sequence[Check],
    reference: Submission,
    oracle: Oracle,
    mistakes: bool = True,
) -> dict[str, list[Row]]:
    """The table of all questions that `checks` ask about public inputs, found on the reference.

    Raises ValueError when a check does not pass: then not all of its questions were asked.
    """
    recorder = Recorder(oracle, mistakes)
    for verdict in run(assignment, checks, reference, oracle=recorder):
        if verdict.outcome not in (Outcome.PASS, Outcome.NOT_RUN):
            raise ValueError(f"{verdict.check.id} does not pass on the reference: {verdict.note}")
    return {check: rows for check, rows in recorder.table.items() if rows}
