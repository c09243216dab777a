"""The answers of a class to the questions that people grade: a page to read, a CSV to fill in.

They come from a graded class, which keeps them, or from the hand-ins. An answer that is not there
is listed with the reason, and stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder import assignments, intake
from autograder.assignments import Private
from autograder.disk import replace_file
from autograder.intake import BadInput, writing
from autograder.kept import answers, files, journal, ledger
from autograder.kept.journal import Journal
from autograder.kept.rows import rows
from autograder.people import marking, marks
from autograder.people.decisions import Decisions
from autograder.people.marks import Marks
from autograder.people.questions_page import page
from autograder.report import sheets
from autograder.text import clean
from nndl2.checks.questions import OPEN, Mark, Question, count
from nndl2.checks.words import number
from nndl2.checks.written import Written, digest

PAGE, SHEET = files.TO_READ, files.QUESTIONS
COLUMNS = ("student", "question", "points", "comment", "most", "words", "limit", "note", "answer")
ABSENT, EMPTY, CHANGED = (
    "the notebook lacks the cell",
    "no answer",
    "changed since it got its points",
)


@dataclass(frozen=True)
class Answer:
    """One student's answer to one question, None where there is no cell for it."""

    student: str
    question: Question
    text: str | None
    note: str
    mark: Mark | None

    @property
    def words(self) -> int:
        """How many words it has."""
        return count(self.text or "")

    @property
    def too_long(self) -> bool:
        """Whether it has more words than it should."""
        return 0 < self.question.words < self.words

    @property
    def changed(self) -> bool:
        """Whether its mark is for another answer than this one."""
        return self.mark is not None and self.mark.answer not in ("", digest(self.text or ""))


def is_graded(folder: Path) -> bool:
    """Whether `folder` is what `autograder grade` wrote."""
    return (folder / journal.FILE).is_file()


def graded_in(folder: Path, name: str | None = None) -> Path:
    """`folder`, or the one in it that `grade` wrote for the assignment called `name`, or for the
    only one with questions, where a class handed in several."""
    if is_graded(folder):
        return folder
    asks = [name] if name else [n for n in assignments.names() if intake.chosen(n).public.questions]
    found = [folder / n for n in asks if is_graded(folder / n)]
    return found[0] if len(found) == 1 else folder


def collect(where: Path, out: Path, name: str | None) -> str:
    """Write the page and the CSV into `out`, and say what is in them."""
    private = _assignment(where, name)
    handed = _kept(where) if is_graded(where) else _handed_in(where, out, private)
    known = marks.read(where if is_graded(where) else out)
    found = list(_answers(handed, private, known))
    _expect_nothing_unread(out / SHEET, private, known, found)
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
        replace_file(out / PAGE, page(private, found))
        replace_file(out / SHEET, sheet(private, found))
    return "\n".join([*_told(handed, found), *_places(where, out)])


def read_back(folder: Path, file: Path, by: str) -> str:
    """Read the points in `file` into the graded class in `folder`, and say what came of it.

    All of them or none: BadInput names the first row that cannot be.
    """
    if not is_graded(folder):
        raise BadInput(f"{folder} holds no graded class; give the folder that `grade` wrote to")
    private = _assignment(folder, None)
    with Journal(folder) as kept:
        known = marks.read(folder)
        found = list(_answers(_kept(folder), private, known))
        filled = marking.read(file, _most(private), {a.student for a in found}, known)
        new = list(_signed(filled, found, by or ledger.login()))
        if new:
            marks.add(folder, new)
        changed = Decisions.of(folder).show(folder, kept)
    return "\n".join(_came_of(file, new, known, changed))


def _came_of(
    file: Path, new: Sequence[marks.Given], known: Marks, edited: Sequence[str]
) -> Iterator[str]:
    """How many points were read; each that took the place of another; whose do not show yet."""
    before = [(given, known.get(given.student, {}).get(given.question)) for given in new]
    other = [(given, old) for given, old in before if old]
    yield f"points read from {file}: {len(new) - len(other)} new, {len(other)} changed"
    for given, old in other:
        now = OPEN if given.open else number(given.mark.points)
        points = f"{number(old.points)} -> {now}"
        yield f"{given.student}, {given.question}: {points}"
    if edited:
        yield f"results were edited, so grade again to see the points there: {', '.join(edited)}"


