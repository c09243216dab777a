"""The private half of the assignment `vae`."""

from collections.abc import Sequence

from autograder.assignments import Private, Specimen
from autograder.assignments.vae import training
from autograder.assignments.vae.formulas import FORMULAS
from autograder.assignments.vae.points import HINTS, POINTS, VISIBILITY
from nndl2.checks.vae import ASSIGNMENT, CHECKS
from nndl2.checks.vae.training import loss_gets_under_120


def _specimens() -> Sequence[Specimen]:
    """Found when asked for: where only grading is done they are not there."""
    from autograder.assignments.vae.specimens import all_specimens

    return all_specimens()


PRIVATE = Private(
    public=ASSIGNMENT,
    checks=[c for c in CHECKS if c not in loss_gets_under_120],  # the grader trains by itself
    points=POINTS,
    formulas=FORMULAS,
    training=training.bound_checks,
    training_checks=training.CHECKS,
    training_work=training.WORK,
    specimens=_specimens,
    hints=HINTS,
    visibility=VISIBILITY,
    withheld=("nndl2/probing/miniature.py",),  # a network, for loops that this one gives
)
