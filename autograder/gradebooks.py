"""Scores into a learning platform's own file: one cell a student, every other byte as it was."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder import results
from autograder.disk import replace_file
from autograder.intake import BadInput, Handed, either, writing
from autograder.intake.cells import Cell, Sheet
from autograder.intake.people import EMAILS, NOBODY, POINTS_POSSIBLE, Person, Register
from autograder.kept import files
from autograder.kept.rows import Row
from autograder.text import clean
from nndl2.checks.model import Status
from nndl2.checks.words import number

CANVAS_FILE, MOODLE_FILE = files.CANVAS, files.MOODLE
CANVAS_COLUMN = re.compile(r"(?P<title>.*) \((?P<id>\d+)\)", re.DOTALL)
CANVAS_LOGINS = ("sis user id", "sis login id", "integration id")
DECIMAL_COMMA = re.compile(r"\d+,\d+")
OWN_COMMENT = re.compile(r"<pre># .*</pre>", re.DOTALL)
LISTED = 12


@dataclass(frozen=True)
class Book:
    """A platform's file: whose row is which, and the column that takes the scores.

    `fixed` says for some rows why their score must stay, `most` is what the platform counts for
    full marks (nothing where it does not say), `feedback` a column that takes a comment.
    """

    sheet: Sheet
    file: str
    column: int
    people: Sequence[Person]
    fixed: Mapping[int, str]
    most: str = ""
    feedback: int | None = None

    @property
    def title(self) -> str:
        """The name of the column that takes the scores."""
        return clean(self.sheet.header[self.column], 80)

    def there(self, row: int) -> str:
        """What stands in the cell that takes a score; Moodle's dash is nothing."""
        text = self.sheet.text(self.sheet.rows[row], self.column)
        return "" if text == "-" else text

    def comment(self, row: int) -> str:
        """What somebody else than this kit wrote in the cell that takes a comment."""
        text = self.sheet.text(self.sheet.rows[row], self.feedback)
        return "" if text == "-" or OWN_COMMENT.fullmatch(text) else text

    def written(self, score: float) -> str:
        """`score` with the decimal sign that this file has."""
        cells = (self.sheet.text(row, self.column) for row in self.sheet.rows[1:])
        comma = bool(DECIMAL_COMMA.fullmatch(self.most)) or any(map(DECIMAL_COMMA.fullmatch, cells))
        return number(score).replace(".", ",") if comma else number(score)


def canvas(path: Path, assignment: str, most: float, column: str | None = None) -> Book:
    """Canvas's gradebook; `column` is a title or an id, without it the one called `assignment`.

    One whose title has more words ("HW 3: VAE") is taken where it is the only one that counts
    `most` points: another may be a quiz's. BadInput lists the columns where none or several fit.
    """
    sheet = Sheet.of(path)
    student, id_ = sheet.column("Student"), sheet.column("ID")
    if student is None or id_ is None:
        raise BadInput(f"{path} is no gradebook of Canvas: it has no columns Student and ID")
    points = next((r for r in sheet.rows if sheet.text(r, student) == POINTS_POSSIBLE), [])
    titles = ((i, CANVAS_COLUMN.fullmatch(title)) for i, title in enumerate(sheet.header))
    open_ = {i: t for i, t in titles if t and "read only" not in sheet.text(points, i)}
    counted = {i for i in open_ if _value(sheet.text(points, i)) == most}
    chosen = _canvas_column(sheet, open_, counted, assignment, column)
    excused = {i for i, row in enumerate(sheet.rows) if sheet.text(row, chosen).upper() == "EX"}
    people = [_canvas_person(sheet, row, i) for i, row in enumerate(sheet.rows) if i]
    known = [p for p in people if p.id and p.name not in NOBODY]
    fixed = dict.fromkeys(excused, "is excused")
    return Book(sheet, CANVAS_FILE, chosen, known, fixed, sheet.text(points, chosen))


