"""Which cell of a student's notebook is which graded cell of the release.

A cell is known by its text, by nbgrader's name for it, by its id, and by the task it checks:
students duplicate, split, delete and reorder cells, and platforms drop metadata and ids. What is
not found is put back in its place, so that a notebook ends with each graded cell once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy

from nbformat import NotebookNode

from nndl2.checks.model import Assignment, Task

CALL = re.compile(r"""^[ \t]*check\(\s*["'](\w+)["']""", re.MULTILINE)
MISSING = "*This cell was missing in the notebook that was handed in. It was put back.*\n\n"


def graded(cells: Sequence[NotebookNode]) -> list[NotebookNode]:
    """The cells that the grader fills: those that nbgrader grades and no student writes."""
    abouts = [(cell, cell.metadata.get("nbgrader", {})) for cell in cells]
    return [c for c, about in abouts if about.get("grade") and not about.get("solution")]


def task_of(cell: NotebookNode, assignment: Assignment) -> Task | None:
    """The task a cell belongs to: by nbgrader's name for it, else by what it checks."""
    tasks = {task.name: task for task in assignment.tasks}
    return tasks.get(_name(cell)) or tasks.get(_checked(cell))


def restored(handed_in: NotebookNode, released: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """`handed_in` with each cell of `released` that nbgrader knows, once; and which were missing.

    Of metadata only the release's stays.
    """
    cells = list(handed_in.cells)
    mates = _mates(cells, released.cells)
    missing = []
    for cell in cells:
        cell.metadata = NotebookNode()
    anchor = -1
    for i, original in enumerate(released.cells):
        if i not in mates and _name(original):
            missing.append(_name(original))
            mates[i] = _put_back(original)
            cells.insert(anchor + 1, mates[i])
        if i in mates:
            anchor = next(k for k, cell in enumerate(cells) if cell is mates[i])
            _adopt(mates[i], original)
    _name_apart(cells)
    return NotebookNode(deepcopy(released) | {"cells": cells}), missing


def likeness(nb: NotebookNode, released: NotebookNode) -> int:
    """How many of the cells that nbgrader knows in `released` there are in `nb`."""
    return sum(bool(_name(released.cells[i])) for i in _mates(nb.cells, released.cells))


def _mates(
    cells: Sequence[NotebookNode], originals: Sequence[NotebookNode]
) -> dict[int, NotebookNode]:
    """For each of `originals`, by number, its like among `cells`: the best pairs first."""
    pairs = []
    for i, original in enumerate(originals):
        for k, cell in enumerate(cells):
            likeness = _likeness(cell, original)
            if any(likeness):
                pairs.append((likeness, -i, -k))
    mates: dict[int, NotebookNode] = {}
    taken = set()
    for _, i, k in sorted(pairs, reverse=True):
        if -i not in mates and -k not in taken:
            mates[-i] = cells[-k]
            taken.add(-k)
    return mates


def _likeness(cell: NotebookNode, original: NotebookNode) -> tuple[bool, ...]:
    if cell.cell_type != original.cell_type:
        return ()
    name, checked = _name(original), _checked(original)
    same = cell.source.strip() == original.source.strip()
    written = name and original.metadata.nbgrader.get("solution")  # of two, the one with an answer
    return (
        bool(name and same and not written),
        bool(name) and _name(cell) == name,
        bool(written and not same and _name(cell) == name),
        cell.get("id") == original.get("id"),
        bool(name and checked) and _checked(cell) == checked,
        same,
    )


def _adopt(cell: NotebookNode, original: NotebookNode) -> None:
    cell.metadata = deepcopy(original.metadata)
    if cell.metadata.get("nbgrader", {}).get("locked"):
        cell.source = original.source


def _put_back(original: NotebookNode) -> NotebookNode:
    """A copy of a cell; a written answer says that it was missing, so that staff looks at it."""
    cell = deepcopy(original)
    if cell.cell_type == "markdown" and not cell.metadata.nbgrader.get("locked"):
        cell.source = MISSING + cell.source
    return cell


def _name_apart(cells: Sequence[NotebookNode]) -> None:
    """Give a new id to a cell whose id an earlier one has."""
    seen: set[str] = set()
    for cell in cells:
        stem, number = str(cell.get("id", "cell"))[:50], 1
        while cell.get("id") is None or cell.id in seen:
            number += 1
            cell.id = f"{stem}-{number}"
        seen.add(cell.id)


def _name(cell: NotebookNode) -> str:
    about = cell.metadata.get("nbgrader")
    found = about.get("grade_id") if isinstance(about, dict) else None
    return found if isinstance(found, str) else ""


def _checked(cell: NotebookNode) -> str:
    found = CALL.search(cell.source) if cell.cell_type == "code" else None
    return found[1] if found else ""
