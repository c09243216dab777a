"""A class as it was collected: every student once, with the file to grade or why there is none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from autograder.intake import archives, layouts, people
from autograder.intake.find import one_file
from autograder.intake.model import BadInput, Handed, Identity, refused, unreadable
from autograder.intake.people import Person
from autograder.intake.search import Wanted
from autograder.intake.tree import Kind, Node, bytes_of, folder, on_disk
from autograder.results import clean
from nndl2.checks.model import Unusable


@dataclass(frozen=True)
class Collected:
    """What a class handed in, how that was understood, and who of the roster is not in it."""

    layout: str
    handed: Sequence[Handed]
    absent: Sequence[Person] = ()
    unknown: Sequence[Handed] = ()
    passed_over: Sequence[str] = ()
    hint: str = ""


def collect(
    where: Path, wanted: Wanted, listed: Sequence[Person] = (), kept: Collection[str] = ()
) -> Collected:
    """Everything handed in that lies at `where`, a folder or an archive, sorted by student.

    `listed` are the people of a roster or a gradebook, `kept` the folders of an earlier run, whose
    names stay with those who had them. BadInput says in one sentence what cannot be
    taken for the hand-ins of a class.
    """
    with ExitStack() as held:
        root = _root(where, wanted, held)
        layout = layouts.recognised(root, wanted, held)
        if not layout.students:
            raise BadInput(
                f"{where} holds no folders; put {wanted.module} of each student into one of its own"
            )
        students = sorted(layout.students, key=lambda s: s.label)
        names = people.folder_names([s.label for s in students], kept)
        shown = tqdm(students, desc="reading", unit="student", leave=False, disable=None)
        handed = [_handed(s, name, wanted) for s, name in zip(shown, names)]
    handed.sort(key=lambda one: one.student)
    made = Collected(layout.name, handed, passed_over=layout.passed_over, hint=layout.hint)
    return _compared(made, listed)


def handed(student: Path, wanted: Wanted | str) -> Handed:
    """What the folder of one student holds for the assignment whose file is `wanted`."""
    wanted = Wanted(wanted) if isinstance(wanted, str) else wanted
    name = student.name
    try:
        place = on_disk(student)
    except OSError as e:
        return Handed(name, wanted.module, wrong=unreadable(f"the folder {name}", e))
    who = Identity(id=clean(name))
    return _handed(layouts.Student(name, place, who), name, wanted)


def alone(file: Path, wanted: Wanted) -> Handed:
    """What one file is for the assignment whose file is `wanted`: the program itself whatever its
    name, or an archive, which is read like all that a student handed in."""
    made = Handed(file.stem, file.name)
    try:
        node = on_disk(file)
        if not archives.is_archive(node):
            return replace(made, source=bytes_of(node))
        found = one_file(folder(file.name, [node]), wanted)
    except Unusable as e:
        return replace(made, wrong=e)
    except OSError as e:
        return replace(made, wrong=unreadable(file.name, e))
    note = found.note or f"graded from {found.path}"
    return replace(made, file=wanted.module, source=found.source, note=note, path=found.path)


def _root(where: Path, wanted: Wanted, held: ExitStack) -> Node:
    try:
        node = on_disk(where.resolve())
        if node.kind is Kind.FILE and archives.is_archive(node):
            node = archives.opened(node, held, archives.CLASS)
        elif node.kind is not Kind.FOLDER:
            raise _no_folder(where)
        there = [child.name for child in node.list()]
    except Unusable as e:
        raise refused(e, "download it again, or unpack it and give the folder") from None
    except (OSError, RuntimeError) as e:
        if isinstance(e, (FileNotFoundError, NotADirectoryError)):
            raise BadInput(f"there is no folder or archive {where}") from None
        if isinstance(e, PermissionError):
            raise BadInput(f"{where} cannot be read ({e.strerror})") from None
        raise _no_folder(where) from None
    if wanted.module in there:
        raise BadInput(
            f"{where} holds {wanted.module} itself; give the folder above it, which holds one"
            f" folder a student, or grade the file alone with: autograder check"
            f" {where / wanted.module}"
        )
    return node


def _no_folder(where: Path) -> BadInput:
    return BadInput(
        f"{where} is no folder and no archive (zip, tar.gz); give what holds a folder for each"
        " student, or a platform's download"
    )


def _handed(student: layouts.Student, name: str, wanted: Wanted) -> Handed:
    made = Handed(name, wanted.module, who=student.who)
    try:
        found = one_file(student.place, wanted)
    except Unusable as e:
        return replace(made, wrong=e)
    except OSError as e:
        return replace(made, wrong=unreadable(f"the folder {student.label}", e))
    return replace(made, source=found.source, note=found.note, path=found.path)


def _compared(found: Collected, listed: Sequence[Person]) -> Collected:
    """`found` beside the roster: who handed in nothing, and who is on no list."""
    if not listed:
        return found
    register = people.Register(listed)
    matched = {one.student: register.find(one.who) for one in found.handed}
    rows = {person.row for person in matched.values() if person}
    return replace(
        found,
        absent=[person for person in listed if person.row not in rows],
        unknown=[one for one in found.handed if matched[one.student] is None],
    )
