"""A student's way from the stub to full marks: every TODO filled in adds its points and no others.

Each step puts one more solution region of the reference into the stub and grades the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import pytest

from autograder import assignments
from autograder.assignments.edits import regions
from autograder.assignments.vae.specimens.__main__ import untouched
from autograder.assignments.vae.specimens.regions import NAMES
from autograder.grade import grade_one
from autograder.isolation import WarmParent
from autograder.results.graded import Graded
from autograder.training import Trainer
from nndl2.checks.model import Outcome, Status

SECRET = b"a secret of the tests"
VAE = {  # the points of each TODO, in the order of the notebook
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
BETA_VAE = {  # one that adds none is the first half of what follows
    "autoencoder (encoder)": {"encoder": 3},
    "autoencoder (decoder)": {"decoder": 3},
    "train_autoencoder": {"train_autoencoder": 6},
    "sample_images": {"sample_images": 2},
    "vae (layers)": {},
    "vae (forward)": {"vae_forward": 3},
    "vae (loss)": {"vae_loss": 3},
    "vae (reconstruct)": {"vae_reconstruct": 1},
    "train_vae": {"train_vae": 4, "beta": 2},
    "best_beta": {"best_beta": 2},
    "interpolate": {"interpolate": 3},
    "cvae (encoder)": {},
    "cvae (encoder, forward)": {"cvae_encoder": 1},
    "cvae (decoder)": {},
    "cvae (decoder, forward)": {"cvae_decoder": 1},
    "cvae (layers)": {},
    "cvae (forward)": {"cvae_forward": 1},
    "cvae (loss)": {"cvae_loss": 1},
    "cvae (reconstruct)": {"cvae_reconstruct": 1},
    "train_cvae": {"train_cvae": 3},
    "sample_digits": {"sample_digits": 3},
}
POINTS = {"vae": VAE, "beta_vae": BETA_VAE}
REGIONS = {"vae": NAMES, "beta_vae": ()}  # named by the TODO before, where no names are given
FILE_ORDER = (  # forward stands before the functions that it calls
    *("vae.encoder", "vae.heads", "vae.decoder", "vae.forward"),
    *("cvae.encoder", "cvae.decoder", "cvae.forward", "reparametrize", "loss"),
)
ORDERS = {
    "notebook": ("vae", tuple(VAE)),
    "file": ("vae", FILE_ORDER),
    "beta_vae": ("beta_vae", tuple(BETA_VAE)),
}
STEPS = [
    pytest.param(assignment, order[:count], id=f"{name}-{count}")
    for name, (assignment, order) in ORDERS.items()
    for count in range(1, len(order) + 1)
]
ALONE = [
    pytest.param("vae", ("loss",), id="loss alone"),
    pytest.param("vae", FILE_ORDER[:4], id="forward"),
    pytest.param("beta_vae", ("train_autoencoder",), id="train_autoencoder alone"),
    pytest.param("beta_vae", tuple(BETA_VAE)[11:13], id="cvae_encoder alone"),
]
Grade: TypeAlias = Callable[[str, Sequence[str]], Graded]
WAITING = {Outcome.NOT_WRITTEN, Outcome.NOT_RUN, Outcome.PASS}  # half a part is no mistake


def filled_in(assignment: str, names: Sequence[str]) -> bytes:
    """The reference with the solutions of `names` alone."""
    text = assignments.load(assignment).reference.decode()
    for name, region in reversed(list(regions(text, REGIONS[assignment]).items())):
        kept = region[1] if name in names else ""
        text = text[: region.start()] + kept + text[region.end() :]
    return text.encode()


@pytest.fixture(scope="module")
def grade(warm: WarmParent) -> Grade:
    """Grades the file with some TODOs filled in; the orders begin alike, so each file once."""
    known: dict[bytes, Graded] = {}

    def graded(assignment: str, names: Sequence[str]) -> Graded:
        source = filled_in(assignment, names)
        if source not in known:
            private = assignments.load(assignment)
            known[source] = grade_one(private, source, warm, SECRET, Trainer("never"))
        return known[source]

    return graded


def earned(graded: Graded) -> dict[str, float]:
    """The points of the parts that have any."""
    parts = graded.report.assignment.parts
    return {part: points for part in parts if (points := graded.report.earned(part))}


def mistaken(graded: Graded) -> dict[str, Outcome]:
    """The checks of parts without points that find a mistake, or cannot be run."""
    lost = [v for v in graded.report.verdicts if not graded.report.earned(v.check.part)]
    return {v.check.id: v.outcome for v in lost if v.outcome not in WAITING}


def expect(graded: Graded, points: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> None:
    """Exactly the points of `names`, nothing wrong with what is not written, nothing held."""
    assert graded.status is Status.GRADED, graded.sentence
    assert earned(graded) == {part: p for name in names for part, p in points[name].items()}
    assert mistaken(graded) == {}


@pytest.mark.parametrize("name", POINTS)
def test_every_todo_has_its_points_and_they_are_the_assignments(name: str) -> None:
    private = assignments.load(name)
    assert {*regions(private.reference.decode(), REGIONS[name])} == {*POINTS[name]}
    parts = {part: points for todo in POINTS[name].values() for part, points in todo.items()}
    asked = {part: private.points.get(part) for part in private.public.parts}
    assert parts == {part: points for part, points in asked.items() if points}
    assert sum(parts.values()) == private.by_checks


def test_both_orders_of_the_first_assignment_hold_all() -> None:
    assert sorted(VAE) == sorted(FILE_ORDER)


@pytest.mark.parametrize("name", POINTS)
def test_the_stub_earns_nothing_and_every_task_waits_to_be_written(name: str, grade: Grade) -> None:
    if name == "vae":
        assert filled_in(name, []) == untouched()
    graded = grade(name, [])
    expect(graded, POINTS[name], [])
    for task in graded.report.assignment.tasks:
        outcomes = {v.outcome for v in graded.report.only(task.name).verdicts}
        if graded.report.task_score(task)[1] and task.name != "beta":  # which owns no TODO
            assert Outcome.NOT_WRITTEN in outcomes, task.name


@pytest.mark.parametrize(("name", "filled"), ALONE)
def test_a_todo_needs_none_that_comes_later(name: str, filled: Sequence[str], grade: Grade) -> None:
    expect(grade(name, filled), POINTS[name], filled)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "filled"), STEPS)
def test_each_todo_adds_its_own_points(name: str, filled: Sequence[str], grade: Grade) -> None:
    expect(grade(name, filled), POINTS[name], filled)
