"""The results of a class, a row a student, as they are kept in a folder."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from autograder import results
from autograder.garbage import uncollected
from autograder.intake import BadInput
from autograder.kept import journal, submitted
from autograder.results import Json, by_hand
from autograder.results.adjustments import OVERALL
from autograder.text import clean, written
from nndl2.checks.questions import ByHand, HandSum
from nndl2.checks.words import number

NAME_LIMIT = 64


@dataclass(frozen=True)
class Row:
    """One student's line: the result as it was kept, under the name of its folder."""

    folder: str
    result: Json

    @property
    def student(self) -> str:
        return clean(self.folder, NAME_LIMIT)

    @property
    def score(self) -> float:
        """The points by checks."""
        return self.result["score"]

    @property
    def max_score(self) -> float:
        """The most by checks."""
        return self.result["extra_data"]["max_score"]

    @property
    def most(self) -> float:
        """The most by checks and by hand."""
        return self.max_score + HandSum.of(self.by_hand).most

    @cached_property
    def by_hand(self) -> list[ByHand]:
        """The questions, with what people gave for them so far."""
        return by_hand.states(self.entries(by_hand.KIND))

    @property
    def hand(self) -> str:
        """The sum by hand, for a column of that name; empty where nothing is asked."""
        return HandSum.of(self.by_hand).cell if self.by_hand else ""

    @property
    def total(self) -> float | None:
        """The points by checks and by hand; None while one of them is open."""
        hand = HandSum.of(self.by_hand)
        return None if hand.open else self.score + hand.score

    @property
    def checks(self) -> Mapping[str, str]:
        """The outcome of each check, by its id."""
        tests = (t["extra_data"] for t in self.entries("check"))
        return {about["check"]: about["outcome"] for about in tests}

    @property
    def adjusted(self) -> str:
        """What people decided against the checks, such as "loss 0 -> 1; overall -2"."""
        parts = [(p, p["extra_data"].get("adjusted")) for p in self.entries("part")]
        told = [
            f"{p['extra_data']['part']} {number(own['by_checks'])} -> {number(own['points'])}"
            for p, own in parts
            if own
        ]
        whole = (self.result["extra_data"].get("adjusted") or {}).get(OVERALL)
        return "; ".join([*told, *([f"{OVERALL} {whole['points']:+g}"] if whole else [])])

    @property
    def attempt(self) -> str:
        """Which of several attempts was graded, such as "2 of 3 (best)"."""
        return clean(str(self.result["extra_data"].get("attempt", "")), NAME_LIMIT)

    @property
    def group(self) -> str:
        """The group that the program is of, or with whom it was handed in."""
        name, *mates = self.result["extra_data"].get("group") or [""]
        return clean(str(name) or ", ".join(map(str, mates)), NAME_LIMIT)

    @property
    def remarks(self) -> str:
        """What stands behind the status: the attempt, the group, and what people decided."""
        return self._remarks(self.group)

    @property
    def nameless(self) -> str:
        """The same without the group, which may name somebody."""
        return self._remarks("")

    def _remarks(self, group: str) -> str:
        known = {"attempt": self.attempt, "group:": group, "adjusted:": self.adjusted}
        return "".join(f", {what} {told}" for what, told in known.items() if told)

    @property
    def status(self) -> str:
        return self.result["extra_data"]["status"]

    @property
    def reason(self) -> str:
        return self.result["extra_data"]["reason"]

    @property
    def sentence(self) -> str:
        """Why the status is what it is, where more can be said than its name and the reason."""
        return clean(str(self.result["extra_data"].get("sentence", "")))

    def part(self, text: str) -> str:
        """The part that is called `text`, or shown as that; `text` itself where there is none."""
        parts = {p["extra_data"]["part"]: p["name"] for p in self.entries("part")}
        said = text.casefold()
        return next((n for n, title in parts.items() if said in (n, title.casefold())), text)

    def entries(self, kind: str) -> list[Json]:
        """The entries of one kind, "part", "check" or "question"."""
        return self._by_kind[kind]

    @cached_property
    def _by_kind(self) -> Mapping[str, list[Json]]:
        """The entries sorted once: a class has three hundred thousand, and is asked many times."""
        found: defaultdict[str, list[Json]] = defaultdict(list)
        for test in self.result["tests"]:
            found[test["extra_data"]["kind"]].append(test)
        return found

    @cached_property
    def tasks(self) -> Mapping[str, tuple[float, float]]:
        """Score and maximum by task, in the assignment's order; tasks without points left out."""
        scores: dict[str, tuple[float, float]] = {}
        for part in self.entries("part"):
            earned, points = scores.get(part["extra_data"]["task"], (0, 0))
            both = (earned + part["score"], points + part["max_score"])
            scores[part["extra_data"]["task"]] = both
        return {task: both for task, both in scores.items() if both[1]}