def _canvas_person(sheet: Sheet, row: Sequence[Cell], at: int) -> Person:
    logins = tuple(filter(None, (sheet.text(row, sheet.column(name)) for name in CANVAS_LOGINS)))
    name, own = (sheet.text(row, sheet.column(title)) for title in ("Student", "ID"))
    return Person(own, logins, "", name, "canvas", at)


def moodle(
    path: Path,
    column: str | None = None,
    feedback: bool = False,
    points: Sequence[float] = (),
) -> Book:
    """Moodle's grading worksheet; with `feedback` its column of comments is filled in too.

    It has to be in English: in another language nothing would tell which grades are locked. It has
    to count one of `points` for full marks, where it says what it counts: 12 of 12 is no 12 of 100.
    """
    sheet = Sheet.of(path)
    grade, may = sheet.column(column or "Grade"), sheet.column("Grade can be changed")
    own, email = sheet.column("Identifier"), sheet.column(*EMAILS)
    if grade is None or may is None or (own is None and email is None):
        raise BadInput(
            f"{path} is no grading worksheet of Moodle in English: it needs a column"
            f" {column or 'Grade'} (or --moodle-column), one Grade can be changed, and Identifier"
            " or Email address; download it with Moodle's language set to English;"
            f" {_columns(sheet.header)}"
        )
    most = sheet.column("Maximum Grade")
    locked = [i for i, row in enumerate(sheet.rows) if sheet.text(row, may).casefold() == "no"]
    comments = sheet.column("Feedback comments") if feedback else None
    if feedback and comments is None:
        raise BadInput(f"{path} has no column Feedback comments; {_columns(sheet.header)}")
    people = [_moodle_person(sheet, row, i) for i, row in enumerate(sheet.rows) if i]
    fixed = dict.fromkeys(locked, "is locked in Moodle")
    counted = sheet.text(sheet.rows[1], most) if len(sheet.rows) > 1 else ""
    if points and _value(counted) not in (None, *points):
        ours = either([number(each) for each in dict.fromkeys(points)])
        raise BadInput(
            f"{path} counts {counted} points for full marks, and this assignment has {ours}; set"
            f" the maximum grade in Moodle to {ours}, and download the worksheet again"
        )
    return Book(sheet, MOODLE_FILE, grade, people, fixed, counted, comments)


def _moodle_person(sheet: Sheet, row: Sequence[Cell], at: int) -> Person:
    own = re.search(r"(\d+)$", sheet.text(row, sheet.column("Identifier")))
    logins = (sheet.text(row, sheet.column(title)) for title in ("ID number", "Username"))
    email, name = sheet.text(row, sheet.column(*EMAILS)), sheet.text(row, sheet.column("Full name"))
    return Person(own[1] if own else "", tuple(filter(None, logins)), email, name, "moodle", at)


def _canvas_column(
    sheet: Sheet,
    open_: Mapping[int, re.Match[str]],
    counted: Collection[int],
    assignment: str,
    asked: str | None,
) -> int:
    """The one open column that is `asked` for, else called what the assignment is, else named
    after it among those that are `counted` as much."""
    words = _words(assignment)
    if asked is not None:
        found = [i for i, t in open_.items() if asked.strip() in (t[0], t["title"], t["id"])]
    else:
        found = [i for i, t in open_.items() if words == _words(t["title"])]
        found = found or [i for i in counted if words <= _words(open_[i]["title"])]
    if len(found) == 1:
        return found[0]
    told = repr(clean(asked, 80)) if asked is not None else f"called {assignment}"
    count = "no column" if not found else f"{len(found)} columns"
    near_first = sorted(open_.values(), key=lambda t: not words <= _words(t["title"]))
    raise BadInput(
        f"{sheet.name} has {count} {told}; choose one with --canvas-column;"
        f" {_columns([title[0] for title in near_first])}"
    )


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text.casefold()))


