"""Finding what a TODO asks for in how code is written, whether or not anything calls it."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from arithmetic import Names, by_getattr, compute, expressions, is_arithmetic, key, leaves
from todos import Formula, Todo, alike

MOST = 6  # numbers with a name in one formula; those the TODO does not know are 0 or 1
ROUNDS = 4  # of a loop that builds layers
KINDS = {
    name.lower(): name
    for name in ("Linear", "ReLU", "Sigmoid", "Tanh", "Conv2d", "ConvTranspose2d", "MaxPool2d")
}
Place = tuple[int, str]  # a line, and what stands there


def kind(name: str) -> str:
    """The kind of layer that a name stands for (nn.LazyLinear and F.linear are Linear), if any."""
    return KINDS.get(name.replace("_", "").lower().removeprefix("lazy"), "")


@dataclass(frozen=True, eq=False)
class Code:
    """A file, read once for all TODOs."""

    tree: ast.Module
    names: Names
    expressions: tuple[ast.expr, ...]
    referred: frozenset[str]


def parsed(text: str) -> Code:
    tree = ast.parse(text)
    words = frozenset(name for node in ast.walk(tree) for name in referred(node))
    return Code(tree, Names.of(tree), tuple(expressions(tree)), words)


def written(todos: Sequence[Todo], code: Code) -> Iterator[tuple[Todo, int, str]]:
    """Where a file spells what a TODO asks for: the line, and what stands there."""
    yield from formulas(todos, code)
    for todo in todos:
        yield from ((todo, *place) for place in chains(todo, code))
        yield from ((todo, *place) for place in names(todo, code))


# formulas


def formulas(todos: Sequence[Todo], code: Code) -> Iterator[tuple[Todo, int, str]]:
    seen = set[str]()
    for whole in code.expressions:
        for node in ast.walk(whole):
            if not isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Call)):
                continue
            if isinstance(node, ast.Call):
                for todo in todos:
                    found = nested(todo, node, code.names)
                    yield from ((todo, node.lineno, what) for what in found)
            if not is_arithmetic(node, code.names) or (text := key(node)) in seen:
                continue
            seen.add(text)
            for todo, each in ((t, f) for t in todos for f in t.formulas):
                if means(each, node, code.names):
                    yield todo, whole.lineno, each.what


def means(formula: Formula, node: ast.expr, called: Names) -> bool:
    """Whether an expression is `formula`, for some choice of what its numbers stand for."""
    found = leaves(node, called)
    if not len(formula.given) <= len(found) <= MOST:
        return False
    given = [array.ravel() for array in formula.given]
    want = formula.of(*given)
    for chosen in itertools.permutations(found, len(given)):
        others = [name for name in found if name not in chosen]
        for numbers in itertools.product((np.float64(0), np.float64(1)), repeat=len(others)):
            known = {**dict(zip(chosen, given)), **dict(zip(others, numbers))}
            with np.errstate(all="ignore"):
                got = np.asarray(compute(node, called, known.__getitem__))
            if got.shape == want.shape and alike(got, want):
                return True
    return False


def nested(todo: Todo, call: ast.Call, called: Names) -> Iterator[str]:
    """Calls of one name around a call of another."""
    name = called.called(call)[0]
    for outer, inner in todo.nested:
        if name in outer:
            below = (n for each in call.args for n in ast.walk(each) if isinstance(n, ast.Call))
            if found := {called.called(each)[0] for each in below} & inner:
                yield f"{name} of {found.pop()}"


# layers


def chains(todo: Todo, code: Code) -> Iterator[Place]:
    if not todo.chains or not any(map(kind, code.referred)):
        return
    functions = {f.name: f for f in ast.walk(code.tree) if isinstance(f, ast.FunctionDef)}
    scopes = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.Assign)
    for scope in (n for n in ast.walk(code.tree) if isinstance(n, scopes)):
        built = list(layers(scope, functions, frozenset()))
        yield from ((scope.lineno, "-".join(chain)) for chain in todo.chains if holds(built, chain))


def holds(built: list[str], chain: tuple[str, ...]) -> bool:
    """Whether the layers of `chain` follow each other in `built`."""
    starts = range(len(built) - len(chain) + 1)
    return any(tuple(built[i : i + len(chain)]) == chain for i in starts)


def layers(
    node: ast.AST, functions: dict[str, ast.FunctionDef], inside: frozenset[str]
) -> Iterator[str]:
    """The kinds of layers that are made or applied in `node`, in the order in which they are.

    Functions of the same file are followed, and what is repeated is taken ROUNDS times.
    """
    below = [
        found for each in ast.iter_child_nodes(node) for found in layers(each, functions, inside)
    ]
    if isinstance(node, ast.Call):
        names = Names()
        name = names.called(node)[0]
        if found := kind(name):
            below.append(found)
        elif isinstance(node.func, ast.Name) and name in functions and name not in inside:
            below += layers(functions[name], functions, inside | {name})
    loops = (ast.For, ast.While, ast.ListComp, ast.GeneratorExp)
    times = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)
    yield from below * ROUNDS if isinstance(node, loops) or times else below


# names


def names(todo: Todo, code: Code) -> Iterator[Place]:
    if not any(each & code.referred for each in (todo.names, *todo.together)):
        return
    for node in ast.walk(code.tree):
        for name in referred(node) & todo.names:
            yield getattr(node, "lineno", 0), name
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            here = {name for each in ast.walk(node) for name in referred(each)}
            found = (each for each in todo.together if each <= here)
            yield from ((node.lineno, " and ".join(sorted(each))) for each in found)


def referred(node: ast.AST) -> set[str]:
    """The names that a piece of syntax refers to by itself."""
    if isinstance(node, ast.Name):
        return {node.id}
    if isinstance(node, ast.Attribute):
        return {node.attr}
    if isinstance(node, ast.alias):
        return {node.name.rpartition(".")[2]}
    return {by_getattr(node)} - {""}
