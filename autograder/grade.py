"""One submission to a result.

What was found of a submission (`found`) is kept apart from the result that is made of it: after a
change, only what it touches is asked again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from autograder.assignments import Private
from autograder.isolation import Limits, WarmParent
from autograder.isolation.tries import AGAIN
from autograder.results.graded import Graded, cleaned, judged, of_another_file, untouched
from autograder.secret import key as key_of
from autograder.text import clean
from autograder.training import Trainer
from autograder.verdicts import asking
from autograder.verdicts.asking import LIMITS, Done, ask
from autograder.verdicts.found import Found
from nndl2.checks.model import Reason, Report, Status, Unusable, Verdict
from nndl2.checks.notes import NOTES
from nndl2.checks.run import all_unusable

WAITING = Unusable("it is not graded yet", Reason.ENVIRONMENT)
STUMBLED = Unusable("the grader itself stumbled over this submission", Reason.ENVIRONMENT)
KILLED = f"its process was killed from outside or by itself, {AGAIN}"


def grade_one(
    private: Private,
    source: bytes,
    parent: WarmParent,
    secret: bytes,
    trainer: Trainer,
    *,
    file: str = "",
    limits: Limits | None = None,
    done: Done = lambda verdict: None,
) -> Graded:
    """Grade the bytes of one file; whatever they do, every declared check has its verdict.

    `secret` makes the inputs that this file meets; the rest is as for `asking.ask`.
    """
    key, limits = key_of(secret, source), limits or LIMITS
    found = ask(private, source, parent, key, trainer, file=file, limits=limits, done=done)
    return composed(private, source, found, key, trainer)


def composed(private: Private, source: bytes, found: Found, key: bytes, trainer: Trainer) -> Graded:
    """The result that comes of what was found of the bytes of one file."""
    if found.wrong is not None:
        graded = unusable(private, found.wrong)
    else:
        graded = _graded(private, asking.verdicts(private, found, key, trainer))
        notes = tuple(NOTES[code] for code in found.notes or ())
        notes += (KILLED,) if found.killed else ()
        graded = replace(graded, notes=(*notes, *graded.notes))
    return replace(
        graded,
        sha256=sha256_of(source),
        isolation=found.isolation,
        seconds=found.seconds,
        start_seconds=found.start_seconds,
        peak_memory=found.peak_memory,
    )


def unusable(private: Private, error: Unusable, known: Sequence[Verdict] = ()) -> Graded:
    """The result of a submission that can be asked no more than the `known` verdicts tell, if any;
    held where it is not to blame."""
    told = {verdict.check for verdict in known}
    rest = [c for c in [*private.checks, *private.training_checks] if c not in told]
    graded = _graded(private, [*known, *all_unusable(rest, error)])
    status = Status.HELD if error.reason is Reason.ENVIRONMENT else Status.MALFORMED
    sentence = clean(error.sentence)
    return replace(graded, status=status, reason=error.reason, sentence=sentence)


def _graded(private: Private, verdicts: Sequence[Verdict]) -> Graded:
    report = Report(
        private.public,
        tuple(map(cleaned, verdicts)),
        private.points,
        private.misconceptions,
        private.hints,
        questions=private.public.questions,
    )
    blank = f"nothing is written in {private.public.module} yet"
    other = f"none of the names that {private.public.module} should have is there: another file?"
    notes = {blank: untouched(report), other: of_another_file(report)}
    return Graded(
        report,
        *judged(report),
        visibility=private.visibility,
        notes=tuple(note for note, holds in notes.items() if holds),
    )


def sha256_of(source: bytes) -> str:
    """The hash by which a file is known."""
    return hashlib.sha256(source).hexdigest()
