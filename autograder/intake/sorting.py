"""Which assignments a student's files are of: by their names, else by what they define.

A file counts for one assignment alone, so that in a class which hands in several nobody's other
program is taken for the one that is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from autograder.intake import archives
from autograder.intake.find import (
    MISNAMED,
    Chosen,
    Contents,
    is_near,
    is_program,
    searched,
    the_file,
)
from autograder.intake.model import either
from autograder.intake.search import PROGRAM, Found, Search, Wanted
from autograder.intake.tree import Node
from nndl2.checks.model import Unusable

PACKED = (*archives.ZIP, *archives.TAR, *archives.UNREAD)
ENDS = (*PROGRAM, ".ipynb", *PACKED, *MISNAMED)
ENOUGH = 0.5  # of an assignment's names; with fewer a file of another name is of no assignment


@dataclass(frozen=True)
class Sorted:
    """What a student handed in: for each assignment the file, or why there is none, and a sentence
    for each thing that is of none, or may be of several."""

    files: Mapping[str, Chosen | Unusable]
    left: Sequence[str] = ()


def by_assignment(place: Node, asked: Sequence[Wanted]) -> Sorted:
    """What `place` holds for each of the assignments that it holds anything for."""
    with ExitStack() as held:
        whose = _Whose(searched(place, held), asked)
        files = {w.assignment: whose.file(place, w) for w in asked if whose.has(w)}
        left = [*whose.doubts(), *whose.closed()]
        if not files and not left:
            left = [whose.search.nothing(place, *asked).sentence]
        return Sorted(files, left)


def named_after(name: str, asked: Sequence[Wanted]) -> Wanted | None:
    """The assignment whose file, notebook or packed hand-in is called `name`, or nearly so."""
    exactly = [w for w in asked if name == w.module]
    nearly = [w for w in asked if is_near(name, w.stem, ENDS)]
    packed = [w for w in asked if is_near(name, f"{w.stem}-handin", PACKED)]
    return max(exactly or nearly + packed, key=lambda w: len(w.stem), default=None)


class _Whose:
    """The assignments that each thing which was found may be of: one, none, or several."""

    def __init__(self, search: Search, asked: Sequence[Wanted]):
        self.search, self.asked = search, asked
        self.contents = [Contents(search, wanted) for wanted in asked]
        times = Counter(name for wanted in asked for name in wanted.names)
        self.common = {name for name, count in times.items() if count > 1}
        self.of = {id(found): self._of(found) for found in self._things()}

    def _things(self) -> Iterator[Found]:
        """Files, what could not be opened, and what stands in the place of a file."""
        modules = {wanted.module for wanted in self.asked}
        yield from self.search.files
        yield from (found for found, _ in self.search.troubles)
        yield from (found for found in self.search.others if found.node.name in modules)

    def _of(self, found: Found) -> list[Wanted]:
        if wanted := named_after(found.node.name, self.asked):
            return [wanted]
        return self._by_names(found) if is_program(found) else []

    def _by_names(self, found: Found) -> list[Wanted]:
        """The assignments that a program may be of by the names it defines: the one that it defines
        most of, if that is all or some of it no other asks for; else any it has enough of."""
        defined = [c.defined(found) for c in self.contents]
        shares = [len(names) / max(len(w.names), 1) for w, names in zip(self.asked, defined)]
        most = max(shares)
        sure = [
            wanted
            for wanted, share, names in zip(self.asked, shares, defined)
            if share == most >= ENOUGH and (share == 1 or names - self.common)
        ]
        enough = [wanted for wanted, share in zip(self.asked, shares) if share >= ENOUGH]
        return sure if len(sure) == 1 else enough

    def has(self, wanted: Wanted) -> bool:
        """Whether anything is of this assignment and of no other."""
        return [wanted] in self.of.values()

    def file(self, place: Node, wanted: Wanted) -> Chosen | Unusable:
        """The file to grade, with nothing about that is of another assignment."""
        may_be: tuple[list[Wanted], ...] = ([], [wanted])
        files = [f for f in self.search.files if self.of[id(f)] in may_be]
        troubles = [(f, e) for f, e in self.search.troubles if self.of[id(f)] in may_be]
        try:
            return the_file(replace(self.search, files=files, troubles=troubles), place, wanted)
        except Unusable as e:
            return e

    def doubts(self) -> Iterator[str]:
        """A sentence for each file that is as much of one assignment as of another."""
        for found in self.search.files:
            if len(may_be := self.of[id(found)]) > 1:
                names, modules = ([w.assignment for w in may_be], [w.module for w in may_be])
                yield (
                    f"{found.told} may be of {either(names)}, and counts for none of them; hand it"
                    f" in as {either(modules)}"
                )

    def closed(self) -> Iterator[str]:
        """A sentence for each archive or folder that nobody can look into."""
        yield from (e.sentence for found, e in self.search.troubles if not self.of[id(found)])
        for found in self.search.files:
            if found.node.name.lower().endswith(archives.UNREAD) and not self.of[id(found)]:
                yield f"{found.told} is no archive that is read here; hand in what is in it"
