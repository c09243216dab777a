"""Finding what a student probably meant by another name, and telling which names there are."""

from __future__ import annotations

import ast
import difflib
import functools
import importlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from nndl2.checks.declare import checks_in
from nndl2.checks.model import Assignment, Check

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
ANSWERS = Path(__file__).parents[1] / "answers"
MOST = 4  # names that are listed where none is near


def assignments() -> dict[str, Assignment]:
    """The assignments that checks and answers ship for, by name."""
    tables = sorted(ANSWERS.glob("*.json"))  # the release writes one for each
    modules = (importlib.import_module(f"nndl2.checks.{table.stem}") for table in tables)
    return {m.ASSIGNMENT.name: m.ASSIGNMENT for m in modules}


def checks_of(name: str) -> tuple[Check, ...]:
    """The checks that ship with the assignment `name`, in the order of its parts."""
    module = importlib.import_module(f"nndl2.checks.{name}")
    declared = getattr(module, "CHECKS", None) or checks_in(module)
    return module.ASSIGNMENT.in_order(declared)


@functools.cache
def prescribed() -> frozenset[str]:
    """What the assignments ask for: functions, classes and the pieces of these ("Net.encoder").

    The first call imports all checks, which takes a while.
    """
    parts = (part for each in assignments().values() for part in each.parts.values())
    targets = frozenset(target for part in parts for target in part.owns)
    return targets | {target.partition(".")[0] for target in targets}


def instead(name: str, tree: ast.AST, classes: Sequence[str], functions: Sequence[str]) -> str:
    """What a file has in place of `name`, as the end of a sentence.

    It stands too far in, or one of the file's own `classes` and `functions` was meant, or another
    name stands there twice. Names that an assignment asks for themselves are left out.
    """
    if place := misplaced(name, tree):
        return place
    asked = prescribed()
    free = {c: [n for n in (classes, functions)[c] if n not in asked] for c in (0, 1)}
    is_class = name[:1].isupper()
    if near := nearest(name, free[not is_class], loose=True) or nearest(name, free[is_class]):
        return f"; it has {near}"
    if doubled := twice(tree, classes if is_class else functions):
        return doubled
    idle = {f.name for f in _top(tree) if isinstance(f, ast.FunctionDef) and not _takes(f)}
    listed = [
        n for n in free[not is_class] if n not in idle
    ]  # what is asked for is given something
    return f"; it has {', '.join(listed)}" if 0 < len(listed) <= MOST else ""


def twice(tree: ast.AST, names: Sequence[str]) -> str:
    """Which of `names` a file defines twice, as the end of a sentence."""
    for name in names:
        lines = [d.lineno for d in _top(tree) if d.name == name]
        if len(lines) == 2:
            return f"; {name} is defined twice, at lines {lines[0]} and {lines[1]}"
    return ""


def _top(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """What is defined at the left margin."""
    return [node for node in ast.iter_child_nodes(tree) if isinstance(node, DEFINITIONS)]


def _takes(function: ast.FunctionDef) -> bool:
    """Whether a function has parameters."""
    a = function.args
    return bool(a.posonlyargs or a.args or a.kwonlyargs or a.vararg or a.kwarg)


def misplaced(name: str, tree: ast.AST) -> str:
    """Where in the syntax tree of a file `name` is defined, when that is inside something else."""
    for around in ast.walk(tree):
        for inner in () if isinstance(around, ast.Module) else ast.iter_child_nodes(around):
            if isinstance(inner, DEFINITIONS) and inner.name == name:
                what = around.name if isinstance(around, DEFINITIONS) else "another block"
                return f"; line {inner.lineno} defines it inside {what}, so move it out to the left"
    return ""


def misplaced_method(cls: str, name: str, tree: ast.AST) -> str:
    """Where a file defines the method `name` of `cls`, when that is outside or too far in."""
    for whole in (d for d in _top(tree) if isinstance(d, ast.ClassDef) and d.name == cls):
        if any(d.name == name for d in _top(whole)):
            return ""
        if place := misplaced(name, whole):
            return place
        below = [d.lineno for d in _top(tree) if d.name == name and d.lineno > whole.lineno]
        if below:
            return f"; line {below[0]} defines it outside of the class, so move it in to the right"
    return ""


def no_such(kind: str, name: str, known: Iterable[str]) -> str:
    """That there is no task, say, of this `name`, and which ones there are instead."""
    there = [*known]
    told = f"the {kind}s are {listed(there)}" if there[1:] else f"the only one is {there[0]}"
    return f"there is no {kind} {name}; {told}"


def listed(names: Iterable[str]) -> str:
    """a, b and c"""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def nearest(name: str, candidates: Iterable[str], loose: bool = False) -> str:
    """The candidate most like `name`, case aside, or nothing when none is near.

    With `loose` one that is a piece of `name`, or the other way round, is near too.
    """
    by_fold = {c.casefold(): c for c in candidates if not c.startswith("__")}
    found = difflib.get_close_matches(name.casefold(), by_fold, n=1, cutoff=0.6)
    if loose and not found:
        mine = name.casefold()
        found = [c for c in by_fold if len(c) > 2 and (c in mine or mine in c)]
    return by_fold[found[0]] if found else ""
