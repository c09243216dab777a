"""What stands above all else that a student gets back, and feedback.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from autograder.results import adjustments, by_hand
from autograder.results.graded import HIDDEN, VISIBLE, Graded, standing, summary
from nndl2.checks import words
from nndl2.checks.model import Status
from nndl2.checks.questions import sums

Json: TypeAlias = dict[str, Any]

DECIDED = "## Decided by a person"


def output(result: Json) -> str:
    """What stands above everything else on Gradescope; nothing of points where tests are not
    visible yet."""
    about = result["extra_data"]
    visible = {t.get("visibility") for t in result["tests"]} == {VISIBLE}
    isolation = f"isolation: {about['isolation'] or 'none was needed'}"
    return "\n".join((*_said(result, visible), isolation))


def said(result: Json) -> list[str]:
    """What stands above all else that a student gets back; nothing of points where some are
    hidden."""
    return _said(result, all(t.get("visibility") != HIDDEN for t in result["tests"]))


def _said(result: Json, points: bool) -> list[str]:
    about = result["extra_data"]
    told = [standing(Status(about["status"]), about["sentence"])]
    if points:
        told = [_summary_of(result), *_told_of_overall(result)]
    return [*told, *about["notes"]]


def _told_of_overall(result: Json) -> Iterator[str]:
    if told := adjustments.of_overall(result):
        yield f"overall {told}"


def _summary_of(result: Json) -> str:
    about = result["extra_data"]
    points = sums(result["score"], about["max_score"], by_hand.states(result["tests"]))
    return summary(Status(about["status"]), about["sentence"], points)


def feedback(graded: Graded, result: Json) -> str:
    """The Markdown page a student gets of a result; what people decided are its last sections."""
    page = "".join(f"\n{words.escape_markdown(_ended(note))}\n" for note in graded.notes)
    if graded.status is not Status.MALFORMED:
        page += f"\n{words.markdown(graded.report)}"
    return _page(page, result)


def _ended(note: str) -> str:
    """A note as a sentence by itself."""
    return note if note.endswith(("?", "!", ".")) else f"{note}."


def refreshed(page: str, result: Json) -> str:
    """The page of feedback with what people decided as `result` has it now."""
    told = page.partition("\n")[2]
    for section in (words.HAND, DECIDED):
        told = told.partition(f"\n{section}\n")[0]
    return _page(told, result)


def _page(told: str, result: Json) -> str:
    """What the checks said, below its title and above what people decided."""
    summary = words.escape_markdown(_summary_of(result))
    title = f"# {result['extra_data']['assignment']}: {summary}\n"
    states = by_hand.states(result["tests"])
    hand = f"\n{words.hand_markdown(states)}" if states else ""
    return title + told + _decided(result) + hand


def _decided(result: Json) -> str:
    """The points that a person set or changed, as a section of Markdown."""
    parts = [t for t in result["tests"] if t["extra_data"]["kind"] == "part"]
    lines = [f"{t['name']}: {told}" for t in parts if (told := adjustments.of_part(t))]
    lines += [line.capitalize() for line in _told_of_overall(result)]
    said = "\n".join(f"- {words.escape_markdown(line)}" for line in lines)
    return f"\n{DECIDED}\n\n{said}\n" if lines else ""
