"""Finding what each student handed in: folders to one file a student.

A missing or odd file is an answer too (a sentence in place of the bytes), so that every student
gets a result. Nothing here runs or compiles what it reads.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from autograder import assignments
from autograder.assignments import Private
from nndl2.checks.model import Reason, Unusable
from nndl2.checks.source import SIZE_LIMIT

LISTED = 8


class BadInput(Exception):
    """What the caller gave cannot be used; the message says what to do, in one sentence."""


@dataclass(frozen=True)
class Handed:
    """What one student handed in: the bytes of `file`, or why there are none."""

    student: str
    file: str
    source: bytes = b""
    wrong: Unusable | None = None


def chosen(name: str | None, stem: str = "") -> Private:
    """The assignment called `name`; without one the only one there is, or the one named `stem`."""
    there = assignments.names()
    if not there:
        raise BadInput("this kit holds no assignment in autograder/assignments")
    if name is None and len(there) > 1 and stem not in there:
        raise BadInput(f"say which assignment it is with --assignment: {', '.join(there)}")
    try:
        return assignments.load(name or (stem if stem in there else there[0]))
    except ValueError as e:
        raise BadInput(str(e)) from None


def submissions(folder: Path, module: str) -> list[Handed]:
    """One entry a student, sorted by id, from `<student>/vae.py` or `<student>/vae/vae.py`.

    The folder's name is the student's id. Hidden folders and loose files are passed over.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder} is no folder; give the one that holds a folder for each student")
    if (folder / module).exists():
        raise BadInput(
            f"{folder} holds {module} itself; give the folder above it, which holds one folder a"
            f" student, or grade the file alone with: autograder check {folder / module}"
        )
    try:
        students = sorted(p for p in folder.iterdir() if _is_student(p))
    except OSError as e:
        raise BadInput(f"{folder} cannot be read ({e.strerror})") from None
    if not students:
        raise BadInput(
            f"{folder} holds no folders; put {module} of each student into one of its own"
        )
    return [handed(path, module) for path in students]


def handed(student: Path, module: str) -> Handed:
    """What the folder of one student holds for the assignment whose file is `module`."""
    try:
        return Handed(student.name, module, read(_chosen(student, module)))
    except Unusable as e:
        return Handed(student.name, module, wrong=e)
    except OSError as e:
        text = f"the folder {student.name} cannot be read by the grader ({e.strerror})"
        return Handed(student.name, module, wrong=Unusable(text, Reason.ENVIRONMENT))


def read(path: Path) -> bytes:
    """The bytes of a regular file of at most 1 MiB, else `Unusable` with what it is instead."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            raise _malformed(f"{path.name} is a link; hand in the file itself")
        if not stat.S_ISREG(mode):
            raise _malformed(f"{path.name} is not a regular file")
        with os.fdopen(os.open(path, flags), "rb") as file:
            source = file.read(SIZE_LIMIT + 1)
    except OSError as e:
        text = f"{path.name} cannot be read by the grader ({e.strerror})"
        raise Unusable(text, Reason.ENVIRONMENT) from None
    if len(source) > SIZE_LIMIT:
        raise _malformed(f"{path.name} is larger than 1 MiB; hand in the program only")
    return source


def _is_student(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith((".", "__"))


def _chosen(student: Path, module: str) -> Path:
    """The one file to grade, in either layout."""
    if student.is_symlink():
        raise _malformed(f"the folder {student.name} is a link; hand in the folder itself")
    nested = student / Path(module).stem
    layouts = [student / module, nested / module]
    there = [p for p in layouts if os.path.lexists(p) and not (p.parent.is_symlink())]
    if len(there) == 2 and read(there[0]) != read(there[1]):
        names = " and ".join(str(p.relative_to(student)) for p in there)
        raise _malformed(f"two different files, {names}; hand in one {module}")
    if not there:
        raise _malformed(f"no {module} found in {student.name}; found: {_listing(student, nested)}")
    return there[0]


def _listing(*folders: Path) -> str:
    found = [
        p.name + "/" * p.is_dir()
        for folder in folders
        if folder.is_dir() and not folder.is_symlink()
        for p in sorted(folder.iterdir())
    ]
    more = [f"and {len(found) - LISTED} more"] if len(found) > LISTED else []
    return ", ".join([name[:60] for name in found[:LISTED]] + more) or "nothing"


def _malformed(sentence: str) -> Unusable:
    return Unusable(sentence, Reason.MALFORMED)
