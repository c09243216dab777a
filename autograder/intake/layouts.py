"""How a course collects: where in a folder or an archive the students are, and whose is what.

A platform's download is told by its names; else each folder and each archive is a student.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

from autograder.intake import archives, metadata
from autograder.intake.dated import blackboard, brightspace
from autograder.intake.model import BadInput, Identity
from autograder.intake.platforms import (
    GRADESCOPE,
    Layout,
    Signs,
    Student,
    canvas,
    folders,
    gradescope,
    hidden,
    moodle,
    sakai,
    visible,
)
from autograder.intake.tree import Kind, Node, TooMany, bytes_of, folder
from autograder.text import clean
from nndl2.checks.model import Unusable

PLATFORMS = (gradescope, moodle, sakai, brightspace, blackboard, canvas)
DEEPEST, A_CLASS, A_FEW = 5, 3, 20
CLASS_FOLDERS = {"submitted", "submissions"}
NO_METADATA = (
    f"these look like Gradescope's; give the export as it is, with {metadata.FILE}, which says"
    " whose they are"
)
ONE_OF_MANY = re.compile(r"attempt[ _-]?\d+", re.IGNORECASE)  # no student's name
COURSE = {"source", "release", "autograded", "feedback", "nbgrader_config.py", "gradebook.db"}


def recognised(root: Node, signs: Signs, held: ExitStack) -> Layout:
    """The students below `root`, a folder or an opened archive."""
    levels = list(_levels(root, held, archives.CLASS))
    for level in levels:
        for platform in PLATFORMS:
            if found := platform(level, signs):
                return found
    _refuse_several_downloads(levels[-1], signs)
    named = [level for level in levels if level.name in CLASS_FOLDERS and _inner(level)]
    several = [
        level
        for above, level in zip([None, *levels], levels)
        if _holds_several(level, signs, packed=above is not None and archives.was_archive(above))
    ]
    made = _plain([root, *several[:1], *named][-1], signs)
    if len(made.students) == 1 and _may_hold_several(levels[-1], signs):
        (one,) = made.students
        hint = f"if {clean(levels[-1].name, 60)} holds a folder for each student, give it by itself"
        return replace(made, hint=f"all of it is taken for that of {clean(one.label, 60)}; {hint}")
    return made


def _refuse_several_downloads(level: Node, signs: Signs) -> None:
    """BadInput where all that `level` holds was made by a platform; one student cannot cause it."""
    inner = _inner(level)
    if len(inner) > 1 and all(_is_download(node, signs) for node in inner):
        names = ", ".join(clean(node.name, 60) for node in inner[:4])
        raise BadInput(
            f"{clean(level.name, 60)} holds {len(inner)} downloads of a platform ({names});"
            " give one of them at a time"
        )


def _is_download(node: Node, signs: Signs) -> bool:
    """Whether `node` is what a platform gives to download of two or more students."""
    try:
        with ExitStack() as held:
            at = _as_folder(node, held, archives.GLANCE)
            levels = _levels(at, held, archives.GLANCE) if at else ()
            found = (platform(level, signs) for level in levels for platform in PLATFORMS)
            return any(layout is not None and len(layout.students) > 1 for layout in found)
    except BadInput:
        return False


def _levels(root: Node, held: ExitStack, caps: archives.Caps) -> Iterator[Node]:
    """`root`, and what lies in it as long as it only wraps one folder or archive."""
    at: Node | None = root
    for _ in range(DEEPEST):
        if at is None:
            return
        _refuse_too_many(at)
        yield at
        inner = _inner(at)
        submitted = [n for n in inner if n.name == "submitted"]
        if submitted and COURSE & {n.name for n in visible(at)}:
            inner = submitted
        at = _as_folder(inner[0], held, caps) if len(inner) == 1 else None


def _refuse_too_many(level: Node) -> None:
    """BadInput where `level` holds more than is looked at: somebody's score would be missing."""
    try:
        level.list()
    except TooMany as e:
        name = clean(level.name, 60)
        raise BadInput(
            f"{name} is too large ({e.strerror}); give the folder of one class"
        ) from None
    except OSError:  # it is empty for whoever looks into it
        return


def _inner(node: Node) -> list[Node]:
    return folders(visible(node))


