"""What the results of a class say of the class and of its checks: scores, causes, difficulty.

Discrimination is the point-biserial correlation of passing a check with the points of the other
parts (Lord and Novick, Statistical Theories of Mental Test Scores, 1968, section 15.3): near 0 or
below, the check tells nothing of who can do the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median

import numpy as np

from autograder.results import Json
from autograder.rows import Row
from nndl2.checks.model import Outcome, Status

FEW = 10  # submissions from which on a check's figures are put into words
EACH = 3  # that pass and that do not, at least, for a correlation to mean anything
BACKWARDS = -0.1
BINS = 12  # of a histogram, at most


@dataclass(frozen=True)
class Scores:
    """Mean and median of the points by checks, and how many have so many: (from, to, how many)."""

    mean: float
    median: float
    most: float
    bins: Sequence[tuple[float, float, int]]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Scores:
        scores, most = [row.score for row in rows], max(row.max_score for row in rows)
        whole = most <= BINS and all(float(s).is_integer() for s in (*scores, most))
        count = int(most) + 1 if whole else BINS
        edges = np.arange(count + 1) - 0.0 if whole else np.linspace(0, most or 1, count + 1)
        held = np.clip(scores, edges[0], edges[-1] if not whole else most)
        counts = np.histogram(held, edges)[0]
        ends = edges[:-1] if whole else edges[1:]
        bins = [(float(a), float(b), int(n)) for a, b, n in zip(edges, ends, counts)]
        return cls(mean(scores), median(scores), most, bins)


@dataclass(frozen=True)
class Question:
    """How a class did in one check: by outcome how many, of `asked` submissions that were asked."""

    check: str
    name: str
    missed: Sequence[tuple[Outcome, int]]
    asked: int
    discrimination: float | None

    @property
    def passed(self) -> int:
        return self.asked - sum(n for _, n in self.missed)

    @property
    def said(self) -> str:
        """What is suspicious about the check, in words; nothing where nothing is."""
        if self.asked < FEW:
            return ""
        if not self.passed:
            return "nobody passes it: look at the check, and at what the notebook says of it"
        if self.discrimination is not None and self.discrimination < BACKWARDS:
            return "those who have more of the other points fail it more: look at the check"
        return ""


@dataclass(frozen=True)
class Cause:
    """A misconception, and the rows of the students who had it."""

    diagnosis: str
    part: str
    rows: Sequence[Row]


def questions(rows: Sequence[Row]) -> list[Question]:
    """Every check of the assignment, in its order, over the submissions that could be asked."""
    asked = [row for row in rows if row.status != Status.MALFORMED.value]
    tests: dict[str, list[tuple[Row, Json]]] = defaultdict(list)
    for row in asked:
        for test in row.entries("check"):
            tests[test["extra_data"]["check"]].append((row, test))
    return [_question(check, found) for check, found in tests.items()]


def _question(check: str, found: Sequence[tuple[Row, Json]]) -> Question:
    outcomes = [Outcome(test["extra_data"]["outcome"]) for _, test in found]
    missed = [(o, outcomes.count(o)) for o in Outcome if o is not Outcome.PASS and o in outcomes]
    passed = [o is Outcome.PASS for o in outcomes]
    part = found[0][1]["extra_data"].get("part", "")
    rest = [row.score - _points(row, part) for row, _ in found]
    return Question(check, found[0][1]["name"], missed, len(found), correlation(passed, rest))


def correlation(passed: Sequence[bool], rest: Sequence[float]) -> float | None:
    """The point-biserial correlation; None where it would tell nothing."""
    if min(sum(passed), len(passed) - sum(passed)) < EACH or len(set(rest)) < 2:
        return None
    return float(np.corrcoef(np.asarray(passed, float), np.asarray(rest, float))[0, 1])


def _points(row: Row, part: str) -> float:
    return sum(p["score"] for p in row.entries("part") if p["extra_data"]["part"] == part)


def causes(rows: Sequence[Row]) -> list[Cause]:
    """The misconceptions of a class, the most frequent first."""
    had: dict[str, dict[str, tuple[Row, str]]] = defaultdict(dict)
    for row in rows:
        for test in row.entries("check"):
            about = test["extra_data"]
            if diagnosis := about.get("diagnosis"):
                had[diagnosis].setdefault(row.folder, (row, about.get("part", "")))
    found = [
        Cause(name, next(iter(by.values()))[1], [row for row, _ in by.values()])
        for name, by in had.items()
    ]
    return sorted(found, key=lambda cause: (-len(cause.rows), cause.diagnosis))


def untouched(row: Row) -> bool:
    """Whether nothing is written yet."""
    outcomes = {test["extra_data"]["outcome"] for test in row.entries("part")}
    return (
        Outcome.NOT_WRITTEN.value
        in outcomes
        <= {
            Outcome.NOT_WRITTEN.value,
            Outcome.NOT_RUN.value,
        }
    )
