"""Everything below a student's folder: shallow things first, up to caps, no link followed."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

from autograder.intake import archives
from autograder.intake.model import either, malformed, unreadable
from autograder.intake.tree import Kind, Node
from autograder.text import clean
from nndl2.checks.model import Unusable
from nndl2.checks.questions import Question
from nndl2.checks.written import Blank

DEEPEST, MOST_NAMES = 8, 2_000
NESTED = 2  # an archive of a student may hold one more
SKIPPED = {"__macosx", "__pycache__", "node_modules", "venv", "site-packages", "nndl2"}
ATTEMPT = re.compile(r"(?:attempt|submission)[ _-]?(\d{1,9})", re.IGNORECASE)
LISTED, LONGEST = 8, 60
PROGRAM = (".py.txt", ".py.py", ".py")


@dataclass(frozen=True)
class Wanted:
    """The file an assignment asks for, and the top-level `names` that a student defines in it.

    `stub` is the file as it was given out: what still equals it gives way to any other. nbgrader
    keeps the file in a folder named after the `assignment`. The notebook beside it answers the
    `questions`, in cells that were given out as `blanks`. With `every` the file of each attempt is
    asked for, and not of the newest alone.
    """

    module: str
    names: Collection[str] = ()
    stub: bytes = b""
    assignment: str = ""
    questions: tuple[Question, ...] = ()
    blanks: Mapping[str, Blank] = field(default_factory=dict)
    every: bool = False

    @property
    def stem(self) -> str:
        """The module's name without its ending."""
        return self.module.removesuffix(".py")

    @property
    def folders(self) -> set[str]:
        """What the folder of the assignment may be called."""
        return {self.stem, self.assignment or self.stem}


@dataclass(frozen=True)
class Found:
    """Something below a student's folder: `inside` counts the archives it lies in."""

    folders: tuple[Node, ...]
    node: Node
    age: tuple[int, ...] = ()
    inside: int = 0

    @property
    def path(self) -> str:
        """Where a person finds it in what the platform gave."""
        return clean("/".join(node.title for node in (*self.folders, self.node)), 200)

    @property
    def told(self) -> str:
        """The path by the names the student gave, in quotes where a blank at an end would hide."""
        path = clean("/".join(node.name for node in (*self.folders, self.node)), 200)
        return path if path == path.strip() else f'"{path}"'

    def depth(self, wanted: Wanted) -> int:
        """How far below the top it lies; the folder of the assignment and archives are no step."""
        near = {node.name for node in self.folders[: self.inside + 1]}
        return len(self.folders) - self.inside - bool(wanted.folders & near)


