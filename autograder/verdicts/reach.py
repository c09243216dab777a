"""What a piece of a course's code reaches, by its syntax tree: functions, tables and constants.

A reference that cannot be resolved counts as the whole file. Comments, docstrings and what a check
only tells (`after`, `about`, `costs_points`) are no part of what it does.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from autograder import parsing

WHOLE = "*"  # a name that stands for all of a file
ORACLE = "oracle"  # what checks call the oracle by
TOLD = {"after", "about", "costs_points"}  # of what is told to `check`
ANYTHING = {"globals", "eval", "exec", "__import__", "importlib"}  # leads nobody knows where
Place = tuple[str, str]  # a module, and a name in it
Dotted = tuple[str, ...]
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Piece:
    """A statement at the left margin of a file: its digest, and what it refers to."""

    digest: str
    names: frozenset[Dotted]
    imports: frozenset[str]  # dotted, by a function as it runs
    questions: frozenset[str]  # to the oracle, by name; `WHOLE` for one that nobody knows


@dataclass
class File:
    """A file's statements by the names that they bind; those that bind none belong to all."""

    module: str
    package: str
    statements: Sequence[ast.stmt]
    bound: dict[str, list[int]] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    loose: list[int] = field(default_factory=list)
    pieces: dict[int, Piece] = field(default_factory=dict)

    @classmethod
    def read(cls, module: str, path: Path) -> File:
        tree = parsing.tree(path.read_bytes())
        _bare(tree)
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        made = cls(module, package, tree.body)
        for number, statement in enumerate(tree.body):
            made._note(number, statement)
        return made

    def _note(self, number: int, statement: ast.stmt) -> None:
        for node in ast.walk(statement) if not isinstance(statement, DEFINITIONS) else ():
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self.imports.update(_imported(node, self.package))
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            return
        names = set(_bound(statement))
        for name in names:
            self.bound.setdefault(name, []).append(number)
        if not names or not isinstance(statement, (*DEFINITIONS, ast.Assign, ast.AnnAssign)):
            self.loose.append(number)

    def numbers(self, name: str) -> Iterable[int]:
        """The statements that make `name` what it is."""
        if name in self.bound:
            return [*self.bound[name], *self.loose]
        return self.loose if name in self.imports else range(len(self.statements))

    def piece(self, number: int) -> Piece:
        """One statement, looked at once."""
        if number not in self.pieces:
            self.pieces[number] = self.looked_at(self.statements[number])
        return self.pieces[number]

    def looked_at(self, code: ast.AST) -> Piece:
        """A piece of code as if it stood in this file."""
        nodes = [*ast.walk(code)]
        inside = [n for n in nodes if isinstance(n, (ast.Import, ast.ImportFrom))]
        imports = {d for n in inside for _, d in _imported(n, self.package)}
        names, asked = set(_references(code)), set(self._questions(nodes))
        digest = sha256(ast.dump(code).encode()).hexdigest()
        return Piece(digest, frozenset(names), frozenset(imports), frozenset(asked))

    def _questions(self, nodes: Sequence[ast.AST]) -> Iterator[str]:
        """What the oracle is asked, by name; `WHOLE` where it is handed on, or asked in words that
        are put together."""
        direct = [n for n in nodes if isinstance(n, ast.Call) and _is_oracle(n.func)]
        yield from (self._text(n.args[0]) if n.args else WHOLE for n in direct)
        meant = sum(map(_is_oracle, nodes))
        if meant > len(direct) or any(map(_asks_another, nodes)):
            yield WHOLE

    def _text(self, node: ast.expr) -> str:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        if isinstance(node, ast.Name) and len(known := self.bound.get(node.id, [])) == 1:
            return _constant(self.statements[known[0]], node.id)
        return WHOLE


