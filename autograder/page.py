"""A class on one self-contained page: who waits for a person, scores, causes, checks, students.

It fetches nothing. Its only script sorts, searches and opens rows, and is named by its hash: no
other runs. Without it everything but what a row opens is there as well.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from autograder import assignments, statistics, submitted
from autograder.adjustments import of_overall, of_part
from autograder.excerpts import excerpt
from autograder.feedback.pack import PAGE as FEEDBACK
from autograder.pages import TEMPLATES, markup, render
from autograder.results import Json
from autograder.rows import Row, questions
from nndl2.checks.model import Assignment, Misconception, Outcome, Reason, Status
from nndl2.checks.questions import BY_HAND
from nndl2.checks.words import QUESTION, SYMBOLS, number

KINDS = {  # short, for there may be thirty thousand cells
    Outcome.PASS: "v",
    Outcome.FAIL: "x",
    Outcome.NOT_WRITTEN: "o",
    Outcome.NOT_RUN: "n",
    Outcome.FAULT: "f",
}
LOOKED_AT = 12  # of the files with one cause: the shortest excerpt of these is shown


@dataclass(frozen=True)
class Course:
    """What the course knows of an assignment, as far as it still has it."""

    assignment: Assignment | None
    misconceptions: Mapping[str, Misconception]

    @classmethod
    def of(cls, name: str) -> Course:
        if name not in assignments.names():
            return cls(None, {})
        private = assignments.load(name)
        return cls(private.public, private.misconceptions)

    def said(self, diagnosis: str) -> str:
        known = self.misconceptions.get(diagnosis)
        return known.cause if known else diagnosis.replace("_", " ")

    def owns(self, part: str) -> Sequence[str]:
        parts = self.assignment.parts if self.assignment else {}
        return parts[part].owns if part in parts else ()


def page(rows: Sequence[Row], folder: Path | None = None, *, anonymous: bool = False) -> str:
    """The HTML page of a class; `rows` are of one assignment and not empty.

    With `folder`, where they are kept, causes have excerpts and names lead to the pages of feedback
    that are there. An anonymous page has neither names nor links, nor the words that people wrote
    to a student, and its order is not that of names.
    """
    if anonymous:
        rows = sorted(rows, key=lambda row: str(row.result["extra_data"].get("sha256")))
    course = Course.of(rows[0].result["extra_data"]["assignment"])
    names = [f"student {n}" if anonymous else row.student for n, row in enumerate(rows, 1)]
    script = (TEMPLATES / "class.js").read_text("utf-8")
    found = statistics.causes(rows)
    return render(
        "class.html",
        title=f"{rows[0].result['extra_data']['assignment']}: {len(rows)} submissions",
        counts=_counts(rows),
        counted=len(rows),
        about=_about(rows),
        waiting=[
            (name, n, why) for n, (name, row) in enumerate(zip(names, rows)) if (why := _waits(row))
        ],
        scores=_scores(rows),
        causes=[_cause(cause, course, folder) for cause in found],
        checks=[_check(each) for each in statistics.questions(rows)],
        legend=[(SYMBOLS[o], o.value) for o in Outcome]
        + ([(QUESTION, f"{BY_HAND}, open")] if questions(rows) else []),
        parts=[part["name"] for part in rows[0].entries("part")],
        sums=["by checks", "by hand"] if questions(rows) else ["score"],
        rows=[
            _row(n, name, row, None if anonymous else folder)
            for n, (name, row) in enumerate(zip(names, rows))
        ],
        lost=_unbroken(
            {
                **_lost(rows, found, course),
                "people": [[] if anonymous else [*_decided(row)] for row in rows],
            }
        ),
        script=markup(script),
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _counts(rows: Sequence[Row]) -> str:
    count = Counter(row.status for row in rows)
    told = [f"{count[s.value]} {s.value}" for s in Status if count[s.value]]
    blank = sum(map(statistics.untouched, rows))
    return ", ".join([*told, *([f"{blank} of them untouched"] if blank else [])])


def _about(rows: Sequence[Row]) -> str:
    """By which edition of the kit and behind which walls the class was graded."""
    about = [row.result["extra_data"] for row in rows]
    kits = sorted({str(each["kit"]) for each in about if each.get("kit")})
    walls = sorted({str(each["isolation"]) for each in about if each.get("isolation")})
    told = [f"graded by the kit {' and '.join(kits)}"] if kits else []
    return "; ".join([*told, *(f"isolation: {each}" for each in walls)])


def _waits(row: Row) -> str:
    """Why a person has to look at a submission; nothing where nobody has."""
    open_yet = sum(state.mark is None for state in row.by_hand)
    held = row.status == Status.HELD.value
    about = row.result["extra_data"]
    told = [f"held: {about['sentence']}"] if held else []
    told += ["suspicious"] if row.reason == Reason.SUSPICIOUS.value else []
    noun = "answer" if open_yet == 1 else "answers"
    return "; ".join([*told, *([f"{open_yet} {noun} {BY_HAND}, open"] if open_yet else [])])


def _scores(rows: Sequence[Row]) -> dict[str, Any]:
    found = statistics.Scores.of(rows)
    high = max(n for *_, n in found.bins) or 1
    return {
        "mean": f"{found.mean:.2f}",
        "median": number(found.median),
        "most": number(found.most),
        "bins": [
            (number(a) if a == b else f"{a:.3g} to {b:.3g}", n, round(85 * n / high, 1))
            for a, b, n in found.bins
        ],
    }


def _cause(cause: statistics.Cause, course: Course, folder: Path | None) -> dict[str, Any]:
    parts = {p["extra_data"]["part"]: p["name"] for p in cause.rows[0].entries("part")}
    return {
        "n": len(cause.rows),
        "said": course.said(cause.diagnosis),
        "part": parts.get(cause.part, ""),
        "excerpt": _excerpt(cause, course.owns(cause.part), folder),
    }


def _excerpt(cause: statistics.Cause, owns: Sequence[str], folder: Path | None) -> str:
    if folder is None or not owns:
        return ""
    kept = (submitted.kept(folder / row.folder) for row in cause.rows[:LOOKED_AT])
    found = [excerpt(one.source, owns) for one in kept if one and one.source]
    return min(filter(None, found), key=len, default="")


def _check(asked: statistics.Question) -> dict[str, Any]:
    r = asked.discrimination
    return {
        "id": asked.check,
        "name": asked.name,
        "missed": asked.asked - asked.passed,
        "asked": asked.asked,
        "how": ", ".join(f"{n} {outcome.value}" for outcome, n in asked.missed),
        "discrimination": "" if r is None else f"{r:+.2f}",
        "said": asked.said,
    }


def _row(n: int, name: str, row: Row, folder: Path | None) -> dict[str, Any]:
    there = folder is not None and (folder / row.folder / FEEDBACK).is_file()
    outcomes = [Outcome(part["extra_data"]["outcome"]) for part in row.entries("part")]
    changed = f", adjusted: {row.adjusted}" if row.adjusted else ""
    return {
        "n": n,
        "name": name,
        "link": f"{quote(row.folder)}/{FEEDBACK}" if there else "",
        "cells": [(SYMBOLS[outcome], KINDS[outcome]) for outcome in outcomes],
        "sums": [
            f"{number(row.score)} / {number(row.max_score)}",
            *([row.hand] if row.by_hand else []),
        ],
        "status": row.status + changed,
    }


def _lost(rows: Sequence[Row], found: Sequence[statistics.Cause], course: Course) -> dict[str, Any]:
    """What each row lost, by numbers of sentences that are told once."""
    names = {
        test["extra_data"]["check"]: test["name"] for row in rows for test in row.entries("check")
    }
    check = {name: n for n, name in enumerate(names)}
    cause = {each.diagnosis: n for n, each in enumerate(found)}
    return {
        "checks": list(names.values()),
        "causes": [course.said(each.diagnosis) for each in found],
        "of": [
            [
                (check[about["check"]], cause.get(about.get("diagnosis", ""), -1))
                for about in _that_cost(row)
            ]
            for row in rows
        ],
    }


def _that_cost(row: Row) -> Iterator[Json]:
    """What is known of the checks that did not pass, in parts that lack points."""
    lacking = {p["extra_data"]["part"] for p in row.entries("part") if p["score"] < p["max_score"]}
    for about in (test["extra_data"] for test in row.entries("check")):
        if about.get("part") in lacking and about["outcome"] != Outcome.PASS.value:
            yield about


def _decided(row: Row) -> Iterator[str]:
    """What people decided of a submission, a line each."""
    yield from (f"{p['name']}: {told}" for p in row.entries("part") if (told := of_part(p)))
    if told := of_overall(row.result):
        yield f"overall {told}"
    yield from (f"{state.title}: {state.said}" for state in row.by_hand)


def _unbroken(data: Any) -> Any:
    """JSON that ends no element of the page, whatever stands in it."""
    return markup(json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"))
