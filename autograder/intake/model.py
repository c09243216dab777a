"""What intake gives back: who handed in what, or one sentence for why there is nothing to grade."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.text import clean
from nndl2.checks.model import Reason, Unusable
from nndl2.checks.written import Written

LONGEST = 400  # characters of a sentence


class BadInput(Exception):
    """What the caller gave cannot be used; the message says what to do, in one sentence."""


@contextmanager
def writing(place: Path, then: str = "") -> Iterator[None]:
    """BadInput where `place` cannot be written to, with what is so `then`."""
    try:
        yield
    except OSError as e:
        more = f"; {then}" if then else ""
        raise BadInput(f"{place} cannot be written to ({e.strerror}){more}") from None


@dataclass(frozen=True)
class Identity:
    """Who handed in, as the `platform` says it; empty where it does not.

    `id` is Canvas's user id, Moodle's participant number, Gradescope's student id, or the name of a
    student's folder.
    """

    name: str = ""
    id: str = ""
    email: str = ""
    attempt: str = ""
    late: bool = False
    platform: str = ""


@dataclass(frozen=True)
class Attempt:
    """One of several files that a student handed in one after the other: `number` says which it is,
    such as "2 of 3"."""

    source: bytes
    path: str
    note: str
    number: str


@dataclass(frozen=True)
class Handed:
    """What one student handed in: the bytes of `file`, or why there are none.

    `student` names the folder of the results, `path` where the file was found (without one, where
    anything of theirs was), and `note` says what the student should know of that. `answers` are
    those to the questions that a person grades. `attempt` says which of several attempts the file
    is. Where the best of them counts, `attempts` are all of them, the newest first, and the file is
    the newest until they are graded. `group` is the name of the student's group, and `together` are
    the folders of those with whom they share this very file, which is graded once for all.
    """

    student: str
    file: str
    source: bytes = b""
    wrong: Unusable | None = None
    note: str = ""
    who: Identity = Identity()
    path: str = ""
    answers: Written | None = None
    attempt: str = ""
    attempts: tuple[Attempt, ...] = ()
    group: str = ""
    together: tuple[str, ...] = ()

    def counting(self, source_is: Callable[[bytes], bool]) -> Handed:
        """The same with the file of the newest attempt whose source is the one that counts."""
        for one in self.attempts:
            if source_is(one.source):
                told = replace(self, note=one.note, attempt=one.number)
                return replace(told, source=one.source, path=one.path)
        return self


def refused(e: Unusable, advice: str) -> BadInput:
    """What is wrong with a file, for who gave it: with `advice` in the place of a student's."""
    if e.reason is not Reason.MALFORMED:
        return BadInput(e.sentence)
    return BadInput(f"{e.sentence.rpartition('; ')[0] or e.sentence}; {advice}")


def malformed(sentence: str) -> Unusable:
    """What a student can mend; the names in `sentence` may be anything."""
    return Unusable(clean(sentence, LONGEST), Reason.MALFORMED)


def unreadable(what: str, e: OSError) -> Unusable:
    """What the grader's own machine is to blame for."""
    text = f"{what} cannot be read by the grader ({e.strerror})"
    return Unusable(clean(text, LONGEST), Reason.ENVIRONMENT)


def either(names: Sequence[str]) -> str:
    """Names to choose one of: "a", "a or b", "a, b or c"."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last
