"""The graded cells of a notebook and the points of the assignment's tasks say the same."""

from __future__ import annotations

from collections.abc import Sequence

from nbformat import NotebookNode

from autograder.assignments import Private
from autograder.nbgrader.cells import graded, task_of
from autograder.stub import ReleaseError
from nndl2.checks.model import Task


def expect_every_task(cells: Sequence[NotebookNode], private: Private) -> None:
    """Raise ReleaseError unless each task that is worth points has its graded cell."""
    expect_points(cells, private)
    there = {task_of(cell, private.public) for cell in graded(cells)}
    for task in private.public.tasks:
        if _worth(task, private) and task not in there:
            raise ReleaseError(f"the task {task.name!r} has points, but no graded cell.")


def expect_points(cells: Sequence[NotebookNode], private: Private) -> None:
    """Raise ReleaseError unless each graded cell is worth what its task is, and no task has two.

    nbgrader gives full marks to a graded cell that nobody fills.
    """
    seen = set()
    for cell in graded(cells):
        name, points = cell.metadata.nbgrader.grade_id, cell.metadata.nbgrader.points
        task = task_of(cell, private.public)
        if task is None or cell.cell_type != "code":
            raise ReleaseError(
                f"the graded cell {name!r} belongs to no task of {private.public.name}: give it the"
                " name of one."
            )
        worth = _worth(task, private)
        if float(points) != worth:
            raise ReleaseError(
                f"the graded cell {name!r} has {points:g} points, its task {worth:g}: change the"
                " notebook, or the points table of the assignment."
            )
        if task.name in seen:
            raise ReleaseError(f"the task {task.name!r} is graded in two cells; keep one.")
        seen.add(task.name)


def _worth(task: Task, private: Private) -> float:
    return sum(private.points.get(part.name, 0) for part in task.parts)
