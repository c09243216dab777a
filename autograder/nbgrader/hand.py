"""What nbgrader has people grade: answers in words, and its tasks. No score until somebody did."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from nbgrader.api import Assignment, Grade, SubmittedAssignment

from nndl2.checks.questions import HandSum

SUMS = ("by_checks", "max_by_checks", "by_hand", "max_by_hand", "open_by_hand")


def cells(assignment: Assignment) -> set[str]:
    """The names of the cells that people grade; nbgrader calls them manually graded."""
    books = assignment.notebooks
    written = {cell.name for book in books for cell in book.solution_cells}
    graded = {cell.name for book in books for cell in book.grade_cells}
    return (written & graded) | {cell.name for book in books for cell in book.task_cells}


def score(grade: Grade) -> float | None:
    """The score of a cell; None while it has none, for which nbgrader itself counts 0."""
    return None if grade.auto_score is None and grade.manual_score is None else grade.score


def summed(submission: SubmittedAssignment) -> tuple[float, float, HandSum]:
    """The score by checks, the most by checks, and the sum by hand."""
    by_hand = cells(submission.assignment)
    grades = [grade for book in submission.notebooks for grade in book.grades]
    checks = [grade for grade in grades if grade.name not in by_hand]
    people = [grade for grade in grades if grade.name in by_hand]
    waiting = sum(grade.max_score for grade in people if score(grade) is None)
    given = sum(score(grade) or 0 for grade in people)
    hand = HandSum(given, sum(grade.max_score for grade in people), waiting)
    return sum(g.score for g in checks), sum(g.max_score for g in checks), hand


def columns(submission: SubmittedAssignment) -> dict[str, Any]:
    """The same for an export, by the names in `SUMS`; nothing by hand while all of it is open."""
    checks, most, hand = summed(submission)
    return dict(zip(SUMS, (checks, most, hand.given, hand.most, hand.open)))


def leave_open(grades: Collection[Grade], questions: Collection[str]) -> None:
    """Have formgrader ask for the points of every question that nobody has given any for.

    nbgrader itself gives 0 to an answer cell that was not touched.
    """
    for grade in grades:
        if grade.name in questions and grade.manual_score is None:
            grade.auto_score, grade.needs_manual_grade = None, True
