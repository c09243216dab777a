"""Fairness: programs of kinds seen in public hand-ins, what they lose and what they are told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import pytest

from autograder.assignments import load
from autograder.assignments.edits import Fair
from autograder.assignments.vae.specimens import REFERENCE
from autograder.assignments.vae.specimens.fairness import ALL
from autograder.assignments.vae.specimens.regions import applied
from autograder.grade import grade_one
from autograder.isolation import WarmParent
from autograder.results.graded import Graded
from autograder.training import Trainer
from nndl2.checks import words
from nndl2.checks.model import Status

PRIVATE = load("vae")
CAUSE = re.compile(r"^\s*This is what you get .*", re.MULTILINE)
Grader = Callable[[Fair], Graded]
pytestmark = pytest.mark.slow
MISTAKEN = [f for f in ALL if f.lost]
each = pytest.mark.parametrize("fair", MISTAKEN, ids=lambda f: f"{f.kind}-{f.name}")


@pytest.fixture(scope="module")
def graded(warm: WarmParent) -> Iterator[Grader]:
    """Grades a program once, as the grader does."""
    text = REFERENCE.read_text("utf-8")

    @cache
    def grade(fair: Fair) -> Graded:
        source = applied(text, fair.edits).encode()
        return grade_one(PRIVATE, source, warm, b"a fixed secret", Trainer("never"))

    yield grade
    grade.cache_clear()


def lost_by(graded: Graded) -> set[str]:
    report = graded.report
    parts = [p for p in PRIVATE.public.parts if PRIVATE.points[p]]
    return {p for p in parts if report.earned(p) < PRIVATE.points[p]}


def lines_about(graded: Graded, parts: tuple[str, ...]) -> list[str]:
    """What is said of these parts; all that is said of a file that cannot be asked anything."""
    if graded.status is Status.MALFORMED:
        return [graded.sentence, *words.text(graded.report).splitlines()]
    about = tuple(v for v in graded.report.verdicts if v.check.part in parts)
    return words.text(replace(graded.report, verdicts=about)).splitlines()


def found(pattern: str, lines: list[str]) -> list[str]:
    return [line for line in lines if re.search(pattern, line, re.IGNORECASE)]


@each
def test_a_program_loses_the_points_of_its_own_mistakes(fair: Fair, graded: Grader) -> None:
    result = graded(fair)
    assert result.status is not Status.HELD
    assert lost_by(result) == set(fair.lost), words.text(result.report)


def test_a_program_without_a_mistake_is_a_specimen_with_full_marks() -> None:
    """`autograder verify` grades all of these."""
    text = REFERENCE.read_text("utf-8")
    fair = {f.name: applied(text, f.edits).encode() for f in ALL if not f.lost}
    right = {s.name: s.source for s in PRIVATE.specimens() if s.right}
    assert fair and fair.items() <= right.items()


@pytest.mark.parametrize("fair", [f for f in ALL if f.says], ids=lambda f: f"{f.kind}-{f.name}")
def test_every_mistake_is_told(fair: Fair, graded: Grader) -> None:
    lines = lines_about(graded(fair), fair.lost)
    missing = [pattern for pattern in fair.says if not found(pattern, lines)]
    assert not missing, "\n".join(lines)


@pytest.mark.parametrize("fair", [f for f in ALL if f.never], ids=lambda f: f"{f.kind}-{f.name}")
def test_nothing_untrue_is_told(fair: Fair, graded: Grader) -> None:
    lines = words.text(graded(fair).report).splitlines()
    assert not [line for pattern in fair.never for line in found(pattern, lines)]


@pytest.mark.parametrize(
    "fair", [f for f in ALL if f.misconception], ids=lambda f: f"{f.kind}-{f.name}"
)
def test_the_misconception_is_named(fair: Fair, graded: Grader) -> None:
    verdicts = [v for v in graded(fair).report.verdicts if v.check.part in fair.lost]
    assert fair.misconception in {v.diagnosis for v in verdicts}


@pytest.mark.parametrize(
    "fair",
    [f for f in MISTAKEN if f.kind != "two_mistakes"],
    ids=lambda f: f"{f.kind}-{f.name}",
)
def test_one_mistake_has_one_cause(fair: Fair, graded: Grader) -> None:
    """Two causes of one mistake contradict each other."""
    result = graded(fair)
    causes = {
        part: set(CAUSE.findall("\n".join(lines_about(result, (part,))))) for part in fair.lost
    }
    assert not {part: said for part, said in causes.items() if len(said) > 1}
