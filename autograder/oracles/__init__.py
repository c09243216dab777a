"""What is right, and what each mistake would give: in NumPy float64, written from the papers.

`activations`, `networks`, `losses` and `samplers` hold formulas; an assignment names those that its
checks ask (`Computed`). None of this ships: `recorded` writes down the numbers that do.
"""

from autograder.oracles.computed import Computed, Formula, Solved, recorded

__all__ = ["Computed", "Formula", "Solved", "recorded"]
