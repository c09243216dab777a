"""In Gradescope's container: one submission to results.json, whatever it does and however long.

`run_autograder` starts this as root. A worker gets every wall that holds there, the user of its own
included; where one of the promises of isolation is not kept, nothing is graded.
"""

from __future__ import annotations

import argparse
import logging
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from autograder import assignments, results, secret
from autograder.assignments import Private
from autograder.classes.attempts import noted
from autograder.disk import replace_file
from autograder.grade import STUMBLED, WAITING, grade_one, unusable
from autograder.intake import handed, wanted
from autograder.isolation import WarmParent
from autograder.isolation.promises import broken
from autograder.results.graded import Graded
from autograder.training import Trainer
from nndl2.checks.model import Check, Reason, Unusable, Verdict

log = logging.getLogger(__name__)


class NoTraining(Trainer):
    """Leaves training out: a container has neither the time nor the memory for it."""

    def refusal(self, cuda: bool) -> str:
        return "nothing is trained on Gradescope"


class Board:
    """results.json while grading goes on: what is known so far, then the result, which stays."""

    def __init__(self, private: Private, file: Path) -> None:
        self.private, self.file = private, file
        self.known: dict[Check, Verdict] = {}
        self.began = time.monotonic()
        self.isolation = ""
        self.settled = False
        self.turn = threading.Lock()

    def hear(self, verdict: Verdict) -> None:
        """Take in a verdict; with the last one of a task, all that is known is shown."""
        with self.turn:
            self.known[verdict.check] = verdict
            task = self.private.public.task_of(verdict.check.part)
            parts = {part.name for part in task.parts}
            if all(check in self.known for check in self.private.checks if check.part in parts):
                self._show(self._so_far(WAITING))

    def settle(self, result: Graded | Unusable) -> None:
        """Show the result, or why there is none; whatever comes later is not heard."""
        with self.turn:
            self._show(self._so_far(result) if isinstance(result, Unusable) else result)
            self.settled = True

    def _so_far(self, error: Unusable) -> Graded:
        graded = unusable(self.private, error, list(self.known.values()))
        spent = time.monotonic() - self.began
        return replace(graded, isolation=self.isolation, seconds=spent)

    def _show(self, graded: Graded) -> None:
        if not self.settled:
            replace_file(self.file, results.as_json(graded))


def grade(private: Private, root: Path, board: Board, parent: WarmParent) -> Graded:
    """Grade what lies in `root`/submission; `Unusable` says why that is not possible."""
    one = handed(root / "submission", wanted(private))
    if one.wrong is not None:
        return unusable(private, one.wrong)
    with parent:
        board.isolation = parent.isolation
        print(f"isolation: {parent.isolation}", flush=True)
        if deeds := broken(parent.walls):
            text = f"in this container nothing keeps a submission from these: {', '.join(deeds)}"
            raise Unusable(text, Reason.ENVIRONMENT)
        graded = grade_one(
            private,
            one.source,
            parent,
            secret.course_secret(secret.FILE),
            NoTraining("never"),
            file=one.file,
            done=board.hear,
        )
        return noted(graded, one)


def settle(private: Private, root: Path, board: Board, parent: WarmParent) -> None:
    """Grade, and show the result or why there is none."""
    try:
        board.settle(grade(private, root, board, parent))
    except Unusable as e:
        board.settle(e)
    except Exception:
        log.exception("the submission could not be graded")
        board.settle(STUMBLED)


def main(argv: Sequence[str] | None = None) -> int:
    """Grade for at most the given time; results.json says what came of it."""
    given = _parser().parse_args(argv)
    logging.basicConfig(stream=sys.stdout)  # shown to the course's staff alone
    private = assignments.load(given.assignment)
    board = Board(private, given.root / "results" / results.FILE)
    parent = WarmParent()
    grading = threading.Thread(
        target=settle, args=(private, given.root, board, parent), daemon=True
    )
    grading.start()
    grading.join(given.seconds)
    if grading.is_alive():
        text = f"the {given.seconds:g} s for grading one submission are used up"
        board.settle(Unusable(text, Reason.ENVIRONMENT))
    parent.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("assignment")
    parser.add_argument("--root", type=Path, default=Path("/autograder"))
    parser.add_argument("--seconds", type=float, required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main())