class Reach:
    """What is reached in the files below `folders`, modules of `root`; all else is no part of it.

    `tables` are the modules in which `FORMULAS` says what answers which question to the oracle.
    """

    def __init__(self, root: Path, folders: Sequence[Path], tables: Sequence[str] = ()):
        self.root, self.folders, self.tables = root, folders, tables
        self.files: dict[str, File | None] = {}

    def digest(self, places: Iterable[Place]) -> str:
        """A hash over all that is reached from `places`."""
        seen: set[str] = set()
        self.places(places, seen)
        return sha256("\n".join(sorted(seen)).encode()).hexdigest()

    def places(self, begun: Iterable[Place], seen: set[str] | None = None) -> set[Place]:
        """All places that are reached from others; their pieces are noted in `seen`."""
        todo, known = [*begun], set[Place]()
        while todo:
            if (place := todo.pop()) not in known:
                known.add(place)
                todo += self._from(place, set() if seen is None else seen)
        return known

    def _from(self, place: Place, seen: set[str]) -> Iterator[Place]:
        """Where one place leads; its pieces are noted in `seen`."""
        module, name = place
        if module == ORACLE:
            yield from self._asked(name, seen)
        elif (file := self.file(module)) is not None:
            if name in file.imports:
                yield from self._dotted(file.imports[name])
            for number in file.numbers(name):
                yield from self._led(file, file.piece(number), seen)

    def _led(self, file: File, piece: Piece, seen: set[str]) -> Iterator[Place]:
        seen.add(f"{file.module} {piece.digest}")
        yield from ((ORACLE, name) for name in piece.questions)
        for dotted in piece.imports:
            yield from self._dotted(dotted)
        for first, *rest in piece.names:
            if first in ANYTHING:
                yield file.module, WHOLE
            if first in file.imports:
                yield from self._dotted(".".join([file.imports[first], *rest]))
            if first in file.bound:
                yield file.module, first

    def _dotted(self, dotted: str) -> Iterator[Place]:
        """The name in the file that a dotted name leads to; all of a file that is meant itself."""
        parts = dotted.split(".")
        for end in range(len(parts), 0, -1):
            if self.file(module := ".".join(parts[:end])) is not None:
                yield module, parts[end] if parts[end:] else WHOLE
                return

    def _asked(self, name: str, seen: set[str]) -> Iterator[Place]:
        """What answers a question to the oracle; all tables where nobody knows which it is."""
        for module, known in self._formulas.items():
            file = self.file(module)
            if file is not None and name in known:
                yield from self._led(file, file.looked_at(known[name]), seen)
                return
        yield from ((module, WHOLE) for module in self.tables)

    @cached_property
    def _formulas(self) -> dict[str, dict[str, ast.expr]]:
        return {module: dict(_table(self.file(module))) for module in self.tables}

    def file(self, module: str) -> File | None:
        """The file of `module`, where it is one of those that are looked at."""
        if module not in self.files:
            path = self._path(module)
            self.files[module] = File.read(module, path) if path else None
        return self.files[module]

    def _path(self, module: str) -> Path | None:
        stem = self.root.joinpath(*module.split("."))
        loaded = getattr(sys.modules.get(module), "__file__", None)  # a course of its own
        for path in (Path(f"{stem}.py"), stem / "__init__.py", *([Path(loaded)] if loaded else [])):
            if any(path.is_relative_to(folder) for folder in self.folders) and path.is_file():
                return path
        return None


def _constant(statement: ast.stmt, name: str) -> str:
    """The text that `name = "text"`, or a row of several, gives a name."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        to, value = statement.targets[0], statement.value
        rows = isinstance(to, ast.Tuple) and isinstance(value, ast.Tuple)
        pairs = zip(to.elts, value.elts) if rows else [(to, value)]  # type: ignore[attr-defined]
        for each, given in pairs:
            if isinstance(each, ast.Name) and each.id == name and isinstance(given, ast.Constant):
                return str(given.value)
    return WHOLE


def _table(file: File | None) -> Iterator[tuple[str, ast.expr]]:
    """The formulas that a file lists, by the question that each answers."""
    for number in file.bound.get("FORMULAS", []) if file else []:
        value = getattr(file.statements[number], "value", None) if file else None
        for key, formula in zip(value.keys, value.values) if isinstance(value, ast.Dict) else ():
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, formula


def _bare(tree: ast.Module) -> None:
    """Take out of a tree what does nothing: docstrings, and what checks only tell."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, *DEFINITIONS)) and _is_text(node.body[:1]):
            del node.body[0]
        for made in node.decorator_list if isinstance(node, DEFINITIONS) else ():
            if isinstance(made, ast.Call) and _is_check(made):
                made.keywords = [k for k in made.keywords if k.arg not in TOLD]


def _is_text(body: Sequence[ast.stmt]) -> bool:
    value = body[0].value if body and isinstance(body[0], ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _is_oracle(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == ORACLE


def _asks_another(node: ast.AST) -> bool:
    """Whether a check calls the oracle by another name."""
    if not isinstance(node, DEFINITIONS[:2]) or not any(map(_is_check, node.decorator_list)):
        return False
    return ORACLE not in [a.arg for a in [*node.args.posonlyargs, *node.args.args]][:3]


def _is_check(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and _references(node.func)[:1] == [("check",)]


def _imported(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[tuple[str, str]]:
    """The names that an import binds, and the dotted names that they stand for."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            first = alias.name.partition(".")[0]
            yield alias.asname or first, alias.name if alias.asname else first
        return
    above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    source = ".".join([*above, *([node.module] if node.module else [])])
    for alias in node.names:
        yield alias.asname or alias.name, f"{source}.{alias.name}"


def _bound(statement: ast.stmt) -> Iterator[str]:
    """The names of the file that a statement binds, or that a function in it does."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Global):
            yield from node.names
    if isinstance(statement, DEFINITIONS):
        yield statement.name
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        if isinstance(node, DEFINITIONS):
            yield node.name
        if isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, ast.Store):
            yield from (dotted[0] for dotted in _references(node.value))


def _references(code: ast.AST) -> list[Dotted]:
    """The dotted names in a piece of code, each as long as it is."""
    if whole := _dotted_name(code):
        return [whole]
    return [d for child in ast.iter_child_nodes(code) for d in _references(child)]


def _dotted_name(node: ast.AST) -> Dotted:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute) and (before := _dotted_name(node.value)):
        return (*before, node.attr)
    return ()
