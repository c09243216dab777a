"""The entries of a result, in Gradescope's schema: a test for each part, check and question."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from autograder.results import by_hand
from nndl2.checks import words
from nndl2.checks.model import Check, Outcome, Part, Report, Task, Verdict

if TYPE_CHECKING:
    from autograder.results.graded import Graded

Json: TypeAlias = dict[str, Any]


def of(graded: Graded) -> list[Json]:
    """Parts with their scores, then every declared check, then what people grade."""
    return [*_part_entries(graded), *_check_entries(graded), *_question_entries(graded)]


def _part_entries(graded: Graded) -> Iterator[Json]:
    report = graded.report
    told = {row.part.name: row for row in words.told(report)}
    for number, task, part in _numbered(report):
        row, points = told.get(part.name), report.points.get(part.name, 0)
        earned = report.earned(part.name)
        passed = earned == points if points else bool(row and row.outcome is Outcome.PASS)
        yield {
            "name": part.title if part.title == task.title else f"{task.title}: {part.title}",
            "number": number,
            "score": earned,
            "max_score": points,
            "status": "passed" if passed else "failed",
            "output": "\n".join(line for said in row.told for line in _said(said)) if row else "",
            "output_format": "text",
            "visibility": graded.seen(task.name, part.name),
            "extra_data": {
                "kind": "part",
                "task": task.name,
                "part": part.name,
                "outcome": row.outcome.value if row else Outcome.NOT_RUN.value,
            },
        }


def _check_entries(graded: Graded) -> Iterator[Json]:
    report = graded.report
    for number, task, part in _numbered(report):
        seen = graded.seen(task.name, part.name)
        for i, verdict in enumerate(report.of(part.name), 1):
            told = words.explain(verdict, report)
            output = "" if verdict.passed else "\n".join(_said(told))
            yield _check_entry(verdict, task, f"{number}.{i}", output) | {"visibility": seen}


def _check_entry(verdict: Verdict, task: Task, number: str, output: str) -> Json:
    check: Check = verdict.check
    return {
        "name": f"{task.title}: {check.sentence}",
        "number": number,
        "status": "passed" if verdict.passed else "failed",
        "output": output,
        "output_format": "text",
        "extra_data": {
            "kind": "check",
            "task": task.name,
            "part": check.part,
            "check": check.id,
            "outcome": verdict.outcome.value,
            "reason": verdict.reason.value,
            "diagnosis": verdict.diagnosis,
        },
    }


def _question_entries(graded: Graded) -> Iterator[Json]:
    report = graded.report
    seen = {q.name: graded.seen(q.name, q.name) for q in report.questions}
    return by_hand.entries(report.by_hand, len(report.assignment.tasks) + 1, seen)


def _numbered(report: Report) -> Iterator[tuple[str, Task, Part]]:
    for i, task in enumerate(report.assignment.tasks, 1):
        for j, part in enumerate(task.parts, 1):
            yield f"{i}.{j}", task, part


def _said(told: words.Told) -> list[str]:
    lines = [told.headline, *(f"    {line}" for line in told.lines)]
    return [*lines, f"    Hint: {told.hint}"] if told.hint else lines
