"""The command line: what each command takes."""

from __future__ import annotations

import argparse
import difflib
import os
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import NoReturn

import nndl2
from autograder.commands.examples import EXAMPLES
from autograder.intake import BadInput
from nndl2.checks.names import no_such

Run = Callable[[argparse.Namespace], int]
BOOKS = {  # options that say nothing without another one
    "canvas_column": ("canvas_gradebook",),
    "moodle_column": ("moodle_worksheet",),
    "moodle_feedback": ("moodle_worksheet",),
}


class _Line(argparse.ArgumentParser):
    """A command line that says which of its commands may be meant by another name."""

    commands: Collection[str] = ()

    def error(self, message: str) -> NoReturn:
        if given := re.search(r"COMMAND: invalid choice: '(.*?)'", message):
            near = difflib.get_close_matches(given[1], self.commands, 1)
            hint = f"there is no command {given[1]!r}; did you mean {' or '.join(near)}?"
            message = hint if near else no_such("command", repr(given[1]), self.commands)
        super().error(message)


def parser(runs: Mapping[str, Run]) -> argparse.ArgumentParser:
    """The command line; `runs` says what each command calls, whose docstring is its description."""
    top = _Line(
        "autograder", description="Grade submissions of an assignment, and make its release."
    )
    top.commands = [*runs]
    top.add_argument("--version", action="version", version=f"nndl2-kit {nndl2.__version__}")
    top.add_argument("--debug", action="store_true", help="show the grader's own tracebacks")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str) -> argparse.ArgumentParser:
        said = runs[name].__doc__ or ""
        made = commands.add_parser(
            name,
            help=said,
            description=said,
            epilog=EXAMPLES[name],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.set_defaults(run=runs[name])
        return made

    _add_check(command("check"))
    _add_grade(command("grade"))
    _add_report(command("report"))
    _add_feedback(command("feedback"))
    _add_graded(command("similar"))
    _add_questions(command("questions"))
    _add_adjust(command("adjust"))
    _add_regrade(command("regrade"))
    _add_history(command("history"))
    _add_why(command("why"))
    _add_new(command("new"))
    _add_release(command("release"))
    _add_nbgrader(command("nbgrader"))
    _add_gradescope(command("gradescope"))
    _add_verify(command("verify"))
    return top


def expect_whole(given: argparse.Namespace) -> None:
    """Each option that was given stands beside one that makes it mean something; else BadInput."""
    for name, needs in getattr(given, "goes_with", {}).items():
        if getattr(given, name) and not any(getattr(given, each) for each in needs):
            told = [_spelled(each) for each in (name, *needs)]
            raise BadInput(f"{told[0]} goes with {' or '.join(told[1:])}: give both, or neither")


def _spelled(name: str) -> str:
    """The option that fills this field."""
    return "--for" if name == "platform" else f"--{name.replace('_', '-')}"


def _add_assignment(to: argparse.ArgumentParser) -> None:
    to.add_argument("assignment", metavar="ASSIGNMENT", help="its name, such as vae")


def _add_graded(to: argparse.ArgumentParser) -> None:
    to.add_argument("folder", type=Path, metavar="DIR", help="what `grade` wrote with --out")


def _add_check(to: argparse.ArgumentParser) -> None:
    to.add_argument("file", type=Path, metavar="FILE", help="the student's file")
    _add_grading(to)


def _add_grade(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "submissions",
        type=Path,
        metavar="SUBMISSIONS",
        help="a folder with one for each student, or what a platform gives to download, zipped or"
        " not: Canvas, Moodle, Blackboard, Brightspace, Gradescope, Sakai, nbgrader's submitted/",
    )
    to.add_argument("--out", type=Path, metavar="DIR", help="where results go")
    _add_intake(to)
    _add_grading(to)
    _add_jobs(to)
    _add_dask(to)


def _add_report(to: argparse.ArgumentParser) -> None:
    _add_graded(to)
    to.add_argument(
        "--anonymous", action="store_true", help="write the report without names as well"
    )
    _add_books(to)


def _add_history(to: argparse.ArgumentParser) -> None:
    _add_graded(to)
    to.add_argument("student", nargs="?", metavar="STUDENT", help="default: the whole class")


def _add_new(to: argparse.ArgumentParser) -> None:
    to.add_argument("name", metavar="NAME", help="what it is to be called, such as diffusion")


def _add_verify(to: argparse.ArgumentParser) -> None:
    _add_assignment(to)
    _add_jobs(to)


def _add_feedback(to: argparse.ArgumentParser) -> None:
    _add_graded(to)
    to.add_argument("--zip", type=Path, metavar="FILE", help="put all pages into this file, too")
    to.add_argument(
        "--for",
        dest="platform",
        choices=("canvas", "moodle", "folders"),
        default="",
        help="who takes the zip; default: whose download was graded, else a folder a student",
    )
    to.set_defaults(goes_with={"platform": ("zip",)})


def _add_questions(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "folder", type=Path, metavar="DIR", help="what `grade` wrote with --out, or the hand-ins"
    )
    to.add_argument(
        "--points",
        type=Path,
        metavar="CSV",
        help="read the points of this file into DIR, all of them or none",
    )
    to.add_argument(
        "--by", default="", metavar="NAME", help="who gave them; default: the name you log in with"
    )
    to.add_argument("--out", type=Path, metavar="DIR", help="where page and CSV go; default: DIR")
    to.add_argument("--assignment", metavar="NAME", help="of hand-ins, when the kit holds several")
    to.set_defaults(goes_with={"by": ("points",)})


def _add_adjust(to: argparse.ArgumentParser) -> None:
    _add_graded(to)
    to.add_argument("student", nargs="?", metavar="STUDENT", help="the name of a folder in DIR")
    to.add_argument("part", nargs="?", metavar="PART", help="such as loss, or overall")
    to.add_argument(
        "points",
        nargs="?",
        metavar="POINTS",
        help="those of the part, or a change of the score such as -2; checks: what the checks say",
    )
    to.add_argument("--why", default="", metavar="TEXT", help="the reason; the student reads it")
    to.add_argument("--csv", type=Path, metavar="FILE", help="columns student, part, points, why")
    _add_by(to)


def _add_regrade(to: argparse.ArgumentParser) -> None:
    _add_graded(to)
    to.add_argument("--dry-run", action="store_true", help="only tell whose score would move")
    to.add_argument(
        "--tell", action="store_true", help="say in the feedback what a score was, and why it moved"
    )
    which = to.add_mutually_exclusive_group()
    which.add_argument(
        "--waive", metavar="CHECK", help="from now on CHECK counts as passed for everybody in DIR"
    )
    which.add_argument("--ask-again", metavar="CHECK", help="take that back")
    to.add_argument("--why", default="", metavar="TEXT", help="the reason; students read it")
    _add_by(to)
    to.set_defaults(goes_with={"why": ("waive",), "by": ("waive", "ask_again")})
    _add_grader(to)
    _add_jobs(to)
    _add_dask(to)


def _add_why(to: argparse.ArgumentParser) -> None:
    _add_graded(to)
    to.add_argument("student", metavar="STUDENT", help="the name of a folder in DIR")
    to.add_argument("part", metavar="PART", help="such as loss")
    to.add_argument("--inputs", action="store_true", help="ask again, and show the secret numbers")
    _add_isolation(to)
    _add_secret(to)


def _add_by(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--by", default="", metavar="NAME", help="who decides; default: the name you log in with"
    )


def _add_release(to: argparse.ArgumentParser) -> None:
    to.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="default: all of them")
    how = to.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="change nothing, say what differs")
    how.add_argument("--zip", type=Path, metavar="FILE", help="pack a fresh release into FILE")
    how.add_argument("--force", action="store_true", help="overwrite work in a top-level file")


