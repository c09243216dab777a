"""What the page of feedback says of each part, as data: kept in a result, so that the page can be
made again when a person has changed points."""

from __future__ import annotations

from typing import Any, TypeAlias

from nndl2.checks import words
from nndl2.checks.model import Report

Json: TypeAlias = dict[str, Any]


def of(report: Report) -> list[Json]:
    """A card for each part, or for several that one sentence holds for; a cause is said once.

    Who gave how many points stands in the entries of the `parts`.
    """
    return [_card(row, report) for row in words.told_once(report)]


def _card(row: words.ToldPart, report: Report) -> Json:
    told = row.told
    return {
        "title": row.part.title,
        "parts": [row.part.name] if row.part.name else _held_by(row, report),
        "outcome": row.outcome.value,
        "told": [
            {
                "headline": said.headline,
                "lines": [[str(line), isinstance(line, words.Verbatim)] for line in said.lines],
                "hint": said.hint,
            }
            for said in told
        ],
    }


def _held_by(row: words.ToldPart, report: Report) -> list[str]:
    """The parts of the task that a row speaks of as a whole; all parts, where it is none."""
    tasks = {task.title: task for task in report.assignment.tasks}
    if row.part.title in tasks:
        return [part.name for part in tasks[row.part.title].parts]
    return list(report.assignment.parts)
