"""Asking one submission: all of its checks, or those of which nothing is known yet.

The grading process never imports torch: whatever touches student code is asked of the processes
behind `WarmParent`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial

from autograder.assignments import Private
from autograder.isolation import Limits, Remote, WarmParent, steadily
from autograder.training import Trainer
from autograder.verdicts.found import NOTHING, Found, asked, open_ones
from nndl2.checks.model import Check, Outcome, Reason, Unusable, Verdict
from nndl2.checks.run import retold, run, with_public

LIMITS = Limits(question_seconds=10)  # questions take milliseconds, and a loop is met several times
Start = Callable[[], AbstractContextManager[Remote]]
Done = Callable[[Verdict], None]


def ask(
    private: Private,
    source: bytes,
    parent: WarmParent,
    key: bytes,
    trainer: Trainer,
    *,
    file: str = "",
    limits: Limits = LIMITS,
    done: Done = lambda verdict: None,
    before: Found = NOTHING,
) -> Found:
    """What the bytes of one file are found to do, whatever that is; `before` is what was known.

    `key` makes the inputs, `file` is the name that tracebacks show. `limits` hold for each try: a
    process that was lost without a reason is no verdict yet. `done` is told each verdict as it
    falls, that of a later try in place of an earlier one's.
    """
    began = time.monotonic()
    parent.want(private.loads)
    start = partial(parent.submission, source, file or private.public.module, limits=limits)
    try:
        found = _functional(private, start, key, limits, done, before)
        found = _publicly(private, start, found)
        verdicts = functional(private, found)
        own = trainer.verdicts(
            private, source, parent, key, found.cuda, verdicts, dict(found.trained)
        )
        if not trainer.refusal(found.cuda):
            found = replace(found, trained=asked(own, verdicts))
    except Unusable as e:
        found = Found(wrong=e, notes=())
    return replace(
        found,
        isolation=parent.isolation,
        seconds=time.monotonic() - began,
        start_seconds=parent.start_seconds,
    )


def _functional(
    private: Private, start: Start, key: bytes, limits: Limits, done: Done, before: Found
) -> Found:
    """The checks on secret inputs, in a fresh process as often as it takes."""
    if before.notes is not None and not open_ones(private.checks, before.hidden):
        return before

    def asking(student: Remote) -> tuple[Remote, list[Verdict], set[str]]:
        student.load()
        lost, killed = len(student.losses), set()

        def fell(verdict: Verdict) -> None:
            nonlocal lost
            if len(student.losses) > lost:
                killed.add(verdict.check.id)
            lost = len(student.losses)
            done(verdict)

        verdicts = run(
            private.public,
            private.checks,
            student,
            key,
            fell,
            oracle=private.oracle,
            secret=True,
            found=before.hidden,
        )
        return student, verdicts, killed

    student, verdicts, killed = steadily(start, asking, limits.budget_seconds)
    return replace(
        before,
        hidden=asked(verdicts),
        killed=frozenset(killed | (before.killed & {*before.hidden})),
        notes=tuple(student.notes),
        cuda=student.cuda,
        peak_memory=student.peak_memory,
    )


def _publicly(private: Private, start: Start, found: Found) -> Found:
    """What the failing parts do on the notebook's inputs.

    They are asked in a process that has never seen a secret input, so what they raise there may be
    quoted. No point depends on it; where that process is lost, nothing more is known.
    """
    checks = shown(private, found)
    if not open_ones(checks, found.of("public")):
        return found
    try:
        with start() as student:
            student.load()
            known = found.of("public")
            verdicts = run(private.public, checks, student, oracle=private.oracle, found=known)
    except Unusable:
        return replace(found, public=None)
    return replace(found, public={**known, **asked(verdicts)})


def shown(private: Private, found: Found) -> Sequence[Check]:
    """The checks of failing parts that ship: what is asked on the notebook's inputs too."""
    verdicts = retold(private.public, private.checks, found.hidden)
    shipped = private.checks if private.shipped is None else private.shipped
    failing = {v.check.part for v in verdicts if _answers(v)}
    return [c for c in private.checks if c in shipped and c.part in failing]


def functional(private: Private, found: Found) -> list[Verdict]:
    """The verdicts on all checks but those that train, with what the notebook's inputs show."""
    verdicts = retold(private.public, private.checks, found.hidden)
    checks = shown(private, found)
    if not checks or found.public is None:
        return verdicts
    return with_public(verdicts, retold(private.public, checks, found.public))


def suffices(private: Private, found: Found, trainer: Trainer) -> bool:
    """Whether nobody has to be asked."""
    if found.notes is None or found.wrong is not None:
        return found.wrong is not None
    if open_ones(private.checks, found.hidden):
        return False
    if open_ones(shown(private, found), found.of("public")):
        return False
    verdicts = functional(private, found)
    return not trainer.wants(private, found.cuda, verdicts, found.trained)


def verdicts(private: Private, found: Found, key: bytes, trainer: Trainer) -> list[Verdict]:
    """A verdict for each declared check, made of what was found."""
    known = functional(private, found)
    return known + trainer.told(private, key, found.cuda, known, found.trained)


def _answers(verdict: Verdict) -> bool:
    """Whether the program came to a wrong answer, or to an exception of its own."""
    raised = verdict.reason in (Reason.CRASHED, Reason.MALFORMED)
    failed = verdict.outcome is Outcome.FAIL and (raised or verdict.reason is Reason.NONE)
    return failed or (raised and verdict.outcome is Outcome.NOT_RUN)  # a class that is not built
