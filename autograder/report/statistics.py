"""What the results of a class say of the class and of its checks: scores, causes, difficulty.

Discrimination is the point-biserial correlation of passing a check with the points of the other
parts (Lord and Novick, Statistical Theories of Mental Test Scores, 1968, section 15.3): near 0 or
below, the check tells nothing of who can do the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median

import numpy as np

from autograder.kept.rows import Row
from autograder.results import Json
from nndl2.checks.model import Outcome, Reason, Status

FEW = 10  # submissions from which on a check's figures are put into words
EACH = 3  # that pass and that do not, at least, for a correlation to mean anything
BACKWARDS = -0.1
BINS = 12  # of a histogram, at most
UNTOUCHED, HELD, MALFORMED = "untouched", Status.HELD.value, Status.MALFORMED.value
OUTCOMES = {outcome.value: outcome for outcome in Outcome}  # which is faster than Outcome(...)
APART = (UNTOUCHED, HELD, MALFORMED)


@dataclass(frozen=True)
class Scores:
    """Mean and median of the points by checks, and how many have so many: (from, to, how many).

    The `bins` count whose program could be asked; `apart` are those who stand aside, by why. `own`
    are the mean and the median without these, where there are any and somebody is left.
    """

    mean: float
    median: float
    most: float
    bins: Sequence[tuple[float, float, int]]
    apart: Mapping[str, int]
    own: tuple[float, float] | None

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Scores:
        all_, most = [row.score for row in rows], max(row.max_score for row in rows)
        why = [aside(row) for row in rows]
        scores = [score for score, reason in zip(all_, why) if not reason]
        apart = {reason: why.count(reason) for reason in APART if reason in why}
        own = (mean(scores), median(scores)) if scores and apart else None
        return cls(mean(all_), median(all_), most, cls._bins(scores, most), apart, own)

    @staticmethod
    def _bins(scores: Sequence[float], most: float) -> list[tuple[float, float, int]]:
        whole = most <= BINS and all(float(s).is_integer() for s in (*scores, most))
        count = int(most) + 1 if whole else BINS
        edges = np.arange(count + 1) - 0.0 if whole else np.linspace(0, most or 1, count + 1)
        held = np.clip(scores, edges[0], edges[-1] if not whole else most)
        counts = np.histogram(held, edges)[0]
        ends = edges[:-1] if whole else edges[1:]
        return [(float(a), float(b), int(n)) for a, b, n in zip(edges, ends, counts)]


@dataclass(frozen=True)
class Question:
    """How a class did in one check: how many of those `asked` passed, and how the others stand, of
    whom some could not be asked."""

    check: str
    name: str
    missed: Sequence[tuple[Outcome, int]]
    asked: int
    passed: int
    discrimination: float | None

    @property
    def difficulty(self) -> float | None:
        """The share of those asked that did not pass; None where nobody was asked."""
        return (self.asked - self.passed) / self.asked if self.asked else None

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
    """Every check of the assignment, in its order, over those who wrote something that could be
    asked; a grader's fault is nobody's miss."""
    tests: dict[str, tuple[Json, list[tuple[Outcome, float]]]] = {}
    for row in rows:
        counts = aside(row) in ("", HELD)
        points = {part["extra_data"]["part"]: part["score"] for part in row.entries("part")}
        for test in row.entries("check"):
            about = test["extra_data"]
            _, found = tests.setdefault(about["check"], (test, []))
            if counts and (outcome := OUTCOMES[about["outcome"]]) is not Outcome.FAULT:
                found.append((outcome, row.score - points.get(about.get("part"), 0)))
    return [_question(*pair) for pair in tests.values()]


def _question(test: Json, found: Sequence[tuple[Outcome, float]]) -> Question:
    """One check by the outcomes it had, each with the points of the student's other parts."""
    outcomes = [outcome for outcome, _ in found]
    missed = [(o, outcomes.count(o)) for o in Outcome if o is not Outcome.PASS and o in outcomes]
    reached = [pair for pair in found if pair[0] is not Outcome.NOT_RUN]
    passed = [outcome is Outcome.PASS for outcome, _ in reached]
    told = correlation(passed, [rest for _, rest in reached]) if passed else None
    check, name = test["extra_data"]["check"], test["name"]
    return Question(check, name, missed, len(reached), sum(passed), told)


def correlation(passed: Sequence[bool], rest: Sequence[float]) -> float | None:
    """The point-biserial correlation; None where it would tell nothing."""
    if min(sum(passed), len(passed) - sum(passed)) < EACH or len(set(rest)) < 2:
        return None
    return float(np.corrcoef(np.asarray(passed, float), np.asarray(rest, float))[0, 1])


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


def aside(row: Row) -> str:
    """Why a score tells nothing of what a student can do; nothing where it does."""
    if row.status in (HELD, MALFORMED):
        return row.status
    return UNTOUCHED if untouched(row) else ""


def untouched(row: Row) -> bool:
    """Whether nothing is written yet; what breaks is written."""
    outcomes = {test["extra_data"]["outcome"] for test in row.entries("part")}
    blank, waiting = Outcome.NOT_WRITTEN.value, Outcome.NOT_RUN.value
    return row.reason == Reason.NONE.value and blank in outcomes <= {blank, waiting}
