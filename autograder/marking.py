"""The CSV in which people gave points for answers: read as a whole, or not at all."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.intake import BadInput
from autograder.intake.cells import Sheet
from autograder.marks import Marks
from autograder.report import FORMULA
from autograder.results import clean

POINTS = re.compile(r"\d{1,6}([.,]\d{1,6})?")
LONGEST = 1000  # characters of a comment


@dataclass(frozen=True)
class Filled:
    """A row in which something new was filled in, and which answer it is for, if it tells."""

    student: str
    question: str
    points: float
    comment: str
    answer: str


def read(
    path: Path, most: Mapping[str, float], students: Collection[str], known: Marks
) -> list[Filled]:
    """What the file at `path` gives that is not `known` yet; an empty cell keeps what is there.

    `most` are the points of each question. BadInput names the first row that is not right.
    """
    sheet = Sheet.of(path, "save it as CSV again, in UTF-8")
    rows = Rows(sheet, path, most, students, known)
    return [filled for number in range(1, len(sheet.rows)) if (filled := rows.filled(number))]


class Rows:
    """The rows of a sheet, each held against the class."""

    def __init__(
        self,
        sheet: Sheet,
        path: Path,
        most: Mapping[str, float],
        students: Collection[str],
        known: Marks,
    ) -> None:
        self.sheet, self.path, self.most, self.known = sheet, path, most, known
        self.folders = {clean(student): student for student in students}
        self.seen: set[tuple[str, str]] = set()
        missing = [n for n in ("student", "question", "points") if sheet.column(n) is None]
        if missing:
            raise BadInput(f"{path} has no column {missing[0]}; its first line has to name it")

    def filled(self, number: int) -> Filled | None:
        """What a row gives, or None where it keeps what is there."""
        student, question = self._whose(number)
        points, comment = (
            self._cell(number, "points"),
            clean(self._cell(number, "comment"), LONGEST),
        )
        mark = self.known.get(student, {}).get(question)
        if not points and not comment:
            return None
        if not points and mark is None:
            raise self._wrong(number, "has a comment and no points; give both")
        value = self._points(number, points, question) if points or mark is None else mark.points
        comment = comment or (mark.comment if mark else "")
        answer = clean(self._cell(number, "answer"), 64) or (mark.answer if mark else "")
        if mark and (mark.points, mark.comment, mark.answer) == (value, comment, answer):
            return None
        return Filled(student, question, value, comment, answer)

    def _whose(self, number: int) -> tuple[str, str]:
        student, question = self._cell(number, "student"), self._cell(number, "question")
        if student not in self.folders:
            raise self._wrong(number, "names a student who is not in this class")
        if question not in self.most:
            raise self._wrong(number, f"names no question; there is {', '.join(self.most)}")
        if (student, question) in self.seen:
            raise self._wrong(number, "stands there a second time")
        self.seen.add((student, question))
        return self.folders[student], question

    def _points(self, number: int, text: str, question: str) -> float:
        """The points in a cell: 0 to the most, in halves, with a point or a comma."""
        value = float(text.replace(",", ".")) if POINTS.fullmatch(text) else -1
        most = self.most[question]
        if not 0 <= value <= most or 2 * value % 1:
            told = f"gives {clean(text, 20)!r} points; give 0 to {most:g}, whole or half"
            raise self._wrong(number, told)
        return value

    def _cell(self, number: int, column: str) -> str:
        """What stands in a cell, without the apostrophe that keeps it from being a formula."""
        text = self.sheet.text(self.sheet.rows[number], self.sheet.column(column))
        return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text

    def _wrong(self, number: int, what: str) -> BadInput:
        line = 1 + self.sheet.raw[: self.sheet.rows[number][0].start].count(b"\n")
        named = [clean(self._cell(number, column), 60) for column in ("student", "question")]
        return BadInput(
            f"line {line} of {self.path} ({', '.join(named)}) {what}; nothing was changed"
        )