def _add_nbgrader(to: argparse.ArgumentParser) -> None:
    _add_assignment(to)
    to.add_argument("--student", action="append", metavar="ID", help="default: all of them")
    to.add_argument("--force", action="store_true", help="also what has a grade already")
    to.add_argument(
        "--course", type=Path, default=Path(), metavar="DIR", help="the course's folder"
    )
    _add_grader(to)
    _add_jobs(to)


def _add_gradescope(to: argparse.ArgumentParser) -> None:
    _add_assignment(to)
    to.add_argument("--out", type=Path, required=True, metavar="ZIP", help="where it goes")
    to.add_argument(
        "--minutes",
        type=_positive,
        default=10,
        metavar="N",
        help="the time limit set on Gradescope, 9 to 40 (default: %(default)s, as there)",
    )
    to.add_argument(
        "--torch-index",
        default=os.environ.get("AUTOGRADER_TORCH_INDEX", ""),
        metavar="URL",
        help="the package index to install torch from; default: the environment variable"
        " AUTOGRADER_TORCH_INDEX",
    )
    _add_secret(to)


def _add_grading(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--assignment", metavar="NAME", help="such as vae; default: by the names of the files"
    )
    _add_grader(to)


def _add_grader(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--train",
        choices=("auto", "always", "never"),
        default="auto",
        help="run the training checks: on a GPU when there is one (auto), on any machine, or not",
    )
    _add_isolation(to)
    _add_secret(to)


