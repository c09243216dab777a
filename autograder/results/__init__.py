"""One graded submission and the file that keeps it: Gradescope's results.json.

The parts carry the scores, so that they add up to the total; every declared check follows, without
a score of its own, and every question that a person grades. `score` and `max_score` are those of
the checks alone; the sum by hand stands beside them in `extra_data`, which holds what a program
wants to know.
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
from autograder.results import adjustments, by_hand, cards, entries
from autograder.results.adjustments import Adjustment
from nndl2.checks import words
from nndl2.checks.model import Outcome, Reason, Report, Status, Verdict
from nndl2.checks.questions import Mark, sums

Json: TypeAlias = dict[str, Any]
FILE = "results.json"
FEEDBACK = "feedback.md"
DECIDED = "## Decided by a person"
VISIBLE, HIDDEN = "visible", "hidden"
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
LONGEST = 2000
NOTHING: Mapping[str, Any] = {}
ENTRY = {"name": str, "output": str, "extra_data": dict}  # what every entry of a result has
SCORED = {"score": float, "max_score": float}  # and that of a part, too
ASKED = dict.fromkeys(("number", "visibility"), str)  # that of a question, too
ABOUT = {  # and of the others, in its extra data: one look each, for a class has 240,000
    kind: dict.fromkeys(("task", "outcome", kind), str) for kind in ("part", "check")
}
OUTCOMES = {outcome.value for outcome in Outcome}
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
    assignment, by task or part. `notes` are sentences for the student that cost nothing, `attempt`
    says which of several was graded, and `group` with whom, after the name of the group.
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
    attempt: str = ""
    group: tuple[str, ...] = ()

    def seen(self, task: str, part: str) -> str:
        """Who sees the results of a part, in Gradescope's words."""
        return self.visibility.get(part, self.visibility.get(task, VISIBLE))

    @property
    def summary(self) -> str:
        """The sentence that stands above everything else that is said."""
        report = self.report
        points = sums(report.score, report.max_score, report.by_hand)
        return summary(self.status, self.sentence, points)


def summary(status: Status, sentence: str, points: str) -> str:
    """What became of a submission, with its points."""
    if status is Status.GRADED:
        return points
    if status is Status.MALFORMED:
        return f"malformed: {sentence}; {points}"
    return f"held: {sentence}; {points} so far, and the course staff will look"


def standing(status: Status, sentence: str) -> str:
    """What became of a submission, without points: those tell of tests that a student may not
    see."""
    if status is Status.HELD:
        return f"held: {sentence}; the course staff will look"
    return f"malformed: {sentence}" if status is Status.MALFORMED else "graded"


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


def of_another_file(report: Report) -> bool:
    """Whether none of the names that a part is asked for is there."""
    notes = [v.note for v in report.verdicts if v.check.costs_points and not v.check.after]
    lacking = f"{report.assignment.module} has no "
    return bool(notes) and all(n.startswith(lacking) and "; line " not in n for n in notes)


def clean(text: str, limit: int = LONGEST) -> str:
    """`text` fit for any page or terminal: no control characters, no lone surrogates, no more than
    `limit` characters."""
    text = BIDI.sub("", text.encode("utf-8", "replace").decode())
    kept = "".join(" " if c in "\n\t" else c for c in text if c in "\n\t" or _printable(c))
    return kept if len(kept) <= limit else kept[: limit - 3] + "..."


def written(name: str) -> str:
    """A name as people write it: on one line, with no blanks around it, its accents in one way."""
    return unicodedata.normalize("NFC", clean(name)).strip()


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
    return made | {"output": _output(made)}


def decided(
    result: Json,
    marks: Mapping[str, Mark],
    own: Mapping[str, Adjustment] = NOTHING,
) -> Json:
    """`result` with what people decided: these points by hand and these adjustments, no others."""
    made = adjustments.adjusted(_remarked(result, marks), own)
    return made | {"output": _output(made)}


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


def _output(result: Json) -> str:
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


def feedback(graded: Graded, result: Json | None = None) -> str:
    """The result as the Markdown page a student gets; what people decided are its last sections."""
    page = "".join(f"\n{words.escape_markdown(note)}.\n" for note in graded.notes)
    if graded.status is not Status.MALFORMED:
        page += f"\n{words.markdown(graded.report)}"
    return _page(page, gradescope(graded) if result is None else result)


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


def save(folder: Path, graded: Graded, own: Mapping[str, Adjustment] = NOTHING) -> None:
    """Write feedback.md and results.json into `folder`, each replaced whole and on the disk; `own`
    are the adjustments that hold."""
    new = not folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    result = adjustments.adjusted(gradescope(graded), own)
    result |= {"output": _output(result)}
    _save(folder, feedback(graded, result), _json(result))
    if new:
        sync_names(folder.parent)


def save_again(folder: Path, result: Json) -> None:
    """Write the files of `folder` anew, with what people decided as `result` has it; OSError where
    there is no feedback to go on with."""
    page = (folder / FEEDBACK).read_text(encoding="utf-8")
    _save(folder, refreshed(page, result), _json(result))


def _save(folder: Path, page: str, result: str) -> None:
    replace_file(folder / FEEDBACK, page)
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
    return found if _is_whole(found) else None


def _is_whole(found: Any) -> bool:
    """Whether all is there that a report reads."""
    return (
        _has(found, {"score": float, "output": str, "tests": list, "extra_data": dict})
        and _has(found["extra_data"], dict.fromkeys(("assignment", "status", "reason"), str))
        and _has(found["extra_data"], {"max_score": float, "sentence": str, "notes": list})
        and _is_decided(found["extra_data"].get("adjusted"))
        and all(map(_is_entry, found["tests"]))
    )


def _is_decided(about: Any) -> bool:
    if about is None:
        return True
    return _has(about, {"by_checks": float}) and adjustments.is_sound(
        about.get(adjustments.OVERALL)
    )


def _is_entry(entry: Any) -> bool:
    if not _has(entry, ENTRY):
        return False
    about = entry["extra_data"]
    if about.get("kind") == by_hand.KIND:
        return _has(entry, ASKED) and entry["number"].isdecimal() and by_hand.is_entry(about)
    fields = ABOUT.get(str(about.get("kind")))
    if fields is None or not _has(about, fields) or about["outcome"] not in OUTCOMES:
        return False
    if fields is ABOUT["check"]:
        return True
    return adjustments.is_sound(about.get("adjusted")) and _has(entry, SCORED)


def _has(found: Any, fields: Mapping[str, type]) -> bool:
    """Whether `found` is an object with these fields; a float may be any number of points."""
    if not isinstance(found, dict):
        return False
    for name, kind in fields.items():
        value = found.get(name)
        if kind is float:
            if not (isinstance(value, (int, float)) and abs(value) < 1e9):
                return False
        elif not isinstance(value, kind):
            return False
    return True


def replace_file(path: Path, content: str | bytes) -> None:
    """Write `content` to `path` so that a reader, and a machine that stops, sees old or new,
    whole."""
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open("wb") as out:
            out.write(content.encode() if isinstance(content, str) else content)
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


def _printable(c: str) -> bool:
    return unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn")
