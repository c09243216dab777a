"""The engine: runs declared checks against a submission and turns what happens into verdicts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nndl2.checks.draw import Draw
from nndl2.checks.model import (
    Assignment,
    Check,
    Mismatch,
    NotRun,
    NotWritten,
    Outcome,
    Reason,
    StudentError,
    Unusable,
    Verdict,
)
from nndl2.checks.oracle import Oracle, Stored
from nndl2.checks.plain import in_our_words, plainly
from nndl2.checks.submission import Submission

log = logging.getLogger(__name__)
MESSAGE_LIMIT = 200
NOTHING: Mapping[str, Verdict] = {}


def run(
    assignment: Assignment,
    checks: Sequence[Check],
    student: Submission,
    key: bytes = b"",
    done: Callable[[Verdict], None] = lambda verdict: None,
    before: Sequence[Verdict] = (),
    oracle: Oracle | None = None,
    secret: bool = False,
    found: Mapping[str, Verdict] = NOTHING,
) -> list[Verdict]:
    """One verdict for each of `checks`, in their order, whatever the student's code does.

    `key` makes the inputs, `oracle` knows what is right for them; `done` is told each verdict as it
    falls; `before` holds the verdicts of an earlier run that some of `checks` come after. What the
    student's code says of inputs that are `secret` is never repeated: only our own words are. What
    was `found` before, by the check's id, is not asked again.
    """
    verdicts: dict[Check, Verdict] = {verdict.check: verdict for verdict in before}
    known: dict[str, dict[str, Any]] = {}
    built: dict[Any, Any] = {}
    answers = oracle or Stored({})
    for check in checks:
        blocked = next((b for b in check.after if b in verdicts and not verdicts[b].passed), None)
        if blocked is not None:
            verdict = _blocked(assignment, check, verdicts[blocked])
        elif check.id in found:
            verdict = replace(found[check.id], check=check)
        else:
            draw = Draw(key, check.id, known.setdefault(check.part, {}), built)
            ended = _ended(student)
            verdict = _ask(assignment, check, (student, draw, answers.of(check.id)), secret)
            if not verdict.passed or ended != _ended(student):
                known, built = {}, {}
        verdicts[check] = verdict
        done(verdict)
    return [verdicts[check] for check in checks]


def retold(
    assignment: Assignment, checks: Sequence[Check], found: Mapping[str, Verdict]
) -> list[Verdict]:
    """The same where all was `found` that has to be asked: nobody is."""
    nobody: Any = None
    return run(assignment, checks, nobody, found=found)


def with_public(verdicts: Sequence[Verdict], public: Sequence[Verdict]) -> list[Verdict]:
    """Verdicts on secret inputs, with the words that those on public ones allow.

    What a program raises may be repeated where it raises the same in public. A part that passes all
    its checks there is marked so.
    """
    shown = {v.check: v for v in public}
    right = {v.check.part for v in public} - {v.check.part for v in public if _counts(v)}
    return [_beside(v, shown.get(v.check), v.check.part in right) for v in verdicts]


def _counts(verdict: Verdict) -> bool:
    return verdict.check.costs_points and not verdict.passed


def _beside(verdict: Verdict, public: Verdict | None, right: bool) -> Verdict:
    if verdict.outcome is Outcome.FAIL and right:
        return replace(verdict, elsewhere=True)
    if public is None or _raised(verdict) is None or _raised(verdict) != _raised(public):
        return verdict
    return replace(verdict, note=public.note, frames=public.frames)


def _raised(verdict: Verdict) -> tuple[Reason, str] | None:
    """What a program raised, and where it was asked, without the message; None for an answer."""
    if verdict.reason is Reason.CRASHED:
        return verdict.reason, verdict.note.partition(": ")[0].rstrip(")")
    return (verdict.reason, "") if verdict.reason is Reason.MALFORMED else None


def all_unusable(checks: Sequence[Check], error: Unusable) -> list[Verdict]:
    """The verdicts on a submission that cannot be asked anything at all."""
    outcome = Outcome.FAULT if error.reason is Reason.ENVIRONMENT else Outcome.NOT_RUN
    return [Verdict(check, outcome, error.reason, note=error.sentence) for check in checks]


def _ended(student: Submission) -> int:
    return getattr(student, "ended", 0)  # checks that ask nobody are given None


def _blocked(assignment: Assignment, check: Check, by: Verdict) -> Verdict:
    if by.check.part == check.part and by.outcome is Outcome.NOT_WRITTEN:
        return Verdict(check, Outcome.NOT_WRITTEN, note=by.note)
    if by.outcome is Outcome.FAULT:
        return Verdict(check, Outcome.FAULT, by.reason, note=by.note)
    if by.check.part == check.part:
        reason = by.reason if by.outcome is Outcome.NOT_RUN else Reason.NONE
        return Verdict(check, Outcome.NOT_RUN, reason, note="the check before it has to pass first")
    return Verdict(check, Outcome.NOT_RUN, note=needs(assignment, by.check.part))


def needs(assignment: Assignment, part: str) -> str:
    """The sentence for a check that waits for another part."""
    return f"needs {assignment.parts[part].title} first"


def _ask(assignment: Assignment, check: Check, given: tuple[Any, ...], secret: bool) -> Verdict:
    try:
        with np.errstate(all="ignore"):  # what is not finite is told as a difference
            note = check.ask(*given)
    except Mismatch as e:
        return Verdict(
            check, Outcome.FAIL, Reason.NONE, e.expected, e.got, e.note, diagnosis=e.diagnosis
        )
    except NotRun as e:
        return Verdict(check, Outcome.NOT_RUN, e.reason, note=e.sentence)
    except NotWritten as e:
        return _not_written(assignment, check, e)
    except StudentError as e:
        return _student_error(assignment, check, e, secret)
    except Unusable as e:
        return _unusable(assignment, check, e, secret)
    except Exception:
        log.exception("the check %s could not be run", check.id)
        return Verdict(check, Outcome.FAULT, note="the grader could not run this check")
    return Verdict(check, Outcome.PASS, note=note or "")


def _foreign(assignment: Assignment, check: Check, target: str) -> str:
    """The sentence to show when `target` is another part's work, else nothing."""
    owner = assignment.owner(target)
    return needs(assignment, owner.name) if owner and owner.name != check.part else ""


