"""The figures of a class's page for programs: one object of JSON, or CSV, a line for each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from autograder.kept.rows import Row
from autograder.report import sheets
from autograder.report.figures import Figures
from autograder.report.statistics import aside
from autograder.results import Json
from nndl2.checks.words import number

COLUMNS = ("kind", "id", "name", "value", "of", "discrimination", "status", "said")


def as_json(found: Figures) -> str:
    """All that the page says, and the points of each part; sentences stand where they are counted,
    and a student's lost checks name them by id."""
    told = _object(found)
    lines = [f"{json.dumps(name)}: {_lines_of(value)}" for name, value in told.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _lines_of(value: Any) -> str:
    """JSON with a line for each in a list, such as a student: small, and fast to write."""
    if not isinstance(value, list):
        return json.dumps(value, allow_nan=False)
    return "[" + ",".join(f"\n {json.dumps(each, allow_nan=False)}" for each in value) + "\n]"


def _object(found: Figures) -> Json:
    scores, about = found.scores, found.about
    return {
        "assignment": found.assignment,
        "anonymous": found.anonymous,
        "graded": {"days": about.days, "versions": about.versions, "isolation": about.isolation},
        "submissions": {"total": len(found.rows), **found.counts},
        "scores": {
            "mean": scores.mean,
            "median": scores.median,
            "max_score": scores.most,
            "histogram": [{"from": a, "to": b, "count": n} for a, b, n in scores.bins],
            "apart": scores.apart,
            "without_apart": dict(zip(("mean", "median"), scores.own)) if scores.own else None,
        },
        "waiting": [{"student": found.names[n], "why": why} for n, why in found.waiting],
        "misconceptions": [
            {
                "id": cause.diagnosis,
                "said": cause.said,
                "part": cause.part,
                "count": cause.count,
                "excerpt": cause.excerpt,
            }
            for cause in found.causes
        ],
        "checks": [
            {
                "id": check.check,
                "name": check.name,
                "asked": check.asked,
                "passed": check.passed,
                "missed": {outcome.value: n for outcome, n in check.missed},
                "difficulty": check.difficulty,
                "discrimination": check.discrimination,
                "said": check.said,
            }
            for check in found.checks
        ],
        "similar": [
            {
                "alike": pair.alike,
                "sides": [
                    {"student": s.name, "lines": s.lines, "code": s.code} for s in pair.sides
                ],
            }
            for pair in found.similar
        ],
        "students": [_student(found, n, row) for n, row in enumerate(found.rows)],
    }


def _student(found: Figures, n: int, row: Row) -> Json:
    parts = [(part["extra_data"], part["score"]) for part in row.entries("part")]
    lost = ({k: about.get(k, "") for k in ("check", "diagnosis")} for about in found.lost[n])
    return {
        "student": found.names[n],
        "score": row.score,
        "max_score": row.max_score,
        "total": row.total,
        "status": row.status,
        "reason": row.reason,
        "attempt": row.attempt,
        "group": "" if found.anonymous else row.group,
        "parts": {about["part"]: score for about, score in parts},
        "outcomes": {about["part"]: about["outcome"] for about, _ in parts},
        "lost": [*lost],
        "told": found.told[n],
    }


def as_csv(found: Figures) -> str:
    """The same: a line each for the counts, the bars of the histogram, the misconceptions, the
    checks (how many of those asked did not pass), the pairs that are worth a look and the students,
    whom `kind` tells apart."""
    lines = ([line.get(name, "") for name in COLUMNS] for line in _lines(found))
    return sheets.text([COLUMNS, *lines])


def _lines(found: Figures) -> Iterator[Mapping[str, Any]]:
    total, scores, about = len(found.rows), found.scores, found.about
    yield {"kind": "class", "id": "submissions", "name": found.assignment, "value": total}
    yield {"kind": "class", "id": "circumstances", "said": about.told}
    for status, n in found.counts.items():
        yield {"kind": "class", "id": status, "value": n, "of": total}
    for name in ("mean", "median"):
        value = f"{getattr(scores, name):.4g}"
        yield {"kind": "class", "id": name, "value": value, "of": number(scores.most)}
    for a, b, n in scores.bins:
        span = f"{a:.4g}" if a == b else f"{a:.4g} to {b:.4g}"
        yield {"kind": "scores", "id": span, "value": n, "of": total}
    for n, why in found.waiting:
        yield {"kind": "waiting", "id": found.names[n], "said": why}
    for cause in found.causes:
        who = {"id": cause.diagnosis, "name": cause.part, "value": cause.count, "of": total}
        yield {"kind": "misconception", **who, "said": cause.said}
    for check in found.checks:
        r, missed = check.discrimination, check.asked - check.passed
        who = {"id": check.check, "name": check.name, "value": missed, "of": check.asked}
        told = {"discrimination": "" if r is None else round(r, 3), "said": check.said}
        yield {"kind": "check", **who, **told}
    for pair in found.similar:
        one, other = (f"{side.name} ({side.lines})" for side in pair.sides)
        yield {"kind": "similar", "id": one, "name": other, "value": pair.alike}
    for name, row in zip(found.names, found.rows):
        points = {"value": number(row.score), "of": number(row.max_score)}
        yield {"kind": "student", "id": name, **points, "status": aside(row) or row.status}
