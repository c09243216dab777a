"""What a backward pass complains of, and the lines of the student's file that can bring it about.

It runs when the line that is wrong is long over, so the traceback does not show that line.
"""

from __future__ import annotations

import ast
import re
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

CUT = {"detach", "detach_", "item", "tolist", "numpy", "data", "no_grad", "inference_mode"}
WITHOUT = ("no_grad", "inference_mode")


def in_backward(e: BaseException) -> bool:
    """Whether `e` was raised within torch's backward pass."""
    return any(
        frame.f_code.co_name == "backward" and frame.f_globals.get("__name__") == "torch._tensor"
        for frame, _ in traceback.walk_tb(e.__traceback__)
    )


def complaint(message: str, file: Path) -> tuple[str, list[int]]:
    """What the message means, and the lines of `file` that can be why; nothing where neither is
    known."""
    for said, meaning, suspected in COMPLAINTS:
        if re.search(said, message):
            try:
                tree = ast.parse(file.read_bytes())
            except (OSError, SyntaxError, ValueError):
                return meaning, []
            return meaning, sorted({node.lineno for node in _with_gradients(tree, suspected)})
    return "", []


def _with_gradients(
    tree: ast.AST, suspected: Callable[[ast.AST], bool]
) -> Iterator[ast.expr | ast.stmt]:
    """What is suspected, but for what builds layers and what stands where gradients are off."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.expr, ast.stmt)) and suspected(node):
            yield node
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            continue
        if not isinstance(node, ast.With) or suspected is _cuts or not _switches_off(node):
            yield from _with_gradients(node, suspected)


def _switches_off(node: ast.With) -> bool:
    return any(word in ast.dump(item) for item in node.items for word in WITHOUT)


def _changes_in_place(node: ast.AST) -> bool:
    if isinstance(node, ast.AugAssign):
        return not isinstance(node.value, (ast.Constant, ast.List))  # a counter, a list
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Subscript) for target in node.targets)
    if not isinstance(node, ast.Call):
        return False
    name = getattr(node.func, "attr", "")
    by_name = name.endswith("_") and not name.endswith("__") and name != "requires_grad_"
    return by_name or any(key.arg in ("inplace", "out") for key in node.keywords)


def _cuts(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in CUT


def _keeps(node: ast.AST) -> bool:
    """Whether something is kept from call to call."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    return any(isinstance(target, ast.Attribute) for target in targets)


COMPLAINTS: tuple[tuple[str, str, Callable[[ast.AST], bool]], ...] = (
    (
        "inplace operation|in-place operation",
        "a tensor that the gradients need is changed in place; make a new one instead",
        _changes_in_place,
    ),
    (
        "does not require grad|Inference tensors cannot be saved",
        "the loss has no gradient: something cut it off on the way",
        _cuts,
    ),
    (
        "through the graph a second time",
        "a tensor of an earlier step is used again; make it anew in each step",
        _keeps,
    ),
    (
        "only for scalar outputs",
        "the loss holds more than one number, and a backward pass begins at one",
        lambda node: False,
    ),
)
