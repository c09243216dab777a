"""The graded cells of a notebook and the points of the assignment's tasks say the same."""

from __future__ import annotations

from collections.abc import Sequence

from nbformat import NotebookNode

from autograder.assignments import Private
from autograder.nbgrader.cells import graded, task_of
from autograder.release.stub import ReleaseError
from nndl2.checks.model import Task


def expect_every_task(cells: Sequence[NotebookNode], private: Private) -> None:
    """Raise ReleaseError unless each task that is worth points has its graded cell."""
    expect_points(cells, private)
    there = {task_of(cell, private.public) for cell in graded(cells)}
    for task in private.public.tasks:
        if _worth(task, private) and task not in there:
            raise ReleaseError(f"the task {task.name!r} has points, but no graded cell.")
    expect_questions(cells, private)


def expect_questions(cells: Sequence[NotebookNode], private: Private) -> None:
    """Raise ReleaseError unless each question has one cell that nbgrader has people grade."""
    abouts = [(cell.cell_type, cell.metadata.get("nbgrader", {})) for cell in cells]
    by_hand = [(kind, a) for kind, a in abouts if a.get("grade") and a.get("solution")]
    for question in private.public.questions:
        own = [(k, a) for k, a in by_hand if a.get("grade_id") == question.name]
        if [kind for kind, _ in own] != ["markdown"]:
            raise ReleaseError(
                f"the question {question.name!r} needs one cell of text that is called so and is"
                " graded by hand: in JupyterLab's Create Assignment, a manually graded answer."
            )
        points, worth = own[0][1]["points"], private.points[question.name]
        if float(points) != worth:
            raise ReleaseError(
                f"the answer cell {question.name!r} has {points:g} points, its question {worth:g}:"
                " change the notebook, or the points table of the assignment."
            )


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
