"""One graded submission and the file that keeps it: Gradescope's results.json.

The parts carry the scores, so that they add up to the total; every declared check follows, without
a score of its own, and every question that a person grades. `score` and `max_score` are those of
the checks alone; the sum by hand stands beside them in `extra_data`, which holds what a program
wants to know.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import nndl2
from autograder.disk import replace_file, sync_names
from autograder.results import adjustments, by_hand, cards, entries, page
from autograder.results.adjustments import Adjustment
from autograder.results.graded import VISIBLE, Graded
from autograder.results.whole import is_whole
from nndl2.checks.model import Status
from nndl2.checks.questions import Mark

Json: TypeAlias = dict[str, Any]
FILE = "results.json"
FEEDBACK = "feedback.md"
NOTHING: Mapping[str, Any] = {}


def gradescope(graded: Graded) -> Json:
    """The result in Gradescope's schema."""
    report = graded.report
    made = {
        "score": report.score,
        "execution_time": round(graded.seconds, 2),
        "output": "",
        "output_format": "text",
        "stdout_visibility": "hidden",
        "visibility": VISIBLE,
        "tests": entries.of(graded),
        "extra_data": {
            "assignment": report.assignment.name,
            "max_score": report.max_score,
            "status": graded.status.value,
            "reason": graded.reason.value,
            "sentence": graded.sentence,
            "notes": list(graded.notes),
            "sha256": graded.sha256,
            **({"attempt": graded.attempt} if graded.attempt else {}),
            **({"group": [*graded.group]} if graded.group else {}),
            "kit": nndl2.__version__,
            "isolation": graded.isolation,
            "start_seconds": round(graded.start_seconds, 2),
            "peak_memory": graded.peak_memory,
            "cards": cards.of(report) if graded.status is not Status.MALFORMED else [],
            **({"by_hand": by_hand.summed(report.by_hand)} if report.questions else {}),
        },
    }
    return made | {"output": page.output(made)}


def feedback(graded: Graded) -> str:
    """The Markdown page of a submission of which nobody has decided anything yet."""
    return page.feedback(graded, gradescope(graded))


def decided(
    result: Json,
    marks: Mapping[str, Mark],
    own: Mapping[str, Adjustment] = NOTHING,
) -> Json:
    """`result` with what people decided: these points by hand and these adjustments, no others."""
    made = adjustments.adjusted(_remarked(result, marks), own)
    return made | {"output": page.output(made)}


def _remarked(result: Json, marks: Mapping[str, Mark]) -> Json:
    """`result` with the points by hand that `marks` has, and with no others."""
    tests = [t for t in result["tests"] if t["extra_data"]["kind"] != by_hand.KIND]
    asked = [t for t in result["tests"] if t["extra_data"]["kind"] == by_hand.KIND]
    if not asked:
        return result
    states = by_hand.marked(by_hand.states(asked), marks)
    seen = {t["extra_data"]["question"]: t["visibility"] for t in asked}
    tests += by_hand.entries(states, int(asked[0]["number"]), seen)
    about = result["extra_data"] | {"by_hand": by_hand.summed(states)}
    return result | {"tests": tests, "extra_data": about}


def save(folder: Path, graded: Graded, own: Mapping[str, Adjustment] = NOTHING) -> None:
    """Write feedback.md and results.json into `folder`, each replaced whole and on the disk; `own`
    are the adjustments that hold."""
    new = not folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    result = adjustments.adjusted(gradescope(graded), own)
    result |= {"output": page.output(result)}
    _save(folder, page.feedback(graded, result), _json(result))
    if new:
        sync_names(folder.parent)


def save_again(folder: Path, result: Json) -> None:
    """Write the files of `folder` anew, with what people decided as `result` has it; OSError where
    there is no feedback to go on with."""
    told = (folder / FEEDBACK).read_text(encoding="utf-8")
    _save(folder, page.refreshed(told, result), _json(result))


def _save(folder: Path, told: str, result: str) -> None:
    replace_file(folder / FEEDBACK, told)
    replace_file(folder / FILE, result)
    sync_names(folder)


def as_json(graded: Graded) -> str:
    """The text of results.json."""
    return _json(gradescope(graded))


def _json(result: Json) -> str:
    return json.dumps(result, indent=1, allow_nan=False) + "\n"


def digest(folder: Path) -> str:
    """A hash over what `save` wrote into `folder`; empty where a file is missing."""
    try:
        kept = [hashlib.sha256((folder / name).read_bytes()).digest() for name in (FEEDBACK, FILE)]
    except OSError:
        return ""
    return hashlib.sha256(b"".join(kept)).hexdigest()


def load(folder: Path) -> Json | None:
    """The result kept in `folder`, or None where there is none that can be read, whole."""
    try:
        found = json.loads((folder / FILE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return found if is_whole(found) else None
