"""The private half of the assignment `beta_vae`."""

from __future__ import annotations

from pathlib import Path

from autograder.assignments import Private
from autograder.assignments.beta_vae.formulas import FORMULAS
from autograder.assignments.beta_vae.misconceptions import MISCONCEPTIONS
from autograder.assignments.beta_vae.points import POINTS
from autograder.assignments.beta_vae.specimens import specimens
from autograder.oracles.catalogue import and_own
from autograder.oracles.catalogue.loops import LOOPS
from nndl2.checks.beta_vae import ASSIGNMENT

RUBRICS = Path(__file__).parent / "rubrics"
PRIVATE: Private = Private(
    public=ASSIGNMENT,
    points=POINTS,
    formulas=FORMULAS,
    misconceptions=and_own({**LOOPS, **MISCONCEPTIONS}),
    specimens=lambda: specimens(PRIVATE.reference.decode()),
    rubrics={path.stem: path.read_text("utf-8") for path in RUBRICS.glob("*.md")},
    loads=("torch._dynamo",),  # which the first optimizer imports, in two seconds
    withheld=("nndl2/helper.py", "nndl2/notebooks/loops.py", "nndl2/notebooks/capture.py"),
)
