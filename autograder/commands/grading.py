"""Commands that grade: one file, a class, a class again, nbgrader's gradebook, the specimens."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.commands import COMPLETED, DIFFERS, INTERRUPTED, lies_in, tell_astray
from autograder.commands.log import LOG, log_to
from autograder.commands.means import cluster_of, hands, started_parent
from autograder.intake import BadInput, chosen
from nndl2.checks.model import Reason

if TYPE_CHECKING:
    from autograder.classes.cluster import Cluster
    from autograder.commands.lots import Lot


def check(given: argparse.Namespace) -> int:
    """Grade one file and print its feedback."""
    from autograder.grade import grade_one, unusable
    from autograder.intake import alone, wanted
    from autograder.secret import course_secret
    from autograder.training import Trainer
    from nndl2.checks import words
    from nndl2.checks.model import Status

    log_to(None, given.debug)
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
        with started_parent(given.isolation) as parent:
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
    from autograder import gradebooks
    from autograder.commands.lots import understood
    from autograder.kept import choices
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
    log_to(given.out / LOG, given.debug)
    with cluster_of(given) as cluster:
        for lot in lots:
            if lots[1:]:
                print(f"\n{lot.private.public.name}")
            if not _grade_lot(given, lot, secret, cluster):
                return INTERRUPTED
    print(f"\n{_told(left)}" if left else "", end="")
    if (given.out / LOG).exists():
        print(f"what went wrong in the grader itself: {given.out / LOG}")
    return COMPLETED


def _grade_lot(given: argparse.Namespace, lot: Lot, secret: bytes, cluster: Cluster | None) -> bool:
    """Grade what was handed in for one assignment and print it; whether it was finished."""
    from autograder import gradebooks, report
    from autograder.classes.class_run import ClassRun
    from autograder.training import Trainer

    handed, out = lot.handed, lot.out
    progress = ClassRun(
        lot.private,
        out,
        secret,
        Trainer(given.train),
        **hands(given, out, cluster),
    ).grade(handed)
    rows = report.write(out)
    if progress.stopped:
        done = progress.graded + progress.kept
        print(
            f"stopped: {done} of {progress.total} are graded and kept in {out};"
            " run the same command again to go on"
        )
        return False
    print(f"\n{report.table(rows)}\n\n{report.summary(rows, out)}")
    if progress.kept:
        print(f"{progress.kept} of {progress.total} were graded before and are kept")
    if others := {row.folder for row in rows} - {one.student for one in handed}:
        print(f"{len(others)} more from an earlier run, not in {given.submissions}")
    for book in lot.books:
        most = max(row.most for row in rows)
        print("\n".join(gradebooks.fill(book, handed, rows, out, most)))
    return True


def _refuse_place(given: argparse.Namespace) -> None:
    """BadInput where results can go nowhere, before anything is read."""
    if given.out is None and not given.dry_run:
        raise BadInput("say where the results go with --out DIR, or only look with --dry-run")
    if given.out and lies_in(given.out, given.submissions):
        raise BadInput(
            f"{given.out} lies in {given.submissions}, where results would be taken for hand-ins;"
            " choose a folder beside it with --out"
        )


def _told(left: Sequence[tuple[str, str]]) -> str:
    """Who handed in something that could not be assigned, a sentence each."""
    lines = [f"{student}: {sentence}\n" for student, sentence in left]
    return "".join(["could not be assigned:\n", *lines]) if lines else ""


def regrade(given: argparse.Namespace) -> int:
    """Grade a class again from what is kept with its results, and say whose score moves."""
    from autograder import report
    from autograder.assignments import Private
    from autograder.classes import regrading
    from autograder.classes.class_run import ClassRun
    from autograder.secret import course_secret
    from autograder.training import Trainer

    decided = []
    if check := given.waive or given.ask_again:
        reason = given.why if given.waive else None
        decided = [regrading.waiver(given.folder, check, reason, given.by)]
    secret = course_secret(given.secret_file)
    log_to(None if given.dry_run else given.folder / LOG, given.debug)

    with cluster_of(given) as cluster:

        def run(private: Private, out: Path) -> ClassRun:
            by = hands(given, out, cluster)
            return ClassRun(private, out, secret, Trainer(given.train), **by, tell=given.tell)

        if given.dry_run:
            found = regrading.rehearsed(given.folder, run, decided)
            print(regrading.table(found))
            tell_astray(given.folder)
            return INTERRUPTED if found.progress.stopped else COMPLETED
        for each in decided:
            regrading.waive(given.folder, each)
        found = regrading.regrade(given.folder, run)
    rows = report.write(given.folder)
    print(regrading.table(found))
    tell_astray(given.folder)
    if found.progress.stopped:
        return INTERRUPTED
    print(f"\n{report.summary(rows, given.folder)}")
    return COMPLETED


def autograde(given: argparse.Namespace) -> int:
    """Grade a class into nbgrader's gradebook: each student gets a grade or a reason."""
    from autograder.nbgrader import course
    from autograder.release import ReleaseError

    log_to(None, given.debug)
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


def verify(given: argparse.Namespace) -> int:
    """Grade programs whose grade is known, and say what comes out otherwise."""
    from autograder.release import ReleaseError
    from autograder.verify import verify

    log_to(None, given.debug)
    private = chosen(given.assignment)
    try:
        with started_parent() as parent:
            findings = verify(private, parent, given.jobs)
    except ReleaseError as e:
        raise BadInput(str(e)) from None
    for problem in findings.problems:
        print(problem)
    print(findings.table())
    print(f"{len(findings.problems) or 'no'} problem{'s' * (len(findings.problems) != 1)}")
    return DIFFERS if findings.problems else COMPLETED
