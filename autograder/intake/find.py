"""Finding the one file of a student, fairly: by its name, by nearly its name, by what it defines.

The first way that finds something counts. Equal copies are one; where different files are left, the
newest attempt counts if the platform tells attempts apart, else the student is asked for one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from autograder.intake.model import malformed
from autograder.intake.search import PROGRAM, Found, Search, Wanted
from autograder.intake.tree import Kind, Node, bytes_of
from nndl2.checks.model import Unusable
from nndl2.checks.source import SIZE_LIMIT

MOST_BYTES = 8 << 20
MISNAMED = (".txt", ".pyw", ".py.bak", ".py~", "")  # read where no .py file will do
AGAIN = re.compile(r"v?\d*|copy|final|new|late|submission|solution|updated|fixed")


@dataclass(frozen=True)
class Chosen:
    """The file to grade, where it lay, and what is to be said of that."""

    source: bytes
    path: str
    note: str = ""


def one_file(place: Node, wanted: Wanted) -> Chosen:
    """The file that `place` holds for `wanted`, or `Unusable` with one sentence."""
    if place.kind in (Kind.LINK, Kind.FOLDER_LINK):
        raise malformed(f"the folder {place.name} is a link; hand in the folder itself")
    with ExitStack() as held:
        search = Search(held)
        search.look(place)
        contents = Contents()
        idle: list[Found] = []
        for way in (_exactly, _nearly, _by_content):
            candidates = way(search.files, wanted, contents)
            idle += [c for c in candidates if contents.idle(c, wanted)]
            if worked_on := [c for c in candidates if c not in idle]:
                return _the_one(worked_on, wanted, contents, way, idle)
        if idle:
            return _the_one(idle, wanted, contents, _exactly, ())
    raise search.nothing(place, wanted)


class Contents:
    """The bytes of what was found, each read once and all of them under one cap."""

    def __init__(self) -> None:
        self.left = MOST_BYTES
        self.kept: dict[int, bytes | Unusable] = {}

    def of(self, found: Found) -> bytes | Unusable:
        """The bytes of a file, or why they are not to be had."""
        if id(found) not in self.kept:
            self.kept[id(found)] = self._read(found.node)
        return self.kept[id(found)]

    def idle(self, found: Found, wanted: Wanted) -> bool:
        """Whether a file is empty, or still what was given out."""
        content = self.of(found)
        return isinstance(content, bytes) and _plain(content) in (b"", _plain(wanted.stub))

    def _read(self, node: Node) -> bytes | Unusable:
        if self.left <= SIZE_LIMIT:
            return malformed("its Python files are larger than 8 MiB in all; hand in one alone")
        try:
            content = bytes_of(node)
        except Unusable as e:
            self.left -= SIZE_LIMIT + 1
            return e
        self.left -= len(content)
        return content


def _plain(source: bytes) -> bytes:
    return source.replace(b"\r\n", b"\n").strip()


Way = Callable[[Sequence[Found], Wanted, Contents], list[Found]]


def _exactly(files: Sequence[Found], wanted: Wanted, contents: Contents) -> list[Found]:
    return [f for f in files if f.node.name == wanted.module]


def _nearly(files: Sequence[Found], wanted: Wanted, contents: Contents) -> list[Found]:
    return [f for f in files if is_near(f.node.name, wanted.stem) and f.node.name != wanted.module]


def is_near(name: str, stem: str, ends: Sequence[str] = PROGRAM) -> bool:
    """Whether `name` is what a system or a person makes of `stem`.py: a copy, a number, a case."""
    name = name.lower()
    end = next((end for end in ends if name.endswith(end)), None)
    if end is None:
        return False
    name = re.sub("^(copy[ _]of[ _])+", "", name.removesuffix(end))
    if not name.startswith(stem.lower()):
        return False
    rest = re.split(r"[\s_.()\[\]-]+", name[len(stem) :])
    return all(AGAIN.fullmatch(word) for word in rest)


def _by_content(files: Sequence[Found], wanted: Wanted, contents: Contents) -> list[Found]:
    """The Python files that define the most of the assignment's names, if they define any."""
    programs = [f for f in files if f.node.name.lower().endswith(PROGRAM)]
    misnamed = [f for f in files if is_near(f.node.name, wanted.stem, MISNAMED)]
    for group in (programs, misnamed) if wanted.names else ():
        count = {id(f): len(_defined(contents.of(f), wanted)) for f in group}
        if most := max(count.values(), default=0):
            return [f for f in group if count[id(f)] == most]
    return []


def _defined(content: bytes | Unusable, wanted: Wanted) -> set[str]:
    if isinstance(content, Unusable):
        return set()
    names = re.findall(rb"^(?:class|(?:async[ \t]+)?def)[ \t]+(\w+)", content, re.MULTILINE)
    return {name.decode("latin-1") for name in names} & set(wanted.names)


def _the_one(
    candidates: Sequence[Found],
    wanted: Wanted,
    contents: Contents,
    way: Way,
    idle: Sequence[Found],
) -> Chosen:
    """The newest of `candidates`, else the one nearest to the top; all of these must be equal."""
    newest = max(f.age for f in candidates) if all(f.age for f in candidates) else None
    fresh = [f for f in candidates if newest in (None, f.age)]
    order = {id(f): (f.depth(wanted), f.inside) for f in fresh}
    first = [f for f in fresh if order[id(f)] == min(order.values())]
    good = {c: f for f in reversed(first) if isinstance(c := contents.of(f), bytes)}
    if not good:
        raise contents.of(first[0])  # type: ignore[misc]  # none of them could be read
    if len(good) > 1:
        names = " and ".join(sorted(f.told for f in good.values())[:4])
        count = {2: "two"}.get(len(good), str(len(good)))
        raise malformed(f"{count} different files, {names}; hand in one {wanted.module}")
    ((source, chosen),) = good.items()
    others = [f for f in fresh if f not in first and contents.of(f) != source]
    passed = [f for f in idle if f.age >= chosen.age or not f.age]
    plain = way is _exactly and chosen.depth(wanted) == 0
    return Chosen(source, chosen.path, _note(chosen, others, passed, wanted, plain))


def _note(
    chosen: Found, others: Sequence[Found], idle: Sequence[Found], wanted: Wanted, plain: bool
) -> str:
    """What the student should know of the choice; nothing where it was the `plain` one."""
    if idle:
        same = chosen.told == idle[0].told
        one, other = (f.path if same else f.told for f in (chosen, idle[0]))
        return f"graded from {one}: {other} is empty or as it was given out"
    told = f"graded from {chosen.told}"
    differs = f"; {others[0].told} differs" if others else ""
    if plain:
        return told + differs if others else ""
    return f"{told}: no {wanted.module} at the top{differs}"
