"""The private half of the assignment `conv_vae`."""

from collections.abc import Sequence

from autograder.assignments import Private, Specimen
from autograder.assignments.conv_vae.formulas import FORMULAS
from autograder.assignments.conv_vae.misconceptions import MISCONCEPTIONS
from autograder.oracles.catalogue import and_own
from nndl2.checks.conv_vae import ASSIGNMENT

POINTS: dict[str, float] = {
    "encode": 3,
    "sample": 2,
    "decode": 3,
    "forward": 1,
    "loss_function": 2,
    "traverse": 1,
}


def _specimens() -> Sequence[Specimen]:
    """Found when asked for: where only grading is done they are not there."""
    from autograder.assignments.conv_vae.specimens import all_specimens

    return all_specimens()


PRIVATE = Private(
    public=ASSIGNMENT,
    points=POINTS,
    formulas=FORMULAS,
    misconceptions=and_own(MISCONCEPTIONS),
    specimens=_specimens,
    withheld=(  # a loop tells of the loss, and what loops are tried on is a network
        "nndl2/helper.py",
        "nndl2/notebooks/loops.py",
        "nndl2/notebooks/capture.py",
        "nndl2/probing/miniature.py",
    ),
)