def _as_folder(node: Node, held: ExitStack, caps: archives.Caps) -> Node | None:
    if node.kind is Kind.FOLDER:
        return node
    try:
        return archives.opened(node, held, caps)
    except Unusable:
        return None


# A folder a student


def _plain(level: Node, signs: Signs) -> Layout:
    """Folders and archives named by students; nbgrader's hold a folder for the assignment."""
    of = defaultdict[str, list[Node]](list)
    others = [n.name for n in hidden(level) if _looks_like_a_student(n, signs)]
    for node in visible(level):
        if node.kind in (Kind.FOLDER, Kind.FOLDER_LINK) and not node.name.startswith("__"):
            of[node.name].append(node)
        elif archives.is_archive(node):
            of[_stem(node.name)].append(node)
        else:
            others.append(node.name)
    students = [_plain_student(label, nodes, signs) for label, nodes in of.items()]
    if level.name == "submitted" or any(s.who.attempt for s in students):
        return Layout("nbgrader's submitted/", students, others)
    hint = NO_METADATA if all(GRADESCOPE.fullmatch(s.label) for s in students) else ""
    return Layout("a folder for each student", students, others, hint * bool(students))


def _plain_student(label: str, nodes: Sequence[Node], signs: Signs) -> Student:
    """A student's folder, and beside or instead of it an archive of the same name."""
    place = nodes[0]
    if len(nodes) > 1 or archives.is_archive(place):
        inside = [visible(n) if n.kind is Kind.FOLDER else [n] for n in nodes]
        place = folder(label, [n for group in inside for n in group])
    return Student(label, place, Identity(id=clean(label), attempt=timestamp(place, signs)))


def timestamp(place: Node, signs: Signs) -> str:
    """When nbgrader took a submission, as far as it says so."""
    for node in visible(place) if place.kind is Kind.FOLDER else ():
        if node.kind is Kind.FOLDER and node.name in signs.folders:
            for file in visible(node):
                if file.name == "timestamp.txt" and file.kind is Kind.FILE:
                    return _line(file)
    return ""


def _line(file: Node) -> str:
    try:
        return clean(bytes_of(file, 4096).decode("utf-8", "replace").strip(), 40)
    except Unusable:
        return ""


def _holds_several(level: Node, signs: Signs, packed: bool) -> bool:
    """Whether so much in `level` looks like students' own that one student with some copies is less
    likely. A folder that was `packed` by itself is mostly the class's: there two are enough."""
    found = _students_in(level, signs)
    return len(found) >= A_CLASS or (packed and sum(n.kind is Kind.FOLDER for n in found) > 1)


def _students_in(level: Node, signs: Signs) -> list[Node]:
    """The folders and archives in `level` that look like students' own."""
    there = visible(level)
    if (signs.modules | signs.folders) & {n.name for n in there}:
        return []
    return [n for n in there if archives.is_archive(n) or _looks_like_a_student(n, signs)]


def _may_hold_several(level: Node, signs: Signs) -> bool:
    """Whether several folders in `level` have a file to grade, however far below."""
    deeper = [n for n in _inner(level) if not ONE_OF_MANY.fullmatch(n.name)]
    found = _students_in(level, signs) or [n for n in deeper if _has_below(n, signs)]
    return len(found) > 1 and not signs.modules & {n.name for n in visible(level)}


def _has_below(node: Node, signs: Signs, steps: int = DEEPEST) -> bool:
    """Whether the asked file lies in `node` or at most so many folders below."""
    if node.kind is not Kind.FOLDER or not steps:
        return False
    there = visible(node)
    return bool(signs.modules & {n.name for n in there}) or any(
        _has_below(n, signs, steps - 1) for n in there[:A_FEW]
    )


def _looks_like_a_student(node: Node, signs: Signs) -> bool:
    if node.kind is not Kind.FOLDER or ONE_OF_MANY.fullmatch(node.name):
        return False
    there = visible(node)
    return any(n.name in (signs.modules | signs.folders) or archives.is_archive(n) for n in there)


def _stem(name: str) -> str:
    ends = (*archives.ZIP, *sorted(archives.TAR, key=len, reverse=True))
    return next(name[: -len(end)] for end in ends if name.lower().endswith(end))
