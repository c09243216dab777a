"""The command line: which command runs what, and how it ends."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence

from autograder.assignments import Broken
from autograder.commands import BAD_INPUT, COMPLETED, INTERRUPTED, course, grading, options, people
from autograder.commands.log import own_log
from autograder.intake import BadInput
from nndl2.checks.model import Unusable

LESS = re.compile(r"-\d+,\d+")


def run(argv: Sequence[str] | None) -> int:
    """Run one command; the exit code is 0 when it did its work, whatever the scores."""
    told = sys.argv[1:] if argv is None else argv
    given = parser().parse_args([_spelled(each) for each in told])
    try:
        options.expect_whole(given)
        with own_log():
            return given.run(given)
    except (BadInput, Broken) as e:
        return _refused(str(e))
    except Unusable as e:
        return _refused(e.sentence)
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return COMPLETED
    except OSError as e:  # a disk that is full, a name that is too long, what only others may read
        if given.debug:
            raise
        return _refused(f"{e.filename or 'a file'} cannot be read or written ({e.strerror or e})")


def _spelled(given: str) -> str:
    """What was typed; a number below 0 with a decimal comma in the form that is no option."""
    return given.replace(",", ".") if LESS.fullmatch(given) else given


def parser() -> argparse.ArgumentParser:
    """The command line."""
    return options.parser(
        {
            "check": grading.check,
            "grade": grading.grade,
            "report": people.show_report,
            "feedback": people.give_back,
            "similar": people.find_similar,
            "questions": people.questions,
            "adjust": people.adjust,
            "regrade": grading.regrade,
            "history": people.show_history,
            "why": people.why,
            "new": course.make_assignment,
            "release": course.make_release,
            "nbgrader": grading.autograde,
            "gradescope": course.pack_for_gradescope,
            "verify": grading.verify,
        }
    )


def _refused(sentence: str) -> int:
    print(f"autograder: {sentence}", file=sys.stderr)
    return BAD_INPUT
