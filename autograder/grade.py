"""One submission to a result; a class of submissions to results, side by side and resumable.

The grading process never imports torch: whatever touches student code is asked of the processes
behind `WarmParent`.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from autograder import journal, results
from autograder.assignments import Private
from autograder.intake import BadInput, Handed
from autograder.isolation import Limits, WarmParent
from autograder.journal import Journal, Key
from autograder.results import Graded
from autograder.secret import key as key_of
from autograder.training import Trainer
from nndl2.checks.model import Reason, Report, Status, Unusable, Verdict
from nndl2.checks.run import all_unusable, run

log = logging.getLogger(__name__)
OWN_FILES = {journal.FILE, "grades.csv", "report.html", "grader.log"}
LIMITS = Limits(question_seconds=10)  # questions take milliseconds, and a loop is met several times
WAITING = Unusable("it is not graded yet", Reason.ENVIRONMENT)
STUMBLED = Unusable("the grader itself stumbled over this submission", Reason.ENVIRONMENT)


def grade_one(
    private: Private,
    source: bytes,
    parent: WarmParent,
    secret: bytes,
    trainer: Trainer,
    *,
    file: str = "",
    limits: Limits | None = None,
) -> Graded:
    """Grade the bytes of one file; whatever they do, every declared check has its verdict.

    `secret` makes the inputs that this file meets, `file` is the name its tracebacks show.
    """
    began, key = time.monotonic(), key_of(secret, source)
    try:
        with parent.submission(
            source, file or private.public.module, limits=limits or LIMITS
        ) as student:
            student.load()
            cuda = student.cuda
            verdicts = run(private.public, private.checks, student, key, answers=private.answers)
        verdicts += trainer.verdicts(private, source, parent, key, cuda, verdicts)
        graded = replace(_graded(private, verdicts), peak_memory=student.peak_memory)
    except Unusable as e:
        graded = unusable(private, e)
    return replace(
        graded,
        sha256=hashlib.sha256(source).hexdigest(),
        isolation=parent.isolation,
        seconds=time.monotonic() - began,
        start_seconds=parent.start_seconds,
    )


def unusable(private: Private, error: Unusable) -> Graded:
    """The result of a submission that cannot be asked at all; held where it is not to blame."""
    graded = _graded(private, all_unusable([*private.checks, *private.training_checks], error))
    status = Status.HELD if error.reason is Reason.ENVIRONMENT else Status.MALFORMED
    sentence = results.clean(error.sentence)
    return replace(graded, status=status, reason=error.reason, sentence=sentence)


def _graded(private: Private, verdicts: Sequence[Verdict]) -> Graded:
    report = Report(
        private.public,
        tuple(map(results.cleaned, verdicts)),
        private.points,
        private.misconceptions,
        private.hints,
    )
    return Graded(report, *results.judged(report))


@dataclass(frozen=True)
class Progress:
    """How far a class has come; `stopped` by the keyboard, all else is done."""

    graded: int
    kept: int
    total: int
    stopped: bool = False


class ClassRun:
    """Grades the submissions of a class into a folder, one result a student.

    A result counts once it is in the journal; what the journal holds is not graded again. One
    submission that breaks, or breaks us, never stops the others.
    """

    def __init__(
        self,
        private: Private,
        out: Path,
        secret: bytes,
        trainer: Trainer,
        *,
        jobs: int = 1,
        open_parent: Callable[[], AbstractContextManager[WarmParent]] = WarmParent,
    ):
        self.private, self.out, self.secret, self.trainer = private, out, secret, trainer
        self.jobs, self.open_parent = jobs, open_parent
        self.version = journal.version(private.public.name)
        self.recording = threading.Lock()
        self.recorded = 0
        self.stopped = False

    def grade(self, handed: Sequence[Handed]) -> Progress:
        """Grade all of `handed` that is not graded yet; a key interrupt ends it in good order."""
        if taken := {one.student for one in handed} & OWN_FILES:
            raise BadInput(f"{taken.pop()} is no name for a student's folder; give it another one")
        with Journal(self.out) as kept:
            todo = [one for one in handed if not self.is_done(kept, one)]
            for one in todo:
                results.save(self.out / one.student, unusable(self.private, WAITING))
            if todo:
                self._grade(kept, todo, len(handed))
        return Progress(self.recorded, len(handed) - len(todo), len(handed), self.stopped)

    def is_done(self, kept: Journal, one: Handed) -> bool:
        """Whether the grade of `one` is known and its result is still there."""
        found = results.load(self.out / one.student) if kept.has(self.key(one)) else None
        return found is not None and found["extra_data"]["status"] != Status.HELD.value

    def key(self, one: Handed) -> Key:
        """What the grade of `one` depends on."""
        found = one.source if one.wrong is None else one.wrong.sentence.encode("utf-8", "replace")
        sha256 = hashlib.sha256(found).hexdigest()
        return Key(one.student, sha256, self.private.public.name, self.version, self.trainer.policy)

    def _grade(self, kept: Journal, todo: Sequence[Handed], total: int) -> None:
        with (
            ThreadPoolExecutor(self.jobs) as pool,
            self.open_parent() as parent,
            tqdm(total=total, initial=total - len(todo), desc="grading", unit="file") as bar,
        ):
            try:
                waiting = [pool.submit(self._one, kept, parent, one) for one in todo]
                for future in as_completed(waiting):
                    future.result()
                    bar.update()
            except BaseException as e:
                with self.recording:
                    self.stopped = True
                pool.shutdown(wait=False, cancel_futures=True)
                if not isinstance(e, KeyboardInterrupt):
                    raise

    def _one(self, kept: Journal, parent: WarmParent, one: Handed) -> None:
        """Grade one submission and keep its result, unless the run was stopped before that."""
        if self.stopped:
            return
        graded = self.result(parent, one)
        with self.recording:
            if self.stopped:
                return
            try:
                results.save(self.out / one.student, graded)
                kept.add(self.key(one), graded.status, graded.report.score)
            except OSError as e:
                raise BadInput(f"{self.out} cannot be written to ({e.strerror})") from None
            self.recorded += 1

    def result(self, parent: WarmParent, one: Handed) -> Graded:
        """The result of one submission, even where the grader itself is at fault."""
        if one.wrong is not None:
            return unusable(self.private, one.wrong)
        try:
            return grade_one(
                self.private, one.source, parent, self.secret, self.trainer, file=one.file
            )
        except Exception:
            log.exception("the submission of %s could not be graded", one.student)
            sha256 = hashlib.sha256(one.source).hexdigest()
            return replace(unusable(self.private, STUMBLED), sha256=sha256)
