"""The commands, one function each. Thin; each imports what it needs."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from autograder import options
from autograder.intake import BadInput, chosen
from nndl2.checks.model import Reason, Unusable
from nndl2.checks.terminal import print_anywhere

if TYPE_CHECKING:
    from autograder.cluster import Cluster
    from autograder.isolation import WarmParent
    from autograder.lots import Lot

LOG = "grader.log"
COMPLETED, DIFFERS, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def command() -> NoReturn:
    """What the shell calls."""
    from autograder.isolation import interruptible

    print_anywhere()
    sys.exit(interruptible(main, INTERRUPTED))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 when it did its work, whatever the scores."""
    given = parser().parse_args(argv)
    try:
        with _own_log():
            return given.run(given)
    except BadInput as e:
        return _refused(str(e))
    except Unusable as e:
        return _refused(e.sentence)
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return COMPLETED


def check(given: argparse.Namespace) -> int:
    """Grade one file and print its feedback."""
    from autograder.grade import grade_one, unusable
    from autograder.intake import alone, wanted
    from autograder.secret import course_secret
    from autograder.training import Trainer
    from nndl2.checks import words
    from nndl2.checks.model import Status

    _log_to(None, given.debug)
    file: Path = given.file
    if file.is_dir():
        raise BadInput(f"{file} is a folder; give the file in it that is to be graded")
    if not file.exists():
        raise BadInput(f"there is no file {file}")
    private = chosen(given.assignment, file)
    handed = alone(file.resolve(), wanted(private))
    if handed.wrong and handed.wrong.reason is Reason.ENVIRONMENT:
        raise handed.wrong
    if handed.wrong:
        graded = unusable(private, handed.wrong)
    else:
        secret = course_secret(given.secret_file)
        with _started_parent(given.isolation) as parent:
            trainer = Trainer(given.train)
            if given.train == "always" and (told := trainer.forecast(private, 1, parent.cuda)):
                print(told, file=sys.stderr)
            graded = grade_one(private, handed.source, parent, secret, trainer, file=handed.file)
            if told := trainer.hint(private, parent.cuda):
                print(told, file=sys.stderr)
    if handed.note:
        print(handed.note)
    if graded.status is not Status.MALFORMED:
        print(words.text(graded.report, color=sys.stdout.isatty()))
    print("\n".join((f"{file.name}: {graded.summary}", *graded.notes)))
    print(f"isolation: {graded.isolation or 'none was needed'}; {graded.seconds:.1f} s")
    return COMPLETED


def grade(given: argparse.Namespace) -> int:
    """Grade a class, print its table and say where the reports are."""
    from autograder import choices, gradebooks
    from autograder.lots import understood
    from autograder.secret import course_secret

    _refuse_place(given)
    lots, left = understood(given)
    if given.dry_run:
        for lot in lots:
            most = sum(lot.private.points.values())
            for book in lot.books:
                print("\n".join(gradebooks.planned(book, lot.handed, most, lot.private.by_checks)))
        print(_told(left), end="")
        return COMPLETED
    secret = course_secret(given.secret_file)
    if given.attempt:
        choices.keep(given.out, {"attempt": given.attempt})
    if given.groups:
        choices.keep_groups(given.out, given.groups)
    _log_to(given.out / LOG, given.debug)
    with _cluster(given) as cluster:
        for lot in lots:
            if lots[1:]:
                print(f"\n{lot.private.public.name}")
            if _stopped(given, lot, secret, cluster):
                return INTERRUPTED
    print(f"\n{_told(left)}" if left else "", end="")
    if (given.out / LOG).exists():
        print(f"what went wrong in the grader itself: {given.out / LOG}")
    return COMPLETED


def _stopped(given: argparse.Namespace, lot: Lot, secret: bytes, cluster: Cluster | None) -> bool:
    """Grade what was handed in for one assignment and print it; whether the keyboard ended that."""
    from autograder import gradebooks, report
    from autograder.class_run import ClassRun
    from autograder.training import Trainer

    handed, out = lot.handed, lot.out
    progress = ClassRun(
        lot.private,
        out,
        secret,
        Trainer(given.train),
        **_hands(given, out, cluster),
    ).grade(handed)
    rows = report.write(out)
    if progress.stopped:
        done = progress.graded + progress.kept
        print(
            f"stopped: {done} of {progress.total} are graded and kept in {out};"
            " run the same command again to go on"
        )
        return True
    print(f"\n{report.table(rows)}\n\n{report.summary(rows, out)}")
    if progress.kept:
        print(f"{progress.kept} of {progress.total} were graded before and are kept")
    if others := {row.folder for row in rows} - {one.student for one in handed}:
        print(f"{len(others)} more from an earlier run, not in {given.submissions}")
    for book in lot.books:
        most = max(row.most for row in rows)
        print("\n".join(gradebooks.fill(book, handed, rows, out, most)))
    return False


