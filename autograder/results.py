"""One graded submission and the file that keeps it: Gradescope's results.json.

The parts carry the scores, so that they add up to the total; every declared check follows, without
a score of its own. `extra_data` holds what a program wants to know.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import nndl2
from nndl2.checks import words
from nndl2.checks.model import Check, Outcome, Part, Reason, Report, Status, Task, Verdict

Json: TypeAlias = dict[str, Any]
FILE = "results.json"
FEEDBACK = "feedback.md"
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
LONGEST = 2000
MOST_TELLING = (
    Reason.SUSPICIOUS,
    Reason.ENVIRONMENT,
    Reason.TIMED_OUT,
    Reason.CRASHED,
    Reason.MALFORMED,
)


@dataclass(frozen=True)
class Graded:
    """A report on one submission, with what became of the submission as a whole.

    `sentence` says why where the status alone does not; `seconds` is the time the grading took and
    `peak_memory` the bytes that the student's process held at most.
    """

    report: Report
    status: Status
    reason: Reason = Reason.NONE
    sentence: str = ""
    sha256: str = ""
    isolation: str = ""
    seconds: float = 0.0
    start_seconds: float = 0.0
    peak_memory: int = 0

    @property
    def summary(self) -> str:
        """The sentence that stands above everything else that is said."""
        points = (
            f"{words.number(self.report.score)} of {words.number(self.report.max_score)} points"
        )
        if self.status is Status.GRADED:
            return points
        if self.status is Status.MALFORMED:
            return f"malformed: {self.sentence}; {points}"
        return f"held: {self.sentence}; {points} so far, and the course staff will look"


def judged(report: Report) -> tuple[Status, Reason, str]:
    """Status, reason and sentence of a submission that could be asked."""
    faults = [v for v in report.verdicts if v.outcome is Outcome.FAULT]
    reasons = {v.reason for v in faults or report.verdicts}
    reason = next((r for r in MOST_TELLING if r in reasons), Reason.NONE)
    if not faults:
        return Status.GRADED, reason, ""
    note = next((v.note for v in faults if v.note), "")
    count = "a check" if len(faults) == 1 else f"{len(faults)} checks"
    return Status.HELD, reason, f"the grader could not run {count}" + (f" ({note})" if note else "")


def clean(text: str, limit: int = LONGEST) -> str:
    """`text` fit for any page or terminal: no control characters, no lone surrogates, no more than
    `limit` characters."""
    text = BIDI.sub("", text.encode("utf-8", "replace").decode())
    kept = "".join(" " if c in "\n\t" else c for c in text if c in "\n\t" or _printable(c))
    return kept if len(kept) <= limit else kept[: limit - 3] + "..."


def cleaned(verdict: Verdict) -> Verdict:
    """`verdict` with the student's own text in it made harmless."""
    frames = tuple(replace(f, file=clean(f.file), text=clean(f.text)) for f in verdict.frames)
    return replace(
        verdict,
        expected=clean(verdict.expected),
        got=clean(verdict.got),
        note=clean(verdict.note),
        frames=frames,
    )


def gradescope(graded: Graded) -> Json:
    """The result in Gradescope's schema."""
    report = graded.report
    return {
        "score": report.score,
        "execution_time": round(graded.seconds, 2),
        "output": f"{graded.summary}\nisolation: {graded.isolation or 'none was needed'}",
        "output_format": "text",
        "stdout_visibility": "hidden",
        "visibility": "visible",
        "tests": [*_part_entries(report), *_check_entries(report)],
        "extra_data": {
            "assignment": report.assignment.name,
            "max_score": report.max_score,
            "status": graded.status.value,
            "reason": graded.reason.value,
            "sentence": graded.sentence,
            "sha256": graded.sha256,
            "kit": nndl2.__version__,
            "isolation": graded.isolation,
            "start_seconds": round(graded.start_seconds, 2),
            "peak_memory": graded.peak_memory,
        },
    }


def feedback(graded: Graded) -> str:
    """The result as the Markdown page a student gets."""
    title = f"# {graded.report.assignment.name}: {words.escape_markdown(graded.summary)}\n"
    if graded.status is Status.MALFORMED:
        return title
    return f"{title}\n{words.markdown(graded.report)}"


def save(folder: Path, graded: Graded) -> None:
    """Write results.json and feedback.md into `folder`, each replaced whole and on the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / FEEDBACK, feedback(graded))
    replace_file(folder / FILE, json.dumps(gradescope(graded), indent=1, allow_nan=False) + "\n")


def load(folder: Path) -> Json | None:
    """The result kept in `folder`, or None where there is none that can be read."""
    try:
        found = json.loads((folder / FILE).read_bytes())
        return found if "tests" in found and "status" in found["extra_data"] else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def replace_file(path: Path, text: str) -> None:
    """Write `text` to `path` so that a reader, and a machine that stops, sees old or new, whole."""
    unfinished = path.with_name(f".{path.name}.part")
    with unfinished.open("w", encoding="utf-8", newline="") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(path)


def _part_entries(report: Report) -> Iterator[Json]:
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
            "visibility": "visible",
            "extra_data": {
                "kind": "part",
                "task": task.name,
                "part": part.name,
                "outcome": row.outcome.value if row else Outcome.NOT_RUN.value,
            },
        }


def _check_entries(report: Report) -> Iterator[Json]:
    for number, task, part in _numbered(report):
        for i, verdict in enumerate(report.of(part.name), 1):
            told = words.explain(verdict, report)
            output = "" if verdict.passed else "\n".join(_said(told))
            yield _check_entry(verdict, task, f"{number}.{i}", output)


def _check_entry(verdict: Verdict, task: Task, number: str, output: str) -> Json:
    check: Check = verdict.check
    return {
        "name": f"{task.title}: {check.sentence}",
        "number": number,
        "status": "passed" if verdict.passed else "failed",
        "output": output,
        "output_format": "text",
        "visibility": "visible",
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


def _numbered(report: Report) -> Iterator[tuple[str, Task, Part]]:
    for i, task in enumerate(report.assignment.tasks, 1):
        for j, part in enumerate(task.parts, 1):
            yield f"{i}.{j}", task, part


def _said(told: words.Told) -> list[str]:
    lines = [told.headline, *(f"    {line}" for line in told.lines)]
    return [*lines, f"    Hint: {told.hint}"] if told.hint else lines


def _printable(c: str) -> bool:
    return unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn")
