"""A class as it was collected: every student once, with the file to grade or why there is none."""

from __future__ import annotations

import codecs
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from autograder.intake import archives, layouts, people
from autograder.intake.answers import answers_of
from autograder.intake.find import Chosen, one_file
from autograder.intake.groups import Member, joined, told_together
from autograder.intake.model import (
    Attempt,
    BadInput,
    Handed,
    Identity,
    either,
    malformed,
    refused,
    unreadable,
)
from autograder.intake.people import Person
from autograder.intake.platforms import Layout, Signs, Student
from autograder.intake.search import Wanted
from autograder.intake.sorting import Sorted, by_assignment
from autograder.intake.tree import Kind, Node, TooMany, bytes_of, folder, on_disk
from autograder.text import clean
from nndl2.checks.formats import format_of
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
    absent_groups: Sequence[str] = ()


def collect(
    where: Path,
    wanted: Wanted,
    listed: Sequence[Person] = (),
    kept: Collection[str] = (),
    groups: Sequence[Member] = (),
) -> Collected:
    """Everything handed in that lies at `where`, a folder or an archive, sorted by student.

    `listed` are the people of a roster or a gradebook, `kept` the folders of an earlier run, whose
    names stay with those who had them, `groups` who hands in together. BadInput says in one
    sentence what cannot be taken for the hand-ins of a class.
    """
    with _opened(where, [wanted], kept) as (layout, students, names):
        shown = tqdm(students, desc="reading", unit="student", leave=False, disable=None)
        handed = [
            replace(_handed(s, name, wanted), answers=answers_of(s.place, wanted))
            for s, name in zip(shown, names)
        ]
    made = Collected(layout.name, handed, passed_over=layout.passed_over, hint=layout.hint)
    return _compared(_joined(made, wanted, groups, kept, listed), listed)


def _joined(
    found: Collected,
    wanted: Wanted,
    groups: Sequence[Member],
    kept: Collection[str],
    listed: Sequence[Person],
) -> Collected:
    """`found`, sorted by student, with what a group handed in for each who is in it."""
    handed = sorted(found.handed, key=lambda one: one.student)
    if not groups:
        return replace(found, handed=told_together(handed))
    made = joined(handed, groups, wanted.stub, kept, listed)
    return replace(found, handed=made.handed, absent_groups=made.absent)


@dataclass(frozen=True)
class Several:
    """What a class handed in for each assignment, by its name; and, with the student's folder, a
    sentence for each thing that could not be assigned."""

    of: Mapping[str, Collected]
    left: Sequence[tuple[str, str]] = ()


def collect_several(
    where: Path,
    asked: Sequence[Wanted],
    listed: Sequence[Person] = (),
    kept: Collection[str] = (),
    groups: Sequence[Member] = (),
) -> Several:
    """As `collect`, for each of the assignments in `asked` that anybody handed anything in for."""
    of = defaultdict[str, list[Handed]](list)
    left: list[tuple[str, str]] = []
    with _opened(where, asked, kept) as (layout, students, names):
        _refuse_folders_of_assignments(where, students, asked)
        shown = tqdm(students, desc="reading", unit="student", leave=False, disable=None)
        for student, name in zip(shown, names):
            found = _sorted(student, asked)
            left += [(name, sentence) for sentence in found.left]
            for wanted in (w for w in asked if w.assignment in found.files):
                own = _of_one_assignment(student, wanted)
                one = _made(own, name, wanted, found.files[wanted.assignment])
                said = answers_of(student.place, wanted)
                of[wanted.assignment].append(replace(one, answers=said))
    made: dict[str, Collected] = {}
    for wanted in sorted((w for w in asked if w.assignment in of), key=lambda w: w.assignment):
        odds = ((), "") if made else (layout.passed_over, layout.hint)  # told once
        all_ = Collected(layout.name, of[wanted.assignment], (), (), *odds)
        made[wanted.assignment] = _compared(_joined(all_, wanted, groups, kept, listed), listed)
    return Several(made, sorted(left))


def _refuse_folders_of_assignments(
    where: Path, students: Sequence[Student], asked: Sequence[Wanted]
) -> None:
    labels = sorted(student.label for student in students)
    if len(labels) > 1 and {*labels} <= Signs.of(*asked).folders:
        raise BadInput(
            f"{where} holds a folder for each assignment ({', '.join(labels)}); give one of them at"
            " a time"
        )


def _sorted(student: Student, asked: Sequence[Wanted]) -> Sorted:
    try:
        return by_assignment(student.place, asked)
    except Unusable as e:
        return Sorted({}, [e.sentence])
    except OSError as e:
        return Sorted({}, [unreadable(f"the folder {student.label}", e).sentence])


def _of_one_assignment(student: Student, wanted: Wanted) -> Student:
    """The same student with the time at which nbgrader took this assignment."""
    if student.who.platform or not student.who.attempt:
        return student
    time = layouts.timestamp(student.place, Signs.of(wanted))
    return replace(student, who=replace(student.who, attempt=time))


