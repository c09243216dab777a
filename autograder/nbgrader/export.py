"""`nbgrader export --exporter autograder.nbgrader.TaskExporter`: grades with a column a task."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, Gradebook, MissingEntry
from nbgrader.plugins import ExportPlugin

from autograder.disk import replace_file
from autograder.nbgrader import hand
from autograder.report import sheets
from autograder.text import clean

ABOUT = ("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email")
SUMS = ("raw_score", "late_submission_penalty", "score", "max_score", "needs_manual_grade")


class TaskExporter(ExportPlugin):
    """Writes one line a submission, as nbgrader's own exporter does, and the score of each task.

    `score` is nbgrader's, which counts what nobody graded yet as 0; the two sums follow, of the
    checks and by hand, and what is open.
    """

    def export(self, gradebook: Gradebook) -> None:
        """Write the grades to the file given with --to, else to grades.csv."""
        wanted = {str(name) for name in self.assignment}
        assignments = [a for a in gradebook.assignments if not wanted or a.name in wanted]
        students = {str(name) for name in self.student}
        lines = [
            line
            for assignment in assignments
            for line in graded(gradebook, assignment)
            if not students or line["student_id"] in students
        ]
        tasks = dict.fromkeys(name for a in assignments for name in columns(a))
        file = Path(self.to or "grades.csv")
        replace_file(file, written([*ABOUT, *tasks, *SUMS, *hand.SUMS], lines))
        self.log.info("Exported %s lines to %s", len(lines), file)


def columns(assignment: Assignment) -> list[str]:
    """The names of the cells that are graded, in the notebook's order."""
    cells = [cell for notebook in assignment.notebooks for cell in notebook.source_cells]
    graded = {c.name for n in assignment.notebooks for c in (*n.grade_cells, *n.task_cells)}
    return [cell.name for cell in cells if cell.name in graded]


def graded(gradebook: Gradebook, assignment: Assignment) -> Iterable[dict[str, Any]]:
    """A line for each student of the course; who submitted nothing has 0, as nbgrader counts."""
    for student in gradebook.students:
        line: dict[str, Any] = {
            "assignment": assignment.name,
            "duedate": assignment.duedate,
            "student_id": student.id,
            "last_name": student.last_name,
            "first_name": student.first_name,
            "email": student.email,
            "max_score": assignment.max_score,
            "raw_score": 0.0,
            "late_submission_penalty": 0.0,
            "score": 0.0,
        }
        try:
            submission = gradebook.find_submission(assignment.name, student.id)
        except MissingEntry:
            yield line
            continue
        penalty = submission.late_submission_penalty or 0.0
        grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
        yield {
            **line,
            **{grade.name: hand.score(grade) for grade in grades},
            **hand.columns(submission),
            "timestamp": submission.timestamp,
            "raw_score": submission.score,
            "late_submission_penalty": penalty,
            "score": max(0.0, submission.score - penalty),
            "needs_manual_grade": submission.needs_manual_grade,
        }


def written(names: Iterable[str], lines: Iterable[dict[str, Any]]) -> str:
    """CSV that a spreadsheet shows and never runs."""
    names = list(names)
    cells = ((line.get(name) for name in names) for line in lines)
    return sheets.text([names, *([_told(cell) for cell in row] for row in cells)])


def _told(cell: Any) -> str | float:
    if isinstance(cell, (int, float)):
        return cell
    return "" if cell is None else clean(str(cell))
