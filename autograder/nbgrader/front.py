"""The cell in front of the course text: what became of the submission, an index, and the module.

nbgrader's own index calls every graded cell a test cell, and its pages show the notebook alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nbformat import NotebookNode, v4

from autograder.feedback.code import lines
from autograder.intake import Handed
from autograder.pages import render
from autograder.results.graded import Graded
from nndl2.checks import words
from nndl2.checks.card import PERSON, STATES
from nndl2.checks.model import Report, Status, Task


@dataclass(frozen=True)
class Entry:
    """A line of the index; `anchor` is the graded cell's name in the page, where it has one."""

    title: str
    anchor: str
    parts: Sequence[tuple[str, str]]


def front(graded: Graded, one: Handed, anchors: Mapping[Task, str]) -> NotebookNode:
    """The cell, of Markdown that is one block of HTML; `anchors` names each task's cell."""
    status = "" if graded.status is Status.GRADED else graded.summary
    page = render(
        "submission.html",
        status=words.ended(status[:1].upper() + status[1:]) if status else "",
        tasks=list(_index(graded.report, anchors)),
        file=one.file,
        digest=graded.sha256,
        code=lines(one.source) if one.source else [],
    )
    return v4.new_markdown_cell("\n".join(filter(str.strip, page.split("\n"))))


def _index(report: Report, anchors: Mapping[Task, str]) -> Iterator[Entry]:
    """Each task with what became of its parts, then what people grade."""
    told = {part.part.name: part for part in words.told(report)}
    for task in report.assignment.tasks:
        parts = [_part(told[part.name]) for part in task.parts if part.name in told]
        yield Entry(task.title, anchors.get(task, ""), parts)
    for question in report.assignment.questions:
        yield Entry(question.title, question.name, [(PERSON[1], "graded by a person")])


def _part(part: words.ToldPart) -> tuple[str, str]:
    _, sign, state = STATES[part.outcome]
    return sign, f"{part.title}: {state}"
