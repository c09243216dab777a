"""A class on one self-contained page: who waits for a person, scores, causes, checks, students.

It fetches nothing. Its only script sorts, searches and opens rows, and is named by its hash: no
other runs. Without it everything but what a row opens is there as well.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from autograder.feedback.pack import PAGE as FEEDBACK
from autograder.intake import either
from autograder.kept.rows import Row, questions
from autograder.pages import TEMPLATES, markup, render
from autograder.report import statistics
from autograder.report.figures import Figures, gathered
from nndl2.checks.model import Outcome, Status
from nndl2.checks.questions import BY_HAND
from nndl2.checks.words import QUESTION, SYMBOLS, number

KINDS = {  # short, for there may be thirty thousand cells
    Outcome.PASS: "v",
    Outcome.FAIL: "x",
    Outcome.NOT_WRITTEN: "o",
    Outcome.NOT_RUN: "n",
    Outcome.FAULT: "f",
}


def page(rows: Sequence[Row], folder: Path | None = None, *, anonymous: bool = False) -> str:
    """The HTML page of a class; `rows` are of one assignment and not empty.

    With `folder`, where they are kept, causes have excerpts and names lead to the pages of feedback
    that are there. An anonymous page has neither names nor links, nor the words that people wrote
    to a student, and its order is not that of names.
    """
    return rendered(gathered(rows, folder, anonymous=anonymous), folder)


def rendered(found: Figures, folder: Path | None = None) -> str:
    """The page of these figures."""
    script = (TEMPLATES / "class.js").read_text("utf-8")
    rows, links = found.rows, None if found.anonymous else folder
    return render(
        "class.html",
        title=f"{found.assignment}: {len(rows)} submissions",
        counts=_counts(found),
        counted=len(rows),
        about=found.about.told,
        waiting=[(found.names[n], n, why) for n, why in found.waiting],
        scores=_scores(found.scores),
        causes=found.causes,
        checks=sorted(map(_check, found.checks), key=lambda check: not check["said"]),
        similar=found.similar,
        legend=[(SYMBOLS[o], o.value) for o in Outcome]
        + ([(QUESTION, f"{BY_HAND}, open")] if questions(rows) else []),
        parts=[part["name"] for part in rows[0].entries("part")],
        sums=["by checks", "by hand"] if questions(rows) else ["score"],
        rows=[_row(n, *of, links) for n, of in enumerate(zip(found.names, rows, found.remarks))],
        lost=_unbroken(_lost(found)),
        script=markup(script),
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _counts(found: Figures) -> str:
    count = dict(found.counts)
    blank = count.pop(statistics.UNTOUCHED, 0)
    also = {Status.GRADED.value: f" ({blank} of them untouched)"} if blank else {}
    return ", ".join(f"{n} {what}{also.get(what, '')}" for what, n in count.items())


def _scores(found: statistics.Scores) -> dict[str, Any]:
    high = max([*(n for *_, n in found.bins), *found.apart.values(), 1])
    bins = [(number(a) if a == b else f"{a:.3g} to {b:.3g}", n) for a, b, n in found.bins]
    bars = [(*pair, round(85 * pair[1] / high, 1)) for pair in [*bins, *found.apart.items()]]
    return {
        "mean": f"{found.mean:.2f}",
        "median": number(found.median),
        "most": number(found.most),
        "apart": either([*found.apart]) if found.apart else "",
        "own": found.own and (f"{found.own[0]:.2f}", number(found.own[1])),
        "bins": bars,
    }


def _check(asked: statistics.Question) -> dict[str, Any]:
    r, share = asked.discrimination, asked.difficulty
    return {
        "id": asked.check,
        "name": asked.name,
        "missed": asked.asked - asked.passed,
        "asked": asked.asked,
        "share": "" if share is None else f"{share:.0%}",
        "how": ", ".join(f"{n} {outcome.value}" for outcome, n in asked.missed),
        "discrimination": "" if r is None else f"{r:+.2f}",
        "said": asked.said,
    }


def _row(n: int, name: str, row: Row, remarks: str, folder: Path | None) -> dict[str, Any]:
    there = folder is not None and (folder / row.folder / FEEDBACK).is_file()
    outcomes = [statistics.OUTCOMES[p["extra_data"]["outcome"]] for p in row.entries("part")]
    blank = row.status == Status.GRADED.value and statistics.untouched(row)
    return {
        "n": n,
        "name": name,
        "link": f"{quote(row.folder)}/{FEEDBACK}" if there else "",
        "cells": [(SYMBOLS[outcome], KINDS[outcome]) for outcome in outcomes],
        "sums": [
            f"{number(row.score)} / {number(row.max_score)}",
            *([row.hand] if row.by_hand else []),
        ],
        "status": row.status + f", {statistics.UNTOUCHED}" * blank + remarks,
    }


def _lost(found: Figures) -> dict[str, Any]:
    """What each row lost, by numbers of sentences that are told once."""
    check = {each.check: n for n, each in enumerate(found.checks)}
    cause = {each.diagnosis: n for n, each in enumerate(found.causes)}
    return {
        "checks": [each.name for each in found.checks],
        "causes": [each.said for each in found.causes],
        "of": [
            [(check[about["check"]], cause.get(about.get("diagnosis", ""), -1)) for about in lost]
            for lost in found.lost
        ],
        "told": found.told,
    }


def _unbroken(data: Any) -> Any:
    """JSON that ends no element of the page, whatever stands in it."""
    return markup(json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"))
