"""Finding what each student handed in: folders, archives and a platform's downloads.

A missing or odd file is an answer too (a sentence in place of the bytes), so that every student
gets a result. Nothing here runs or compiles what it reads, and nothing is unpacked to the disk.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from autograder import assignments
from autograder.assignments import Private
from autograder.intake.gather import Collected, Several, alone, collect, collect_several, handed
from autograder.intake.model import Attempt, BadInput, Handed, Identity, either, writing
from autograder.intake.search import Wanted
from autograder.intake.sorting import by_assignment
from autograder.intake.table import table
from autograder.intake.tree import folder, on_disk
from nndl2.checks.model import Unusable
from nndl2.checks.names import ANSWERS
from nndl2.checks.show import stored
from nndl2.checks.written import blanks

__all__ = [
    "Attempt",
    "BadInput",
    "Collected",
    "Handed",
    "Identity",
    "Several",
    "Wanted",
    "alone",
    "chosen",
    "collect",
    "collect_several",
    "either",
    "every_wanted",
    "handed",
    "submissions",
    "table",
    "wanted",
    "writing",
]


def chosen(name: str | None, file: Path | None = None) -> Private:
    """The assignment called `name`; without one the only one there is, or the one that `file` is
    of, by its name or by what is in it."""
    there = assignments.names()
    if not there:
        raise BadInput("this kit holds no assignment in autograder/assignments")
    if name is None and len(there) > 1:
        found = _of_file(file) if file else ()
        if len(found) != 1:
            listed = ", ".join(found or there)
            raise BadInput(f"say which assignment it is with --assignment: {listed}")
        (name,) = found
    try:
        return assignments.load(name or there[0])
    except ValueError as e:
        raise BadInput(str(e)) from None


def _of_file(file: Path) -> Sequence[str]:
    """The assignments that a file, or what is packed in it, is of."""
    try:
        return [*by_assignment(folder(file.name, [on_disk(file.resolve())]), every_wanted()).files]
    except (OSError, Unusable):
        return ()


def every_wanted(every: bool = False) -> list[Wanted]:
    """What the students of each assignment hand in."""
    return [wanted(assignments.load(name), every) for name in assignments.names()]


def wanted(private: Private, every: bool = False) -> Wanted:
    """The file that students of an assignment hand in, and what is known of it in advance; with
    `every` that of each attempt."""
    public = private.public
    names = {owned.partition(".")[0] for part in public.parts.values() for owned in part.owns}
    given_out = assignments.ROOT / "release" / public.name / public.module
    stub = given_out.read_bytes() if given_out.is_file() else b""
    table = ANSWERS / f"{public.name}.json"
    given = blanks(stored(public)) if public.questions and table.is_file() else {}
    made = Wanted(public.module, frozenset(names), stub, public.name, public.questions, given)
    return replace(made, every=every)


def submissions(where: Path, module: str, names: Collection[str] = ()) -> list[Handed]:
    """One entry a student, sorted, from a folder of folders, an archive or a platform's download.

    `names` are the top-level names by which a file with another name than `module` is known.
    """
    return list(collect(where, Wanted(module, names)).handed)
