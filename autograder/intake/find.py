"""Finding the one file of a student, fairly: by its name, by nearly its name, by what it defines.

The first way that finds something counts, in the newest attempt first where the platform tells
attempts apart. Equal copies are one; where different files are left, the student is asked for one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from itertools import product

from autograder.intake.archives import UNREAD
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
    """The file to grade, where it lay, and what is to be said of that.

    `attempt` says which of several it is, such as "2 of 3", and `others` are the files of the
    others, the newest first, where those were asked for.
    """

    source: bytes
    path: str
    note: str = ""
    attempt: str = ""
    others: tuple[Chosen, ...] = ()


def one_file(place: Node, wanted: Wanted) -> Chosen:
    """The file that `place` holds for `wanted`, or `Unusable` with one sentence."""
    with ExitStack() as held:
        return the_file(searched(place, held), place, wanted)


def searched(place: Node, held: ExitStack) -> Search:
    """All that lies in `place`, readable while `held` is."""
    if place.kind in (Kind.LINK, Kind.FOLDER_LINK):
        raise malformed(f"the folder {place.name} is a link; hand in the folder itself")
    search = Search(held)
    search.look(place)
    return search


def the_file(search: Search, place: Node, wanted: Wanted) -> Chosen:
    """The file for `wanted` among those that were found in `place`, of the newest attempt."""
    ages = sorted({f.age for attempt in _attempts(Contents(search, wanted)) for f in attempt})
    found = [*_each(search, place, wanted, ages)] if wanted.every and len(ages) > 1 else []
    if len(found) > 1:
        return replace(found[0], others=tuple(found[1:]))
    return found[0] if found else _numbered(_newest(search, place, wanted), ages)


def _numbered(chosen: tuple[Chosen, Found], ages: Sequence[tuple[int, ...]]) -> Chosen:
    """The chosen file with the number of its attempt among those of these `ages`."""
    made, found = chosen
    several = len(ages) > 1 and found.age
    return replace(made, attempt=f"{ages.index(found.age) + 1} of {len(ages)}") if several else made


def _each(
    search: Search, place: Node, wanted: Wanted, ages: Sequence[tuple[int, ...]]
) -> Iterator[Chosen]:
    """The files of all attempts that have one, the newest first, each content once."""
    seen = set()
    for age in reversed(ages):
        files = [f for f in search.files if f.age == age]
        alone = replace(search, files=files, troubles=[])
        with suppress(Unusable):
            made = _numbered(_newest(alone, place, wanted), ages)
            if made.source not in seen:
                seen.add(made.source)
                yield made


def _newest(search: Search, place: Node, wanted: Wanted) -> tuple[Chosen, Found]:
    """The file that counts where the newest does, and what was found of it."""
    contents = Contents(search, wanted)
    idle: list[Found] = []
    for ways in ((_exactly, _nearly, _by_content), (_misnamed,)):
        for attempt, way in product(_attempts(contents), ways):
            candidates = way(attempt, contents)
            idle += [c for c in candidates if contents.idle(c)]
            if worked_on := [c for c in candidates if c not in idle]:
                return _the_one(worked_on, contents, way, idle)
    if idle:
        return _the_one(idle, contents, _exactly, ())
    raise search.nothing(place, wanted)


def _attempts(contents: Contents) -> list[Sequence[Found]]:
    """The files of each attempt, the newest first; all in one where not all can be told apart."""
    files = [f for f in contents.search.files if is_program(f) or contents.is_misnamed(f)]
    if not all(f.age for f in files):
        return [files]
    ages = sorted({f.age for f in files}, reverse=True)
    return [[f for f in files if f.age == age] for age in ages]


class Contents:
    """What was found and its bytes, each read once and all of them under one cap."""

    def __init__(self, search: Search, wanted: Wanted) -> None:
        self.search, self.wanted = search, wanted
        self.left = MOST_BYTES
        self.kept: dict[int, bytes | Unusable] = {}

    def of(self, found: Found) -> bytes | Unusable:
        """The bytes of a file, or why they are not to be had."""
        if id(found) not in self.kept:
            self.kept[id(found)] = self._read(found.node)
        return self.kept[id(found)]

    def idle(self, found: Found) -> bool:
        """Whether a file is empty, or still what was given out."""
        content = self.of(found)
        return isinstance(content, bytes) and _plain(content) in (b"", _plain(self.wanted.stub))

    def is_misnamed(self, found: Found) -> bool:
        """Whether a file has the right name but for its ending."""
        return is_near(found.node.name, self.wanted.stem, MISNAMED)

    def defining_most(self, files: Sequence[Found], among: Sequence[Found]) -> list[Found]:
        """Those of `files` that define as many of the assignment's names as any of `among`, and
        any; what is idle defines most where all that defines something is."""
        counts = [(self.idle(f), self.defines(f)) for f in among] if self.wanted.names else []
        most = max((count for idle, count in counts if not idle), default=0)
        most = most or max((count for _, count in counts), default=0)
        return [f for f in files if most and self.defines(f) == most]

    def defines(self, found: Found) -> int:
        """How many of the assignment's names a file defines."""
        return len(self.defined(found))

    def defined(self, found: Found) -> set[str]:
        """Those of the assignment's names that a file defines."""
        content = self.of(found)
        if isinstance(content, Unusable):
            return set()
        names = re.findall(rb"^(?:class|(?:async[ \t]+)?def)[ \t]+(\w+)", content, re.MULTILINE)
        return {name.decode("latin-1") for name in names} & set(self.wanted.names)

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


