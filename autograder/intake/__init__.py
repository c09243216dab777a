"""Finding what each student handed in: folders, archives and a platform's downloads.

A missing or odd file is an answer too (a sentence in place of the bytes), so that every student
gets a result. Nothing here runs or compiles what it reads, and nothing is unpacked to the disk.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from autograder import assignments
from autograder.assignments import Private
from autograder.intake.gather import Collected, alone, collect, handed
from autograder.intake.model import BadInput, Handed, Identity
from autograder.intake.search import Wanted
from autograder.intake.table import table

__all__ = [
    "BadInput",
    "Collected",
    "Handed",
    "Identity",
    "Wanted",
    "alone",
    "chosen",
    "collect",
    "handed",
    "submissions",
    "table",
    "wanted",
]


def chosen(name: str | None, stem: str = "") -> Private:
    """The assignment called `name`; without one the only one there is, or the one that `stem`, of a
    module or of a packed hand-in, names."""
    there, stem = assignments.names(), stem.removesuffix("-handin")
    if not there:
        raise BadInput("this kit holds no assignment in autograder/assignments")
    if name is None and len(there) > 1 and stem not in there:
        raise BadInput(f"say which assignment it is with --assignment: {', '.join(there)}")
    try:
        return assignments.load(name or (stem if stem in there else there[0]))
    except ValueError as e:
        raise BadInput(str(e)) from None


def wanted(private: Private) -> Wanted:
    """The file that students of an assignment hand in, and what is known of it in advance."""
    public = private.public
    names = {owned.partition(".")[0] for part in public.parts.values() for owned in part.owns}
    given_out = assignments.ROOT / "release" / public.name / public.module
    stub = given_out.read_bytes() if given_out.is_file() else b""
    return Wanted(public.module, frozenset(names), stub, public.name)


def submissions(where: Path, module: str, names: Collection[str] = ()) -> list[Handed]:
    """One entry a student, sorted, from a folder of folders, an archive or a platform's download.

    `names` are the top-level names by which a file with another name than `module` is known.
    """
    return list(collect(where, Wanted(module, names)).handed)
