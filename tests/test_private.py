"""The private half of an assignment: what need not be said, and programs as edits."""

from __future__ import annotations

import pytest

from autograder.assignments import ROOT, Private, edited
from autograder.oracles import Computed
from autograder.oracles.catalogue import CATALOGUE, and_own
from nndl2.checks.names import checks_of
from nndl2.checks.vae import ASSIGNMENT

POINTS = {"loss": 1.0}


def test_what_is_not_said_is_what_most_assignments_want() -> None:
    private = Private(ASSIGNMENT, POINTS)
    assert private.checks == checks_of(ASSIGNMENT.name)
    assert private.source == ROOT / "source" / ASSIGNMENT.name
    assert private.misconceptions == CATALOGUE
    assert not private.training_checks and not private.specimens()


def test_a_row_is_a_program_with_one_edit() -> None:
    rows = (
        ("summed", "loss.value", "mean", "sum"),
        ("as right", "", "mean", "nanmean"),
    )
    wrong, right = edited(b"x.mean()", rows)
    assert wrong.source == b"x.sum()" and right.source == b"x.nanmean()"
    assert (wrong.fails, wrong.lost, wrong.misconception) == (("loss.value",), ("loss",), "summed")
    assert right.right and not right.lost
    with pytest.raises(ValueError, match="'max' is not in the reference"):
        edited(b"x.mean()", [("largest", "loss.value", "max", "min")])


def test_an_assignment_s_own_sentences_stand_beside_the_catalogue_s() -> None:
    known = and_own({"doubled": ("It is doubled.", "Look at the 2.")})
    assert known["doubled"].nudge == "Look at the 2." and set(CATALOGUE) < set(known)


def test_a_formula_may_list_its_mistakes_or_compute_them() -> None:
    oracle = Computed(
        {
            "listed": lambda x: (x, {"doubled": 2 * x}),
            "computed": lambda x: (x, lambda: [("doubled", 2 * x)]),
        }
    )
    for name in ("listed", "computed"):
        answer = oracle.of("loss.value")(name, 3.0)
        assert answer.right.array == 3 and [n.array for n in answer.of("doubled")] == [6]
