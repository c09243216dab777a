"""A class of submissions to results, side by side and resumable.

Every student has a results.json from the first moment on; it says "not graded yet" until it is
replaced. A finished grading is kept in this order: a line in the journal with what was found; then
feedback.md and results.json, on the disk; then a line in the journal that names their hash, on the
disk. What stops the grader in between (kill -9, a full disk) leaves files without that line: the
next run grades that submission again and finds the same, for its inputs come from its own bytes. A
line whose files are missing or were changed does not count either. So no result is lost, and none
counts twice or under another submission.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePath
from queue import Empty, SimpleQueue
from typing import Any, NoReturn

from tqdm import tqdm

from autograder import results
from autograder.assignments import Private
from autograder.classes.attempts import counted, together, tries
from autograder.grade import STUMBLED, WAITING, composed, sha256_of, unusable
from autograder.intake import BadInput, Handed, writing
from autograder.isolation import WarmParent
from autograder.kept import answers, choices, files, journal, submitted
from autograder.kept.journal import Journal, Key
from autograder.people import decisions, marks, waivers
from autograder.people.decisions import Decisions
from autograder.results.graded import Graded
from autograder.secret import key as key_of
from autograder.secret import mark
from autograder.text import clean
from autograder.training import Trainer
from autograder.verdicts import asking
from autograder.verdicts.asking import LIMITS, ask
from autograder.verdicts.found import NOTHING, Found, line, recalled
from autograder.verdicts.versions import Versions, versions
from nndl2.checks.model import Status

log = logging.getLogger(__name__)
OWN_FILES = {
    *(journal.FILE, choices.FILE, choices.GROUPS),
    *(marks.FILE, decisions.FILE, waivers.FILE),
    *files.WRITTEN,
}
LONG_SECONDS, LOOK_SECONDS = 10.0, 1.0  # of a grading; between two looks at them
MOST_TOLD = 3  # checks in one sentence, or students


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
    student whose file is the same and whose score is not reads what it was, and why. `ask` takes
    what `asking.ask` takes, and in place of a warm parent what `open_parent` opens.
    """

    def __init__(
        self,
        private: Private,
        out: Path,
        secret: bytes,
        trainer: Trainer,
        *,
        jobs: int = 1,
        open_parent: Callable[[], AbstractContextManager[Any]] = WarmParent,
        ask: Callable[..., Found] = ask,
        tell: bool = False,
    ):
        self.private, self.out, self.secret, self.trainer = private, out, secret, trainer
        self.jobs, self.open_parent, self.ask, self.tell = jobs, open_parent, ask, tell
        self.version = journal.version(private.public.name) + mark(secret)
        self.unwaived = private
        self.decisions = Decisions({}, {})
        self.begun: dict[str, float] = {}
        self.waiting: set[str] = set()
        self.recording = threading.Lock()
        self.slots = trainer.slots = threading.Semaphore(jobs)  # which no training holds
        self.recorded = 0
        self.stopped = False

    def grade(self, handed: Sequence[Handed], verdicts: Journal | None = None) -> Progress:
        """Grade all of `handed` that is not graded yet; a key interrupt ends it in good order.

        What is found on the way is kept in the journal, or in that for `verdicts`.
        """
        if taken := {one.student for one in handed} & OWN_FILES:
            raise BadInput(f"{taken.pop()} is no name for a student's folder; give it another one")
        with Journal(self.out) as kept:
            with self._writing():
                self._know_decisions(kept)
                waived = waivers.read(self.out)
                self.private = waivers.without(self.unwaived, waived) if waived else self.private
                self.version += waivers.mark(waived)
                todo = [one for one in handed if not self.is_done(kept, one)]
                for one in todo:
                    if not (self.out / one.student).is_dir():
                        self._wait(one)
                for one in handed:
                    answers.keep(self.out / one.student, one.answers)
                    submitted.keep(self.out / one.student, one)
            if todo:
                self._grade(kept, verdicts or kept, todo, len(handed))
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
        all_ = " ".join(sha256_of(each.source) for each in one.attempts).encode()
        sha256 = sha256_of(all_ or found)
        if one.group or one.together:
            sha256 = sha256_of("\0".join((sha256, one.group, *one.together)).encode())
        return Key(one.student, sha256, self.private.public.name, self.version, self.trainer.policy)

    def _grade(self, kept: Journal, verdicts: Journal, todo: Sequence[Handed], total: int) -> None:
        with tqdm(total=total, initial=total - len(todo), desc="grading", unit="file") as bar:
            try:
                with self._writing():
                    open_yet = [one for one in todo if not self._told(kept, verdicts, one, bar)]
                    for one in open_yet:
                        self._wait(one)
                if open_yet:
                    self._ask(kept, verdicts, open_yet, bar)
            except KeyboardInterrupt:
                self.stopped = True

    def _told(self, kept: Journal, verdicts: Journal, one: Handed, bar: tqdm[NoReturn]) -> bool:
        """Record the result of one submission where nobody has to be asked for it."""
        graded = [self._unasked(verdicts, each) for each in tries(one)]
        whole = [each for each in graded if each is not None]
        if len(whole) < len(graded):
            return False
        self._record(kept, one, counted(whole, one))
        bar.update()
        return True

    def _unasked(self, verdicts: Journal, one: Handed) -> Graded | None:
        """The result of one file, where nobody has to be asked for it."""
        if one.wrong is not None:
            return unusable(self.private, one.wrong)
        found = self.known(verdicts, one)
        suffices = asking.suffices(self.private, found, self.trainer)
        return self._composed(one, found) if suffices else None

    def _ask(
        self, kept: Journal, verdicts: Journal, todo: Sequence[Handed], bar: tqdm[NoReturn]
    ) -> None:
        of, ended = together(todo), SimpleQueue[Future[int]]()
        with (
            ExitStack() as last,  # a pool ends after the parent whose workers its threads wait for
            self.open_parent() as parent,
        ):
            pool = last.enter_context(ThreadPoolExecutor(self._threads(parent, len(of), bar)))
            try:
                for mates in of:
                    made = pool.submit(self._all, kept, verdicts, parent, mates)
                    made.add_done_callback(ended.put)
                self._watch(ended, len(of), bar)
            except BaseException:
                self.stopped = True
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _threads(self, parent: Any, count: int, bar: tqdm[NoReturn]) -> int:
        """A thread each where some train, for those that wait for that hold no slot; who asks
        elsewhere trains there."""
        if self.ask is not ask or not self.trainer.trains(self.private, parent):
            return self.jobs
        if told := self.trainer.forecast(self.private, count, parent.cuda):
            bar.write(told, file=sys.stderr)
        return self.jobs + count

    def _watch(self, ended: SimpleQueue[Future[int]], left: int, bar: tqdm[NoReturn]) -> None:
        """Show how many have `ended`, until none is `left`, and whom the class is waiting for.

        Only this thread draws: Ctrl-C can leave the bar's lock locked, and others wait for ever.
        """
        told = ""
        while left:
            with suppress(Empty):
                bar.update(ended.get(timeout=LOOK_SECONDS).result())
                left -= 1
            if (names := self.waiting_for(time.monotonic())) != told:
                bar.set_postfix_str(told := names)

    def waiting_for(self, now: float) -> str:
        """Whose grading began more than `LONG_SECONDS` ago and goes on; nothing if nobody's."""
        late = [name for name, begun in [*self.begun.items()] if now - begun > LONG_SECONDS]
        more = f" and {len(late) - MOST_TOLD} more" if late[MOST_TOLD:] else ""
        names = ", ".join(clean(name, 40) for name in late[:MOST_TOLD])
        return f"waiting for {names}{more}" if late else ""

    def _all(self, kept: Journal, verdicts: Journal, parent: Any, mates: Sequence[Handed]) -> int:
        """Grade what several handed in together, once, and keep it as the result of each, unless
        the run was stopped before that; how many they are."""
        first = mates[0]
        with self.slots, self._writing():
            if self.stopped:
                return 0
            self.begun[first.student] = time.monotonic()
            try:
                graded = [self._asked(verdicts, parent, each) for each in tries(first)]
            finally:
                del self.begun[first.student]
            for one in mates:
                self._record(kept, one, counted(graded, one))
        return len(mates)

    def _asked(self, verdicts: Journal, parent: Any, one: Handed) -> Graded:
        """The result of one file, asked for what is not known; what is found is kept."""
        known = self.known(verdicts, one)
        graded, found = self._result(parent, one, known)
        with self.recording:
            if not self.stopped and found and (new := line(found, known, self.versions)):
                verdicts.found(self.about(one), new)
        return graded

    def _record(self, kept: Journal, one: Handed, graded: Graded) -> None:
        """Keep a result, unless the run was stopped before that."""
        if self.tell and (moved := self._moved(kept, one, graded)):
            graded = replace(graded, notes=(*graded.notes, moved))
        with self.recording:
            if self.stopped:
                return
            self._save(one, graded)
            if one.attempts:
                submitted.keep(self.out / one.student, one)
            kept.add(self.key(one), graded, results.digest(self.out / one.student))
            self.recorded += 1

    @cached_property
    def versions(self) -> Versions:
        """The versions of the checks of today."""
        return versions(self.unwaived, self.trainer.policy)

    def known(self, verdicts: Journal, one: Handed) -> Found:
        """What earlier runs found of `one` that still counts; not what ran out of the time that all
        checks share, where one of them has to be asked."""
        waived = {v.check.id: v for v in waivers.verdicts(self.private)}
        checks = [*self.private.checks, *self.private.training_checks]
        found = recalled(verdicts.found_of(self.about(one)), checks, self.versions)
        known = replace(found, hidden={**found.hidden, **waived})
        if asking.suffices(self.private, known, self.trainer) or not found.late:
            return known
        return replace(found, hidden=waived, public={}, killed=frozenset())

    def about(self, one: Handed) -> dict[str, str]:
        """What a verdict is about: whose file, which bytes under which name, on which inputs.

        What is found of a group's file is kept once, under the first of its members.
        """
        sha256 = sha256_of(one.source)
        inputs = sha256_of(key_of(self.secret, one.source))[:8]
        file = PurePath(one.file).name
        student = min((one.student, *one.together))
        return {"student": student, "sha256": sha256, "file": file, "inputs": inputs}

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

    def _wait(self, one: Handed) -> None:
        """Have the result of one submission say that it is not graded yet."""
        if one.student not in self.waiting:
            self._save(one, unusable(self.private, WAITING))
            self.waiting.add(one.student)

    def _save(self, one: Handed, graded: Graded) -> None:
        given = self.decisions.marks.get(one.student, {})
        own = self.decisions.adjustments.get(one.student, {})
        graded = replace(graded, report=replace(graded.report, marks=given))
        results.save(self.out / one.student, graded, own)

    def _writing(self) -> AbstractContextManager[None]:
        goes_on = "what was graded is kept there, and the same command goes on when that is mended"
        return writing(self.out, goes_on)

    def result(self, parent: Any, one: Handed) -> Graded:
        """The result of one submission, with what intake noted of it; where the best of several
        attempts counts, that of the best."""
        return counted([self._result(parent, each, NOTHING)[0] for each in tries(one)], one)

    def _result(self, parent: Any, one: Handed, known: Found) -> tuple[Graded, Found | None]:
        """The same, even where the grader itself is at fault; and what was found."""
        if one.wrong is not None:
            return unusable(self.private, one.wrong), None
        try:
            key = key_of(self.secret, one.source)
            found = self.ask(
                *(self.private, one.source, parent, key, self.trainer),
                file=one.file,
                limits=LIMITS,
                before=known,
            )
            return self._composed(one, found), found
        except BadInput:  # it is not about this submission
            raise
        except Exception:
            log.exception("the submission of %s could not be graded", one.student)
            return replace(unusable(self.private, STUMBLED), sha256=sha256_of(one.source)), None

    def _composed(self, one: Handed, found: Found) -> Graded:
        key = key_of(self.secret, one.source)
        return composed(self.private, one.source, found, key, self.trainer)
