"""What the page of feedback says of each part, as data: kept in a result, so that the page can be
made again when a person has changed points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from nndl2.checks import words
from nndl2.checks.model import Outcome, Report

Json: TypeAlias = dict[str, Any]


def of(report: Report) -> list[Json]:
    """A card for each part, or for several that one sentence holds for; a cause is said once.

    Who gave how many points stands in the entries of the `parts`.
    """
    return [_card(row, report) for row in words.told_once(report)]


def are_sound(found: Any, parts: Sequence[str]) -> bool:
    """Whether `found` are cards, of these parts and no others."""
    return isinstance(found, list) and all(_is_sound(card, parts) for card in found)


def _is_sound(card: Any, parts: Sequence[str]) -> bool:
    fields = {"title": str, "parts": list, "outcome": str, "told": list}
    return (
        _has(card, fields)
        and all(part in parts for part in card["parts"])
        and card["outcome"] in {outcome.value for outcome in Outcome}
        and all(_has(said, {"headline": str, "lines": list, "hint": str}) for said in card["told"])
        and all(_is_line(line) for said in card["told"] for line in said["lines"])
    )


def _is_line(line: Any) -> bool:
    return isinstance(line, list) and [type(each) for each in line] == [str, bool]


def _has(found: Any, fields: Mapping[str, type]) -> bool:
    return isinstance(found, dict) and all(isinstance(found.get(n), t) for n, t in fields.items())


def _card(row: words.ToldPart, report: Report) -> Json:
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
            for said in row.told
        ],
    }


def _held_by(row: words.ToldPart, report: Report) -> list[str]:
    """The parts of the task that a row speaks of as a whole; all parts, where it is none."""
    tasks = {task.title: task for task in report.assignment.tasks}
    if row.part.title in tasks:
        return [part.name for part in tasks[row.part.title].parts]
    return list(report.assignment.parts)
