"""A student's way from the stub to full marks: every TODO filled in adds its points and no others.

Each step puts one more solution region of the reference into the stub and grades the file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from autograder import assignments
from autograder.assignments.vae.specimens import REFERENCE
from autograder.assignments.vae.specimens.__main__ import untouched
from autograder.assignments.vae.specimens.regions import NAMES, regions
from autograder.grade import grade_one
from autograder.isolation import WarmParent
from autograder.results import Graded
from autograder.training import Trainer
from nndl2.checks.model import Outcome, Status

SECRET = b"a secret of the tests"
POINTS = {  # of each TODO, in the order of the notebook
    "vae.encoder": {"encoder": 2},
    "vae.heads": {"mu": 1, "logvar": 1},
    "vae.decoder": {"decoder": 1},
    "reparametrize": {"reparametrize": 2},
    "vae.forward": {"forward": 1},
    "loss": {"loss": 1},
    "cvae.encoder": {"cvae_encoder": 1},
    "cvae.decoder": {"cvae_decoder": 1},
    "cvae.forward": {"cvae_forward": 1},
}
NOTEBOOK_ORDER = tuple(POINTS)
FILE_ORDER = (  # forward stands before the functions that it calls
    *("vae.encoder", "vae.heads", "vae.decoder", "vae.forward"),
    *("cvae.encoder", "cvae.decoder", "cvae.forward", "reparametrize", "loss"),
)
WAITING = {Outcome.NOT_WRITTEN, Outcome.NOT_RUN}


def filled_in(names: Sequence[str]) -> bytes:
    """The reference with the solutions of `names` alone."""
    text = REFERENCE.read_text(encoding="utf-8")
    for name, region in reversed(list(regions(text).items())):
        kept = region[1] if name in names else ""
        text = text[: region.start()] + kept + text[region.end() :]
    return text.encode()


@pytest.fixture(scope="module")
def grade(warm: WarmParent) -> Callable[[Sequence[str]], Graded]:
    """Grades the file with some TODOs filled in; the orders begin alike, so each file once."""
    known: dict[bytes, Graded] = {}

    def graded(names: Sequence[str]) -> Graded:
        source = filled_in(names)
        if source not in known:
            private = assignments.load("vae")
            known[source] = grade_one(private, source, warm, SECRET, Trainer("never"))
        return known[source]

    return graded


def earned(graded: Graded) -> dict[str, float]:
    """The points of the parts that have any."""
    parts = graded.report.assignment.parts
    return {part: points for part in parts if (points := graded.report.earned(part))}


def not_waiting(graded: Graded) -> dict[str, Outcome]:
    """The checks of parts without points that say more than "not written" or "not run"."""
    lost = [v for v in graded.report.verdicts if not graded.report.earned(v.check.part)]
    return {v.check.id: v.outcome for v in lost if v.outcome not in WAITING}


def expect(graded: Graded, names: Sequence[str]) -> None:
    """Exactly the points of `names`, nothing wrong with what is not written, nothing held."""
    assert graded.status is Status.GRADED, graded.sentence
    assert earned(graded) == {part: p for name in names for part, p in POINTS[name].items()}
    assert not_waiting(graded) == {}


def test_every_todo_is_in_both_orders_and_their_points_are_the_assignments() -> None:
    assert sorted(NOTEBOOK_ORDER) == sorted(FILE_ORDER) == sorted(NAMES)
    parts = {part: points for todo in POINTS.values() for part, points in todo.items()}
    table = assignments.load("vae").points
    assert parts == {part: points for part, points in table.items() if points}
    assert sum(parts.values()) == 12


def test_the_stub_earns_nothing_and_every_task_is_not_written(
    grade: Callable[[Sequence[str]], Graded],
) -> None:
    assert filled_in([]) == untouched()
    graded = grade([])
    expect(graded, [])
    for task in graded.report.assignment.tasks:
        outcomes = {v.outcome for v in graded.report.only(task.name).verdicts}
        if graded.report.task_score(task)[1]:
            assert Outcome.NOT_WRITTEN in outcomes, task.name


@pytest.mark.parametrize("names", [("loss",), FILE_ORDER[:4]], ids=["loss alone", "forward"])
def test_a_todo_needs_none_that_comes_later(
    names: Sequence[str], grade: Callable[[Sequence[str]], Graded]
) -> None:
    expect(grade(names), names)


@pytest.mark.slow
@pytest.mark.parametrize("count", range(1, len(NAMES) + 1))
@pytest.mark.parametrize("order", [NOTEBOOK_ORDER, FILE_ORDER], ids=["notebook", "file"])
def test_each_todo_adds_its_own_points(
    order: Sequence[str], count: int, grade: Callable[[Sequence[str]], Graded]
) -> None:
    expect(grade(order[:count]), order[:count])