def _columns(titles: Sequence[str]) -> str:
    more = [f"and {len(titles) - LISTED} more"] if len(titles) > LISTED else []
    listed = [f'"{clean(title, 60)}"' for title in titles[:LISTED]]
    return f"it has {', '.join([*listed, *more]) or 'none'}"


def planned(
    book: Book, handed: Sequence[Handed], most: float, by_checks: float | None = None
) -> list[str]:
    """What `fill` would do with the scores of a class, as far as that is known before grading.

    `most` are the points for full marks, `by_checks` those of them that checks give.
    """
    rows, left = _placed(book, handed)
    count = f"{len(rows)} of the {len(book.people)} students in it"
    there = [student for student, row in rows.items() if book.there(row)]
    return [
        f"{book.sheet.name}: scores would go into {book.title}, for {count}",
        *_left(left),
        *_told(there, "would replace what is there"),
        *_most(book, most, () if by_checks is None else (by_checks,)),
    ]


def fill(
    book: Book, handed: Sequence[Handed], rows: Sequence[Row], out: Path, most: float
) -> list[str]:
    """Write `book` with the scores of `rows` into the folder `out`, and say what became of each.

    Who handed in nothing, is held, or has answers that nobody graded yet keeps the cell they have.
    A score goes nowhere unless it is clear whose it is.
    """
    of = {row.folder: row for row in rows}
    places, left = _placed(book, handed)
    changes: dict[tuple[int, int], str] = {}
    replaced, commented = [], []
    for student, place in places.items():
        row = of.get(student)
        if row is None or row.status == Status.HELD.value:
            left["is held"].append(student)
            continue
        score = _score(row, _value(book.most))
        if score is None:
            left["by hand open"].append(student)
            continue
        changes[place, book.column] = book.written(score)
        if book.there(place) and _value(book.there(place)) != score:
            replaced.append(student)
        if book.comment(place):
            commented.append(student)
        elif book.feedback is not None:
            changes[place, book.feedback] = _comment(out / student)
    with writing(out / book.file):
        replace_file(out / book.file, book.sheet.filled(changes))
    filled = sum(column == book.column for _, column in changes)
    return [
        f"{out / book.file}: {filled} score{'s' * (filled != 1)} in {book.title}",
        *_left(left),
        *_told(replaced, "replaced what was there"),
        *_told(commented, "keep the comment that somebody wrote"),
        *_most(book, most, {row.max_score for row in rows}),
    ]


def _score(row: Row, most: float | None) -> float | None:
    """The points by checks and by hand, None while one is open; where the platform counts no more
    than the points by checks, these."""
    return row.score if most == row.max_score else row.total


def _placed(
    book: Book, handed: Sequence[Handed]
) -> tuple[dict[str, int], defaultdict[str, list[str]]]:
    """The row that takes each student's score, and who is left out, by the reason for it."""
    found = Register(book.people).matched({one.student: one.who for one in handed})
    rows: dict[str, int] = {}
    left = defaultdict[str, list[str]](list)
    for one in handed:
        person = found.get(one.student)
        if person is None:
            left["could not be matched"].append(one.student)
        elif person.row in book.fixed:
            left[book.fixed[person.row]].append(one.student)
        else:
            rows[one.student] = person.row
    return rows, left


def _told(students: Sequence[str], what: str) -> Iterator[str]:
    if students:
        yield f"  {len(students)} {what}: {', '.join(clean(s, 40) for s in students)}"


def _left(left: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for why, students in left.items():
        yield from _told(students, f"left out, {why}")


def _most(book: Book, most: float, by_checks: Collection[float] = ()) -> Iterator[str]:
    if _value(book.most) not in (None, most, *by_checks):
        yield (
            f"  the platform counts {book.most} points for full marks, this kit {number(most)};"
            " the scores are written as they are"
        )


def _value(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _comment(folder: Path) -> str:
    try:
        text = (folder / results.FEEDBACK).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return f"<pre>{html.escape(text.strip())}</pre>"