@dataclass
class Search:
    """All that lies below a student's folder; `stopped` where there is more than the caps allow."""

    held: ExitStack
    files: list[Found] = field(default_factory=list)
    others: list[Found] = field(default_factory=list)
    troubles: list[tuple[Found, Unusable]] = field(default_factory=list)
    unopened: dict[str, None] = field(default_factory=dict)
    seen: int = 0
    stopped: bool = False
    budget: archives.Budget = field(default_factory=archives.Budget)

    def look(self, place: Node) -> None:
        """List `place`, shallow and new things first, archives as the folders they are."""
        waiting = deque([(Found((), place), place)])
        while waiting:
            at, node = waiting.popleft()
            for child in self._children(at, node):
                folders = (*at.folders, at.node) if at.node is not place else ()
                found = Found(folders, child, child.age or at.age or _age(child), at.inside)
                self._note(found, waiting)

    def _note(self, found: Found, waiting: deque[tuple[Found, Node]]) -> None:
        self.seen += 1
        node, below = found.node, len(found.folders) < DEEPEST
        if node.kind is Kind.FOLDER:
            self.others.append(found)
            if below:
                waiting.append((found, node))
        elif archives.is_archive(node) and below and found.inside < NESTED:
            self.others.append(found)
            deeper = Found(found.folders, node, found.age, found.inside + 1)
            if opened := self._opened(found):
                waiting.append((deeper, opened))
        else:
            (self.files if node.kind is Kind.FILE else self.others).append(found)

    def _children(self, at: Found, node: Node) -> Iterator[Node]:
        try:
            for child in sorted(node.list(), key=lambda n: n.age or _age(n), reverse=True):
                if skipped(child.name):
                    self.unopened.setdefault(child.name)
                elif self.seen < MOST_NAMES:
                    yield child
                else:
                    self.stopped = True
        except OSError as e:
            self.troubles.append((at, unreadable(f"the folder {node.title}", e)))

    def _opened(self, found: Found) -> Node | None:
        try:
            return archives.opened(found.node, self.held, budget=self.budget)
        except Unusable as e:
            self.troubles.append((found, e))
            return None

    def nothing(self, place: Node, *asked: Wanted) -> Unusable:
        """Why there is no file to grade, in one sentence."""
        odd = next(filter(None, (_odd(f, w) for f in self.others for w in asked)), None)
        if odd or self.troubles:
            return odd or self.troubles[0][1]
        names, module = [f.node.name for f in self.files], either([w.module for w in asked])
        if self.stopped:
            return malformed(
                f"no {module} found among the first {MOST_NAMES} files and folders in"
                f" {clean(place.title, LONGEST)}, and no more are looked at; hand in {module} alone"
            )
        if deep := next((f for f in self.files if _unopened(f)), None):
            return malformed(
                f"no {module} found; {clean(deep.told, LONGEST)} is not opened, since it lies in"
                f" more than one other archive; hand in {module} itself"
            )
        for name in names:
            if name.lower().endswith(archives.UNREAD):
                return malformed(
                    f"{clean(name, LONGEST)} is no archive that is read here; hand in"
                    f" {module} itself, or a zip that holds it"
                )
        books = [name for name in names if name.lower().endswith(".ipynb")]
        if books and not any(name.lower().endswith(PROGRAM) for name in names):
            book = clean(books[0], LONGEST)
            return malformed(f"no {module} found, only the notebook {book}; hand in {module}")
        return malformed(
            f"no {module} found in {clean(place.title, LONGEST)}; found: {self._listing()}"
        )

    def _listing(self) -> str:
        found = sorted([*self.files, *self.others], key=lambda f: (len(f.folders), f.told))
        shown = [
            clean(f.told, LONGEST) + "/" * (f.node.kind is Kind.FOLDER) for f in found[:LISTED]
        ]
        more = [f"and {len(found) - LISTED} more"] if len(found) > LISTED else []
        unopened = [clean(name, LONGEST) for name in [*self.unopened][:LISTED]]
        but = f" but {', '.join(unopened)}, where no work is looked for" if unopened else ""
        return ", ".join(shown + more) or f"nothing{but}"


def _unopened(found: Found) -> bool:
    """Whether this is an archive in more archives than are opened."""
    return found.inside >= NESTED and archives.is_archive(found.node)


def _odd(found: Found, wanted: Wanted) -> Unusable | None:
    """What is told of a name that is right and stands for no file."""
    if found.node.name.endswith(f"/{wanted.module}"):
        return malformed(f"{found.told} is a path that leads out of its archive; pack it again")
    if found.node.name != wanted.module:
        return None
    if found.node.kind in (Kind.LINK, Kind.FOLDER_LINK):
        return malformed(f"{found.told} is a link; hand in the file itself")
    if found.node.kind is Kind.FOLDER:
        return malformed(f"{found.told} is a folder; hand in the file itself")
    return malformed(f"{found.told} is not a regular file")


def _age(node: Node) -> tuple[int, ...]:
    """The number of an attempt, where folders are named by it."""
    named = ATTEMPT.fullmatch(node.name) if node.kind is Kind.FOLDER else None
    return (int(named[1]),) if named else ()


def skipped(name: str) -> bool:
    """Whether a name is a system's, an editor's or the kit's own, and no student's work."""
    return (name.startswith(".") and "/" not in name) or name.lower() in SKIPPED
