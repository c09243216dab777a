"""`check(...)` of the notebook: runs the checks, draws a card, and fails in one line."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nndl2.checks import words
from nndl2.checks.card import card
from nndl2.checks.looks import Look, looked, shown
from nndl2.checks.model import (
    Assignment,
    Check,
    Misconception,
    Outcome,
    Reason,
    Report,
    Unusable,
    Verdict,
)
from nndl2.checks.names import ANSWERS, assignments, checks_of, no_such
from nndl2.checks.oracle import Stored
from nndl2.checks.run import all_unusable, run


class CheckFailed(Exception):
    """Some checks did not pass. A notebook shows it as one line, below the card."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class Unknown(ValueError):
    """There is no such task or assignment. A notebook shows the sentence alone."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class Card:
    """A report as Jupyter shows it: HTML in a notebook, plain text in a terminal."""

    def __init__(self, report: Report, look: Look | None = None):
        self.report, self.look = report, look

    def __repr__(self) -> str:
        look = self.look
        said = [words.also(self.report), *((look.head, look.advice, look.foot) if look else ())]
        return f"{words.text(self.report)}\n{' '.join(words.ended(each) for each in said if each)}"

    def _repr_html_(self) -> str:
        return card(self.report, self.look)


class Unwritten:
    """What a notebook's cell gives where nothing is wrong, only not written yet.

    Nothing to look at; to nbgrader, which takes the number of a cell for its points, none.
    """

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": "0", "text/html": ""}


def check(
    task: str | None = None, *, assignment: str | None = None, file: str = ""
) -> Unwritten | None:
    """Check one task, or all of them, of the module saved in this folder, and show the result.

    Raises `CheckFailed` unless all passed; a check that is not run for want of a GPU or of a
    training in this notebook does not count against it. A notebook in which nothing is wrong, only
    not written yet, gets `Unwritten` instead: the card has said it, and no red is called for.
    """
    subject, checks = find(task, assignment)
    path = Path(file or subject.module)
    report = public_report(subject, checks, path)
    in_notebook = _show(report, task, path)
    missing = unmet(report)
    lost = words.unanswered(report)
    if lost and all(v.unanswered for v in missing):
        raise CheckFailed(lost)
    calm = _only_unwritten(missing)
    if missing and not (calm and in_notebook):
        what = "written" if calm else "right"
        raise CheckFailed(f"The card above says what is not {what} yet.")
    return Unwritten() if missing else None


def _only_unwritten(missing: Sequence[Verdict]) -> bool:
    """Whether nothing is wrong: what there is waits for what is to be written."""
    waiting = [v for v in missing if v.outcome is Outcome.NOT_RUN]
    others = {v.outcome for v in missing if v.outcome is not Outcome.NOT_RUN}
    return others == {Outcome.NOT_WRITTEN} and not any(
        v.reason is not Reason.NONE or v.frames for v in waiting
    )


def unmet(report: Report) -> list[Verdict]:
    """What stands between a report and a green card."""
    asked = (v for v in report.verdicts if v.check.costs_points or v.unanswered)
    return [v for v in asked if not v.passed and not excused(v)]


def excused(verdict: Verdict) -> bool:
    """Not run for a reason outside the student's code: no GPU, or no training yet."""
    outside = verdict.outcome is Outcome.NOT_RUN and verdict.reason is Reason.ENVIRONMENT
    return outside and not verdict.unanswered


def find(task: str | None, assignment: str | None) -> tuple[Assignment, Sequence[Check]]:
    """The assignment and its checks of `task`; `Unknown` says what there is."""
    known = assignments()
    here = [a for a in known.values() if Path(a.module).is_file()] or list(known.values())
    if assignment is not None:
        here = [a for a in known.values() if a.name == assignment]
    if not here:
        raise Unknown(no_such("assignment", repr(assignment), known))
    subject = next((a for a in here if task in {t.name for t in a.tasks}), here[0])
    checks = checks_of(subject.name)
    if task is None:
        return subject, checks
    own = [c for c in checks if subject.task_of(c.part).name == task]
    if not own:
        tasks = (repr(t.name) for t in subject.tasks)
        raise Unknown(no_such("task", f"{task!r} to check", tasks))
    return subject, own


def public_report(
    subject: Assignment,
    checks: Sequence[Check],
    file: Path,
    loaded: Callable[[], None] = lambda: None,
) -> Report:
    """The verdicts on the file as it is saved now, asked in this process about public inputs.

    `loaded` is called when the file is. Where all is checked, what a person grades is named too.
    """
    from nndl2.checks.local import Local  # torch comes with it

    try:
        student = Local(file)
    except Unusable as e:
        return _report(subject, all_unusable(checks, e))
    loaded()
    try:
        answers = Stored(stored(subject)["answers"])
        return _report(subject, run(subject, checks, student, oracle=answers))
    finally:
        student.close()


def _report(subject: Assignment, verdicts: Sequence[Verdict]) -> Report:
    table = stored(subject)
    mistakes = {
        i: Misconception(i, cause, nudge, tuple(explains))
        for i, (cause, nudge, *explains) in table["mistakes"].items()
    }
    more = tuple(table.get("more", ()))
    made = Report(subject, tuple(verdicts), table["points"], mistakes, table["hints"], more)
    whole = len(verdicts) == len(checks_of(subject.name))
    return replace(made, questions=subject.questions if whole else ())


def stored(subject: Assignment) -> dict[str, Any]:
    """The table of an assignment that the release writes; it ships with its checks."""
    return json.loads((ANSWERS / f"{subject.name}.json").read_text(encoding="utf-8"))


def _show(report: Report, task: str | None, file: Path) -> bool:
    """Show the card, in a notebook so that it can be told later to be old. Is it a notebook?"""
    look = looked(report, task, file)
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        print(repr(Card(report, look)))
        return False
    if (shell := get_ipython()) is None:
        print(repr(Card(report, look)))
        return False
    handle = display(Card(report, look), display_id=True)
    if handle and look:
        shown(
            report.assignment.name, task, file, look, lambda now: handle.update(Card(report, now))
        )
    return getattr(shell, "kernel", None) is not None  # which IPython in a terminal has not
