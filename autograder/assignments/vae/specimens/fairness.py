"""Programs of the kinds that are easily graded unfairly, seen in public hand-ins.

They say what has to come out, not what comes out: see tests/test_fairness.py.
"""

from __future__ import annotations

from autograder.assignments.edits import Fair
from autograder.assignments.vae.specimens import (
    fairness_forwards,
    fairness_functions,
    fairness_layers,
    fairness_losses,
    fairness_sizes,
    fairness_widths,
)

ALL: tuple[Fair, ...] = (
    *fairness_sizes.ALL,
    *fairness_widths.ALL,
    *fairness_layers.ALL,
    *fairness_forwards.ALL,
    *fairness_losses.ALL,
    *fairness_functions.ALL,
)
