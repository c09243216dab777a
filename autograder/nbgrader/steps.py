"""The steps of nbgrader's autograding that are ours: nothing that a student wrote is run."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, v4
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Enum, Unicode

from autograder.intake import chosen
from autograder.nbgrader import cells, hand
from autograder.nbgrader.engine import RECORD, is_what_was_graded, submitted
from autograder.nbgrader.exporter import engine_for, graded_folder, released, submitted_folder
from autograder.nbgrader.front import front
from autograder.nbgrader.notebooks import make_safe
from autograder.nbgrader.points import expect_points
from autograder.release.stub import ReleaseError
from autograder.results.graded import Graded
from autograder.training import POLICIES
from nndl2.checks import words
from nndl2.checks.card import card
from nndl2.checks.model import Outcome, Status, Task

NOTE = "instead"


class RestoreCells(NbGraderPreprocessor):
    """The first step: the student's notebook with the release's graded cells, each once."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Put back what is missing, drop what doubles it, and make the rest safe to show."""
        about = resources["nbgrader"]
        course = self.parent.parent.coursedir  # an exporter's parent is the converter
        original = released(course, about["assignment"], about["notebook"])
        make_safe(nb.cells, {cell.source for cell in original.cells})
        nb, missing = cells.restored(nb, original)
        if missing:
            self.log.warning("%s: put back %s", about["student"], ", ".join(missing))
        if about[NOTE]:
            nb.cells.insert(0, v4.new_markdown_cell(f"{html.escape(about[NOTE])}."))
        for cell in cells.graded(nb.cells):
            cell.outputs = []
        nb.metadata[RECORD] = {"instead": about[NOTE]}
        which = course, about["assignment"], about["student"]
        _drop_links(submitted_folder(*which), graded_folder(*which))
        return nb, resources


class GradeByEngine(NbGraderPreprocessor):
    """In place of Execute: asks the engine about the submitted module, and writes what it says."""

    train = Enum(POLICIES, "auto", help="Whether to run the training checks.").tag(config=True)
    isolation = Enum(
        ("auto", "strict", "process"), "auto", help="The walls around a submission."
    ).tag(config=True)
    secret_file = Unicode("", help="The course's secret, if not in its usual place.").tag(
        config=True
    )

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Fill each graded cell with its task's score and card; the module comes in front."""
        about = resources["nbgrader"]
        name, student, course = about["assignment"], about["student"], self.parent.parent.coursedir
        private = chosen(name)
        expect_points(nb.cells, private)
        folder = submitted_folder(course, name, student)
        one = submitted(folder, student, private)
        asked = engine_for(self.config)
        graded = asked.grade(private, one)
        if asked.warning:
            self.log.warning(asked.warning)
        copy = graded_folder(course, name, student) / (one.path or one.file)
        if not is_what_was_graded(graded, one, copy):
            raise ReleaseError(
                f"{student}: {one.file} changed while it was graded; grade it again."
            )
        resources[RECORD] = []
        anchors = {}
        for i, cell in enumerate(cells.graded(nb.cells)):
            task = cells.task_of(cell, private.public)
            assert task is not None  # expect_points saw to it
            anchors[task] = cell.metadata.nbgrader.grade_id
            cell.outputs = [_output(graded, task, () if i else graded.notes)]
            if is_provisional(graded, task):
                resources[RECORD].append(cell.metadata.nbgrader.grade_id)
        nb.cells.insert(0, front(graded, one, anchors))
        nb.metadata[RECORD] |= asked.record(private, one, folder)
        nb.metadata[RECORD] |= {"status": graded.status.value}
        return nb, resources


class HoldForStaff(NbGraderPreprocessor):
    """After the scores are saved: provisional ones, and questions, wait for the course's staff."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Mark the grades of provisional tasks and of questions as in need of a manual grade."""
        about = resources["nbgrader"]
        asked = {question.name for question in chosen(about["assignment"]).public.questions}
        with Gradebook(about["db_url"]) as gradebook:
            for cell in resources.get(RECORD, []):
                grade = gradebook.find_grade(
                    cell, about["notebook"], about["assignment"], about["student"]
                )
                grade.needs_manual_grade = True
            which = about["notebook"], about["assignment"], about["student"]
            hand.leave_open(gradebook.find_submission_notebook(*which).grades, asked)
            gradebook.db.commit()
        return nb, resources


def is_provisional(graded: Graded, task: Task) -> bool:
    """Whether a check of `task` is still to be done, through no fault of the student's."""
    return graded.status is Status.HELD and any(
        v.outcome is Outcome.FAULT for v in graded.report.only(task.name).verdicts
    )


def _output(graded: Graded, task: Task, notes: Sequence[str]) -> NotebookNode:
    """A result that nbgrader takes for the score, with the card for people to see."""
    score, points = graded.report.task_score(task)
    lines = [f"{task.title}: {words.number(score)} of {words.number(points)} points"]
    if graded.status is Status.MALFORMED:
        lines.append(f"{graded.status.value}: {graded.sentence}")
    if is_provisional(graded, task):
        lines.append("This score is provisional: the grader could not run a check, and the course")
        lines[-1] += " staff will look."
    lines += notes
    shown = "".join(f'<div style="padding:4px 12px">{html.escape(line)}</div>' for line in lines)
    if graded.status is not Status.MALFORMED:
        shown += card(graded.report.only(task.name))
    return v4.new_output(
        "execute_result",
        {"text/plain": str(float(score)), "text/html": shown},
        execution_count=None,
    )


def _drop_links(submitted: Path, autograded: Path) -> None:
    """Remove what nbgrader copied from where a link points: perhaps a file of the course."""
    for copy in [path for path in autograded.rglob("*") if path.is_file()]:
        if submitted.is_symlink() or (submitted / copy.relative_to(autograded)).is_symlink():
            copy.unlink()
