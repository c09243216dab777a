"""The private half of the assignment `vae`."""

from collections.abc import Sequence

from autograder.assignments import ROOT, Private, Specimen
from autograder.assignments.vae import architecture, forward, losses, sampling, table, training
from autograder.assignments.vae.misconceptions import MISCONCEPTIONS
from autograder.assignments.vae.points import HINTS, POINTS, VISIBILITY
from nndl2.checks import vae as visible
from nndl2.checks.declare import checks_in
from nndl2.checks.model import Check

NOTEBOOK_ONLY = (visible.vae_reaches_a_loss_under_120, visible.cvae_reaches_a_loss_under_120)
HIDDEN = (architecture, sampling, forward, losses)


def _checks() -> list[Check]:
    """Visible and hidden checks, part by part in the assignment's order."""
    found = [c for c in checks_in(visible, *HIDDEN) if c not in NOTEBOOK_ONLY]
    order = list(visible.ASSIGNMENT.parts)
    return sorted(found, key=lambda c: order.index(c.part))


def _specimens() -> Sequence[Specimen]:
    """Found when asked for: where only grading is done they are not there."""
    from autograder.assignments.vae.specimens import all_specimens

    return all_specimens()


PRIVATE = Private(
    public=visible.ASSIGNMENT,
    checks=_checks(),
    points=POINTS,
    misconceptions=MISCONCEPTIONS,
    training=training.bound_checks,
    training_checks=training.CHECKS,
    specimens=_specimens,
    hints=HINTS,
    answers=table.answers(),
    source=ROOT / "source" / "vae",
    visibility=VISIBILITY,
)