def questions(rows: Iterable[Row]) -> list[str]:
    """The questions that a person grades, by name, in the order of the assignment."""
    return list(dict.fromkeys(s.question.name for row in rows for s in row.by_hand))


@uncollected()
def rows(folder: Path) -> list[Row]:
    """The results kept in `folder`, sorted by student."""
    if not folder.is_dir():
        raise BadInput(f"{folder} is no folder; give the one that `autograder grade` wrote to")
    found = [(path.name, results.load(path)) for path in sorted(folder.iterdir())]
    kept = [Row(name, result) for name, result in found if result is not None]
    if not kept:
        raise BadInput(f"{folder} holds no results; give the one that `autograder grade` wrote to")
    if len(names := {row.result["extra_data"]["assignment"] for row in kept}) > 1:
        raise BadInput(
            f"{folder} holds results of {', '.join(sorted(names))}; give each a folder of its own"
        )
    return kept


def graded(folder: Path) -> list[Row]:
    """The same, of a class that can be graded again: one assignment, with its journal."""
    if (folder / journal.FILE).is_file():
        return rows(folder)
    below = [str(place) for place in folders(folder) if (place / journal.FILE).is_file()]
    if not below and _assignment(folder):
        raise BadInput(
            f"{folder} holds results and no {journal.FILE}, which says how they came about: run"
            " `grade` again, and it is written anew"
        )
    told = f": {' or '.join(below)}" if below else " that `grade` wrote to"
    raise BadInput(f"{folder} holds no graded class; give the folder{told}")


def astray(folder: Path) -> list[str]:
    """Whose result in `folder` is not as the grader left it: edited, damaged or deleted."""
    left = journal.left(folder)
    there = [student for student in sorted(left) if (folder / student).is_dir()]
    return [student for student in there if results.digest(folder / student) != left[student]]


def find(kept: Sequence[Row], student: str, folder: Path) -> Row:
    """The row of a student in `folder`, by its name there, else by the student's own name, ID or
    e-mail address; BadInput names those that are near."""
    for row in kept:
        if student in (row.folder, row.student):
            return row
    alike = [row for row in kept if written(student) == written(row.folder)]
    alike = alike or [row for row in kept if _is_called(folder / row.folder, written(student))]
    if len(alike) == 1:
        return alike[0]
    if alike:
        told = " and ".join(repr(row.folder) for row in alike)
        raise BadInput(f"{clean(student, NAME_LIMIT)} can mean {told}; give one as it stands there")
    if student in astray(folder):
        raise BadInput(f"the result in {folder / student} cannot be read: run `grade` again")
    near = difflib.get_close_matches(student, [row.student for row in kept], 3)
    hint = f"; is it {' or '.join(near)}?" if near else ""
    raise BadInput(f"there is no student {clean(student, NAME_LIMIT)} in this class{hint}")


def _is_called(folder: Path, name: str) -> bool:
    return name in map(written, submitted.called(folder))


def folders(folder: Path) -> list[Path]:
    """Where in `folder` the results of an assignment lie: in itself, or in a folder a name."""
    if not folder.is_dir():
        return [folder]  # which `rows` refuses
    below = [path for path in sorted(folder.iterdir()) if (path / journal.FILE).is_file()]
    return [folder] * bool(_assignment(folder) or not below) + below


def place(out: Path, name: str, several: bool) -> Path:
    """The folder in `out` for the results of the assignment `name`: where some lie already, else a
    folder of its own where there are `several` assignments, or another one's lie in `out`."""
    own, there = out / name, _assignment(out)
    if there == name and not (own / journal.FILE).is_file():
        return out
    return own if several or there or (own / journal.FILE).is_file() else out


def _assignment(folder: Path) -> str:
    """The assignment whose results lie in `folder`, if any do."""
    paths = sorted(folder.iterdir()) if folder.is_dir() else ()
    loaded = (found for path in paths if (found := results.load(path)))
    return next((found["extra_data"]["assignment"] for found in loaded), "")
