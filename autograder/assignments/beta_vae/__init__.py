"""The private half of the assignment `beta_vae`."""

from __future__ import annotations

from autograder.assignments import Private
from autograder.assignments.beta_vae.formulas import FORMULAS
from autograder.assignments.beta_vae.misconceptions import MISCONCEPTIONS
from autograder.assignments.beta_vae.points import POINTS
from autograder.assignments.beta_vae.specimens import specimens
from autograder.oracles.catalogue import and_own
from autograder.oracles.catalogue_of_loops import LOOPS
from nndl2.checks.beta_vae import ASSIGNMENT

PRIVATE: Private = Private(
    public=ASSIGNMENT,
    points=POINTS,
    formulas=FORMULAS,
    misconceptions=and_own({**LOOPS, **MISCONCEPTIONS}),
    specimens=lambda: specimens(PRIVATE.reference.decode()),
    loads=("torch._dynamo",),  # which the first optimizer imports, in two seconds
    withheld=("nndl2/helper.py", "nndl2/notebooks/loops.py"),
)
