"""One submission to a result; a class of submissions to results, side by side and resumable.

The grading process never imports torch: whatever touches student code is asked of the processes
behind `WarmParent`.

Every student has a results.json from the first moment on; it says "not graded yet" until it is
replaced. A finished grading is kept in this order: feedback.md and results.json, on the disk; then
a line in the journal that names their hash, on the disk. What stops the grader in between (kill -9,
a full disk) leaves files without a line: the next run grades that submission again and finds the
same, for its inputs come from its own bytes. A line whose files are missing or were changed does
not count either. So no result is lost, and none counts twice or under another submission.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NoReturn

from tqdm import tqdm

from autograder import answers, decisions, journal, marks, results, submitted, waivers
from autograder.assignments import Private
from autograder.decisions import Decisions
from autograder.intake import BadInput, Handed
from autograder.isolation import Limits, Remote, WarmParent, steadily
from autograder.isolation.tries import AGAIN
from autograder.journal import Journal, Key
from autograder.results import Graded
from autograder.secret import key as key_of
from autograder.training import Trainer
from nndl2.checks.model import Outcome, Reason, Report, Status, Unusable, Verdict
from nndl2.checks.notes import NOTES
from nndl2.checks.run import all_unusable, run, with_public

log = logging.getLogger(__name__)
OWN_FILES = {
    *(journal.FILE, "grades.csv", "report.html", "report-anonymous.html", "grader.log"),
    *("canvas-gradebook.csv", "moodle-worksheet.csv"),
    *(marks.FILE, "questions.csv", "questions.html"),
    *(decisions.FILE, "adjustments.csv", waivers.FILE),
}
LIMITS = Limits(question_seconds=10)  # questions take milliseconds, and a loop is met several times
WAITING = Unusable("it is not graded yet", Reason.ENVIRONMENT)
STUMBLED = Unusable("the grader itself stumbled over this submission", Reason.ENVIRONMENT)
LONG_SECONDS, LOOK_SECONDS = 10.0, 1.0  # of a grading; between two looks at them
MOST_TOLD = 3  # checks in one sentence
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
    done: Callable[[Verdict], None] = lambda verdict: None,
) -> Graded:
    """Grade the bytes of one file; whatever they do, every declared check has its verdict.

    `secret` makes the inputs that this file meets, `file` is the name its tracebacks show. `limits`
    hold for each try: a process that was lost without a reason is no verdict yet. `done` is told
    each verdict as it falls, that of a later try in place of an earlier one's.
    """
    began, key = time.monotonic(), key_of(secret, source)
    name = file or private.public.module
    limits = limits or LIMITS
    parent.want(private.loads)
    start = partial(parent.submission, source, name, limits=limits)

    def asked(student: Remote) -> tuple[Remote, list[Verdict]]:
        student.load()
        oracle = private.oracle
        found = run(private.public, private.checks, student, key, done, oracle=oracle, secret=True)
        return student, found

    try:
        student, verdicts = steadily(start, asked, limits.budget_seconds)
        verdicts = publicly(private, start, verdicts)
        verdicts += trainer.verdicts(private, source, parent, key, student.cuda, verdicts)
        notes = tuple(NOTES[code] for code in student.notes)
        notes += (KILLED,) if student.losses else ()
        graded = _graded(private, verdicts)
        graded = replace(graded, peak_memory=student.peak_memory, notes=(*notes, *graded.notes))
    except Unusable as e:
        graded = unusable(private, e)
    return replace(
        graded,
        sha256=hashlib.sha256(source).hexdigest(),
        isolation=parent.isolation,
        seconds=time.monotonic() - began,
        start_seconds=parent.start_seconds,
    )


def publicly(
    private: Private,
    start: Callable[[], AbstractContextManager[Remote]],
    verdicts: Sequence[Verdict],
) -> list[Verdict]:
    """The verdicts, with what the failing parts do on the notebook's inputs.

    They are asked in a process that has never seen a secret input, so what they raise there may be
    quoted. No point depends on it; where that process is lost, nothing more is known.
    """
    shipped = private.checks if private.shipped is None else private.shipped
    failing = {v.check.part for v in verdicts if _answers(v)}
    checks = [c for c in private.checks if c in shipped and c.part in failing]
    if not checks:
        return list(verdicts)
    try:
        with start() as student:
            student.load()
            found = run(private.public, checks, student, oracle=private.oracle)
    except Unusable:
        return list(verdicts)
    return with_public(verdicts, found)


def _answers(verdict: Verdict) -> bool:
    """Whether the program came to a wrong answer, or to an exception of its own."""
    raised = verdict.reason in (Reason.CRASHED, Reason.MALFORMED)
    failed = verdict.outcome is Outcome.FAIL and (raised or verdict.reason is Reason.NONE)
    return failed or (raised and verdict.outcome is Outcome.NOT_RUN)  # a class that is not built


def unusable(private: Private, error: Unusable, known: Sequence[Verdict] = ()) -> Graded:
    """The result of a submission that can be asked no more than the `known` verdicts tell, if any;
    held where it is not to blame."""
    told = {verdict.check for verdict in known}
    rest = [c for c in [*private.checks, *private.training_checks] if c not in told]
    graded = _graded(private, [*known, *all_unusable(rest, error)])
    status = Status.HELD if error.reason is Reason.ENVIRONMENT else Status.MALFORMED
    sentence = results.clean(error.sentence)
    return replace(graded, status=status, reason=error.reason, sentence=sentence)


def noted(graded: Graded, one: Handed) -> Graded:
    """`graded` with what intake noted of the submission."""
    notes = (results.clean(one.note),) if one.note else ()
    return replace(graded, notes=(*notes, *graded.notes))


def _graded(private: Private, verdicts: Sequence[Verdict]) -> Graded:
    report = Report(
        private.public,
        tuple(map(results.cleaned, verdicts)),
        private.points,
        private.misconceptions,
        private.hints,
        questions=private.public.questions,
    )
    blank = f"nothing is written in {private.public.module} yet"
    return Graded(
        report,
        *results.judged(report),
        visibility=private.visibility,
        notes=(blank,) if results.untouched(report) else (),
    )


@dataclass(frozen=True)
class Progress:
    """How far a class has come; `stopped` by the keyboard, all else is done."""

    graded: int
    kept: int
    total: int
    stopped: bool = False


class ClassRun:
    """Grades the submissions of a class into a folder, one result a student.

    What counts by the journal is not graded again. One submission that breaks, or breaks us, never
    stops the others. What people decided stays, and stands in the new results too. With `tell` a
    student whose file is the same and whose score is not reads what it was, and why.
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
        tell: bool = False,
    ):
        self.private, self.out, self.secret, self.trainer = private, out, secret, trainer
        self.jobs, self.open_parent, self.tell = jobs, open_parent, tell
        self.version = journal.version(private.public.name)
        self.decisions = Decisions({}, {})
        self.begun: dict[str, float] = {}
        self.recording = threading.Lock()
        self.recorded = 0
        self.stopped = False

    def grade(self, handed: Sequence[Handed]) -> Progress:
        """Grade all of `handed` that is not graded yet; a key interrupt ends it in good order."""
        if taken := {one.student for one in handed} & OWN_FILES:
            raise BadInput(f"{taken.pop()} is no name for a student's folder; give it another one")
        with Journal(self.out) as kept:
            with self._writing():
                self._know_decisions(kept)
                waived = waivers.read(self.out)
                self.private = waivers.without(self.private, waived) if waived else self.private
                self.version += waivers.mark(waived)
                todo = [one for one in handed if not self.is_done(kept, one)]
                for one in todo:
                    self._save(one, unusable(self.private, WAITING))
                for one in handed:
                    answers.keep(self.out / one.student, one.answers)
                    submitted.keep(self.out / one.student, one)
            if todo:
                self._grade(kept, todo, len(handed))
        return Progress(self.recorded, len(handed) - len(todo), len(handed), self.stopped)

    def _know_decisions(self, kept: Journal) -> None:
        """Learn what people decided, and show what a command that was stopped left to do."""
        if any((self.out / name).exists() for name in (marks.FILE, decisions.FILE)):
            self.decisions = Decisions.of(self.out)
            self.decisions.show(self.out, kept)

    def is_done(self, kept: Journal, one: Handed) -> bool:
        """Whether the grade of `one` is known, and its files are as they were written."""
        return kept.has(self.key(one), results.digest(self.out / one.student))

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
            ended: SimpleQueue[Future[None]] = SimpleQueue()
            try:
                for one in todo:
                    pool.submit(self._one, kept, parent, one).add_done_callback(ended.put)
                self._watch(ended, len(todo), bar)
            except BaseException as e:
                self.stopped = True
                pool.shutdown(wait=False, cancel_futures=True)
                if not isinstance(e, KeyboardInterrupt):
                    raise

    def _watch(self, ended: SimpleQueue[Future[None]], left: int, bar: tqdm[NoReturn]) -> None:
        """Show how many have `ended`, until none is `left`, and whom the class is waiting for.

        Only this thread draws: Ctrl-C can leave the bar's lock locked, and others wait for ever.
        """
        told = ""
        while left:
            with suppress(Empty):
                ended.get(timeout=LOOK_SECONDS).result()
                left -= 1
                bar.update()
            if (names := self.waiting_for(time.monotonic())) != told:
                bar.set_postfix_str(told := names)

    def waiting_for(self, now: float) -> str:
        """Whose grading began more than `LONG_SECONDS` ago and goes on; nothing if nobody's."""
        late = [name for name, begun in [*self.begun.items()] if now - begun > LONG_SECONDS]
        return f"waiting for {', '.join(results.clean(name, 40) for name in late)}" if late else ""

    def _one(self, kept: Journal, parent: WarmParent, one: Handed) -> None:
        """Grade one submission and keep its result, unless the run was stopped before that."""
        if self.stopped:
            return
        with self._writing():
            self.begun[one.student] = time.monotonic()
            try:
                graded = self.result(parent, one)
            finally:
                del self.begun[one.student]
            if self.tell and (moved := self._moved(kept, one, graded)):
                graded = replace(graded, notes=(*graded.notes, moved))
            with self.recording:
                if self.stopped:
                    return
                self._save(one, graded)
                kept.add(self.key(one), graded, results.digest(self.out / one.student))
                self.recorded += 1

    def _moved(self, kept: Journal, one: Handed, graded: Graded) -> str:
        """What a student should know whose score moved, though the file is the same."""
        last, score = kept.last.get(one.student, {}), graded.report.score
        held = Status.HELD.value in (last.get("status"), graded.status.value)
        if held or "lost" not in last or last["sha256"] != self.key(one).sha256:
            return ""
        if last["score"] == score:
            return ""
        now = {v.check.id: v.outcome.value for v in graded.report.verdicts if not v.passed}
        changed = [c for c in self.private.checks if last["lost"].get(c.id) != now.get(c.id)]
        told = ", ".join(f'"{c.sentence}"' for c in changed[:MOST_TOLD])
        points = f"your score by checks was {last['score']:g} and is {score:g} now"
        return f"{points}: the course changed how it checks that {told}"

    def _save(self, one: Handed, graded: Graded) -> None:
        given = self.decisions.marks.get(one.student, {})
        own = self.decisions.adjustments.get(one.student, {})
        graded = replace(graded, report=replace(graded.report, marks=given))
        results.save(self.out / one.student, graded, own)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as e:
            raise BadInput(
                f"{self.out} cannot be written to ({e.strerror}); what was graded is kept there,"
                " and the same command goes on when that is mended"
            ) from None

    def result(self, parent: WarmParent, one: Handed) -> Graded:
        """The result of one submission, with what intake noted of it."""
        return noted(self._result(parent, one), one)

    def _result(self, parent: WarmParent, one: Handed) -> Graded:
        """The same, even where the grader itself is at fault."""
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