Way = Callable[[Sequence[Found], Contents], list[Found]]


def _exactly(files: Sequence[Found], contents: Contents) -> list[Found]:
    return [f for f in files if f.node.name == contents.wanted.module]


def _nearly(files: Sequence[Found], contents: Contents) -> list[Found]:
    wanted = contents.wanted
    return [f for f in files if is_near(f.node.name, wanted.stem) and f.node.name != wanted.module]


def _by_content(files: Sequence[Found], contents: Contents) -> list[Found]:
    """The Python files that define the most of the assignment's names, of all attempts."""
    programs = [f for f in contents.search.files if is_program(f)]
    return contents.defining_most([f for f in files if is_program(f)], programs)


def _misnamed(files: Sequence[Found], contents: Contents) -> list[Found]:
    """The same where no .py file will do."""
    misnamed = [f for f in files if contents.is_misnamed(f)]
    return contents.defining_most(misnamed, misnamed)


def is_program(found: Found) -> bool:
    """Whether a file is named as one of Python."""
    return found.node.name.rstrip().lower().endswith(PROGRAM)


def is_near(name: str, stem: str, ends: Sequence[str] = PROGRAM) -> bool:
    """Whether `name` is what a system or a person makes of `stem`.py: a copy, a number, a case."""
    name = name.strip().lower()
    end = next((end for end in ends if name.endswith(end)), None)
    if end is None:
        return False
    name = re.sub("^(copy[ _]of[ _])+", "", name.removesuffix(end))
    if not name.startswith(stem.lower()):
        return False
    rest = re.split(r"[\s_.()\[\]-]+", name[len(stem) :])
    return all(AGAIN.fullmatch(word) for word in rest)


def _the_one(
    candidates: Sequence[Found], contents: Contents, way: Way, idle: Sequence[Found]
) -> tuple[Chosen, Found]:
    """The newest of `candidates`, else the one nearest to the top; all of these must be equal."""
    wanted = contents.wanted
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
    note = _note(chosen, others, passed, contents, plain)
    if chosen.age and (newer := _newer(chosen, contents, {id(f) for f in idle})):
        note = f"{note or f'graded from {chosen.told}'}; {newer}"
    return Chosen(source, chosen.path, note), chosen


def _note(
    chosen: Found, others: Sequence[Found], idle: Sequence[Found], contents: Contents, plain: bool
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
    files = contents.search.files
    named = (*_exactly(files, contents), *_nearly(files, contents))
    older = [f for f in named if () < f.age < chosen.age]
    if older:
        return f"{told}, which is newer than {max(older, key=lambda f: f.age).told}{differs}"
    return f"{told}: no {contents.wanted.module} at the top{differs}"


def _newer(chosen: Found, contents: Contents, idle: Collection[int]) -> str:
    """What is newer than the chosen file and was passed over, if anything that may be meant."""
    unread = [f for f, _ in contents.search.troubles]
    unread += [f for f in contents.search.files if f.node.name.lower().endswith(UNREAD)]
    if closed := [f for f in unread if f.age > chosen.age]:
        return f"{closed[0].told} is newer and could not be read"
    programs = [f for f in contents.search.files if is_program(f) and f.age > chosen.age]
    lesser = [f for f in programs if id(f) not in idle and contents.defines(f)]
    return f"{lesser[0].told} is newer and defines less" if lesser else ""
