"""A graded submission, and what became of it as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from autograder.text import clean
from nndl2.checks.model import Outcome, Reason, Report, Status, Verdict
from nndl2.checks.questions import sums

VISIBLE, HIDDEN = "visible", "hidden"
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