def sheet(private: Private, found: Sequence[Answer]) -> str:
    """The CSV to fill in; what people gave before stands in it."""
    lines: list[Sequence[str]] = [COLUMNS]
    for each in found:
        mark = None if each.changed else each.mark
        most = number(private.points[each.question.name])
        given = [number(mark.points), mark.comment] if mark else ["", ""]
        about = [most, str(each.words), str(each.question.words or ""), each.note]
        lines.append([each.student, each.question.name, *given, *about, digest(each.text or "")])
    return sheets.text(lines)


def _assignment(where: Path, name: str | None) -> Private:
    """The assignment of a graded class, or of hand-ins; BadInput where nothing is asked in it."""
    if is_graded(where):
        name = rows(where)[0].result["extra_data"]["assignment"]
    private = intake.chosen(name)
    if not private.public.questions:
        raise BadInput(f"{private.public.name} has no question that a person grades")
    return private


def _kept(folder: Path) -> dict[str, Written]:
    return {row.folder: answers.kept(folder / row.folder) for row in rows(folder)}


def _handed_in(where: Path, out: Path, private: Private) -> dict[str, Written]:
    kept = [path.name for path in out.glob("*")]
    found = intake.collect(where, intake.wanted(private), (), kept)
    return {one.student: one.answers or Written() for one in found.handed}


def _answers(handed: Mapping[str, Written], private: Private, known: Marks) -> Iterator[Answer]:
    """Question by question, as they are graded, the answers of all students."""
    for question in private.public.questions:
        for student, written in handed.items():
            text = written.answers.get(question.name)
            mark = known.get(student, {}).get(question.name)
            made = Answer(student, question, text, "", mark)
            yield Answer(student, question, text, "; ".join(_notes(made, written)), mark)


def _notes(answer: Answer, written: Written) -> Iterator[str]:
    if answer.text is None:
        yield written.trouble or ABSENT
    elif not answer.text:
        yield EMPTY
    if written.note:
        yield written.note
    if answer.changed:
        yield CHANGED


def _expect_nothing_unread(
    path: Path, private: Private, known: Marks, found: Sequence[Answer]
) -> None:
    """Raise BadInput where writing `path` anew would lose what somebody filled in."""
    if not path.exists():
        return
    try:
        unread = bool(marking.read(path, _most(private), {a.student for a in found}, known))
    except BadInput:
        unread = True
    if unread:
        raise BadInput(
            f"{path} has changes that were not read yet; read it with --points {path}, or move it"
            " away"
        )


def _most(private: Private) -> dict[str, float]:
    return {question.name: private.points[question.name] for question in private.public.questions}


def _signed(
    filled: Sequence[marking.Filled], found: Sequence[Answer], who: str
) -> Iterator[marks.Given]:
    """What was filled in, with who did it and when, and which answer it was for."""
    when = journal.now()
    now = {(a.student, a.question.name): digest(a.text or "") for a in found}
    for row in filled:
        answer = row.answer or now[row.student, row.question]
        mark = Mark(row.points or 0, row.comment, clean(who, 80), when, answer)
        yield marks.Given(row.student, row.question, mark, open=row.points is None)


def _told(handed: Mapping[str, Written], found: Sequence[Answer]) -> Iterator[str]:
    """How many answers there are, and whose are not or should be looked at."""
    there, marked = sum(bool(a.text) for a in found), sum(a.mark is not None for a in found)
    students, asked = len(handed), len({answer.question for answer in found})
    yield (
        f"{students} student{'s' * (students != 1)}, {asked} question{'s' * (asked != 1)}:"
        f" {there} of {len(found)} answers written, {len(found) - marked} open"
    )
    for student, written in handed.items():
        if written.trouble or written.note:
            yield f"{student}: {written.trouble or written.note}"
    for what, which in (
        (ABSENT, [a for a in found if a.text is None and not handed[a.student].trouble]),
        ("over the limit", [a for a in found if a.too_long]),
        (CHANGED, [a for a in found if a.changed]),
    ):
        if which:
            yield f"{what}: {', '.join(f'{a.student} ({a.question.title})' for a in which)}"


def _places(where: Path, out: Path) -> Iterator[str]:
    graded = next((str(place) for place in (where, out) if is_graded(place)), "GRADED")
    yield f"to read, with the rubric, so keep it from students: {out / PAGE}"
    yield f"to fill in: {out / SHEET}; then: autograder questions {graded} --points {out / SHEET}"