def _add_isolation(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--isolation",
        choices=("auto", "strict", "process"),
        default="auto",
        help="the walls around a submission: all that this machine gives, with a warning where some"
        " are missing (auto), the same or nothing (strict), or a process with limits alone",
    )


def _add_secret(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--secret-file",
        type=Path,
        metavar="FILE",
        help="the course's secret, which hidden inputs are made from; default: the environment"
        " variable AUTOGRADER_SECRET, else a file written into the kit on first use",
    )


def _add_intake(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--dry-run", action="store_true", help="only tell who was understood how, grade nothing"
    )
    to.add_argument(
        "--attempt",
        choices=("latest", "best"),
        help="which of several attempts counts: the latest, or, after all are graded, the one with"
        " the most points; default: as the last run into DIR had it, else the latest",
    )
    to.add_argument(
        "--groups",
        type=Path,
        metavar="FILE",
        help="a CSV file with columns student and group, or Canvas's of a group set: who hands in"
        " together; it is kept in DIR for the next run",
    )
    to.add_argument(
        "--roster",
        type=Path,
        metavar="FILE",
        help="a CSV file of the class (ID, Email or Name), to tell who handed in nothing",
    )
    _add_books(to)


def _add_books(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--canvas-gradebook",
        type=Path,
        metavar="FILE",
        help="Canvas's exported gradebook; a copy with the scores goes beside the results",
    )
    to.add_argument(
        "--canvas-column",
        metavar="TITLE",
        help="its column, where that is not called as the assignment is",
    )
    to.add_argument(
        "--moodle-worksheet",
        type=Path,
        metavar="FILE",
        help="Moodle's grading worksheet; a copy with the scores goes beside the results",
    )
    to.add_argument("--moodle-column", metavar="TITLE", help="its column of grades, if not Grade")
    to.add_argument(
        "--moodle-feedback", action="store_true", help="fill in its Feedback comments too"
    )
    to.set_defaults(goes_with=BOOKS)


def _add_jobs(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--jobs",
        type=_positive,
        default=os.cpu_count() or 1,
        metavar="N",
        help="how many submissions at a time (default: one a core, %(default)s here)",
    )


def _add_dask(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--dask",
        default="",
        metavar="ADDRESS",
        help="grade on the workers of the Dask scheduler at ADDRESS, such as tcp://scheduler:8786",
    )


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)
