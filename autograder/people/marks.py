"""The points that people gave by hand, kept beside the results of a class, whatever is regraded.

One line a decision: for whom, for which question, how many points, by whom and when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autograder.kept import ledger
from autograder.results import by_hand
from nndl2.checks.questions import Mark

FILE = "by-hand.jsonl"
Marks = Mapping[str, Mapping[str, Mark]]  # by the student's folder, by the question's name


@dataclass(frozen=True)
class Given:
    """A mark, and whose answer to which question it is for; one that is `open` takes back what was
    given before."""

    student: str
    question: str
    mark: Mark
    open: bool = False


def read(folder: Path) -> Marks:
    """All marks kept in `folder`; BadInput names a line that cannot be read."""
    found: dict[str, dict[str, Mark]] = {}
    for given in history(folder):
        own = found.setdefault(given.student, {})
        own.pop(given.question, None)
        if not given.open:
            own[given.question] = given.mark
    return found


def history(folder: Path) -> list[Given]:
    """All marks that were ever given, oldest first."""
    return list(ledger.read(folder / FILE, _given))


def add(folder: Path, given: Sequence[Given]) -> None:
    """Keep more marks in `folder`, all of them or none."""
    about = (
        {"student": g.student, "question": g.question, **({"open": True} if g.open else {})}
        for g in given
    )
    ledger.add(folder / FILE, [asdict(g.mark) | whose for g, whose in zip(given, about)])


def _given(entry: dict[str, Any]) -> Given:
    mark = Mark(**{name: entry[name] for name in Mark.__dataclass_fields__})
    said = [mark.comment, mark.who, mark.when, mark.answer]
    if not by_hand.is_points(mark.points) or not all(isinstance(each, str) for each in said):
        raise TypeError("no mark")
    return Given(entry["student"], entry["question"], mark, entry.get("open") is True)
