"""One graded submission and the file that keeps it: Gradescope's results.json.

The parts carry the scores, so that they add up to the total; every declared check follows, without
a score of its own. `extra_data` holds what a program wants to know.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

import nndl2
from nndl2.checks import words
from nndl2.checks.model import Check, Outcome, Part, Reason, Report, Status, Task, Verdict

Json: TypeAlias = dict[str, Any]
FILE = "results.json"
FEEDBACK = "feedback.md"
VISIBLE = "visible"
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
    `peak_memory` the bytes that the student's process held at most. `visibility` is that of the
    assignment, by task or part. `notes` are sentences for the student that cost nothing.
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
    visibility: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def seen(self, task: str, part: str) -> str:
        """Who sees the results of a part, in Gradescope's words."""
        return self.visibility.get(part, self.visibility.get(task, VISIBLE))

    @property
    def standing(self) -> str:
        """What became of it, without points: those tell of tests that a student may not see."""
        if self.status is Status.HELD:
            return f"held: {self.sentence}; the course staff will look"
        return f"malformed: {self.sentence}" if self.status is Status.MALFORMED else "graded"

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
        told = (v.note for v in report.verdicts if v.reason is reason and not v.passed)
        return Status.GRADED, reason, "" if reason is Reason.NONE else next(filter(None, told), "")
    note = next((v.note for v in faults if v.note), "")
    count = "a check" if len(faults) == 1 else f"{len(faults)} checks"
    return Status.HELD, reason, f"the grader could not run {count}" + (f" ({note})" if note else "")


def untouched(report: Report) -> bool:
    """Whether no part has a line of its own yet: the file is as it was handed out."""
    scoring = [v for v in report.verdicts if v.check.costs_points]
    open_yet = [v.outcome is Outcome.NOT_WRITTEN for v in scoring]
    waiting = [v.outcome is Outcome.NOT_RUN and v.reason is Reason.NONE for v in scoring]
    return any(open_yet) and all(map(max, open_yet, waiting))


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
    all_visible = {*graded.visibility.values()} <= {VISIBLE}
    said = graded.summary if all_visible else graded.standing
    isolation = f"isolation: {graded.isolation or 'none was needed'}"
    return {
        "score": report.score,
        "execution_time": round(graded.seconds, 2),
        "output": "\n".join((said, *graded.notes, isolation)),
        "output_format": "text",
        "stdout_visibility": "hidden",
        "visibility": VISIBLE,
        "tests": [*_part_entries(graded), *_check_entries(graded)],
        "extra_data": {
            "assignment": report.assignment.name,
            "max_score": report.max_score,
            "status": graded.status.value,
            "reason": graded.reason.value,
            "sentence": graded.sentence,
            "notes": list(graded.notes),
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
    title += "".join(f"\n{words.escape_markdown(note)}.\n" for note in graded.notes)
    if graded.status is Status.MALFORMED:
        return title
    return f"{title}\n{words.markdown(graded.report)}"


def save(folder: Path, graded: Graded) -> None:
    """Write feedback.md and results.json into `folder`, each replaced whole and on the disk."""
    new = not folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / FEEDBACK, feedback(graded))
    replace_file(folder / FILE, as_json(graded))
    sync_names(folder)
    if new:
        sync_names(folder.parent)


def as_json(graded: Graded) -> str:
    """The text of results.json."""
    return json.dumps(gradescope(graded), indent=1, allow_nan=False) + "\n"


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
    return found if _is_whole(found) else None


def _is_whole(found: Any) -> bool:
    """Whether all is there that a report reads."""
    return (
        _has(found, {"score": float, "output": str, "tests": list, "extra_data": dict})
        and _has(found["extra_data"], dict.fromkeys(("assignment", "status", "reason"), str))
        and _has(found["extra_data"], {"max_score": float})
        and all(map(_is_entry, found["tests"]))
    )


def _is_entry(entry: Any) -> bool:
    if not _has(entry, {"name": str, "output": str, "extra_data": dict}):
        return False
    about = entry["extra_data"]
    if not _has(about, dict.fromkeys(("kind", "task", "outcome"), str)):
        return False
    if about["outcome"] not in {o.value for o in Outcome}:
        return False
    if about["kind"] == "part":
        return _has(entry, {"score": float, "max_score": float})
    return about["kind"] == "check" and _has(about, {"check": str})


def _has(found: Any, fields: Mapping[str, type]) -> bool:
    """Whether `found` is an object with these fields; a float may be any number of points."""
    if not isinstance(found, dict):
        return False
    values = ((found.get(name), kind) for name, kind in fields.items())
    return all(
        isinstance(v, (int, float)) and abs(v) < 1e9 if kind is float else isinstance(v, kind)
        for v, kind in values
    )


def replace_file(path: Path, text: str) -> None:
    """Write `text` to `path` so that a reader, and a machine that stops, sees old or new, whole."""
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(path)
    except OSError:
        with suppress(OSError):
            unfinished.unlink()
        raise


def sync_names(folder: Path) -> None:
    """Have the names in `folder` on the disk, where the system can do that for a folder."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as e:
        if e.errno not in (errno.EINVAL, errno.ENOTSUP):  # network folders that cannot
            raise
    finally:
        os.close(handle)


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


def _numbered(report: Report) -> Iterator[tuple[str, Task, Part]]:
    for i, task in enumerate(report.assignment.tasks, 1):
        for j, part in enumerate(task.parts, 1):
            yield f"{i}.{j}", task, part


def _said(told: words.Told) -> list[str]:
    lines = [told.headline, *(f"    {line}" for line in told.lines)]
    return [*lines, f"    Hint: {told.hint}"] if told.hint else lines


def _printable(c: str) -> bool:
    return unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn")