def _refuse_place(given: argparse.Namespace) -> None:
    """BadInput where results can go nowhere, before anything is read."""
    if given.out is None and not given.dry_run:
        raise BadInput("say where the results go with --out DIR, or only look with --dry-run")
    if given.out and _lies_in(given.out, given.submissions):
        raise BadInput(
            f"{given.out} lies in {given.submissions}, where results would be taken for hand-ins;"
            " choose a folder beside it with --out"
        )


def _told(left: Sequence[tuple[str, str]]) -> str:
    """Who handed in something that could not be assigned, a sentence each."""
    lines = [f"{student}: {sentence}\n" for student, sentence in left]
    return "".join(["could not be assigned:\n", *lines]) if lines else ""


def _lies_in(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # links that lead nowhere, which is told later
        return False


def show_report(given: argparse.Namespace) -> int:
    """Print the table of a graded class again, and write its CSV and report again."""
    from autograder import gradebooks, report, submitted
    from autograder.lots import books_of
    from autograder.rows import folders

    places = folders(given.folder)
    if places[1:] and (given.canvas_gradebook or given.moodle_worksheet):
        told = " or ".join(map(str, places))
        raise BadInput(f"a gradebook takes the scores of one assignment; give {told}")
    for place in places:
        rows = report.write(place, anonymous=given.anonymous)
        if places[1:]:
            print(f"\n{rows[0].result['extra_data']['assignment']}\n")
        print(f"{report.table(rows)}\n\n{report.summary(rows, place)}")
        if given.anonymous:
            print(f"without names: {place / report.WITHOUT_NAMES}")
        if given.canvas_gradebook or given.moodle_worksheet:
            private = chosen(rows[0].result["extra_data"]["assignment"])
            kept = [one for row in rows if (one := submitted.kept(place / row.folder))]
            most = max(row.most for row in rows)
            for book in books_of(given, private):
                print("\n".join(gradebooks.fill(book, kept, rows, place, most)))
    return COMPLETED


def questions(given: argparse.Namespace) -> int:
    """Collect what a class answered in words, or read the points back that people gave for it."""
    from autograder import questions as asked
    from autograder import report

    where = asked.graded_in(given.folder, given.assignment)
    if given.points:
        print(asked.read_back(where, given.points, given.by))
        rows = report.write(where)
        print(f"\n{report.table(rows)}\n\n{report.summary(rows, where)}")
        return COMPLETED
    out = given.out or where
    if not asked.is_graded(where) and (not given.out or _lies_in(given.out, where)):
        raise BadInput(
            f"{where} holds no graded class; say with --out where the page goes, beside it, if"
            " these are hand-ins"
        )
    print(asked.collect(where, out, given.assignment))
    return COMPLETED


def adjust(given: argparse.Namespace) -> int:
    """Give or take points of one student, or of a class by a CSV; kept through every regrade."""
    from autograder import adjusting, report

    one = (given.student, given.part, given.points)
    if given.csv and any(one):
        raise BadInput("give one student's part and points, or a CSV of several with --csv")
    if given.csv:
        print(adjusting.read_back(given.folder, given.csv, given.by))
    elif all(one):
        print(adjusting.adjust(given.folder, *one, given.why, given.by))
    elif any(one):
        raise BadInput(
            "give STUDENT, PART and POINTS: autograder adjust graded ada loss 1 --why WHY"
        )
    else:
        print(adjusting.listed(given.folder))
        return COMPLETED
    print(report.summary(report.write(given.folder), given.folder))
    return COMPLETED


def regrade(given: argparse.Namespace) -> int:
    """Grade a class again from what is kept with its results, and say whose score moves."""
    from autograder import regrading, report
    from autograder.assignments import Private
    from autograder.class_run import ClassRun
    from autograder.secret import course_secret
    from autograder.training import Trainer

    decided = []
    if check := given.waive or given.ask_again:
        reason = given.why if given.waive else None
        decided = [regrading.waiver(given.folder, check, reason, given.by)]
    secret = course_secret(given.secret_file)
    _log_to(None if given.dry_run else given.folder / LOG, given.debug)

    with _cluster(given) as cluster:

        def run(private: Private, out: Path) -> ClassRun:
            hands = _hands(given, out, cluster)
            return ClassRun(private, out, secret, Trainer(given.train), **hands, tell=given.tell)

        if given.dry_run:
            found = regrading.rehearsed(given.folder, run, decided)
            print(regrading.table(found))
            return INTERRUPTED if found.progress.stopped else COMPLETED
        for each in decided:
            regrading.waive(given.folder, each)
        found = regrading.regrade(given.folder, run)
    rows = report.write(given.folder)
    print(regrading.table(found))
    if found.progress.stopped:
        return INTERRUPTED
    print(f"\n{report.summary(rows, given.folder)}")
    return COMPLETED


def give_back(given: argparse.Namespace) -> int:
    """Write a page of feedback for each student, and all of them into one zip to give back."""
    from autograder.feedback import command
    from autograder.rows import folders

    places = folders(given.folder)
    if places[1:] and given.zip:
        told = " or ".join(map(str, places))
        raise BadInput(f"a zip gives back the pages of one assignment; give {told}")
    for place in places:
        print("\n".join(command.give_back(place, given.zip, given.platform).told()))
    return COMPLETED


def find_similar(given: argparse.Namespace) -> int:
    """Find pairs of programs in a class that are worth a look: alike in what few others wrote."""
    from autograder.rows import folders
    from autograder.similar.command import compare

    places = folders(given.folder)
    for place in places:
        found = "\n".join(compare(place).told())
        print(f"{place.name}: {found}" if places[1:] else found)
    return COMPLETED


def show_history(given: argparse.Namespace) -> int:
    """Tell how points came about: gradings, adjustments, waivers, in the order of time."""
    from autograder import history

    print(history.told(given.folder, given.student or ""))
    return COMPLETED


def why(given: argparse.Namespace) -> int:
    """Explain the points of one part to staff, with a reply to send."""
    from autograder import appeal, submitted
    from autograder.rows import find, graded
    from autograder.secret import course_secret, key

    print(appeal.why(given.folder, given.student, given.part))
    if given.inputs:
        row = find(graded(given.folder), given.student)
        one = submitted.kept(given.folder / row.folder)
        if one is None or not one.source:
            raise BadInput(f"no file of {row.student} is kept in {given.folder}")
        private = chosen(row.result["extra_data"]["assignment"])
        secret = key(course_secret(given.secret_file), one.source)
        with _started_parent(given.isolation) as parent:
            parent.want(private.loads)
            told = appeal.inputs(private, given.part, one, secret, parent.submission)
        print(f"\nsecret numbers, not for students:\n{told}")
    return COMPLETED


def make_assignment(given: argparse.Namespace) -> int:
    """Write the skeleton of a new assignment, to be changed into a real one."""
    from autograder import skeleton

    print("\n".join(map(str, skeleton.write(given.name))))
    print(f"next: autograder release {given.name} && autograder verify {given.name}")
    return COMPLETED


def make_release(given: argparse.Namespace) -> int:
    """Make what students get, or compare it with what is there."""
    from autograder import release

    if given.zip and len(given.assignments) != 1:
        raise BadInput("--zip packs one assignment; name it: autograder release vae --zip vae.zip")
    try:
        if given.check:
            found = release.differences(given.assignments)
            print("\n".join(found) or "the release is what the source gives")
            return DIFFERS if found else COMPLETED
        if given.zip:
            print(release.pack(given.assignments[0], given.zip))
        else:
            made = release.release(given.assignments, force=given.force)
            print("\n".join(map(str, made)))
    except release.ReleaseError as e:
        raise BadInput(str(e)) from None
    return COMPLETED


def autograde(given: argparse.Namespace) -> int:
    """Grade a class into nbgrader's gradebook: each student gets a grade or a reason."""
    from autograder.nbgrader import course
    from autograder.release import ReleaseError

    _log_to(None, given.debug)
    here = course.Course(given.course, chosen(given.assignment), course.settings(given))
    try:
        lines = here.autograde(given.student, force=given.force, jobs=given.jobs)
    except ReleaseError as e:
        raise BadInput(str(e)) from None
    print(f"\n{course.table(lines)}")
    for student, note in course.told(lines):
        print(f"{student}: {note}")
    print(f"isolation: {here.isolation or 'none was needed'}", file=sys.stderr)
    return DIFFERS if any(line.failed for line in lines) else COMPLETED


def pack_for_gradescope(given: argparse.Namespace) -> int:
    """Pack what Gradescope runs: the grader and the private half of one assignment."""
    from autograder.gradescope.bundle import pack
    from autograder.secret import course_secret

    private = chosen(given.assignment)
    secret, index = course_secret(given.secret_file), given.torch_index
    print(pack(private, given.out, secret, minutes=given.minutes, torch_index=index))
    if by_hand := sum(private.points.values()) - private.by_checks:
        print(
            f"Set Autograder Points to {private.by_checks:g} there, and enable Manual Grading for"
            f" the {by_hand:g} points by hand."
        )
    if points := sum(private.points.get(c.part, 0) for c in private.training_checks):
        print(f"Nothing is trained there: {points:g} points come from `autograder grade` alone.")
    if not index:
        print("Without --torch-index Gradescope will install torch with CUDA, which is large.")
    return COMPLETED


def verify(given: argparse.Namespace) -> int:
    """Grade programs whose grade is known, and say what comes out otherwise."""
    from autograder.release import ReleaseError
    from autograder.verify import verify

    _log_to(None, given.debug)
    private = chosen(given.assignment)
    try:
        with _started_parent() as parent:
            findings = verify(private, parent, given.jobs)
    except ReleaseError as e:
        raise BadInput(str(e)) from None
    for problem in findings.problems:
        print(problem)
    print(findings.table())
    print(f"{len(findings.problems) or 'no'} problem{'s' * (len(findings.problems) != 1)}")
    return DIFFERS if findings.problems else COMPLETED


def parser() -> argparse.ArgumentParser:
    """The command line."""
    return options.parser(
        {
            "check": check,
            "grade": grade,
            "report": show_report,
            "feedback": give_back,
            "similar": find_similar,
            "questions": questions,
            "adjust": adjust,
            "regrade": regrade,
            "history": show_history,
            "why": why,
            "new": make_assignment,
            "release": make_release,
            "nbgrader": autograde,
            "gradescope": pack_for_gradescope,
            "verify": verify,
        }
    )


@contextmanager
def _started_parent(isolation: str = "auto") -> Iterator[WarmParent]:
    """A warm parent that says how long it took to start, apart from any grading, and what holds.

    With "strict" nothing is graded where a promise is broken, with "process" none is made.
    """
    from autograder.isolation import WarmParent
    from autograder.isolation.promises import broken

    with WarmParent(_walls(isolation)) as parent:
        print(f"PyTorch started in {parent.start_seconds:.1f} s", file=sys.stderr)
        print(f"isolation: {parent.isolation}", file=sys.stderr)
        if found := broken(parent.walls):
            text = f"on this machine nothing keeps a submission from these: {', '.join(found)}"
            if isolation == "strict":
                raise BadInput(f"{text}; docs/threat-model.md says what would, or leave out strict")
            print(f"warning: {text}; do not grade unknown people's code here", file=sys.stderr)
        yield parent


def _walls(isolation: str) -> Sequence[str]:
    """The walls to put up, where this machine has them."""
    from autograder.isolation import ALL_WALLS

    return () if isolation == "process" else ALL_WALLS


@contextmanager
def _cluster(given: argparse.Namespace) -> Iterator[Cluster | None]:
    """The cluster that --dask names, after telling what holds on its workers; else None."""
    if not given.dask:
        yield None
        return
    try:
        from autograder.cluster import connected
    except ModuleNotFoundError as e:
        raise BadInput(
            f"--dask needs a package that is not installed here ({e.name}); get it with"
            " pip install distributed"
        ) from None
    strict = given.isolation == "strict"
    with connected(given.dask, _walls(given.isolation), strict) as cluster:
        for place in cluster.places():
            print(
                f"{place.address}: PyTorch started in {place.start_seconds:.1f} s", file=sys.stderr
            )
            print(f"{place.address}: isolation: {place.isolation}", file=sys.stderr)
        yield cluster


def _hands(given: argparse.Namespace, out: Path, cluster: Cluster | None) -> dict[str, Any]:
    """Where a class is graded: what `ClassRun` has to know of it."""
    if cluster is None:
        return {"jobs": given.jobs, "open_parent": lambda: _started_parent(given.isolation)}
    from autograder import waivers
    from autograder.cluster import ask_on

    ask = partial(ask_on, waived=waivers.read(out))
    return {"jobs": cluster.jobs, "open_parent": cluster.opened, "ask": ask}


def _log_to(file: Path | None, debug: bool) -> None:
    """Where our own tracebacks go: the terminal with --debug, else `file`, else nowhere."""
    handler: logging.Handler = logging.NullHandler()
    if debug:
        handler = logging.StreamHandler()
    elif file:
        handler = _LogFile(file, delay=True)
    logging.raiseExceptions = False  # a full disk is told once, by what writes results
    logging.root.handlers = [handler]


class _LogFile(logging.FileHandler):
    """A file that stops no grading when it cannot be made."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            super().emit(record)
        except OSError:  # its folder is gone, or the disk is full
            self.handleError(record)


@contextmanager
def _own_log() -> Iterator[None]:
    """What a command logs goes where it says; afterwards all is as before."""
    before, raising = logging.root.handlers, logging.raiseExceptions
    try:
        yield
    finally:
        for handler in logging.root.handlers:
            if handler not in before:
                handler.close()
        logging.root.handlers, logging.raiseExceptions = before, raising


def _refused(sentence: str) -> int:
    print(f"autograder: {sentence}", file=sys.stderr)
    return BAD_INPUT


if __name__ == "__main__":
    command()
