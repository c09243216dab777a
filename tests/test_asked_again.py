"""After a change, only what it touches is asked again; what was found is worded and scored anew."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tiny

import nndl2.checks.run as engine
from autograder import report, results
from autograder.classes import regrading
from autograder.classes.class_run import ClassRun
from autograder.intake import Handed
from autograder.kept import journal
from autograder.training import Trainer
from autograder.verdicts import found, versions
from autograder.verdicts.found import NOTHING, Found
from nndl2.checks.model import Check, Frame, Outcome, Reason, Unusable, Verdict

COURSE = '''
from nndl2.checks.compare import as_array, expect_answer
from nndl2.checks.declare import check

FORMULAS = {
    "doubled": lambda x: (2.0 * x, lambda: [("squared", x.astype(float) ** 2)]),
    "total": lambda x: (x.astype(float).sum(), lambda: []),
}


def numbers(draw):
    return draw.normal(4)


@check("double")
def returns_a_tensor(student, draw, oracle):
    """double returns a tensor"""
    as_array(student.call("double", draw.normal(3)), "double")


@check("double", after=returns_a_tensor)
def doubles(student, draw, oracle):
    """every number is doubled"""
    x = numbers(draw)
    expect_answer(student.call("double", x), oracle("doubled", x))


@check("total")
def adds_up(student, draw, oracle):
    """the numbers are added up"""
    x = numbers(draw)
    expect_answer(student.call("total", x), oracle("total", x))
'''
TENSOR, DOUBLES, TOTAL = "double.returns_a_tensor", "double.doubles", "total.adds_up"
ALL = {TENSOR, DOUBLES, TOTAL}
SECRET = b"s" * 32
GIVEN = {"ada": tiny.RIGHT, "bob": tiny.SQUARED, "dan": tiny.SYNTAX_ERROR}
HANDED = [Handed(name, "tiny.py", source) for name, source in GIVEN.items()]


class Course:
    """A class that is graded by editions of a course; `asked` are the checks that a run asked whom,
    on secret inputs, and `opened` the submissions that it opened."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch):
        self.out, self.file, self.patch = folder / "out", folder / "course.py", patch
        self.editions = 0
        self.asked: set[tuple[str, str]] = set()
        self.opened: list[str] = []
        ask = engine._ask

        def noted(assignment: Any, check: Check, given: tuple[Any, ...], secret: bool) -> Verdict:
            if secret:
                self.asked.add((self.opened[-1], check.id))
            return ask(assignment, check, given, secret)

        patch.setattr(engine, "_ask", noted)
        self.edit()

    def edit(self, old: str = "", new: str = "", **changes: Any) -> None:
        """Make another edition, with one text for another, and other fields of its private half."""
        self.file.write_text(COURSE.replace(old, new) if old else COURSE)
        spec = importlib.util.spec_from_file_location("course", self.file)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        self.patch.setitem(sys.modules, "course", module)
        spec.loader.exec_module(module)
        checks = (module.returns_a_tensor, module.doubles, module.adds_up)
        own = {"checks": checks, "formulas": module.FORMULAS, "training_checks": ()}
        self.private = tiny.private(**(own | changes))
        self.editions += 1
        edition = str(self.editions)
        self.patch.setattr(journal, "version", lambda name: edition)
        self.patch.setattr("autograder.assignments.load", lambda name: self.private)
        self.patch.setattr("autograder.assignments.names", lambda: ["tiny"])

    def run(self, private: Any, out: Path, secret: bytes = SECRET) -> ClassRun:
        names = {source: student for student, source in GIVEN.items()}
        parent = tiny.Parent(lambda source: self.opened.append(names[source]))
        return ClassRun(private, out, secret, Trainer("never"), open_parent=parent.opened)

    def grade(self, **changes: Any) -> set[tuple[str, str]]:
        """Who was asked what, by a run of `grade`."""
        self.asked, self.opened = set(), []
        self.run(self.private, self.out, **changes).grade(HANDED)
        return self.asked

    def rehearse(self) -> set[tuple[str, str]]:
        self.asked, self.opened = set(), []
        regrading.rehearsed(self.out, self.run)
        return self.asked

    @property
    def scores(self) -> dict[str, float]:
        return {row.student: row.score for row in report.rows(self.out)}

    def feedback(self, student: str) -> str:
        return (self.out / student / results.FEEDBACK).read_text("utf-8")


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Course]:
    """A class that is graded once."""
    made = Course(tmp_path, monkeypatch)
    assert made.grade() == of(ALL) and made.scores == {"ada": 3, "bob": 1, "dan": 0}
    yield made


def of(checks: set[str]) -> set[tuple[str, str]]:
    return {(student, check) for student in ("ada", "bob") for check in checks}


def test_after_a_change_in_a_check_it_and_what_comes_after_it_are_asked(course: Course) -> None:
    before = course.feedback("bob")
    course.edit("draw.normal(3)", "draw.normal(2)")
    assert course.grade() == of({TENSOR, DOUBLES})
    assert course.opened == ["ada", "bob", "bob"]  # again for the notebook's inputs
    assert course.feedback("bob") == before and course.scores == {"ada": 3, "bob": 1, "dan": 0}
    course.edit("draw.normal(3)", "draw.normal(2)", points={"double": 1, "total": 1})
    assert course.grade() == set()


