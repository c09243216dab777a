"""The commands: check, grade, report, release, verify. Thin; each imports what it needs."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.intake import BadInput, chosen
from nndl2.checks.model import Reason, Unusable

if TYPE_CHECKING:
    from autograder.isolation import WarmParent

LOG = "grader.log"
COMPLETED, DIFFERS, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
CHECK_EXAMPLE = """\
example:
  autograder check submissions/ada/vae.py
  autograder check source/vae/vae.py --train always     (trains on the CPU, some minutes)"""
GRADE_EXAMPLE = """\
example:
  autograder grade submissions --out graded --jobs 4
    submissions/ada/vae.py         ->  graded/ada/results.json, graded/ada/feedback.md
    submissions/grace/vae/vae.py   ->  graded/grace/...
                                       graded/grades.csv, graded/report.html
Run the same command again to go on after an interruption, or after late submissions came in: what
is graded already, by the same checks, is kept. Held submissions are graded again."""
REPORT_EXAMPLE = """\
example:
  autograder report graded"""
RELEASE_EXAMPLE = """\
example:
  autograder release                     (all assignments, into release/)
  autograder release vae --zip vae.zip   (what the course posts)
  autograder release --check             (exit 1 when release/ is not what source/ gives)"""
VERIFY_EXAMPLE = """\
example:
  autograder verify vae --jobs 4         (exit 1 when something is not as it should be)"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 when it did its work, whatever the scores."""
    given = parser().parse_args(argv)
    try:
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
    from autograder.intake import read
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
    private = chosen(given.assignment, file.stem)
    try:
        source = read(file.resolve())
    except Unusable as e:
        if e.reason is Reason.ENVIRONMENT:
            raise
        graded = unusable(private, e)
    else:
        secret = course_secret(given.secret_file)
        with _started_parent() as parent:
            trainer = Trainer(given.train)
            graded = grade_one(private, source, parent, secret, trainer, file=file.name)
    if graded.status is not Status.MALFORMED:
        print(words.text(graded.report, color=sys.stdout.isatty()))
    print(f"{file.name}: {graded.summary}")
    print(f"isolation: {graded.isolation or 'none was needed'}; {graded.seconds:.1f} s")
    return COMPLETED


def grade(given: argparse.Namespace) -> int:
    """Grade a class, print its table and say where the reports are."""
    from autograder import report
    from autograder.grade import ClassRun
    from autograder.intake import submissions
    from autograder.secret import course_secret
    from autograder.training import Trainer

    private = chosen(given.assignment)
    handed = submissions(given.submissions, private.public.module)
    secret, trainer = course_secret(given.secret_file), Trainer(given.train)
    _log_to(given.out / LOG, given.debug)
    progress = ClassRun(
        private, given.out, secret, trainer, jobs=given.jobs, open_parent=_started_parent
    ).grade(handed)
    rows = report.write(given.out)
    if progress.stopped:
        done = progress.graded + progress.kept
        print(
            f"stopped: {done} of {progress.total} are graded and kept in {given.out};"
            " run the same command again to go on"
        )
        return INTERRUPTED
    print(f"\n{report.table(rows)}\n\n{report.summary(rows, given.out)}")
    if progress.kept:
        print(f"{progress.kept} of {progress.total} were graded before and are kept")
    if others := {row.folder for row in rows} - {one.student for one in handed}:
        print(f"{len(others)} more from an earlier run, not in {given.submissions}")
    if (given.out / LOG).exists():
        print(f"what went wrong in the grader itself: {given.out / LOG}")
    return COMPLETED


def show_report(given: argparse.Namespace) -> int:
    """Print the table of a graded class again, and write its CSV and page again."""
    from autograder import report

    rows = report.write(given.folder)
    print(f"{report.table(rows)}\n\n{report.summary(rows, given.folder)}")
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
    """The command line, with an example for each command."""
    top = argparse.ArgumentParser(
        "autograder", description="Grade submissions of an assignment, and make its release."
    )
    top.add_argument("--debug", action="store_true", help="show the grader's own tracebacks")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], example: str
    ) -> argparse.ArgumentParser:
        said = run.__doc__ or ""
        made = commands.add_parser(
            name,
            help=said,
            description=said,
            epilog=example,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.set_defaults(run=run)
        return made

    one = command("check", check, CHECK_EXAMPLE)
    one.add_argument("file", type=Path, metavar="FILE", help="the student's file")
    _add_grading(one)

    many = command("grade", grade, GRADE_EXAMPLE)
    many.add_argument("submissions", type=Path, metavar="SUBMISSIONS", help="a folder a student")
    many.add_argument("--out", type=Path, required=True, metavar="DIR", help="where results go")
    _add_grading(many)
    _add_jobs(many)

    again = command("report", show_report, REPORT_EXAMPLE)
    again.add_argument("folder", type=Path, metavar="DIR", help="what `grade` wrote with --out")

    made = command("release", make_release, RELEASE_EXAMPLE)
    made.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="default: all of them")
    how = made.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="change nothing, say what differs")
    how.add_argument("--zip", type=Path, metavar="FILE", help="pack a fresh release into FILE")
    how.add_argument("--force", action="store_true", help="overwrite work in a top-level file")

    tested = command("verify", verify, VERIFY_EXAMPLE)
    tested.add_argument("assignment", metavar="ASSIGNMENT", help="its name, such as vae")
    _add_jobs(tested)
    return top


def _add_grading(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--assignment", metavar="NAME", help="such as vae; needed when the kit holds several"
    )
    to.add_argument(
        "--train",
        choices=("auto", "always", "never"),
        default="auto",
        help="run the training checks: on a GPU when there is one (auto), on any machine, or not",
    )
    to.add_argument(
        "--secret-file",
        type=Path,
        metavar="FILE",
        help="the course's secret, which hidden inputs are made from; default: the environment"
        " variable AUTOGRADER_SECRET, else a file written into the kit on first use",
    )


def _add_jobs(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--jobs",
        type=_positive,
        default=os.cpu_count() or 1,
        metavar="N",
        help="how many submissions at a time (default: one a core, %(default)s here)",
    )


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


@contextmanager
def _started_parent() -> Iterator[WarmParent]:
    """A warm parent that says how long it took to start, apart from any grading."""
    from autograder.isolation import WarmParent

    with WarmParent() as parent:
        print(f"PyTorch started in {parent.start_seconds:.1f} s", file=sys.stderr)
        yield parent


def _log_to(file: Path | None, debug: bool) -> None:
    """Where our own tracebacks go: the terminal with --debug, else `file`, else nowhere."""
    handler: logging.Handler = logging.NullHandler()
    if debug:
        handler = logging.StreamHandler()
    elif file:
        handler = logging.FileHandler(file, delay=True)
    logging.basicConfig(handlers=[handler], force=True)


def _refused(sentence: str) -> int:
    print(f"autograder: {sentence}", file=sys.stderr)
    return BAD_INPUT


if __name__ == "__main__":
    sys.exit(main())
