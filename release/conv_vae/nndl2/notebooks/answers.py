"""The answers in the student's notebook before it is handed in: how long, and which are open."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nndl2.checks import written
from nndl2.checks.model import Assignment
from nndl2.checks.questions import BY_HAND, Question, count
from nndl2.checks.show import stored
from nndl2.notebooks.notebook import Notebook


def missing(subject: Assignment, book: Notebook | str) -> Iterator[str]:
    """What to do about the questions before the notebook is handed in, a sentence each."""
    found = _found(subject, book)
    if found is None:
        return

    def too_long(question: Question) -> bool:
        return bool(question.words) and count(found.get(question.name, "")) > question.words

    yield from _told(f"no answer yet ({BY_HAND})", subject, lambda q: found.get(q.name) == "")
    yield from _told("answers that keep to their limit", subject, too_long)
    gone = "the cell to answer in, which is in the notebook that you were given"
    yield from _told(gone, subject, lambda q: q.name not in found)


def counted(subject: Assignment, book: Notebook | str) -> Iterator[str]:
    """The words of each answer and its limit, a line each, and what counts as a word."""
    found = _found(subject, book)
    if found is None:
        return
    yield f"Your answers, as the notebook was saved; they are {BY_HAND}:"
    for question in subject.questions:
        most = f" of at most {question.words}" if question.words else ""
        yield f"- {question.title}: {count(found.get(question.name, ''))}{most} words"
    yield "(A word is what stands between blanks and holds a letter or a digit.)"


def _found(subject: Assignment, book: Notebook | str) -> dict[str, str] | None:
    """The answers by the question's name; None where there is no question, or no notebook."""
    if isinstance(book, str) or not subject.questions:
        return None
    return written.answers(book.content, subject.questions, written.blanks(stored(subject)))


def _told(what: str, subject: Assignment, which: Callable[[Question], bool]) -> Iterator[str]:
    if titles := [question.title for question in subject.questions if which(question)]:
        yield f"{what}: {', '.join(titles)}"
