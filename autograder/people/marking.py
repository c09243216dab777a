"""The CSV in which people gave points for answers: read as a whole, or not at all."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.people import filled
from autograder.people.marks import Marks
from autograder.text import clean
from nndl2.checks.questions import OPEN

POINTS = re.compile(r"\d{1,6}([.,]\d{1,6})?")


@dataclass(frozen=True)
class Filled:
    """A row in which something new was filled in, and which answer it is for, if it tells; without
    points the question is open again."""

    student: str
    question: str
    points: float | None
    comment: str
    answer: str


def read(
    path: Path, most: Mapping[str, float], students: Collection[str], known: Marks
) -> list[Filled]:
    """What the file at `path` gives that is not `known` yet; an empty cell keeps what is there.

    `most` are the points of each question. BadInput names the first row that is not right.
    """
    rows = filled.Filled(path, students, "question", [*most])
    return [new for number in rows.rows if (new := _filled(rows, number, most, known))]


def _filled(
    rows: filled.Filled, number: int, most: Mapping[str, float], known: Marks
) -> Filled | None:
    """What a row gives, or None where it keeps what is there."""
    student, question = rows.whose(number)
    points, comment = rows.cell(number, "points"), rows.said(number, "comment")
    mark = known.get(student, {}).get(question)
    if points.casefold() == OPEN:
        return Filled(student, question, None, "", "") if mark else None
    if not points and not comment:
        return None
    if not points and mark is None:
        raise rows.wrong(number, "has a comment and no points; give both")
    value = mark.points if mark and not points else _points(rows, number, points, most[question])
    comment = comment or (mark.comment if mark else "")
    answer = clean(rows.cell(number, "answer"), 64) or (mark.answer if mark else "")
    if mark and (mark.points, mark.comment, mark.answer) == (value, comment, answer):
        return None
    return Filled(student, question, value, comment, answer)


def _points(rows: filled.Filled, number: int, text: str, most: float) -> float:
    """The points in a cell: 0 to the most, in halves, with a point or a comma."""
    value = float(text.replace(",", ".")) if POINTS.fullmatch(text) else -1
    if not 0 <= value <= most or 2 * value % 1:
        told = f"gives {clean(text, 20)!r} points; give 0 to {most:g}, whole or half, or {OPEN}"
        raise rows.wrong(number, told)
    return value