@contextmanager
def _opened(
    where: Path, asked: Sequence[Wanted], kept: Collection[str]
) -> Iterator[tuple[Layout, list[Student], list[str]]]:
    """How a class was collected, its students, and the names of their folders, while it is open."""
    with ExitStack() as held:
        root = _root(where, asked, held)
        layout = layouts.recognised(root, Signs.of(*asked), held)
        if not layout.students:
            modules = either([wanted.module for wanted in asked])
            raise BadInput(
                f"{where} holds no folders; put {modules} of each student into one of its own"
            )
        students = sorted(layout.students, key=lambda s: s.label)
        yield layout, students, people.folder_names([s.label for s in students], kept)


def handed(student: Path, wanted: Wanted | str) -> Handed:
    """What the folder of one student holds for the assignment whose file is `wanted`."""
    wanted = Wanted(wanted) if isinstance(wanted, str) else wanted
    name = student.name
    try:
        place = on_disk(student)
    except OSError as e:
        return Handed(name, wanted.module, wrong=unreadable(f"the folder {name}", e))
    who = Identity(id=clean(name))
    return _handed(Student(name, place, who), name, wanted)


def alone(file: Path, wanted: Wanted) -> Handed:
    """What one file is for the assignment whose file is `wanted`: the program itself whatever its
    name, or an archive, which is read like all that a student handed in."""
    made = Handed(file.stem, file.name)
    try:
        node = on_disk(file)
        if not archives.is_archive(node):
            source = bytes_of(node)
            return replace(made, source=source, wrong=_other(file.name, source, wanted.module))
        found = one_file(folder(file.name, [node]), wanted)
    except Unusable as e:
        return replace(made, wrong=e)
    except OSError as e:
        return replace(made, wrong=unreadable(file.name, e))
    note = found.note or f"graded from {found.path}"
    return replace(made, file=wanted.module, source=found.source, note=note, path=found.path)


def _other(name: str, source: bytes, module: str) -> Unusable | None:
    """What is wrong with a file of another name than the module's that is no Python at all."""
    found = format_of(source.removeprefix(codecs.BOM_UTF8).strip()) if name != module else ""
    return malformed(f"{name} is {found}; hand in {module}") if found else None


def _root(where: Path, asked: Sequence[Wanted], held: ExitStack) -> Node:
    try:
        node = on_disk(where.resolve())
        if node.kind is Kind.FILE and archives.is_archive(node):
            node = archives.opened(node, held, archives.CLASS)
        elif node.kind is not Kind.FOLDER:
            raise _no_folder(where)
        there = [child.name for child in node.list()]
    except TooMany:  # `recognised` says so, of any level
        return node
    except Unusable as e:
        raise refused(e, "download it again, or unpack it and give the folder") from None
    except (OSError, RuntimeError) as e:
        if isinstance(e, (FileNotFoundError, NotADirectoryError)):
            raise BadInput(f"there is no folder or archive {where}") from None
        if isinstance(e, PermissionError):
            raise BadInput(f"{where} cannot be read ({e.strerror})") from None
        raise _no_folder(where) from None
    for module in (w.module for w in asked if w.module in there):
        alone = where / module if where.is_dir() else where
        raise BadInput(
            f"{where} holds {module} itself; give the folder above it, which holds one folder a"
            f" student, or grade the file alone with: autograder check {alone}"
        )
    return node


def _no_folder(where: Path) -> BadInput:
    return BadInput(
        f"{where} is no folder and no archive (zip, tar.gz); give what holds a folder for each"
        " student, or a platform's download"
    )


def _handed(student: Student, name: str, wanted: Wanted) -> Handed:
    found: Chosen | Unusable
    try:
        found = one_file(student.place, wanted)
    except Unusable as e:
        found = e
    except OSError as e:
        found = unreadable(f"the folder {student.label}", e)
    return _made(student, name, wanted, found)


def _made(student: Student, name: str, wanted: Wanted, found: Chosen | Unusable) -> Handed:
    made = Handed(name, wanted.module, who=student.who, group=student.group)
    if isinstance(found, Unusable):
        return replace(made, wrong=found, path=_somewhere(student.place))
    made = replace(made, source=found.source, note=found.note, path=found.path)
    all_ = [found, *found.others] if found.others else []
    attempts = tuple(Attempt(each.source, each.path, each.note, each.attempt) for each in all_)
    return replace(made, attempt=found.attempt, attempts=attempts)


def _somewhere(place: Node) -> str:
    """Where anything lies that a student handed in, the newest of it: by that a platform knows
    them."""
    try:
        newest = max(place.list(), key=lambda node: node.age, default=None)
    except OSError:
        return ""
    return clean(newest.title, 200) if newest else ""


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