def test_after_a_change_in_what_checks_share_those_that_reach_it_are_asked(course: Course) -> None:
    course.edit("draw.normal(4)", "draw.normal(5)")
    assert course.grade() == of({DOUBLES, TOTAL})
    course.edit("lambda: []", "lambda: [*()]")  # and the numbers are four again
    assert course.grade() == of({TOTAL})


def test_after_a_change_in_a_sentence_nobody_is_asked(course: Course) -> None:
    cause = tiny.Misconception("squared", "That is the square.", "Look at the 2.")
    words = ("every number is doubled", "each number counts twice")
    course.edit(*words, misconceptions={"squared": cause})
    assert course.grade() == set() and not course.opened
    assert "each number counts twice" in course.feedback("bob")
    assert "That is the square." in course.feedback("bob")


def test_after_a_change_of_the_points_nobody_is_asked(course: Course) -> None:
    course.edit(points={"double": 5, "total": 2})
    assert course.grade() == set() and not course.opened
    assert course.scores == {"ada": 7, "bob": 2, "dan": 0}


def test_after_a_change_of_what_all_share_everybody_is_asked(course: Course, monkeypatch) -> None:
    course.edit()
    monkeypatch.setattr(versions, "installed", lambda package: "another")
    assert course.grade() == of(ALL) and "dan" in course.opened


def test_a_dry_run_keeps_what_it_asked_for_and_grades_nobody(course: Course) -> None:
    before, lines = course.scores, journal.entries(course.out)
    course.edit("x.astype(float).sum()", "x.astype(float).sum() + 1")
    assert course.rehearse() == of({TOTAL})
    assert course.scores == before and journal.entries(course.out) == lines
    assert course.grade() == set() and not course.opened
    assert course.scores == {"ada": 2, "bob": 0, "dan": 0}


@pytest.mark.parametrize("package", ["torch", "numpy"])
def test_another_torch_or_numpy_is_another_version(package: str, monkeypatch) -> None:
    before = journal.version("vae")
    monkeypatch.setattr(journal, "installed", lambda name: "0" if name == package else "")
    other = journal.version("vae")
    monkeypatch.setattr(journal, "installed", lambda name: "1" if name == package else "")
    assert len({before, other, journal.version("vae")}) == 3


def test_on_other_inputs_everything_is_asked(course: Course) -> None:
    assert course.grade(secret=b"another secret of the tests") == of(ALL)


def test_where_the_grader_was_at_fault_that_check_alone_is_asked_again(course: Course) -> None:
    course.edit('student.call("total", x)', "1 / 0")
    assert course.grade() == of({TOTAL})
    assert course.grade() == of({TOTAL})  # it is no finding
    course.edit()
    assert course.grade() == set() and course.scores["ada"] == 3


@pytest.mark.parametrize("keep", [lambda line: b'"found"' not in line, lambda line: False])
def test_a_journal_that_holds_no_verdicts_is_graded_again(
    course: Course, keep: Callable[[bytes], bool]
) -> None:
    file = course.out / journal.FILE
    file.write_bytes(b"".join(line for line in file.open("rb") if keep(line)))
    course.edit()
    assert course.grade() == of(ALL) and course.scores == {"ada": 3, "bob": 1, "dan": 0}


@pytest.mark.parametrize(
    "damage",
    [b'{"found": ', b'{"found": "ada", "sha256": ', b'{"found": [], "sha256": 1}', b"\xff"],
)
def test_a_damaged_line_costs_no_more_than_what_it_held(course: Course, damage: bytes) -> None:
    file = course.out / journal.FILE
    file.write_bytes(b"".join([damage, b"\n", file.read_bytes(), damage]))
    course.edit(points={"double": 5, "total": 2})
    assert course.grade() == set()


# one finding, there and back


def told(course: Course, known: Found) -> Found:
    checks, now = course.private.checks, versions.versions(course.private, "never")
    line = json.loads(json.dumps(found.line(known, NOTHING, now)))
    return found.recalled([line], checks, now)


def test_what_was_found_is_told_as_it_was(course: Course) -> None:
    first, second, third = course.private.checks
    frames = (Frame("tiny.py", 3, "\ud800 return"),)
    failed = Verdict(first, Outcome.FAIL, Reason.CRASHED, "1", "2", "\x1b", "squared", frames)
    late = Verdict(third, Outcome.FAIL, Reason.TIMED_OUT, note="late")
    known = Found(
        hidden={TENSOR: failed, TOTAL: late},
        public={TENSOR: replace(failed, note="here")},
        killed=frozenset({TENSOR}),
        notes=("a",),
        cuda=True,
        **{"peak_memory": 1, "seconds": 0.1, "start_seconds": 0.2, "isolation": "none"},
    )
    assert told(course, known) == known and known.late
    fault = Verdict(second, Outcome.FAULT, note="ours")
    assert told(course, replace(known, hidden={DOUBLES: fault})).hidden == {}


def test_a_file_that_could_not_be_asked_is_known_unless_the_machine_was_to_blame(
    course: Course,
) -> None:
    wrong = Found(wrong=Unusable("line 1: no", Reason.MALFORMED, line=1), notes=())
    kept = told(course, wrong).wrong
    assert kept and (kept.sentence, kept.reason, kept.line) == ("line 1: no", Reason.MALFORMED, 1)
    ours = Found(wrong=Unusable("no memory", Reason.ENVIRONMENT), notes=())
    assert found.line(ours, NOTHING, versions.versions(course.private, "never")) is None
