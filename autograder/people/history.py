"""How each student's points came about: gradings, and what people decided, in the order of time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.intake import BadInput
from autograder.kept import journal
from autograder.kept.rows import find, graded
from autograder.people import decisions, marks, waivers
from autograder.results.adjustments import OVERALL
from autograder.text import clean
from nndl2.checks.model import Outcome
from nndl2.checks.words import number

Event = tuple[str, str, str]  # when, the student's folder ("" for all of them), what
LONGEST = 3  # checks in one line


def told(folder: Path, student: str = "") -> str:
    """What happened to the points of one student, or of a class, a line each."""
    kept = graded(folder)
    whose = [find(kept, student, folder)] if student else kept
    events = sorted(_events(folder))
    lines = []
    for row in whose:
        own = [(when, what) for when, who, what in events if who in (row.folder, "")]
        lines.append(row.student)
        lines += [f"  {when[:16].replace('T', ' ')}  {what}" for when, what in own]
    if not events:
        raise BadInput(f"{folder} was graded by an edition that kept no history; grade it again")
    return "\n".join(lines)


def _events(folder: Path) -> Iterator[Event]:
    for entry in journal.entries(folder):
        points = f"{number(entry['score'])} of {number(entry['max_score'])} by checks"
        status = "" if entry["status"] == "graded" else f", {entry['status']}"
        lost = [f"{check} ({outcome})" for check, outcome in _lost(entry)]
        more = f" and {len(lost) - LONGEST} more" if lost[LONGEST:] else ""
        not_passed = f"; not passed: {', '.join(lost[:LONGEST])}{more}" if lost else ""
        by = f"checks {entry['version']}, {_file(entry)}"
        yield entry["when"], entry["student"], f"{points}{status}{not_passed} ({by})"
    for given in decisions.history(folder):
        made = given.adjustment
        points = "as the checks say" if made.points is None else _given(given.part, made.points)
        yield made.when, given.student, f"{given.part}: {points}: {made.why}{_by(made.who)}"
    for waiver in waivers.history(folder):
        what = "is asked again" if waiver.why is None else f"counts as passed: {waiver.why}"
        yield waiver.when, "", f"{waiver.check} {what}{_by(waiver.who)}"
    for each in marks.history(folder):
        points = "open again" if each.open else f"{number(each.mark.points)} by hand"
        comment = f": {clean(each.mark.comment)}" if each.mark.comment else ""
        said = f"{each.question}: {points}{comment}{_by(each.mark.who)}"
        yield each.mark.when, each.student, said


def _lost(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The checks that did not pass, with their outcomes; of a full score only those that were run:
    the others, such as a training's, cost nothing."""
    full = entry["score"] == entry["max_score"]
    for check, outcome in entry["lost"].items():
        if not (full and outcome == Outcome.NOT_RUN.value):
            yield check, outcome


def _file(entry: dict[str, Any]) -> str:
    """Which file was graded, by the hash that `sha256sum` shows; which attempt, and of whom."""
    told = f"file {str(entry.get('file') or entry['sha256'])[:8]}"
    if attempt := entry.get("attempt"):
        told += f", attempt {clean(str(attempt))}"
    group, *mates = entry.get("group") or [""]
    told += f", of the group {clean(str(group))}" if group else ""
    return told + (f", handed in with {clean(', '.join(map(str, mates)))}" if mates else "")


def _given(part: str, points: float) -> str:
    if part == OVERALL:
        return f"{points:+g}"
    return f"{number(points)} point{'s' * (points != 1)}, given by a person"


def _by(who: str) -> str:
    return f" ({clean(who)})" if who else ""
