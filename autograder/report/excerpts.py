"""A piece of a student's program that shows what others had as well, and not who wrote it: without
comments, docstrings and texts, and no longer than a look takes."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from autograder import parsing

MOST_LINES = 14
DEFINED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def excerpt(source: bytes, owns: Sequence[str]) -> str:
    """What a program has for "loss_function", "VAE.forward" or the attribute "VAE.encoder", the
    first of `owns` that there is; nothing where the file cannot be read or lacks them."""
    try:
        tree = parsing.tree(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    for name in owns:
        cls, _, own = name.rpartition(".")
        if found := _assigned(tree, cls, own) if cls else _defined(tree, name):
            try:
                lines = ast.unparse(_Bare().visit(found)).splitlines()
            except (RecursionError, ValueError):
                return ""
            more = ["..."] if lines[MOST_LINES:] else []
            return "\n".join([*lines[:MOST_LINES], *more])
    return ""


def _defined(tree: ast.AST, name: str) -> ast.AST | None:
    body = getattr(tree, "body", [])
    functions = [node for node in body if isinstance(node, DEFINED) and node.name == name]
    return functions[-1] if functions and not isinstance(functions[-1], ast.ClassDef) else None


def _assigned(tree: ast.Module, cls: str, own: str) -> ast.AST | None:
    """The method `own` of a class, or the statement that makes the attribute."""
    for node in tree.body:
        if not (isinstance(node, ast.ClassDef) and node.name == cls):
            continue
        if method := _defined(node, own):
            return method
        made = [s for s in ast.walk(node) if isinstance(s, ast.Assign) and _makes(s, own)]
        if made:
            return made[-1]
    return None


def _makes(statement: ast.Assign, own: str) -> bool:
    return any(isinstance(t, ast.Attribute) and t.attr == own for t in statement.targets)


class _Bare(ast.NodeTransformer):
    """Takes out docstrings, and what stands in other texts."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        body = getattr(node, "body", None)
        if isinstance(node, DEFINED) and isinstance(body, list) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
        return super().generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:  # the name that ast looks for
        if isinstance(node.value, (str, bytes)):
            return ast.copy_location(ast.Constant("..."), node)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:  # the name that ast looks for
        return ast.copy_location(ast.Constant("..."), node)