def _not_written(assignment: Assignment, check: Check, e: NotWritten) -> Verdict:
    if first := _foreign(assignment, check, e.target):
        return Verdict(check, Outcome.NOT_RUN, note=first)
    lacking = ", or lacks its return" if e.returned else ""
    note = f"{e.target} is not written yet{lacking}"
    return Verdict(check, Outcome.NOT_WRITTEN, note=note)


def _student_error(assignment: Assignment, check: Check, e: StudentError, secret: bool) -> Verdict:
    text = f"{e.target} raised {e.kind}"
    said = in_our_words if secret else plainly  # a message can repeat an input
    if message := said(e.kind, e.message, e.frames[-1].text if e.frames else ""):
        text += f": {message[:MESSAGE_LIMIT]}"
    if e.target.endswith(".__init__"):
        note = f"needs {e.target.removesuffix('.__init__')}(...) to be built first ({text})"
        return Verdict(check, Outcome.NOT_RUN, Reason.CRASHED, note=note, frames=e.frames)
    first = _foreign(assignment, check, e.target)
    if first:
        return Verdict(check, Outcome.NOT_RUN, note=f"{first} ({text})", frames=e.frames)
    return Verdict(check, Outcome.FAIL, Reason.CRASHED, note=text, frames=e.frames)


def _unusable(assignment: Assignment, check: Check, e: Unusable, secret: bool) -> Verdict:
    if e.reason is Reason.ENVIRONMENT:
        return Verdict(check, Outcome.FAULT, e.reason, note=e.sentence)
    owner = assignment.owner(e.target)
    note = e.sentence
    if secret and e.target and e.reason is Reason.MALFORMED:
        note = f"{e.target} is missing, or cannot be used as it is"
    if e.target and (owner is None or owner.name != check.part):
        return Verdict(check, Outcome.NOT_RUN, e.reason, note=note)
    return Verdict(check, Outcome.FAIL, e.reason, note=note)
