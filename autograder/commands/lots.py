"""What a class handed in, assignment by assignment, and where the results of each go."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder import assignments, gradebooks, intake
from autograder.assignments import Private
from autograder.gradebooks import Book
from autograder.intake import BadInput, Collected, Handed, Several, chosen, either
from autograder.intake.groups import Member, members
from autograder.intake.people import Person, roster
from autograder.kept import choices
from autograder.kept.rows import place

Left = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Lot:
    """What a class handed in for one assignment, the folder for its results, and the platforms' own
    files that take its scores."""

    private: Private
    handed: Sequence[Handed]
    out: Path
    books: Sequence[Book] = ()


def understood(given: argparse.Namespace) -> tuple[Sequence[Lot], Left]:
    """The hand-ins for each assignment, after telling how they were understood; and, with the
    student, what could not be assigned.

    They are told apart where nobody says which assignment it is. BadInput says what cannot work
    before anything is graded or written.
    """
    name = given.assignment
    if name is None and len(assignments.names()) > 1:
        several = _told_apart(given)
        if len(several.of) > 1:
            return _of_several(given, several), several.left
        (name,) = several.of  # and then it is as if it had been said
    return [_of_one(given, chosen(name))], ()


def _told_apart(given: argparse.Namespace) -> Several:
    """What a class handed in for which assignments, by the modules."""
    asked = intake.every_wanted(_every(given))
    kept = _kept(given.out, "*", "*/*")
    groups = _groups(given)
    found = intake.collect_several(given.submissions, asked, _listed(given), kept, groups)
    _refuse_strangers(given, groups, [h for each in found.of.values() for h in each.handed])
    if not found.of:
        raise BadInput(
            f"nobody in {given.submissions} handed in {either([w.module for w in asked])}; say"
            f" which assignment it is with --assignment: {', '.join(w.assignment for w in asked)}"
        )
    return found


def _of_several(given: argparse.Namespace, several: Several) -> Sequence[Lot]:
    if given.canvas_gradebook or given.moodle_worksheet:
        raise BadInput(
            f"{given.submissions} holds work for {' and '.join(several.of)}, and a gradebook takes"
            " the scores of one; choose it with --assignment"
        )
    for name, found in several.of.items():
        _tell(given, found, f"{name}\n")
    privates = {name: chosen(name) for name in several.of}
    return [
        Lot(privates[name], found.handed, _place(given, name, several=True))
        for name, found in several.of.items()
    ]


def _of_one(given: argparse.Namespace, private: Private) -> Lot:
    """All that lies there, as handed in for one assignment."""
    books, out = books_of(given, private), _place(given, private.public.name, several=False)
    listed, groups = _listed(given, books), _groups(given)
    kept = _kept(given.out and out, "*")
    wanted = intake.wanted(private, _every(given))
    found = intake.collect(given.submissions, wanted, listed, kept, groups)
    _refuse_strangers(given, groups, found.handed)
    _tell(given, found)
    return Lot(private, found.handed, out, books)


def _every(given: argparse.Namespace) -> bool:
    """Whether each attempt is to be graded, and the best counts."""
    return choices.attempt(given.out, given.attempt) == choices.BEST


def _groups(given: argparse.Namespace) -> Sequence[Member]:
    """Who is in which group, as far as a file says it."""
    file = choices.groups(given.out, given.groups)
    return members(file) if file else ()


def _refuse_strangers(
    given: argparse.Namespace, groups: Sequence[Member], handed: Sequence[Handed]
) -> None:
    if groups and not {m.group for m in groups} & {one.group for one in handed}:
        raise BadInput(
            f"nobody in {choices.groups(given.out, given.groups)} handed in anything; write each"
            " student as their folder is called, by e-mail address, or by name"
        )


def _place(given: argparse.Namespace, name: str, several: bool) -> Path:
    return place(given.out, name, several) if given.out else Path()


def _kept(out: Path | None, *patterns: str) -> list[str]:
    """The names of what an earlier run left in `out`."""
    return [path.name for pattern in patterns for path in out.glob(pattern)] if out else []


def _listed(given: argparse.Namespace, books: Sequence[Book] = ()) -> Sequence[Person]:
    """Who is in the class, as far as anybody says it."""
    return roster(given.roster) if given.roster else [p for b in books[:1] for p in b.people]


def _tell(given: argparse.Namespace, found: Collected, heading: str = "") -> None:
    """Who was understood how, and who is missing what."""
    told = intake.table(found, whole=given.dry_run)
    print(f"{heading}{told}\n", file=sys.stdout if given.dry_run else sys.stderr)


def books_of(given: argparse.Namespace, private: Private) -> list[Book]:
    """The platforms' own files that take the scores."""
    books, most = [], sum(private.points.values())
    if given.canvas_gradebook:
        name = private.public.name
        books.append(gradebooks.canvas(given.canvas_gradebook, name, most, given.canvas_column))
    if given.moodle_worksheet:
        sheet, column = given.moodle_worksheet, given.moodle_column
        points = (most, private.by_checks)
        books.append(gradebooks.moodle(sheet, column, given.moodle_feedback, points))
    return books
