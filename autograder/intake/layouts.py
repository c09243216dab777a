"""How a course collects: where in a folder or an archive the students are, and whose is what.

A platform's download is told by its names; else each folder and each archive is a student.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from autograder.intake import archives
from autograder.intake.model import Identity
from autograder.intake.platforms import PLATFORMS, Layout, Student, folders, visible
from autograder.intake.search import Wanted
from autograder.intake.tree import Kind, Node, bytes_of, folder
from autograder.results import clean
from nndl2.checks.model import Unusable

DEEPEST, A_CLASS = 5, 3
CLASS_FOLDERS = {"submitted", "submissions"}
COURSE = {"source", "release", "autograded", "feedback", "nbgrader_config.py", "gradebook.db"}


def recognised(root: Node, wanted: Wanted, held: ExitStack) -> Layout:
    """The students below `root`, a folder or an opened archive."""
    levels = list(_levels(root, held))
    for level in levels:
        for platform in PLATFORMS:
            if found := platform(level, wanted):
                return found
    named = [level for level in levels if level.name in CLASS_FOLDERS and _inner(level)]
    several = [level for level in levels if _holds_several(level, wanted)]
    return _plain([root, *several[:1], *named][-1], wanted)


def _levels(root: Node, held: ExitStack) -> Iterator[Node]:
    """`root`, and what lies in it as long as it only wraps one folder or archive."""
    at: Node | None = root
    for _ in range(DEEPEST):
        if at is None:
            return
        yield at
        inner = _inner(at)
        submitted = [n for n in inner if n.name == "submitted"]
        if submitted and COURSE & {n.name for n in visible(at)}:
            inner = submitted
        at = _as_folder(inner[0], held) if len(inner) == 1 else None


def _inner(node: Node) -> list[Node]:
    return folders(visible(node))


def _as_folder(node: Node, held: ExitStack) -> Node | None:
    if node.kind is Kind.FOLDER:
        return node
    try:
        return archives.opened(node, held, archives.CLASS)
    except Unusable:
        return None


# A folder a student


def _plain(level: Node, wanted: Wanted) -> Layout:
    """Folders and archives named by students; nbgrader's hold a folder for the assignment."""
    of = defaultdict[str, list[Node]](list)
    others = []
    for node in visible(level):
        if node.kind in (Kind.FOLDER, Kind.FOLDER_LINK) and not node.name.startswith("__"):
            of[node.name].append(node)
        elif archives.is_archive(node):
            of[_stem(node.name)].append(node)
        else:
            others.append(node.name)
    students = [_plain_student(label, nodes, wanted) for label, nodes in of.items()]
    if level.name == "submitted" or any(s.who.attempt for s in students):
        return Layout("nbgrader's submitted/", students, others)
    return Layout("a folder for each student", students, others)


def _plain_student(label: str, nodes: Sequence[Node], wanted: Wanted) -> Student:
    """A student's folder, and beside or instead of it an archive of the same name."""
    place = nodes[0]
    if len(nodes) > 1 or archives.is_archive(place):
        inside = [visible(n) if n.kind is Kind.FOLDER else [n] for n in nodes]
        place = folder(label, [n for group in inside for n in group])
    return Student(label, place, Identity(id=clean(label), attempt=_timestamp(place, wanted)))


def _timestamp(place: Node, wanted: Wanted) -> str:
    """When nbgrader took a submission, as far as it says so."""
    for node in visible(place) if place.kind is Kind.FOLDER else ():
        if node.kind is Kind.FOLDER and node.name in wanted.folders:
            for file in visible(node):
                if file.name == "timestamp.txt" and file.kind is Kind.FILE:
                    return _line(file)
    return ""


def _line(file: Node) -> str:
    try:
        return clean(bytes_of(file, 4096).decode("utf-8", "replace").strip(), 40)
    except Unusable:
        return ""


def _holds_several(level: Node, wanted: Wanted) -> bool:
    """Whether so many of the folders and archives in `level` look like students' own that one
    student with some copies is less likely."""
    there = visible(level)
    if {wanted.module, *wanted.folders} & {n.name for n in there}:
        return False
    return sum(archives.is_archive(n) or _looks_like_a_student(n, wanted) for n in there) >= A_CLASS


def _looks_like_a_student(node: Node, wanted: Wanted) -> bool:
    if node.kind is not Kind.FOLDER:
        return False
    there = visible(node)
    return any(n.name in {wanted.module, *wanted.folders} or archives.is_archive(n) for n in there)


def _stem(name: str) -> str:
    ends = (*archives.ZIP, *sorted(archives.TAR, key=len, reverse=True))
    return next(name[: -len(end)] for end in ends if name.lower().endswith(end))
