"""The private half of an assignment: what need not be said, and programs as edits."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from autograder import assignments
from autograder.__main__ import main
from autograder.assignments import ROOT, Private, edited
from autograder.oracles import Computed
from autograder.oracles.catalogue import CATALOGUE, and_own
from nndl2.checks.names import checks_of
from nndl2.checks.vae import ASSIGNMENT

POINTS = {"loss": 1.0}
FAULTY = """
from autograder.assignments import Private
from autograder.assignments.faulty.points import HINTS, POINTS
from nndl2.checks.vae import ASSIGNMENT

PRIVATE = Private(ASSIGNMENT, POINTS, hints=HINTS)
"""


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


@pytest.mark.parametrize(
    ("points", "line", "say"),
    [
        ('POINTS = {\n    "lose": 1,\n}\nHINTS = "nudge"', 2, "there is no part 'lose' to give"),
        ('POINTS = {"loss": -1}\nHINTS = "nudge"', 1, "the points of 'loss' are -1; give a number"),
        ('POINTS = {"loss": True}\nHINTS = "nudge"', 1, "the points of 'loss' are True; give"),
        ('POINTS = {"loss": "one"}\nHINTS = "nudge"', 1, "the points of 'loss' are 'one'; give"),
        ('POINTS = {"loss": float("nan")}\nHINTS = "nudge"', 1, "the points of 'loss' are nan"),
        ('POINTS = {"loss": 1}\nHINTS = "all"', 2, "the hints are 'all'; give one of none, cause"),
        ('HINTS = "nudge"\nPOINTS = {"loss": one}', 2, "NameError: name 'one' is not defined"),
        ('HINTS = "nudge"\nPOINTS = {', 2, "syntax error: '{' was never closed"),
    ],
)
def test_a_slip_in_the_points_is_told_with_its_line(
    points: str,
    line: int,
    say: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "faulty").mkdir()
    (tmp_path / "faulty/__init__.py").write_text(FAULTY)
    (tmp_path / "faulty/points.py").write_text(points)
    monkeypatch.setattr(assignments, "__path__", [str(tmp_path)])
    for module in ("faulty", "faulty.points"):
        monkeypatch.delitem(sys.modules, f"autograder.assignments.{module}", raising=False)
    importlib.invalidate_caches()
    assert main(["check", __file__]) == 2
    told = capsys.readouterr().err
    assert f"faulty/points.py, line {line}: {say}" in told and len(told.splitlines()) == 1
