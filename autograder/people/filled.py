"""A CSV that people filled in, row by row held against the class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path

from autograder.intake import BadInput
from autograder.intake.cells import Cell, Sheet
from autograder.report.sheets import FORMULA
from autograder.text import clean, written

LONGEST = 1000  # characters of what people write
WORDS = ("why", "comment")


def _width(row: Sequence[Cell]) -> int:
    """The number of a row's cells, as far as they say anything."""
    return max((i for i, cell in enumerate(row, 1) if cell.text.strip()), default=0)


class Filled:
    """The rows of the file at `path`: whose each is, for what in the column `kind`, and its cells.

    BadInput names a column that is missing, or the first row that is not right.
    """

    def __init__(
        self, path: Path, students: Collection[str], kind: str, known: Collection[str]
    ) -> None:
        self.sheet = Sheet.of(path, "save it as CSV again, in UTF-8")
        self.path, self.kind, self.known = path, kind, known
        self.alike: defaultdict[str, list[str]] = defaultdict(list)
        for student in students:
            self.alike[written(student)].append(student)
        self.seen: set[tuple[str, str]] = set()
        missing = [n for n in ("student", kind, "points") if self.sheet.column(n) is None]
        if missing:
            raise BadInput(f"{path} has no column {missing[0]}; its first line has to name it")
        for number in self.rows:
            self._refuse_wide(number)

    def _refuse_wide(self, number: int) -> None:
        """BadInput where a row has more cells than the first line names, as 1,5 makes two of one:
        what is meant for one column would be read in the next."""
        wide, named = map(_width, (self.sheet.rows[number], self.sheet.rows[0]))
        if wide > named:
            cells = f"has {wide} cells, the first line names {named}"
            raise self.wrong(number, f"{cells}; put a text with a comma in quotes")
        if self.sheet.delimiter == b"," and self._is_half(number):
            raise self.wrong(number, "has half a number in two cells; write 1.5, or 1,5 in quotes")

    def _is_half(self, number: int) -> bool:
        """Whether points are in two cells, as 1,5 is: a number stands where words should, in a row
        that is not as long as the first line, or says nothing behind it."""
        row, behind = self.sheet.rows[number], (self.sheet.column("points") or 0) + 1
        title = (*self.sheet.header, "")[behind].casefold()
        whole = len(row) == len(self.sheet.header) and _width(row) > behind + 1
        return (
            not whole
            and title in WORDS
            and self.cell(number, "points").isdigit()
            and self.cell(number, title).isdigit()
        )

    @property
    def rows(self) -> range:
        """The numbers of the rows below the first line."""
        return range(1, len(self.sheet.rows))

    def whose(self, number: int) -> tuple[str, str]:
        """The student's folder and what the row is for, each pair once."""
        name, what = self.cell(number, "student"), self.cell(number, self.kind)
        alike = self.alike.get(written(name), [])
        named = [name] if name in alike else alike
        if not named:
            raise self.wrong(number, "names a student who is not in this class")
        if len(named) > 1:
            raise self.wrong(
                number, "names more than one student; write the name as its folder has"
            )
        (student,) = named
        if what not in self.known:
            raise self.wrong(number, f"names no {self.kind}; there is {', '.join(self.known)}")
        if (student, what) in self.seen:
            raise self.wrong(number, "stands there a second time")
        self.seen.add((student, what))
        return student, what

    def cell(self, number: int, column: str) -> str:
        """What stands in a cell, without the apostrophe that keeps it from being a formula."""
        text = self.sheet.text(self.sheet.rows[number], self.sheet.column(column))
        return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text

    def said(self, number: int, column: str) -> str:
        """The same, fit for any page."""
        return clean(self.cell(number, column), LONGEST)

    def wrong(self, number: int, what: str) -> BadInput:
        """What to raise of a row."""
        named = [clean(self.cell(number, column), 60) for column in ("student", self.kind)]
        line = f"line {self.sheet.line(number)} of {self.path}"
        return BadInput(f"{line} ({', '.join(named)}) {what}; nothing was changed")
