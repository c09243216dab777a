"""Reading a tree of Python files and notebooks: who imports what, and when."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

When = Literal["loading", "running", "typing"]  # in a module, in a function, for a type checker


@dataclass(frozen=True)
class Import:
    """`file` (from the tree's root) imports `module`, a whole dotted name, at `line`."""

    file: str
    line: int
    module: str
    when: When

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module} ({self.when})"

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]


@dataclass(frozen=True)
class Tree:
    """All files under `root` that match `patterns`."""

    root: Path
    patterns: tuple[str, ...] = (
        *("nndl2/**/*.py", "autograder/**/*.py", "nbgrader_config.py"),
        *("source/*/*.py", "source/*/*.ipynb"),
    )

    @cached_property
    def parsed(self) -> dict[str, ast.Module]:
        """File name: what it says."""
        found = sorted({p for pattern in self.patterns for p in self.root.glob(pattern)})
        paths = {p.relative_to(self.root).as_posix(): p for p in found}
        return {name: ast.parse(_code(path), name) for name, path in paths.items()}

    @cached_property
    def modules(self) -> dict[str, str]:
        """Dotted name of each module of a package: its file."""
        return {dotted(f): f for f in self.parsed if not f.startswith("source/")}

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        return tuple(i for file, code in self.parsed.items() for i in self._imports(file, code))

    @cached_property
    def imports_of(self) -> dict[str, list[Import]]:
        """File name: what it imports."""
        found: dict[str, list[Import]] = {file: [] for file in self.parsed}
        for each in self.imports:
            found[each.file].append(each)
        return found

    def graph(self, *when: When) -> dict[str, set[str]]:
        """Module: the modules of this tree it imports at one of the times `when`."""
        edges: dict[str, set[str]] = {module: set() for module in self.modules}
        for each in self.imports:
            if each.when in when and each.module in edges and dotted(each.file) in edges:
                edges[dotted(each.file)].add(each.module)
        return edges

    def loaded(self, module: str) -> set[str]:
        """Every module that importing `module` loads: of the tree, and of other packages."""
        todo, seen = set(_with_parents(module)), set[str]()
        while todo:
            seen.add(now := todo.pop())
            if now in self.modules:
                own = self.imports_of[self.modules[now]]
                found = {m for i in own if i.when == "loading" for m in _with_parents(i.module)}
                todo |= found - seen
        return seen

    def _imports(self, file: str, code: ast.Module) -> Iterator[Import]:
        for node, when in _walk(code, "loading"):
            for module in self._named(file, node):
                yield Import(file, getattr(node, "lineno", 0), module, when)

    def _named(self, file: str, node: ast.AST) -> Iterable[str]:
        if isinstance(node, ast.Import):
            return [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            base = _base(file, node)
            parts = [f"{base}.{alias.name}" for alias in node.names]
            return [part if part in self.modules else base for part in parts]
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(IMPORTERS):
            return [a.value for a in node.args[:1] if _is_text(a)]
        return []


IMPORTERS = ("import_module", "__import__")


def dotted(file: str) -> str:
    """The module's name that a file has: nndl2/checks/__init__.py is nndl2.checks."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def texts(code: ast.Module) -> Iterator[ast.Constant]:
    """The text constants of a module that are no docstrings."""
    said = {id(node.value) for node in ast.walk(code) if isinstance(node, ast.Expr)}
    yield from (n for n in ast.walk(code) if _is_text(n) and id(n) not in said)


def _code(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = [c for c in json.loads(text)["cells"] if c["cell_type"] == "code"]
    lines = "\n".join("".join(cell["source"]) for cell in cells).split("\n")
    return "\n".join("" if line.startswith(("%", "!")) else line for line in lines)


def _walk(node: ast.AST, when: When) -> Iterator[tuple[ast.AST, When]]:
    """Every node below `node`, and when it is run."""
    for child in ast.iter_child_nodes(node):
        yield child, when
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from _walk(ast.Module(child.body, []), "typing")
            yield from _walk(ast.Module(child.orelse, []), when)
        elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield from _walk(child, "running")
        else:
            yield from _walk(child, when)


def _base(file: str, node: ast.ImportFrom) -> str:
    """The package that `from ... import` names; a leading dot is the file's own package."""
    parts = Path(file).parent.parts
    own = parts[: len(parts) + 1 - node.level] if node.level else ()
    return ".".join([*own, *([node.module] if node.module else [])])


def _with_parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts) + 1)]


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
